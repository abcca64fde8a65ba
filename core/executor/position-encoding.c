/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* position-encoding.c - what attention adds of a token's position. */
#include "executor/position-encoding.h"

#include "base/mem.h"
#include "executor/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t positions_bytes(const struct config *config, int max_tokens)
{
    uint64_t columns = 0;

    if (config->rope.kind)
        columns += (uint64_t)config->rope.dim;
    if (config->local_rope.kind)
        columns += (uint64_t)config->local_rope.dim;
    if (config->alibi > 0)
        columns += (uint64_t)config->n_head;
    return sizeof(float) * columns * (uint64_t)max_tokens;
}

static int new_tables(const struct rope *rope, int max_tokens,
                      struct rope_tables *tables, struct error *err)
{
    size_t rows = (size_t)max_tokens, pairs = (size_t)rope->dim / 2;

    if (!rope->kind)
        return ST_OK;
    tables->cosine = mem_tensor(rows, pairs, err);
    tables->sine = tables->cosine ? mem_tensor(rows, pairs, err) : NULL;
    return tables->sine ? ST_OK : err->status;
}

/* Rounded to bfloat16, to even. */
static float to_bf16(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

/* Press et al., arXiv 2108.12409: a geometric sequence for a power of two of
 * heads, and for the others every second one of the sequence for twice as
 * many. In float32, as transformers. */
static float slope_of(int head, int n_head)
{
    int power = 1, exponent = head + 1;
    double base;

    while (2 * power <= n_head)
        power *= 2;
    if (head >= power) {
        exponent = 2 * (head - power) + 1;
        power *= 2;
    }
    base = exp2(-8.0 / power);
    return (float)pow((double)(float)base, exponent);
}

static void fill_alibi(const struct config *config, int n_token, float *bias)
{
    float factor = (float)config->alibi;

    for (int h = 0; h < config->n_head; h++) {
        float slope = slope_of(h, config->n_head);

        for (int j = 0; j < n_token; j++) {
            float value = slope * (float)j;

            if (config->alibi_bf16)
                value = to_bf16(to_bf16(slope) * to_bf16((float)j));
            *bias++ = value * factor;
        }
    }
}

int positions_new(const struct config *config, int max_tokens,
                  struct position_encoding *out, struct error *err)
{
    *out = (struct position_encoding){.config = config,
                                      .max_tokens = max_tokens};
    if (new_tables(&config->rope, max_tokens, &out->global, err) ||
        new_tables(&config->local_rope, max_tokens, &out->local, err))
        return err->status;
    if (!(config->alibi > 0))
        return ST_OK;
    out->alibi = mem_tensor((size_t)config->n_head, (size_t)max_tokens, err);
    if (!out->alibi)
        return err->status;
    fill_alibi(config, max_tokens, out->alibi);
    return ST_OK;
}

void positions_free(struct position_encoding *positions)
{
    free(positions->global.cosine);
    free(positions->global.sine);
    free(positions->local.cosine);
    free(positions->local.sine);
    free(positions->alibi);
}

/* Made for all samples of this length, and for shorter ones if the angles are
 * the same. */
static void prepare(const struct rope *rope, int n_token,
                    struct rope_tables *tables)
{
    if (tables->n_token >= n_token &&
        !rope_differs(rope, tables->n_token, n_token))
        return;
    rope_table(rope, n_token, 0, n_token, tables->cosine, tables->sine);
    tables->n_token = n_token;
}

const struct rope *positions_rope(const struct config *config, int layer)
{
    bool local = config->local[layer] && config->local_rope.kind;

    return local ? &config->local_rope : &config->rope;
}

void positions_rotate(struct position_encoding *positions, int layer,
                      const struct span *span, float *q, float *k,
                      int64_t stride)
{
    const struct config *config = positions->config;
    const struct rope *rope = positions_rope(config, layer);
    struct rope_tables *tables = rope == &config->rope ? &positions->global
                                                       : &positions->local;
    int64_t at = (int64_t)span->first * (rope->dim / 2);

    if (!rope->kind)
        return;
    prepare(rope, batch_span_length(span), tables);
    kernel_rotate(rope, q, span->n_token, stride, config->n_head,
                  config->d_head, tables->cosine + at, tables->sine + at);
    kernel_rotate(rope, k, span->n_token, stride, config->n_kv_head,
                  config->d_head, tables->cosine + at, tables->sine + at);
}

const float *positions_alibi(const struct position_encoding *positions,
                             int head)
{
    if (!positions->alibi)
        return NULL;
    return positions->alibi + (int64_t)head * positions->max_tokens;
}
