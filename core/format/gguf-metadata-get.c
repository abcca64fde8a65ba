/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-metadata-get.c - values of a GGUF file's metadata as C types. */
#include "base/mem.h"
#include "base/parse.h"
#include "format/gguf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
    [GGUF_U8] = "number",     [GGUF_I8] = "number",  [GGUF_U16] = "number",
    [GGUF_I16] = "number",    [GGUF_U32] = "number", [GGUF_I32] = "number",
    [GGUF_F32] = "real",      [GGUF_BOOL] = "truth value",
    [GGUF_STRING] = "string", [GGUF_ARRAY] = "list", [GGUF_U64] = "number",
    [GGUF_I64] = "number",    [GGUF_F64] = "real",
};

static int wrong_kind(const struct gguf *gguf, const struct gguf_value *value,
                      const char *right, struct error *err)
{
    return error_set(err, ST_DATA, "%s: metadata '%.200s' is a %s%s; %s "
                     "expected", gguf->mapping.path, value->key,
                     value->is_list ? "list, of kind " : "",
                     kind_names[value->kind], right);
}

/* Whole numbers: bytes, and whether they have a sign. */
static const struct {
    unsigned char size;
    bool is_signed;
} whole[] = {
    [GGUF_U8] = {1, false},  [GGUF_I8] = {1, true},  [GGUF_U16] = {2, false},
    [GGUF_I16] = {2, true},  [GGUF_U32] = {4, false}, [GGUF_I32] = {4, true},
    [GGUF_U64] = {8, false}, [GGUF_I64] = {8, true}, [GGUF_F64] = {0, false},
};

/* Element i of the value as a whole number; false for other kinds, and for
 * what int64_t cannot hold. */
static bool whole_at(const struct gguf_value *value, size_t i, int64_t *out)
{
    size_t size = whole[value->kind].size;
    uint64_t bits = 0, sign;

    if (!size)
        return false;
    memcpy(&bits, value->bytes + size * i, size);
    sign = (uint64_t)1 << (8 * size - 1);
    if (whole[value->kind].is_signed)
        bits = (bits ^ sign) - sign;
    *out = (int64_t)bits;
    return whole[value->kind].is_signed || bits <= INT64_MAX;
}

/* The shortest decimal fraction that names this float32, as a double: 1e-05,
 * which is what config.json says, and not 9.99999974737875e-06. */
static double shortest(float single)
{
    char text[32];
    double real = single;

    for (int digits = 6; isfinite(single) && digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)single);
        if (parse_real(text, &real) && (float)real == single)
            break;
    }
    return real;
}

static bool real_at(const struct gguf_value *value, double *out)
{
    int64_t n;
    float single;

    switch (value->kind) {
    case GGUF_F32:
        memcpy(&single, value->bytes, sizeof single);
        *out = shortest(single);
        return true;
    case GGUF_F64:
        memcpy(out, value->bytes, sizeof *out);
        return true;
    default:
        if (!whole_at(value, 0, &n))
            return false;
        *out = (double)n;
        return true;
    }
}

int gguf_get_int(const struct gguf *gguf, const char *key, int64_t min,
                 int64_t max, int64_t *out, struct error *err)
{
    const struct gguf_value *value = gguf_find(gguf, key);
    int64_t n;

    if (!value)
        return ST_OK;
    if (value->is_list || !whole_at(value, 0, &n))
        return wrong_kind(gguf, value, "one whole number", err);
    if (n < min || n > max)
        return error_set(err, ST_DATA, "%s: metadata '%s' is %lld; it must "
                         "be from %lld to %lld", gguf->mapping.path, key,
                         (long long)n, (long long)min, (long long)max);
    *out = n;
    return ST_OK;
}

int gguf_get_real(const struct gguf *gguf, const char *key, double *out,
                  struct error *err)
{
    const struct gguf_value *value = gguf_find(gguf, key);

    if (!value)
        return ST_OK;
    if (value->is_list || !real_at(value, out))
        return wrong_kind(gguf, value, "one number", err);
    if (!isfinite(*out))
        return error_set(err, ST_DATA, "%s: metadata '%s' is not a finite "
                         "number", gguf->mapping.path, key);
    return ST_OK;
}

int gguf_get_bool(const struct gguf *gguf, const char *key, bool *out,
                  struct error *err)
{
    const struct gguf_value *value = gguf_find(gguf, key);

    if (!value)
        return ST_OK;
    if (value->is_list || value->kind != GGUF_BOOL)
        return wrong_kind(gguf, value, "true or false", err);
    *out = value->bytes[0];
    return ST_OK;
}

/* The string at *at; then *at is behind it. It was checked when the file was
 * opened. */
static struct gguf_text next_text(const unsigned char **at)
{
    struct gguf_text text;
    uint64_t size;

    memcpy(&size, *at, sizeof size);
    text.bytes = (const char *)*at + sizeof size;
    text.size = (size_t)size;
    *at += sizeof size + text.size;
    return text;
}

int gguf_get_text(const struct gguf *gguf, const char *key,
                  struct gguf_text *out, struct error *err)
{
    const struct gguf_value *value = gguf_find(gguf, key);
    const unsigned char *at;

    if (!value)
        return ST_OK;
    if (value->is_list || value->kind != GGUF_STRING)
        return wrong_kind(gguf, value, "a string", err);
    at = value->bytes;
    *out = next_text(&at);
    return ST_OK;
}

int gguf_get_word(const struct gguf *gguf, const char *key, char **out,
                  struct error *err)
{
    struct gguf_text text = {NULL, 0};
    int status = gguf_get_text(gguf, key, &text, err);

    if (status || !text.bytes)
        return status;
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < ' ' || text.bytes[i] > '~')
            return error_set(err, ST_DATA, "%s: metadata '%s' has "
                             "characters that no name has; printable ASCII "
                             "expected", gguf->mapping.path, key);
    *out = mem_strndup(text.bytes, text.size);
    return ST_OK;
}

int gguf_get_texts(const struct gguf *gguf, const char *key,
                   struct gguf_text **list, size_t *n, struct error *err)
{
    const struct gguf_value *value = gguf_find(gguf, key);
    const unsigned char *at;

    if (!value)
        return ST_OK;
    if (!value->is_list || value->kind != GGUF_STRING)
        return wrong_kind(gguf, value, "a list of strings", err);
    at = value->bytes;
    *n = (size_t)value->n;
    *list = mem_new(*n, sizeof **list);
    for (size_t i = 0; i < *n; i++)
        (*list)[i] = next_text(&at);
    return ST_OK;
}

int gguf_get_ints(const struct gguf *gguf, const char *key, int32_t **list,
                  size_t *n, struct error *err)
{
    const struct gguf_value *value = gguf_find(gguf, key);
    int64_t number;

    if (!value)
        return ST_OK;
    if (!value->is_list || !whole[value->kind].size)
        return wrong_kind(gguf, value, "a list of whole numbers", err);
    *n = (size_t)value->n;
    *list = mem_new(*n, sizeof **list);
    for (size_t i = 0; i < *n; i++) {
        if (!whole_at(value, i, &number) || number < INT32_MIN ||
            number > INT32_MAX) {
            free(*list);
            *list = NULL;
            return error_set(err, ST_DATA, "%s: element %zu of metadata "
                             "'%s' is out of range; 32 bits expected",
                             gguf->mapping.path, i + 1, key);
        }
        (*list)[i] = (int32_t)number;
    }
    return ST_OK;
}

int gguf_get_truths(const struct gguf *gguf, const char *key, bool **list,
                    size_t *n, struct error *err)
{
    const struct gguf_value *value = gguf_find(gguf, key);

    if (!value)
        return ST_OK;
    if (!value->is_list || value->kind != GGUF_BOOL)
        return wrong_kind(gguf, value, "a list of true and false", err);
    *n = (size_t)value->n;
    *list = mem_new(*n, sizeof **list);
    for (size_t i = 0; i < *n; i++)
        (*list)[i] = value->bytes[i];
    return ST_OK;
}

int gguf_get_floats(const struct gguf *gguf, const char *key, float **list,
                    size_t *n, struct error *err)
{
    const struct gguf_value *value = gguf_find(gguf, key);

    if (!value)
        return ST_OK;
    if (!value->is_list || value->kind != GGUF_F32)
        return wrong_kind(gguf, value, "a list of float32", err);
    *n = (size_t)value->n;
    *list = mem_new(*n, sizeof **list);
    if (*n)
        memcpy(*list, value->bytes, *n * sizeof **list);
    return ST_OK;
}
