/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* safetensors-header.c - the table of contents of one safetensors file.
 *
 * 8 bytes      length n of the header, little-endian
 * n bytes      JSON: {"NAME": {"dtype", "shape", "data_offsets"}...}
 * the rest     data, which the tensors must cover exactly
 */
#include "format/safetensors-header.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MAX_HEADER 100000000
#define MAX_NAME 500

/* What is known of the file while its entries are read. */
struct reading {
    const char *path;
    const unsigned char *data;
    size_t size; /* of data, bytes */
};

static int read_dtype(json_t *entry, struct tensor *tensor, size_t *size,
                      struct error *err)
{
    const char *text = json_string_value(json_object_get(entry, "dtype"));

    if (!text)
        return error_set(err, ST_DATA, "no 'dtype'; a string expected");
    if (!dtype_parse(text, &tensor->dtype, size))
        return error_set(err, ST_DATA, "'dtype' is not one of safetensors; "
                         "one of " DTYPE_NAMES " expected");
    strncpy(tensor->dtype_text, text, sizeof tensor->dtype_text - 1);
    return ST_OK;
}

/* *bytes is the element size before, that of the tensor after. */
static int read_shape(json_t *entry, struct tensor *tensor, size_t *bytes,
                      struct error *err)
{
    const json_t *shape = json_object_get(entry, "shape"), *dim;
    const size_t max = sizeof tensor->dim / sizeof *tensor->dim;
    size_t i;

    if (!json_is_array(shape) || json_array_size(shape) > max)
        return error_set(err, ST_DATA, "'shape' is missing or wrong; a list "
                         "of at most %zu sizes expected", max);
    json_array_foreach (shape, i, dim) {
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return error_set(err, ST_DATA, "size %zu of 'shape' is not a "
                             "whole number of at least 0", i + 1);
        tensor->dim[i] = json_integer_value(dim);
        if (__builtin_mul_overflow(*bytes, (size_t)tensor->dim[i], bytes))
            return error_set(err, ST_DATA, "'shape' has more elements than "
                             "memory could hold");
    }
    tensor->n_dim = (int)i;
    return ST_OK;
}

/* Beyond 2^63 jansson refuses the number, so that size_t holds it. */
static bool read_offset(const json_t *offsets, size_t i, size_t *out)
{
    const json_t *offset = json_array_get(offsets, i);

    if (!json_is_integer(offset) || json_integer_value(offset) < 0)
        return false;
    *out = (size_t)json_integer_value(offset);
    return true;
}

/* The offsets count from the end of the header. They must agree with what
 * shape and dtype need, `bytes`: either of them may lie. */
static int read_offsets(json_t *entry, const struct reading *reading,
                        struct tensor *tensor, size_t bytes,
                        struct error *err)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    size_t begin, end;

    if (json_array_size(offsets) != 2 || !read_offset(offsets, 0, &begin) ||
        !read_offset(offsets, 1, &end))
        return error_set(err, ST_DATA, "'data_offsets' is missing or wrong; "
                         "[begin, end] expected");
    if (begin > end || end > reading->size)
        return error_set(err, ST_DATA, "its data at %zu to %zu is out of "
                         "range; the file has %zu bytes of data (truncated?)",
                         begin, end, reading->size);
    if (end - begin != bytes)
        return error_set(err, ST_DATA, "'data_offsets' give it %zu bytes; "
                         "its shape and dtype need %zu", end - begin, bytes);
    tensor->data = reading->data + begin;
    tensor->size = bytes;
    return ST_OK;
}

/* One member of the header; the tensor is zeroed and has a name. */
static int read_entry(json_t *entry, const struct reading *reading,
                      struct tensor *tensor, struct error *err)
{
    size_t bytes = 0;
    int status;

    if (json_object_size(entry) != 3)
        return error_set(err, ST_DATA, "its entry is wrong; an object with "
                         "dtype, shape and data_offsets expected");
    status = read_dtype(entry, tensor, &bytes, err);
    if (!status)
        status = read_shape(entry, tensor, &bytes, err);
    if (!status)
        status = read_offsets(entry, reading, tensor, bytes, err);
    return status;
}

bool safetensors_is_name(const char *name)
{
    size_t n = strlen(name);

    for (const char *p = name; *p; p++)
        if (*p < ' ' || *p > '~')
            return false;
    return n > 0 && n <= MAX_NAME;
}

/* Of no meaning here, but the format restricts it. */
static int check_metadata(json_t *metadata, struct error *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(metadata))
        return error_set(err, ST_DATA, "'__metadata__' is wrong; an object "
                         "of strings expected");
    json_object_foreach (metadata, key, value)
        if (!json_is_string(value))
            return error_set(err, ST_DATA, "'__metadata__' has values that "
                             "are not strings");
    return ST_OK;
}

/* Fills the zeroed tensors; *n counts those that have a name to free. */
static int read_entries(json_t *root, const struct reading *reading,
                        struct tensor *list, size_t *n, struct error *err)
{
    const char *name;
    json_t *entry;
    int status = ST_OK;

    json_object_foreach (root, name, entry) {
        if (strcmp(name, "__metadata__") == 0) {
            status = check_metadata(entry, err);
        } else if (!safetensors_is_name(name)) {
            status = error_set(err, ST_DATA, "the name of tensor %zu is not "
                               "1 to %d printable ASCII characters", *n + 1,
                               MAX_NAME);
        } else {
            list[*n].name = mem_strdup(name);
            list[*n].path = reading->path;
            status = read_entry(entry, reading, &list[(*n)++], err);
            if (status)
                error_within(err, "tensor '%s'", name);
        }
        if (status)
            return error_within(err, "%s", reading->path);
    }
    return ST_OK;
}

static int by_data(const void *a, const void *b)
{
    const struct tensor *s = a, *t = b;

    if (s->data != t->data)
        return s->data < t->data ? -1 : 1;
    return (s->size > t->size) - (s->size < t->size);
}

/* As the format demands: no byte belongs to two tensors or to none. */
static int check_cover(struct tensor *list, size_t n,
                       const struct reading *reading, struct error *err)
{
    const unsigned char *at = reading->data;

    qsort(list, n, sizeof *list, by_data);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *data = list[i].data;

        if (data < at)
            return error_set(err, ST_DATA, "%s: the data of tensors '%s' and "
                             "'%s' overlap; each byte belongs to one",
                             reading->path, list[i - 1].name, list[i].name);
        if (data > at)
            return error_set(err, ST_DATA, "%s: %zu bytes in front of tensor "
                             "'%s' belong to no tensor; data must have no "
                             "holes", reading->path, (size_t)(data - at),
                             list[i].name);
        at = data + list[i].size;
    }
    if (at != reading->data + reading->size)
        return error_set(err, ST_DATA, "%s: the last %zu bytes belong to no "
                         "tensor; the file must end with its data",
                         reading->path,
                         (size_t)(reading->data + reading->size - at));
    return ST_OK;
}

/* The length of the header, if the file can have one. The limit is that of
 * the format's own library. */
static int header_size(const struct mapped_file *mapping, size_t *size,
                       struct error *err)
{
    uint64_t n = 0;

    if (mapping->size < 8)
        return error_set(err, ST_DATA, "%s: has %zu bytes; a safetensors "
                         "file has at least 8 (truncated?)", mapping->path,
                         mapping->size);
    for (int i = 7; i >= 0; i--)
        n = n << 8 | mapping->bytes[i];
    if (n > MAX_HEADER)
        return error_set(err, ST_DATA, "%s: its header would be of %llu "
                         "bytes; at most %d expected (not safetensors?)",
                         mapping->path, (unsigned long long)n, MAX_HEADER);
    if (n > mapping->size - 8)
        return error_set(err, ST_DATA, "%s: its header of %zu bytes does "
                         "not fit into a file of %zu (truncated?)",
                         mapping->path, (size_t)n, mapping->size);
    if (n < 2 || mapping->bytes[8] != '{')
        return error_set(err, ST_DATA, "%s: its header is not a JSON object "
                         "{...} (not safetensors?)", mapping->path);
    *size = (size_t)n;
    return ST_OK;
}

/* Places in the header are lines and columns of its JSON. */
static int parse_header(const struct mapped_file *mapping, size_t size,
                        json_t **root, struct error *err)
{
    char *place = mem_printf("%s: header", mapping->path);
    int status = json_parse_object((const char *)mapping->bytes + 8, size,
                                   place, root, err);

    free(place);
    return status;
}

int safetensors_read_header(const struct mapped_file *mapping,
                            struct tensors *tensors, struct error *err)
{
    struct reading reading = {.path = mapping->path};
    struct tensor *list = NULL;
    json_t *root = NULL;
    size_t size = 0, n = 0;
    int status = header_size(mapping, &size, err);

    if (!status)
        status = parse_header(mapping, size, &root, err);
    if (status)
        return status;
    reading.data = mapping->bytes + 8 + size;
    reading.size = mapping->size - 8 - size;
    list = mem_new(json_object_size(root), sizeof *list);
    status = read_entries(root, &reading, list, &n, err);
    if (!status)
        status = check_cover(list, n, &reading, err);
    if (!status) {
        tensors->tensors = mem_grow(tensors->tensors, tensors->n + n,
                                    sizeof *list);
        memcpy(tensors->tensors + tensors->n, list, n * sizeof *list);
        tensors->n += n;
        n = 0; /* the names have a new owner */
    }
    for (size_t i = 0; i < n; i++)
        free(list[i].name);
    free(list);
    json_decref(root);
    return status;
}
