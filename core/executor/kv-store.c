/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* kv-store.c - keys and values that outlive a pass. */
#include "executor/kv-store.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct kv_store {
    int64_t width, layer; /* floats of a row, of a layer */
    float *k, *v;         /* (n_layer, max_tokens, Hkv*d) */
    bool part;            /* they are another store's */
};

static int64_t width_of(const struct config *config)
{
    return (int64_t)config->n_kv_head * config->d_head;
}

int kv_store_new(const struct config *config, int max_tokens,
                 struct kv_store **out, struct error *err)
{
    struct kv_store *store = mem_new(1, sizeof *store);
    size_t rows = (size_t)config->n_layer * (size_t)max_tokens;

    store->width = width_of(config);
    store->layer = store->width * max_tokens;
    if (!(store->k = mem_tensor(rows, (size_t)store->width, err)) ||
        !(store->v = mem_tensor(rows, (size_t)store->width, err))) {
        kv_store_free(store);
        return err->status;
    }
    *out = store;
    return ST_OK;
}

struct kv_store *kv_store_part(const struct kv_store *store, int row)
{
    struct kv_store *part = mem_new(1, sizeof *part);

    *part = *store;
    part->part = true;
    part->k += row * store->width;
    part->v += row * store->width;
    return part;
}

void kv_store_free(struct kv_store *store)
{
    if (store && !store->part) {
        free(store->k);
        free(store->v);
    }
    free(store);
}

uint64_t kv_store_bytes(const struct config *config, int max_tokens)
{
    return 2 * sizeof(float) * (uint64_t)config->n_layer *
           (uint64_t)max_tokens * (uint64_t)width_of(config);
}

void kv_store_put(struct kv_store *store, int layer, int first, int rows,
                  const float *k, const float *v, int64_t stride)
{
    int64_t at = layer * store->layer + first * store->width;
    size_t bytes = (size_t)store->width * sizeof *k;

    for (int64_t i = 0; i < rows; i++, at += store->width) {
        memcpy(store->k + at, k + i * stride, bytes);
        memcpy(store->v + at, v + i * stride, bytes);
    }
}

const float *kv_store_keys(const struct kv_store *store, int layer)
{
    return store->k + layer * store->layer;
}

const float *kv_store_values(const struct kv_store *store, int layer)
{
    return store->v + layer * store->layer;
}
