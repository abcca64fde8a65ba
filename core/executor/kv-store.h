/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* kv-store.h - keys and values of a sample's tokens in all layers, for passes
 * that go on where earlier ones ended. */
#ifndef CORE_EXECUTOR_KV_STORE_H
#define CORE_EXECUTOR_KV_STORE_H

#include "model/model.h"

struct kv_store;

/* For samples of up to max_tokens tokens. ST_FAILED: memory is out. */
int kv_store_new(const struct config *config, int max_tokens,
                 struct kv_store **store, struct error *err);
/* That of a sample which has the rows of a store from `row` on, and no others;
 * lives no longer than that. */
struct kv_store *kv_store_part(const struct kv_store *store, int row);
void kv_store_free(struct kv_store *store); /* NULL is allowed */
uint64_t kv_store_bytes(const struct config *config, int max_tokens);

/* Keeps k and v (rows, Hkv*d, row stride `stride`) of the layer's positions
 * first..first+rows-1. */
void kv_store_put(struct kv_store *store, int layer, int first, int rows,
                  const float *k, const float *v, int64_t stride);
/* (max_tokens, Hkv*d), from position 0 on; as far as they were put. */
const float *kv_store_keys(const struct kv_store *store, int layer);
const float *kv_store_values(const struct kv_store *store, int layer);

#endif
