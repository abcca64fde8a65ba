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
    struct float32_cache *copies = mem_new(1, sizeof *copies);

    pthread_mutex_init(&copies->lock, NULL);
    return copies;
}

void float32_cache_free(struct float32_cache *copies)
{
    for (size_t i = 0; i < copies->n; i++)
        free(copies->list[i].values);
    free(copies->list);
    pthread_mutex_destroy(&copies->lock);
    free(copies);
}

/* NULL: there is none yet. The lock is held. */
static const float *find(const struct float32_cache *copies,
                         const struct stored *stored)
{
    for (size_t i = 0; i < copies->n; i++)
        if (copies->list[i].tensor == stored->tensor &&
            copies->list[i].first == stored->first)
            return copies->list[i].values;
    return NULL;
}

static const float *add(struct float32_cache *copies,
                        const struct linear *linear, struct error *err)
{
    size_t n_in = (size_t)linear->n_in, n_out = (size_t)linear->n_out;
    float *values = mem_tensor(n_in, n_out, err);

    if (!values)
        return NULL;
    linear_read(linear, 0, linear->n_out, values);
    MEM_PUSH(copies->list, copies->n);
    copies->list[copies->n++] =
        (struct copy){linear->stored.tensor, linear->stored.first, values,
                      n_in * n_out * sizeof *values};
    return values;
}

const float *float32_cache_get(struct float32_cache *copies,
                               const struct linear *linear, struct error *err)
{
    const float *values;

    pthread_mutex_lock(&copies->lock);
    values = find(copies, &linear->stored);
    if (!values)
        values = add(copies, linear, err);
    pthread_mutex_unlock(&copies->lock);
    return values;
}

bool float32_cache_have(struct float32_cache *copies,
                        const struct linear *linear)
{
    bool have;

    pthread_mutex_lock(&copies->lock);
    have = find(copies, &linear->stored);
    pthread_mutex_unlock(&copies->lock);
    return have;
}

uint64_t float32_cache_bytes(struct float32_cache *copies)
{
    uint64_t bytes = 0;

    pthread_mutex_lock(&copies->lock);
    for (size_t i = 0; i < copies->n; i++)
        bytes += copies->list[i].bytes;
    pthread_mutex_unlock(&copies->lock);
    return bytes;
}
