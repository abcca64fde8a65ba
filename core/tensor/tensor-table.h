/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tensor-table.h - tensors by name, whatever format their files have. */
#ifndef CORE_TENSOR_TENSOR_TABLE_H
#define CORE_TENSOR_TENSOR_TABLE_H

#include "base/error.h"
#include "tensor/dtype.h"
#include <stdint.h>

struct tensor {
    char *name;       /* Hugging Face's */
    const char *path; /* of its file; borrowed from the format's mapping */
    enum dtype dtype;
    char dtype_text[16]; /* as in the file */
    int n_dim;
    int64_t dim[8];   /* outermost first: the last one's elements adjoin */
    const void *data; /* in the mapping: read-only, any alignment */
    size_t size;      /* bytes */
    /* DTYPE_CODED: tensor_read() and tensor_read_row(). decode_row is NULL if
     * rows are not contiguous. */
    void (*decode)(const struct tensor *tensor, float *out);
    void (*decode_row)(const struct tensor *tensor, int64_t row, int64_t col,
                       int64_t n, float *out);
    const void *coding; /* for decode; borrowed from struct tensors */
};

struct tensors {
    struct tensor *tensors; /* sorted by name */
    size_t n;
    struct mapped_file *mappings; /* owned; see mapped-file.h */
    size_t n_mappings;
    void *codings; /* owned: what tensors' `coding` points into, or NULL */
};

/* Sorts by name, after the last was added. ST_DATA: a name occurs twice. */
int tensors_sort(struct tensors *tensors, struct error *err);
const struct tensor *tensors_find(const struct tensors *tensors,
                                  const char *name);
void tensors_close(struct tensors *tensors);

size_t tensor_count(const struct tensor *tensor); /* elements */
/* All of them as float32, row-major; not for DTYPE_OTHER. */
void tensor_read(const struct tensor *tensor, float *out);
/* Can tensor_read_row() be called, at O(n) for n elements? */
bool tensor_has_rows(const struct tensor *tensor);
/* Elements col..col+n-1 of a row of such a matrix. */
void tensor_read_row(const struct tensor *tensor, int64_t row, int64_t col,
                     int64_t n, float *out);

#endif
