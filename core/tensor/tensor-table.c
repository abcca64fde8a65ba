/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tensor-table.c - tensors by name, whatever format their files have. */
#include "tensor/tensor-table.h"

#include "base/mapped-file.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tensor *)a)->name,
                  ((const struct tensor *)b)->name);
}

const struct tensor *tensors_find(const struct tensors *tensors,
                                  const char *name)
{
    struct tensor key = {.name = (char *)(uintptr_t)name};

    if (!tensors->n)
        return NULL;
    return bsearch(&key, tensors->tensors, tensors->n, sizeof key, by_name);
}

/* A format refuses names that repeat in one file; here they are of several. */
int tensors_sort(struct tensors *tensors, struct error *err)
{
    struct tensor *list = tensors->tensors;

    if (tensors->n)
        qsort(list, tensors->n, sizeof *list, by_name);
    for (size_t i = 1; i < tensors->n; i++)
        if (strcmp(list[i - 1].name, list[i].name) == 0)
            return error_set(err, ST_DATA, "%s: tensor '%s' is also in %s; "
                             "each tensor must be in one file", list[i].path,
                             list[i].name, list[i - 1].path);
    return ST_OK;
}

void tensors_close(struct tensors *tensors)
{
    if (!tensors)
        return;
    for (size_t i = 0; i < tensors->n; i++)
        free(tensors->tensors[i].name);
    for (size_t i = 0; i < tensors->n_mappings; i++)
        mapped_file_close(&tensors->mappings[i]);
    free(tensors->tensors);
    free(tensors->mappings);
    free(tensors->codings);
    free(tensors);
}

size_t tensor_count(const struct tensor *tensor)
{
    size_t n = 1;

    for (int i = 0; i < tensor->n_dim; i++)
        n *= (size_t)tensor->dim[i];
    return n;
}

void tensor_read(const struct tensor *tensor, float *out)
{
    if (tensor->dtype == DTYPE_CODED)
        tensor->decode(tensor, out);
    else
        dtype_to_f32(tensor->dtype, tensor->data, out,
                     tensor_count(tensor));
}

bool tensor_has_rows(const struct tensor *tensor)
{
    return tensor->n_dim == 2 && tensor->dtype != DTYPE_OTHER &&
           (tensor->dtype != DTYPE_CODED || tensor->decode_row);
}

void tensor_read_row(const struct tensor *tensor, int64_t row, int64_t col,
                     int64_t n, float *out)
{
    const unsigned char *bytes = tensor->data;
    int64_t at = row * tensor->dim[1] + col;

    if (tensor->dtype == DTYPE_CODED)
        tensor->decode_row(tensor, row, col, n, out);
    else
        dtype_to_f32(tensor->dtype,
                     bytes + (size_t)at * dtype_size(tensor->dtype), out,
                     (size_t)n);
}
