/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* json.c - reading JSON with jansson, with errors that name the place. */
#include "base/json.h"

#include "base/read-file.h"

#include <stdlib.h>
#include <string.h>

/* Jansson quotes the offending bytes, which may be line ends or escapes. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

static const char *kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    default:
        return "null";
    }
}

/* The text's first line is the file's line `line`. */
static int parse(const char *text, size_t size, size_t flags,
                 const char *path, int line, json_t **root,
                 struct error *err)
{
    json_error_t where;
    json_t *value;

    if (read_refuse_pointer(path, text, size, err))
        return err->status;
    value = json_loadb(text, size, JSON_REJECT_DUPLICATES | flags, &where);
    if (!value) {
        make_printable(where.text);
        return error_set(err, ST_DATA, "%s:%d:%d: %s; valid JSON expected",
                         path, line - 1 + where.line, where.column,
                         where.text);
    }
    if (!json_is_object(value)) {
        error_set(err, ST_DATA,
                  "%s:%d:1: holds %s; an object {...} expected", path, line,
                  kind_of(value));
        json_decref(value);
        return ST_DATA;
    }
    *root = value;
    return ST_OK;
}

int json_parse_object(const char *text, size_t size, const char *path,
                      json_t **root, struct error *err)
{
    return parse(text, size, 0, path, 1, root, err);
}

int json_parse_line(const char *text, size_t size, const char *path, int line,
                    json_t **root, struct error *err)
{
    return parse(text, size, 0, path, line, root, err);
}

int json_parse_reals(const char *text, size_t size, const char *path,
                     json_t **root, struct error *err)
{
    return parse(text, size, JSON_DECODE_INT_AS_REAL, path, 1, root, err);
}

int json_load_object(const char *path, json_t **root, struct error *err)
{
    char *bytes;
    size_t size;
    int status = read_file(path, &bytes, &size, err);

    if (status)
        return status;
    status = json_parse_object(bytes, size, path, root, err);
    free(bytes);
    return status;
}

static json_t *member(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_null(value) ? NULL : value;
}

static int wrong_kind(const char *path, const char *key, const json_t *value,
                      const char *right, struct error *err)
{
    return error_set(err, ST_DATA, "%s: '%s' is %s; %s expected", path, key,
                     kind_of(value), right);
}

int json_as_int(const json_t *value, const char *path, const char *key,
                int64_t min, int64_t max, int64_t *out, struct error *err)
{
    json_int_t n;

    if (!json_is_integer(value))
        return wrong_kind(path, key, value, "a whole number", err);
    n = json_integer_value(value);
    if (n < min || n > max)
        return error_set(err, ST_DATA,
                         "%s: '%s' is %lld; it must be from %lld to %lld",
                         path, key, (long long)n, (long long)min,
                         (long long)max);
    *out = n;
    return ST_OK;
}

int json_get_int(json_t *object, const char *path, const char *key,
                 int64_t min, int64_t max, int64_t *out, struct error *err)
{
    const json_t *value = member(object, key);

    return value ? json_as_int(value, path, key, min, max, out, err) : ST_OK;
}

int json_as_real(const json_t *value, const char *path, const char *key,
                 double *out, struct error *err)
{
    if (!json_is_number(value))
        return wrong_kind(path, key, value, "a number", err);
    *out = json_number_value(value);
    return ST_OK;
}

int json_get_real(json_t *object, const char *path, const char *key,
                  double *out, struct error *err)
{
    const json_t *value = member(object, key);

    return value ? json_as_real(value, path, key, out, err) : ST_OK;
}

int json_as_bool(const json_t *value, const char *path, const char *key,
                 bool *out, struct error *err)
{
    if (!json_is_boolean(value))
        return wrong_kind(path, key, value, "true or false", err);
    *out = json_is_true(value);
    return ST_OK;
}

int json_get_bool(json_t *object, const char *path, const char *key,
                  bool *out, struct error *err)
{
    const json_t *value = member(object, key);

    return value ? json_as_bool(value, path, key, out, err) : ST_OK;
}

int json_get_string(json_t *object, const char *path, const char *key,
                    const char **out, struct error *err)
{
    const json_t *value = member(object, key);

    if (!value)
        return ST_OK;
    if (!json_is_string(value))
        return wrong_kind(path, key, value, "a string", err);
    *out = json_string_value(value);
    return ST_OK;
}

int json_get_word(json_t *object, const char *path, const char *key,
                  const char **out, struct error *err)
{
    const char *word = NULL, *p;
    int status = json_get_string(object, path, key, &word, err);

    if (status || !word)
        return status;
    for (p = word; *p; p++)
        if (*p < ' ' || *p > '~')
            return error_set(err, ST_DATA,
                             "%s: '%s' has characters that no name has; "
                             "printable ASCII expected", path, key);
    *out = word;
    return ST_OK;
}
