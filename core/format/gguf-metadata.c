/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-metadata.c - the metadata of a GGUF file: keys with values.
 *
 * string   key: 8 bytes length, then the characters
 * u32      kind of the value
 * value    a number; a string as above; or an array: u32 kind of its elements,
 *          u64 their count, the elements, which may be arrays again
 */
#include "base/mem.h"
#include "format/gguf-cursor.h"

#include <stdlib.h>
#include <string.h>

#define MAX_KEY 65535 /* of the format */
/* Nothing known has a list of lists; the limit is that of the stack. */
#define MAX_DEPTH 4
/* Key length, key, kind, value; dimension. */
#define MIN_ENTRY (8 + 1 + 4 + 1)

static const unsigned char kind_size[] = {
    [GGUF_U8] = 1,  [GGUF_I8] = 1,  [GGUF_U16] = 2, [GGUF_I16] = 2,
    [GGUF_U32] = 4, [GGUF_I32] = 4, [GGUF_F32] = 4, [GGUF_BOOL] = 1,
    [GGUF_U64] = 8, [GGUF_I64] = 8, [GGUF_F64] = 8,
};

static int take_kind(struct gguf_cursor *cursor, enum gguf_kind *out)
{
    size_t start = cursor->at;
    uint32_t kind = 0;
    int status = gguf_take_u32(cursor, &kind);

    if (status)
        return status;
    if (kind > GGUF_F64) {
        cursor->at = start;
        return error_set(cursor->err, ST_DATA, "its kind is %u; kinds are 0 "
                         "to %d", kind, GGUF_F64);
    }
    *out = kind;
    return ST_OK;
}

static int skip_bools(struct gguf_cursor *cursor, uint64_t n)
{
    const unsigned char *bytes = NULL;
    int status = gguf_take(cursor, n, &bytes);

    for (size_t i = 0; !status && i < n; i++)
        if (bytes[i] > 1)
            status = error_set(cursor->err, ST_DATA, "a truth value is %u; "
                               "0 or 1 expected", bytes[i]);
    return status;
}

static int skip_strings(struct gguf_cursor *cursor, uint64_t n)
{
    struct gguf_text text;
    int status = ST_OK;

    for (uint64_t i = 0; !status && i < n; i++)
        status = gguf_take_text(cursor, &text);
    return status;
}

static int skip_elements(struct gguf_cursor *cursor, enum gguf_kind kind,
                         uint64_t n, int depth);

static int take_list(struct gguf_cursor *cursor, enum gguf_kind *kind,
                     uint64_t *n)
{
    int status = take_kind(cursor, kind);

    return status ? status : gguf_take_u64(cursor, n);
}

/* n lists one after another, `depth` levels down. */
static int skip_lists(struct gguf_cursor *cursor, uint64_t n, int depth)
{
    int status = ST_OK;

    if (depth > MAX_DEPTH)
        return error_set(cursor->err, ST_DATA, "lists are nested more than "
                         "%d levels deep", MAX_DEPTH);
    for (uint64_t i = 0; !status && i < n; i++) {
        enum gguf_kind kind = GGUF_U8;
        uint64_t count = 0;

        status = take_list(cursor, &kind, &count);
        if (!status)
            status = skip_elements(cursor, kind, count, depth);
    }
    return status;
}

/* Each element takes at least a byte, so that n lists take no longer than
 * their file is long. */
static int skip_elements(struct gguf_cursor *cursor, enum gguf_kind kind,
                         uint64_t n, int depth)
{
    const unsigned char *bytes;

    switch (kind) {
    case GGUF_BOOL:
        return skip_bools(cursor, n);
    case GGUF_STRING:
        return skip_strings(cursor, n);
    case GGUF_ARRAY:
        return skip_lists(cursor, n, depth + 1);
    default:
        if (gguf_check_count(cursor, n, kind_size[kind], "numbers"))
            return ST_DATA;
        return gguf_take(cursor, n * kind_size[kind], &bytes);
    }
}

static int take_value(struct gguf_cursor *cursor, struct gguf_value *value)
{
    int status = take_kind(cursor, &value->kind);

    value->n = 1;
    if (!status && value->kind == GGUF_ARRAY) {
        value->is_list = true;
        status = take_list(cursor, &value->kind, &value->n);
    }
    if (status)
        return status;
    value->bytes = cursor->bytes + cursor->at;
    return skip_elements(cursor, value->kind, value->n, 1);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct gguf_value *)a)->key,
                  ((const struct gguf_value *)b)->key);
}

static int sort_values(struct gguf *gguf, struct error *err)
{
    struct gguf_value *list = gguf->values;

    if (gguf->n_values)
        qsort(list, gguf->n_values, sizeof *list, by_key);
    for (size_t i = 1; i < gguf->n_values; i++)
        if (strcmp(list[i - 1].key, list[i].key) == 0)
            return error_set(err, ST_DATA, "the metadata have '%.200s' "
                             "twice; each key must be there once",
                             list[i].key);
    return ST_OK;
}

int gguf_read_values(struct gguf_cursor *cursor, uint64_t n,
                     struct gguf *gguf)
{
    int status = gguf_check_count(cursor, n, MIN_ENTRY,
                                  "entries of metadata");

    for (uint64_t i = 0; !status && i < n; i++) {
        struct gguf_value value = {0};

        status = gguf_take_name(cursor, MAX_KEY, &value.key);
        if (status)
            return error_within(cursor->err, "metadata entry %llu",
                                (unsigned long long)i + 1);
        MEM_PUSH(gguf->values, gguf->n_values);
        status = take_value(cursor, &value);
        gguf->values[gguf->n_values++] = value;
        if (status)
            error_within(cursor->err, "metadata '%.200s'", value.key);
    }
    return status ? status : sort_values(gguf, cursor->err);
}

const struct gguf_value *gguf_find(const struct gguf *gguf, const char *key)
{
    struct gguf_value value = {.key = (char *)(uintptr_t)key};

    if (!gguf->n_values)
        return NULL;
    return bsearch(&value, gguf->values, gguf->n_values, sizeof value,
                   by_key);
}
