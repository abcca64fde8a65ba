/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* writer.c - a matrix as .npy or .safetensors files. How many rows there are
 * is known before the first one, so that what stands in front is final. */
#include "activation-export.h"

#include <stdio.h>
#include <string.h>

enum { HEADER = 512 };

size_t export_element(enum type type)
{
    return type == TYPE_FLOAT32 || type == TYPE_INT32 ? 4 : 2;
}

/* Rows of one file. */
static int64_t rows_in(const struct tensor *tensor, int32_t shard)
{
    int64_t left = tensor->rows - shard * tensor->shard_rows;

    return left < tensor->shard_rows ? left : tensor->shard_rows;
}

static int name_of(const struct tensor *tensor, int32_t shard, char separator,
                   const char *end, char name[NAME_BYTES])
{
    if (tensor->n_files == 1)
        return snprintf(name, NAME_BYTES, "%s%s", tensor->name, end);
    return snprintf(name, NAME_BYTES, "%s%c%05d-of-%05d%s", tensor->name,
                    separator, (int)shard + 1, (int)tensor->n_files, end);
}

int export_file_name(const struct export *self, const struct tensor *tensor,
                     int32_t shard, char name[NAME_BYTES])
{
    return name_of(tensor, shard, '-',
                   self->format == FORMAT_NPY ? ".npy" : ".safetensors", name);
}

int export_tensor_name(const struct tensor *tensor, int32_t shard,
                       char name[NAME_BYTES])
{
    return name_of(tensor, shard, '.', "", name);
}

/* Blanks from n on, so that what follows is aligned. */
static size_t pad(char *header, size_t n, size_t alignment)
{
    size_t end = (n + alignment - 1) / alignment * alignment;

    memset(header + n, ' ', end - n);
    return end;
}

/* Version 1.0: magic, length of the dictionary in two bytes, and that, with
 * blanks and a line feed up to a multiple of 64. */
static size_t npy_header(const struct tensor *tensor, char header[HEADER])
{
    static const char *const words[] = {
        [TYPE_FLOAT32] = "<f4", [TYPE_FLOAT16] = "<f2", [TYPE_INT32] = "<i4"};
    size_t front = 10;
    int n = snprintf(header + front, HEADER - front,
                     "{'descr': '%s', 'fortran_order': False, "
                     "'shape': (%lld, %lld), }", words[tensor->type],
                     (long long)tensor->rows, (long long)tensor->cols);
    size_t end = pad(header, front + (size_t)n + 1, 64);

    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)((end - front) & 0xff);
    header[9] = (char)((end - front) >> 8);
    header[front + (size_t)n] = ' ';
    header[end - 1] = '\n';
    return end;
}

/* Length of the JSON text in eight bytes, and that, with blanks up to a
 * multiple of 8. */
static size_t safetensors_header(const struct tensor *tensor, int32_t shard,
                                 char header[HEADER])
{
    static const char *const words[] = {
        [TYPE_FLOAT32] = "F32", [TYPE_FLOAT16] = "F16",
        [TYPE_BFLOAT16] = "BF16", [TYPE_INT32] = "I32"};
    int64_t rows = rows_in(tensor, shard);
    char name[NAME_BYTES];
    size_t front = 8, end;
    int n;

    export_tensor_name(tensor, shard, name);
    n = snprintf(header + front, HEADER - front,
                 "{\"%s\":{\"dtype\":\"%s\",\"shape\":[%lld,%lld],"
                 "\"data_offsets\":[0,%lld]}}", name, words[tensor->type],
                 (long long)rows, (long long)tensor->cols,
                 (long long)(rows * tensor->cols *
                             (int64_t)export_element(tensor->type)));
    end = pad(header, front + (size_t)n, 8);
    for (size_t i = 0; i < front; i++)
        header[i] = (char)((uint64_t)(end - front) >> 8 * i & 0xff);
    return end;
}

static size_t make_header(const struct export *self,
                          const struct tensor *tensor, int32_t shard,
                          char header[HEADER])
{
    return self->format == FORMAT_NPY
               ? npy_header(tensor, header)
               : safetensors_header(tensor, shard, header);
}

static int split(struct export *self, struct tensor *tensor)
{
    int64_t row = tensor->cols * (int64_t)export_element(tensor->type), n;

    tensor->shard_rows = tensor->rows;
    if (self->shard)
        tensor->shard_rows = self->shard < row ? 1 : self->shard / row;
    n = (tensor->rows + tensor->shard_rows - 1) / tensor->shard_rows;
    if (n > 99999)
        return self->host->fail(self->ctx, "shard: %s would be %lld files; "
                                "let them be larger", tensor->name,
                                (long long)n);
    tensor->n_files = (int32_t)n;
    return TRANSECT_OK;
}

int export_open(struct export *self, struct tensor *tensor)
{
    int64_t row = tensor->cols * (int64_t)export_element(tensor->type);

    if (split(self, tensor))
        return TRANSECT_FAILED;
    for (int32_t i = 0; i < tensor->n_files; i++) {
        char name[NAME_BYTES], header[HEADER];
        size_t front = make_header(self, tensor, i, header);
        int32_t file;

        export_file_name(self, tensor, i, name);
        file = self->files->open(self->ctx, name,
                                 front + (uint64_t)(rows_in(tensor, i) * row));
        if (file < 0)
            return TRANSECT_FAILED;
        if (i == 0)
            tensor->first_file = file;
    }
    return TRANSECT_OK;
}

/* Rows of one file. */
static int append(struct export *self, struct tensor *tensor,
                  const char *bytes, int64_t n)
{
    int32_t shard = (int32_t)(tensor->progress->rows / tensor->shard_rows);
    int32_t file = tensor->first_file + shard;
    size_t row = (size_t)tensor->cols * export_element(tensor->type);
    char header[HEADER];

    if (tensor->progress->rows % tensor->shard_rows == 0 &&
        self->files->append(self->ctx, file, header,
                            make_header(self, tensor, shard, header)))
        return TRANSECT_FAILED;
    if (self->files->append(self->ctx, file, bytes, (size_t)n * row))
        return TRANSECT_FAILED;
    tensor->progress->rows += n;
    return TRANSECT_OK;
}

int export_bytes(struct export *self, struct tensor *tensor, const void *rows,
                 int64_t n)
{
    const char *bytes = rows;
    size_t row = (size_t)tensor->cols * export_element(tensor->type);

    if (n > tensor->rows - tensor->progress->rows)
        return self->host->fail(self->ctx, "%s: there are more rows than the "
                                "samples have", tensor->name);
    while (n > 0) {
        int64_t room = tensor->shard_rows -
                       tensor->progress->rows % tensor->shard_rows;
        int64_t some = n < room ? n : room;

        if (append(self, tensor, bytes, some))
            return TRANSECT_FAILED;
        bytes += (size_t)some * row;
        n -= some;
    }
    return TRANSECT_OK;
}

static int too_large(const struct export *self, const struct tensor *tensor,
                     const struct transect_event *event, int64_t row,
                     int64_t dim)
{
    const struct transect_view *view = &event->view;

    return self->host->fail(
        self->ctx, "%s: sample %d, position %d, dim %lld is %g, which dtype = "
        "%s has no room for; take another", tensor->name, (int)event->sample,
        (int)(event->first + row), (long long)dim,
        (double)view->data[row * view->row_stride + dim],
        self->host->get_string(self->ctx, "dtype"));
}

int export_rows(struct export *self, struct tensor *tensor,
                const struct transect_event *event)
{
    const struct transect_view *view = &event->view;
    size_t row = (size_t)tensor->cols * export_element(self->type);
    int64_t most = BLOCK_BYTES < row ? 1 : BLOCK_BYTES / (int64_t)row;

    if (self->type == TYPE_FLOAT32 && view->row_stride == view->cols)
        return export_bytes(self, tensor, view->data, view->rows);
    for (int64_t from = 0; from < view->rows; from += most) {
        int64_t n = view->rows - from < most ? view->rows - from : most;

        for (int64_t i = 0; i < n; i++) {
            int64_t beyond;

            export_convert(self->type,
                           view->data + (from + i) * view->row_stride,
                           view->cols, (char *)self->block + (size_t)i * row,
                           &beyond);
            if (beyond >= 0)
                return too_large(self, tensor, event, from + i, beyond);
        }
        if (export_bytes(self, tensor, self->block, n))
            return TRANSECT_FAILED;
    }
    return TRANSECT_OK;
}
