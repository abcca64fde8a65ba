/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* dtype.h - element types of tensors in files. */
#ifndef CORE_DTYPE_H
#define CORE_DTYPE_H

#include <stddef.h>
#include <stdint.h>

enum dtype { DTYPE_F32, DTYPE_F16, DTYPE_BF16, DTYPE_OTHER };

size_t dtype_size(enum dtype type); /* bytes of an element; 0 for OTHER */
const char *dtype_name(enum dtype type);
/* n elements (little-endian, any alignment) to float32, exactly. */
void dtype_to_f32(enum dtype type, const void *from, float *to, size_t n);

#endif
