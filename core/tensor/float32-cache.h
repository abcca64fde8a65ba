/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* float32-cache.h - float32 copies of stored matrices, each made once and
 * kept. */
#ifndef CORE_TENSOR_FLOAT32_CACHE_H
#define CORE_TENSOR_FLOAT32_CACHE_H

#include "tensor/linear.h"

struct float32_cache *float32_cache_new(void);
void float32_cache_free(struct float32_cache *cache);
/* The copy of a stored matrix, made at the first call; owned by the cache.
 * NULL and err set (ST_FAILED) if memory is out. Any thread. */
const float *float32_cache_get(struct float32_cache *cache,
                               const struct linear *linear, struct error *err);
/* Has this matrix a copy? Any thread. */
bool float32_cache_have(struct float32_cache *cache,
                        const struct linear *linear);
uint64_t float32_cache_bytes(struct float32_cache *cache);

#endif
