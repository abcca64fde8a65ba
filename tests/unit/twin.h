/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* twin.h - the kernels again, each source compiled for one instruction set. */
#ifndef UNIT_TWIN_H
#define UNIT_TWIN_H

#include "tensor/dtype.h"
#include "format/gguf-quant.h"
#include "executor/kernels.h"

/* As the functions of these names. */
struct twin {
    const char *name; /* of the instruction set */
    void (*norm)(enum norm_kind kind, const float *x, int64_t x_stride,
                 int64_t n, int64_t cols, const struct norm *norm,
                 double epsilon, float *y, int64_t y_stride);
    void (*activation)(enum activation activation, float *x, int64_t n);
    void (*softmax_tile)(const struct tile *tile, struct softmax_row *rows);
    void (*add_alibi)(float *scores, int64_t rows, int64_t cols,
                      int64_t stride, int64_t first, const float *bias);
    void (*soft_cap)(float *x, int64_t rows, int64_t cols, int64_t stride,
                     float cap);
    void (*rotate)(const struct rope *rope, float *x, int64_t rows,
                   int64_t stride, int64_t heads, int64_t d,
                   const float *cosine, const float *sine);
    void (*scale)(float *x, float factor, int64_t n);
    void (*multiply)(float *x, const float *y, int64_t n);
    void (*add)(float *x, const float *y, int64_t n);
    int64_t (*find_nonfinite)(const float *x, int64_t n);
    void (*to_f32)(enum dtype type, const void *from, float *to, size_t n);
    size_t (*find_nonfinite_value)(const float *values, size_t n);
    const struct gguf_block *(*block_find)(uint32_t id);
};

/* Without any instruction that not every processor of the kind has; as the
 * program chooses (cpu-dispatch.h); and for one set, or NULL where the
 * compiler or the processor has none. */
const struct twin *twin_portable(void);
const struct twin *twin_chosen(void);
const struct twin *twin_v3(void);
const struct twin *twin_v4(void);

#endif
