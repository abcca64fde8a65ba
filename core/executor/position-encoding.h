/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* position-encoding.h - what attention adds of a token's position: rotations
 * of queries and keys, and biases of scores. Tables, made once. */
#ifndef CORE_EXECUTOR_POSITION_ENCODING_H
#define CORE_EXECUTOR_POSITION_ENCODING_H

#include "hooks/batch.h"
#include "model/model.h"

struct rope_tables {
    int n_token;          /* of the samples that it is for; 0: not made yet */
    float *cosine, *sine; /* (max_tokens, dim / 2) */
};

struct position_encoding {
    const struct config *config;
    int max_tokens;
    struct rope_tables global, local;
    float *alibi; /* (H, max_tokens), or NULL */
};

int positions_new(const struct config *config, int max_tokens,
                  struct position_encoding *positions, struct error *err);
void positions_free(struct position_encoding *positions);
/* Bytes that positions_new allocates. */
uint64_t positions_bytes(const struct config *config, int max_tokens);

/* The rotation of a layer; of the kind ROPE_NONE: it has none. */
const struct rope *positions_rope(const struct config *config, int layer);
/* Rotates q (n_token, H*d) and k (n_token, Hkv*d) of one sample, by the
 * positions of its rows; where angles depend on the length, as for a sample
 * that ends with them. */
void positions_rotate(struct position_encoding *positions, int layer,
                      const struct span *span, float *q, float *k,
                      int64_t stride);
/* The biases of a head's scores by key (max_tokens), or NULL. */
const float *positions_alibi(const struct position_encoding *positions,
                             int head);

#endif
