/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* golden-models.c - the small models of each family in tests/golden. */
#include "golden-models.h"

#include "base/mem.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list(const char *top, char **names)
{
    DIR *folder = opendir(top);
    const struct dirent *entry;
    size_t n = 0;

    CU_ASSERT_PTR_NOT_NULL(folder);
    while (folder && (entry = readdir(folder)) && n < GOLDEN_MAX)
        if (entry->d_name[0] != '.')
            names[n++] = mem_path(top, entry->d_name);
    if (folder)
        closedir(folder);
    CU_ASSERT(n > 0);
    if (n)
        qsort(names, n, sizeof *names, by_name);
    return n;
}

void golden_each(golden_fn *visit, void *user)
{
    char *top = mem_path(getenv("srcdir"), "tests/golden");
    char *dirs[GOLDEN_MAX];
    size_t n = list(top, dirs);

    free(top);
    for (size_t i = 0; i < n; i++) {
        visit(dirs[i], user);
        free(dirs[i]);
    }
}
