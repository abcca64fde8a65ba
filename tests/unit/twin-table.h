/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* twin-table.h - a struct twin of the functions under their names of here. */
#include "twin.h"

#define TWIN_TABLE(set)                                                     \
    {                                                                       \
        .name = (set), .norm = kernel_norm,                                 \
        .activation = kernel_activation,                                    \
        .softmax_tile = kernel_softmax_tile,                                \
        .add_alibi = kernel_add_alibi, .soft_cap = kernel_soft_cap,         \
        .rotate = kernel_rotate, .scale = kernel_scale,                     \
        .multiply = kernel_multiply, .add = kernel_add,                     \
        .find_nonfinite = kernel_find_nonfinite, .to_f32 = dtype_to_f32,    \
        .find_nonfinite_value = dtype_find_nonfinite,                       \
        .block_find = gguf_block_find,                                      \
    }
