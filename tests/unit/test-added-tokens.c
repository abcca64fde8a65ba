/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-added-tokens.c - added tokens that overlap, repeat and neighbour each
 * other, against ids of Hugging Face's tokenizers
 * (tests/data/added-tokens.json, which tests/parity/added_tokens.py writes).
 */
#include "base/folder.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests.h"
#include "tokenizer/tokenizer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error err;
static json_t *golden;
static char top[4096];

static int start(void)
{
    const char *srcdir = getenv("srcdir"), *tmp = getenv("TMPDIR");
    char *path = mem_path(srcdir && *srcdir ? srcdir : ".",
                          "tests/data/added-tokens.json");

    if (json_load_object(path, &golden, &err))
        printf("# %s\n", err.text);
    free(path);
    snprintf(top, sizeof top, "%s/transect-added-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    return !golden || !mkdtemp(top);
}

static int finish(void)
{
    json_decref(golden);
    return folder_remove(AT_FDCWD, top);
}

/* The list of tokens as an object of tokens and ids. */
static json_t *number(json_t *list)
{
    json_t *vocab = json_object(), *token;
    size_t id;

    json_array_foreach(list, id, token) {
        json_object_set_new(vocab, json_string_value(token),
                            json_integer((json_int_t)id));
    }
    return vocab;
}

static struct tokenizer *open_trial(json_t *trial)
{
    size_t which = (size_t)json_integer_value(json_array_get(trial, 0));
    json_t *root = json_deep_copy(json_array_get(
        json_object_get(golden, "tokenizers"), which));
    json_t *model = json_object_get(root, "model");
    char *path = mem_path(top, "tokenizer.json");
    struct tokenizer *tokenizer = NULL;

    json_object_set_new(model, "vocab",
                        number(json_object_get(model, "vocab")));
    json_object_set(root, "added_tokens", json_array_get(trial, 1));
    CU_ASSERT_EQUAL(json_dump_file(root, path, 0), 0);
    if (tokenizer_open(top, &tokenizer, &err))
        printf("# %s\n", err.text);
    json_decref(root);
    free(path);
    return tokenizer;
}

static void test_trials(void)
{
    json_t *trials = json_object_get(golden, "trials"), *trial, *text;
    struct tokenizer *tokenizer;
    size_t i;

    CU_ASSERT_EQUAL(json_array_size(trials), 300);
    json_array_foreach(trials, i, trial) {
        struct token_ids list = {0};
        bool right;

        tokenizer = open_trial(trial);
        CU_ASSERT_PTR_NOT_NULL_FATAL(tokenizer);
        text = json_array_get(trial, 2);
        tokenizer_encode(tokenizer, json_string_value(text),
                         json_string_length(text), &list, &err);
        right = has_ids(json_array_get(trial, 3), &list);
        if (!right)
            printf("# trial %zu differs\n", i);
        CU_ASSERT(right);
        free(list.ids);
        tokenizer_close(tokenizer);
    }
}

/* A token of blanks in blanks that another took, which ends tokenizers: it is
 * gone with them. */
static void test_taken(void)
{
    json_t *trial = json_pack(
        "[i, [{s:i, s:s, s:b}, {s:i, s:s, s:b}]]", 0, "id", 258, "content",
        "<a>", "rstrip", 1, "id", 259, "content", "\n", "lstrip", 1);
    struct tokenizer *tokenizer = open_trial(trial);

    CU_ASSERT_PTR_NOT_NULL_FATAL(tokenizer);
    check_ids(tokenizer, "<a>\n\n", "258");
    tokenizer_close(tokenizer);
    json_decref(trial);
}

CU_ErrorCode add_added_tokens_tests(void)
{
    CU_pSuite suite = CU_add_suite("added-tokens", start, finish);

    if (!suite ||
        !CU_add_test(suite, "as Hugging Face's", test_trials) ||
        !CU_add_test(suite, "blanks that are taken", test_taken))
        return CU_get_error();
    return CUE_SUCCESS;
}
