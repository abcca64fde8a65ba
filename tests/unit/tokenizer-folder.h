/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-folder.h - a fresh folder for the files of a tokenizer. */
#ifndef TESTS_UNIT_TOKENIZER_FOLDER_H
#define TESTS_UNIT_TOKENIZER_FOLDER_H

#include "base/folder.h"
#include "base/mem.h"
#include "tests.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char top[4096]; /* a fresh folder for each test */

static void tokenizer_folder_new(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(top, sizeof top, "%s/transect-tokenizer-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top)) {
        perror(top);
        exit(1);
    }
}

static void tokenizer_folder_remove(void)
{
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

static void put(const char *name, const char *text, size_t size)
{
    char *path = mem_path(top, name);

    test_write(path, text, size);
    free(path);
}

static void put_json(const char *name, json_t *root)
{
    char *text = json_dumps(root, JSON_COMPACT);

    put(name, text, strlen(text));
    free(text);
    json_decref(root);
}

#endif
