/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-fixture.c - a GGUF file that a test composes, and what it says. */
#include "gguf-fixture.h"

#include "format/gguf-model.h"
#include "unit/tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gguf_bytes gguf_file;
struct gguf gguf_opened;
struct error gguf_error;

/* Reads what was composed. */
void gguf_begin(void)
{
    gguf_opened = (struct gguf){
        .mapping = {"test.gguf", gguf_file.bytes, gguf_file.n}};
    memset(&gguf_error, 0, sizeof gguf_error);
    if (gguf_read(&gguf_opened, &gguf_error))
        printf("# %s\n", gguf_error.text);
    CU_ASSERT_EQUAL_FATAL(gguf_error.status, ST_OK);
}

void gguf_end(void)
{
    gguf_clear(&gguf_opened);
    free(gguf_file.bytes);
    gguf_file = (struct gguf_bytes){NULL, 0};
}

void gguf_refused_with(int status, const char *message)
{
    CU_ASSERT_EQUAL(status, ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(gguf_error.text, message));
    CU_ASSERT_PTR_NOT_NULL(strstr(gguf_error.text, "test.gguf: "));
    if (!strstr(gguf_error.text, message))
        printf("# '%s' is not in '%s'\n", message, gguf_error.text);
}

void gguf_refused(const char *message)
{
    json_t *config = NULL;

    gguf_begin();
    gguf_refused_with(gguf_config(&gguf_opened, &config, &gguf_error),
                      message);
    gguf_end();
}

/* The sizes that every family has: 2 layers, 2 heads 4 wide. 7 values. */
void gguf_put_sizes(const char *architecture, const char *epsilon)
{
    static const struct {
        const char *key;
        uint32_t n;
    } sizes[] = {
        {"block_count", 2},          {"embedding_length", 8},
        {"feed_forward_length", 12}, {"attention.head_count", 2},
        {"context_length", 64},
    };
    char key[100];

    put_text(&gguf_file, "general.architecture", architecture);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(key, sizeof key, "%s.%s", architecture, sizes[i].key);
        put_int(&gguf_file, key, sizes[i].n);
    }
    snprintf(key, sizeof key, "%s.attention.%s", architecture, epsilon);
    put_real(&gguf_file, key, 1e-5f);
}

/* A table of 10 tokens is all that the configuration needs. */
void gguf_put_embedding(void)
{
    const float zeros[80] = {0};

    put_tensor(&gguf_file, "token_embd.weight", 0, 10, 8, 0);
    put_padding(&gguf_file);
    put_bytes(&gguf_file, zeros, sizeof zeros);
}

/* Each member of `expected`, a JSON object, is in the configuration. */
void gguf_check_config(const char *expected)
{
    json_t *right = json_loads(expected, 0, NULL), *config = NULL, *value;
    const char *key;

    CU_ASSERT_PTR_NOT_NULL_FATAL(right);
    gguf_begin();
    if (gguf_config(&gguf_opened, &config, &gguf_error))
        printf("# %s\n", gguf_error.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(config);
    json_object_foreach (right, key, value) {
        if (!json_equal(json_object_get(config, key), value))
            printf("# '%s' is not as expected\n", key);
        CU_ASSERT_TRUE(json_equal(json_object_get(config, key), value));
    }
    json_decref(config);
    json_decref(right);
    gguf_end();
}
