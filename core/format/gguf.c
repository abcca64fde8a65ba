/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf.c - a GGUF file's header and table of tensors.
 *
 * 4 bytes     "GGUF"
 * u32         version
 * u64, u64    counts of tensors and of metadata entries
 * metadata    see gguf-metadata.c
 * tensors     name; u32 number of dimensions; u64 each of them, the innermost
 *             first; u32 element type; u64 offset in the data
 * the rest    data, from the next multiple of the alignment on
 */
#include "format/gguf.h"

#include "base/mem.h"
#include "format/gguf-cursor.h"
#include "format/gguf-quant.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NAME 64 /* of the format */
#define MAX_DIM 4
/* Name length, name, number of dimensions, one of them, type, offset. */
#define MIN_TENSOR (8 + 1 + 4 + 8 + 4 + 8)
#define DEFAULT_ALIGNMENT 32

static int check_version(uint32_t version, struct error *err)
{
    if (version == 2 || version == 3)
        return ST_OK;
    if (version >> 24 && !(version & 0xffff))
        return error_set(err, ST_DATA, "the file is big-endian, which is not "
                         "supported; convert it with gguf-convert-endian");
    return error_set(err, ST_DATA, "the version of GGUF is %u; 2 or 3 "
                     "expected", version);
}

static int read_start(struct gguf_cursor *cursor, struct gguf *gguf,
                      uint64_t *n_tensors, uint64_t *n_values)
{
    const unsigned char *magic = NULL;
    int status = gguf_take(cursor, 4, &magic);

    if (status)
        return status;
    if (memcmp(magic, "GGUF", 4) != 0) {
        cursor->at = 0;
        return error_set(cursor->err, ST_DATA, "does not begin with 'GGUF'; "
                         "a GGUF file expected");
    }
    status = gguf_take_u32(cursor, &gguf->version);
    if (!status)
        status = check_version(gguf->version, cursor->err);
    if (!status)
        status = gguf_take_u64(cursor, n_tensors);
    if (!status)
        status = gguf_take_u64(cursor, n_values);
    return status;
}

static int read_shape(struct gguf_cursor *cursor, struct gguf_tensor *tensor,
                      int64_t *elements)
{
    uint32_t n = 0;
    int status = gguf_take_u32(cursor, &n);

    if (status)
        return status;
    if (n < 1 || n > MAX_DIM)
        return error_set(cursor->err, ST_DATA, "it has %u dimensions; 1 to "
                         "%d expected", n, MAX_DIM);
    tensor->n_dim = (int)n;
    *elements = 1;
    for (int i = tensor->n_dim - 1; i >= 0; i--) {
        uint64_t dim = 0;

        status = gguf_take_u64(cursor, &dim);
        if (status)
            return status;
        if (dim < 1 || dim > INT64_MAX ||
            __builtin_mul_overflow(*elements, (int64_t)dim, elements))
            return error_set(cursor->err, ST_DATA, "a dimension of it is "
                             "%llu; more than 0 expected, and no more than "
                             "memory could hold", (unsigned long long)dim);
        tensor->dim[i] = (int64_t)dim;
    }
    return ST_OK;
}

static int read_type(struct gguf_cursor *cursor, struct gguf_tensor *tensor,
                     int64_t elements)
{
    int64_t row = tensor->dim[tensor->n_dim - 1], bytes;
    const struct gguf_block *block;
    uint32_t id = 0;
    int status = gguf_take_u32(cursor, &id);

    if (status)
        return status;
    block = gguf_block_find(id);
    if (!block)
        return error_set(cursor->err, ST_DATA, "its type is %u, which is no "
                         "type of GGUF; supported are %s", id,
                         gguf_block_names());
    if (!block->bytes)
        return error_set(cursor->err, ST_DATA, "its type is %s, which is not "
                         "supported; supported are %s", block->name,
                         gguf_block_names());
    if (row % block->elements)
        return error_set(cursor->err, ST_DATA, "its rows have %lld elements; "
                         "a multiple of %d expected, which is a block of %s",
                         (long long)row, block->elements, block->name);
    if (__builtin_mul_overflow(elements / block->elements,
                               (int64_t)block->bytes, &bytes))
        return error_set(cursor->err, ST_DATA, "it has more elements than "
                         "memory could hold");
    tensor->block = block;
    tensor->size = (size_t)bytes;
    return ST_OK;
}

/* One entry of the table; the tensor is zeroed and has a name. */
static int read_tensor(struct gguf_cursor *cursor, struct gguf_tensor *tensor)
{
    int64_t elements = 1;
    int status = read_shape(cursor, tensor, &elements);

    if (!status)
        status = read_type(cursor, tensor, elements);
    if (!status)
        status = gguf_take_u64(cursor, &tensor->offset);
    return status;
}

static int read_tensors(struct gguf_cursor *cursor, uint64_t n,
                        struct gguf *gguf)
{
    int status = gguf_check_count(cursor, n, MIN_TENSOR, "tensors");

    for (uint64_t i = 0; !status && i < n; i++) {
        struct gguf_tensor tensor = {0};

        status = gguf_take_name(cursor, MAX_NAME, &tensor.name);
        if (status)
            return error_within(cursor->err, "tensor %llu",
                                (unsigned long long)i + 1);
        MEM_PUSH(gguf->tensors, gguf->n_tensors);
        status = read_tensor(cursor, &tensor);
        gguf->tensors[gguf->n_tensors++] = tensor;
        if (status)
            error_within(cursor->err, "tensor '%s'", tensor.name);
    }
    return status;
}

/* The format wants a multiple of 8; all files have a power of two. */
static int read_alignment(const struct gguf *gguf, uint64_t *out,
                          struct error *err)
{
    int64_t alignment = DEFAULT_ALIGNMENT;
    int status = gguf_get_int(gguf, "general.alignment", 8, 1 << 30,
                              &alignment, err);

    if (status)
        return status;
    if (alignment & (alignment - 1))
        return error_set(err, ST_DATA, "%s: metadata 'general.alignment' is "
                         "%lld; a power of two expected", gguf->mapping.path,
                         (long long)alignment);
    *out = (uint64_t)alignment;
    return ST_OK;
}

/* Data begin at `start` of the file. */
static int locate(const struct gguf *gguf, struct gguf_tensor *tensor,
                  uint64_t start, uint64_t alignment, struct error *err)
{
    uint64_t size = gguf->mapping.size;
    uint64_t room = start < size ? size - start : 0;

    if (tensor->offset % alignment)
        return error_set(err, ST_DATA, "%s: tensor '%s' begins at byte %llu "
                         "of the data; a multiple of %llu expected",
                         gguf->mapping.path, tensor->name,
                         (unsigned long long)tensor->offset,
                         (unsigned long long)alignment);
    if (tensor->offset > room || tensor->size > room - tensor->offset)
        return error_set(err, ST_DATA, "%s: tensor '%s' needs %zu bytes "
                         "from byte %llu of the data on; the file has %llu "
                         "bytes of data (truncated?)", gguf->mapping.path,
                         tensor->name, tensor->size,
                         (unsigned long long)tensor->offset,
                         (unsigned long long)room);
    tensor->data = gguf->mapping.bytes + start + tensor->offset;
    return ST_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct gguf_tensor *)a)->name,
                  ((const struct gguf_tensor *)b)->name);
}

static int by_data(const void *a, const void *b)
{
    const struct gguf_tensor *s = a, *t = b;

    return (s->data > t->data) - (s->data < t->data);
}

/* No name, and no byte, belongs to two tensors. None has size 0. */
static int check_distinct(struct gguf *gguf, struct error *err)
{
    struct gguf_tensor *list = gguf->tensors;
    size_t n = gguf->n_tensors;

    if (n)
        qsort(list, n, sizeof *list, by_name);
    for (size_t i = 1; i < n; i++)
        if (strcmp(list[i - 1].name, list[i].name) == 0)
            return error_set(err, ST_DATA, "%s: there are two tensors '%s'; "
                             "each name must be there once",
                             gguf->mapping.path, list[i].name);
    if (n)
        qsort(list, n, sizeof *list, by_data);
    for (size_t i = 1; i < n; i++)
        if (list[i - 1].data + list[i - 1].size > list[i].data)
            return error_set(err, ST_DATA, "%s: the data of tensors '%s' and "
                             "'%s' overlap; each byte belongs to one",
                             gguf->mapping.path, list[i - 1].name,
                             list[i].name);
    return ST_OK;
}

static int read_header(struct gguf_cursor *cursor, struct gguf *gguf)
{
    uint64_t n_tensors = 0, n_values = 0;
    int status = read_start(cursor, gguf, &n_tensors, &n_values);

    if (!status)
        status = gguf_read_values(cursor, n_values, gguf);
    if (!status)
        status = read_tensors(cursor, n_tensors, gguf);
    return status;
}

int gguf_read(struct gguf *gguf, struct error *err)
{
    struct gguf_cursor cursor = {gguf->mapping.bytes, gguf->mapping.size, 0,
                                 err};
    uint64_t alignment = DEFAULT_ALIGNMENT, start;
    int status = read_header(&cursor, gguf);

    if (status)
        return error_within(err, "%s: byte %zu", gguf->mapping.path,
                            cursor.at);
    status = read_alignment(gguf, &alignment, err);
    start = (cursor.at + alignment - 1) / alignment * alignment;
    for (size_t i = 0; !status && i < gguf->n_tensors; i++)
        status = locate(gguf, &gguf->tensors[i], start, alignment, err);
    for (size_t i = 0; i < gguf->n_tensors; i++)
        gguf->tensors[i].path = gguf->mapping.path;
    return status ? status : check_distinct(gguf, err);
}

const struct gguf_tensor *gguf_find_tensor(const struct gguf *gguf,
                                           const char *name)
{
    for (size_t i = 0; i < gguf->n_tensors; i++)
        if (strcmp(gguf->tensors[i].name, name) == 0)
            return &gguf->tensors[i];
    return NULL;
}

void gguf_clear(struct gguf *gguf)
{
    for (size_t i = 0; i < gguf->n_values; i++)
        free(gguf->values[i].key);
    for (size_t i = 0; i < gguf->n_tensors; i++)
        free(gguf->tensors[i].name);
    free(gguf->values);
    free(gguf->tensors);
}

int gguf_open(const char *path, struct gguf **out, struct error *err)
{
    struct gguf *gguf = mem_new(1, sizeof *gguf);
    int status = mapped_file_open(path, &gguf->mapping, err);

    if (!status)
        status = gguf_read(gguf, err);
    if (status)
        gguf_close(gguf);
    else
        *out = gguf;
    return status;
}

void gguf_close(struct gguf *gguf)
{
    if (!gguf)
        return;
    for (size_t i = 0; i < gguf->n_parts; i++)
        gguf_close(gguf->parts[i]);
    free(gguf->parts);
    free(gguf->mapped);
    gguf_clear(gguf);
    mapped_file_close(&gguf->mapping);
    free(gguf);
}
