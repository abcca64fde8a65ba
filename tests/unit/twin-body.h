/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* twin-body.h - the kernels' sources under other names, which end in
 * TWIN_SUFFIX, and without clones. For one inclusion in a file. */
#include "base/cpu-dispatch.h"
#undef CLONES
#define CLONES

#define TWIN_JOIN(name, suffix) name##_##suffix
#define TWIN_NAME(name, suffix) TWIN_JOIN(name, suffix)
#define TWIN(name) TWIN_NAME(name, TWIN_SUFFIX)

#define kernel_norm TWIN(kernel_norm)
#define kernel_activation TWIN(kernel_activation)
#define kernel_softmax_tile TWIN(kernel_softmax_tile)
#define kernel_softmax_factor TWIN(kernel_softmax_factor)
#define kernel_mask_causal TWIN(kernel_mask_causal)
#define kernel_add_alibi TWIN(kernel_add_alibi)
#define kernel_soft_cap TWIN(kernel_soft_cap)
#define kernel_rotate TWIN(kernel_rotate)
#define kernel_scale TWIN(kernel_scale)
#define kernel_multiply TWIN(kernel_multiply)
#define kernel_add TWIN(kernel_add)
#define kernel_find_nonfinite TWIN(kernel_find_nonfinite)
#define dtype_size TWIN(dtype_size)
#define dtype_name TWIN(dtype_name)
#define dtype_parse TWIN(dtype_parse)
#define dtype_to_f32 TWIN(dtype_to_f32)
#define dtype_find_nonfinite TWIN(dtype_find_nonfinite)
#define gguf_block_find TWIN(gguf_block_find)
#define gguf_block_names TWIN(gguf_block_names)
#define gguf_dequantize TWIN(gguf_dequantize)

#include "../../core/tensor/dtype.c"
#undef BLOCK
#include "../../core/format/gguf-quant.c"
#include "../../core/executor/kernels.c"

#include "twin-table.h"
