/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* float32-cache.c - float32 copies of stored matrices, each made once. */
#include "tensor/float32-cache.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>

struct copy {
    const struct tensor *tensor; /* these two tell matrices apart */
    int64_t first;
    float *values;
    size_t bytes;
};

struct float32_cache {
    pthread_mutex_t lock;
    struct copy *list;
    size_t n;
};

struct float32_cache *float32_cache_new(void)
{
    struct float32_cache *cache = mem_new(1, sizeof *cache);

    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void float32_cache_free(struct float32_cache *cache)
{
    for (size_t i = 0; i < cache->n; i++)
        free(cache->list[i].values);
    free(cache->list);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* NULL: no copy yet. The caller holds the lock. */
static const float *find(const struct float32_cache *cache,
                         const struct stored *stored)
{
    for (size_t i = 0; i < cache->n; i++)
        if (cache->list[i].tensor == stored->tensor &&
            cache->list[i].first == stored->first)
            return cache->list[i].values;
    return NULL;
}

static const float *add(struct float32_cache *cache,
                        const struct linear *linear, struct error *err)
{
    size_t n_in = (size_t)linear->n_in, n_out = (size_t)linear->n_out;
    float *values = mem_tensor(n_in, n_out, err);

    if (!values)
        return NULL;
    linear_read(linear, 0, linear->n_out, values);
    MEM_PUSH(cache->list, cache->n);
    cache->list[cache->n++] =
        (struct copy){linear->stored.tensor, linear->stored.first, values,
                      n_in * n_out * sizeof *values};
    return values;
}

const float *float32_cache_get(struct float32_cache *cache,
                               const struct linear *linear, struct error *err)
{
    const float *values;

    pthread_mutex_lock(&cache->lock);
    values = find(cache, &linear->stored);
    if (!values)
        values = add(cache, linear, err);
    pthread_mutex_unlock(&cache->lock);
    return values;
}

bool float32_cache_have(struct float32_cache *cache,
                        const struct linear *linear)
{
    bool have;

    pthread_mutex_lock(&cache->lock);
    have = find(cache, &linear->stored);
    pthread_mutex_unlock(&cache->lock);
    return have;
}

uint64_t float32_cache_bytes(struct float32_cache *cache)
{
    uint64_t bytes = 0;

    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < cache->n; i++)
        bytes += cache->list[i].bytes;
    pthread_mutex_unlock(&cache->lock);
    return bytes;
}
