/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* dtype.h - element types of tensors in files. */
#ifndef CORE_TENSOR_DTYPE_H
#define CORE_TENSOR_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* F8_E4M3 has no infinity, and one NaN of each sign; F8_E5M2 is the upper half
 * of an F16 (arXiv 2209.05433). CODED: blocks that hold several elements each,
 * decoded by the functions of struct tensor. */
enum dtype {
    DTYPE_F32, DTYPE_F16, DTYPE_BF16, DTYPE_F64, DTYPE_F8_E4M3, DTYPE_F8_E5M2,
    DTYPE_CODED, DTYPE_OTHER
};

/* Those with a size, for messages. */
#define DTYPE_NAMES "F32, F16, BF16, F64, F8_E4M3, F8_E5M2"

size_t dtype_size(enum dtype type); /* bytes of an element; 0: CODED, OTHER */
const char *dtype_name(enum dtype type);
/* The type that a safetensors file calls `name`, and the bytes of an element,
 * which OTHER types have here too. false if the format has no such type. */
bool dtype_parse(const char *name, enum dtype *type, size_t *size);
/* n elements (little-endian, any alignment) to float32: F64 to the nearest,
 * with ties to even, all others exactly. */
void dtype_to_f32(enum dtype type, const void *from, float *to, size_t n);
/* Index of the first NaN or infinity, or n. O(n), at memory speed. */
size_t dtype_find_nonfinite(const float *values, size_t n);

#endif
