/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* safetensors.h - tensors by name from one or several mapped files. */
#ifndef CORE_SAFETENSORS_H
#define CORE_SAFETENSORS_H

#include "dtype.h"
#include "error.h"
#include <stdint.h>

struct tensor {
    char *name;
    const char *path; /* of its file; borrowed from the store */
    enum dtype dtype;
    char dtype_text[16]; /* as in the file */
    int n_dim;
    int64_t dim[8];
    const void *data; /* in the mapping: read-only */
    size_t size;      /* bytes */
};

struct tensors {
    struct tensor *tensors; /* sorted by name */
    size_t n;
    struct mapping *mappings; /* see mapping.h */
    size_t n_mappings;
};

/* DIR/model.safetensors, or the shards that DIR/model.safetensors.index.json
 * names. Checks header size, JSON, dtypes, shapes against offsets, overlap,
 * holes, range, and that the index tells the truth. */
int tensors_open(const char *dir, struct tensors **tensors,
                 struct error *err);
const struct tensor *tensors_find(const struct tensors *tensors,
                                  const char *name);
void tensors_close(struct tensors *tensors);

#endif
