/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-fixture.c - a fresh folder with results in it, for each test. */
#include "results-fixture.h"

#include "base/folder.h"
#include "base/read-file.h"
#include "unit/tests.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char top[4096];
struct error err;

void set_up(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(top, sizeof top, "%s/transect-results-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top)) { /* nothing below may touch another folder */
        perror(top);
        exit(1);
    }
    memset(&err, 0, sizeof err);
}

void tear_down(void)
{
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

const char *at(const char *name)
{
    static char paths[4][8192];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", top, name);
    return path;
}

bool exists(const char *name)
{
    struct stat info;

    return lstat(at(name), &info) == 0;
}

int count_entries(const char *name)
{
    DIR *list = opendir(at(name));
    int n = -2; /* . and .. */

    if (!list)
        return -1;
    while (readdir(list))
        n++;
    closedir(list);
    return n;
}

void put(const char *name, const char *text)
{
    test_write(at(name), text, strlen(text));
}

void expect_file(const char *name, const char *text)
{
    char *bytes = NULL;
    size_t size;

    if (read_file(at(name), &bytes, &size, &err) != ST_OK) {
        CU_FAIL("cannot read the file");
        return;
    }
    CU_ASSERT_STRING_EQUAL(bytes, text);
    free(bytes);
}

struct results *begin(const char *name, enum results_mode mode)
{
    struct results *results = NULL;
    bool done = true;

    CU_ASSERT_EQUAL(results_begin(at(name), mode, &done, &results, &err),
                    ST_OK);
    CU_ASSERT_FALSE(done);
    CU_ASSERT_PTR_NOT_NULL_FATAL(results);
    return results;
}

void refused(const char *name, enum results_mode mode,
                    const char *part)
{
    struct results *results = NULL;
    bool done = true;

    CU_ASSERT_EQUAL(results_begin(at(name), mode, &done, &results, &err),
                    ST_USAGE);
    CU_ASSERT_FALSE(done);
    CU_ASSERT_PTR_NULL(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, part));
}

int commit(struct results *results, bool complete)
{
    json_t *manifest = json_pack("{s:{s:s}, s:b}", "transect", "version",
                                 "0", "complete", complete);
    int status = results_commit(results, manifest, &err);

    json_decref(manifest);
    return status;
}

void make(const char *name, enum results_mode mode, bool complete,
                 const char *text)
{
    struct results *results = begin(name, mode);

    CU_ASSERT_EQUAL(results_write(results, "a.csv", text, strlen(text),
                                  &err), ST_OK);
    CU_ASSERT_EQUAL(commit(results, complete), ST_OK);
    results_end(results);
}
