/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention.c - around the mixing of values: queries, keys and values, and
 * what the heads write, together and each. */
#include "executor/attention.h"

#include "base/mem.h"
#include "executor/forward-internal.h"
#include "executor/kv-store.h"

#include <string.h>

/* Spans from..to-1 of a batch, one after the other. */
struct spans {
    int from, to;
};

static bool wants_head(const struct forward *fw, int layer, int head,
                       const struct span *span)
{
    const struct hook_set set = hook_set_of(fw->set, span);

    return hook_set_wants(&set, TRANSECT_HEAD_OUT, layer, head);
}

/* The next spans from `from` on whose head_out somebody wants. */
static bool next_spans(const struct forward *fw, int layer, int head, int from,
                       struct spans *spans)
{
    int n = fw->batch->n_span;

    while (from < n && !wants_head(fw, layer, head, &fw->batch->spans[from]))
        from++;
    spans->from = spans->to = from;
    while (spans->to < n &&
           wants_head(fw, layer, head, &fw->batch->spans[spans->to]))
        spans->to++;
    return from < n;
}

/* head_out of one head, in the rows of the spans. */
static void make_head_out(struct forward *fw, int layer, int head,
                          const struct spans *spans)
{
    const struct config *config = &fw->model->config;
    const struct linear o = linear_inputs(&fw->model->blocks[layer].o,
                                          head * config->d_head,
                                          config->d_head);
    int64_t width = (int64_t)config->n_head * config->d_head;
    const struct span *last = &fw->batch->spans[spans->to - 1];
    int64_t row = fw->batch->spans[spans->from].row;

    linear_apply(&o,
                 &(struct product){fw->z + row * width + head * config->d_head,
                                   fw->head_out + row * config->d_model, width,
                                   config->d_model,
                                   last->row + last->n_token - row},
                 fw->panel, fw->team);
}

/* The event of one head. An edit of it reaches attn_out as its difference,
 * which leaves every other head's contribution bit for bit as it was, and so
 * the rows of others whom it does not concern. */
static int emit_head_out(struct forward *fw, int layer, int head,
                         struct error *err)
{
    int64_t d = fw->model->config.d_model;
    float *after = fw->head_out, *before = after + fw->max_rows * d;
    const struct span *spans = fw->batch->spans;
    int n = fw->batch->n_span, status;
    struct spans wanted;

    for (int i = 0; next_spans(fw, layer, head, i, &wanted); i = wanted.to)
        make_head_out(fw, layer, head, &wanted);
    if (hook_set_wants_edit(fw->set, TRANSECT_HEAD_OUT, layer, head))
        memcpy(before, after, (size_t)(fw->batch->n_row * d) * sizeof *after);
    status = forward_emit(fw, (struct tensor_ref){.point = TRANSECT_HEAD_OUT,
                                                  .layer = layer,
                                                  .head = head,
                                                  .data = after,
                                                  .cols = d,
                                                  .stride = d}, err);
    for (int i = 0; i < n; i++) {
        const struct hook_set set = hook_set_of(fw->set, &spans[i]);
        int64_t at = spans[i].row * d, end = at + spans[i].n_token * d;

        if (hook_set_wants_edit(&set, TRANSECT_HEAD_OUT, layer, head))
            for (; at < end; at++)
                fw->out[at] += after[at] - before[at];
    }
    return status;
}

int attention_output(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    int64_t width = (int64_t)config->n_head * config->d_head;
    int status = forward_emit_heads(fw, TRANSECT_Z, layer, fw->z, width, err);

    forward_apply(fw, &fw->model->blocks[layer].o, fw->z, fw->out);
    return status;
}

int attention_head_outs(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    int status = ST_OK;

    if (!hook_set_wants(fw->set, TRANSECT_HEAD_OUT, layer, -1))
        return ST_OK;
    if (!fw->head_out) {
        fw->head_out = mem_tensor(2 * (size_t)fw->max_rows,
                                  (size_t)config->d_model, err);
        if (!fw->head_out)
            return err->status;
    }
    for (int h = 0; h < config->n_head && !status; h++)
        if (hook_set_wants(fw->set, TRANSECT_HEAD_OUT, layer, h))
            status = emit_head_out(fw, layer, h, err);
    return status;
}

/* In place; each sample by its positions. */
static void rotate(struct forward *fw, int layer, float *q, float *k,
                   int64_t stride)
{
    for (int i = 0; i < fw->batch->n_span; i++) {
        const struct span *span = &fw->batch->spans[i];

        positions_rotate(&fw->positions, layer, span, q + span->row * stride,
                         k + span->row * stride, stride);
    }
}

int attention_project(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    const struct block *block = &fw->model->blocks[layer];
    int64_t nq = (int64_t)config->n_head * config->d_head;
    int64_t nk = (int64_t)config->n_kv_head * config->d_head;
    int64_t width = nq + 2 * nk;
    float *q = fw->qkv, *k = q + nq, *v = k + nk;
    const struct row_maps maps = forward_maps(fw, fw->batch->n_row);
    int status = forward_emit_input(fw, TRANSECT_LN1, layer, err);
    struct linear both, all;

    if (linear_join(&block->q, &block->k, &both) &&
        linear_join(&both, &block->v, &all)) {
        row_maps_apply(&maps, &all, fw->x, q, width);
    } else {
        row_maps_apply(&maps, &block->q, fw->x, q, width);
        row_maps_apply(&maps, &block->k, fw->x, k, width);
        row_maps_apply(&maps, &block->v, fw->x, v, width);
    }
    if (config->qk_norm) {
        row_maps_normalize_heads(&maps, &block->q_norm, config->n_head, q,
                                 width);
        row_maps_normalize_heads(&maps, &block->k_norm, config->n_kv_head, k,
                                 width);
    }
    rotate(fw, layer, q, k, width);
    return status;
}

/* Keys and values, as their editors left them, for passes that go on. */
static void keep_keys(const struct forward *fw, int layer, const float *k,
                      const float *v, int64_t width)
{
    for (int i = 0; i < fw->batch->n_span; i++) {
        const struct span *span = &fw->batch->spans[i];

        if (span->keep)
            kv_store_put(span->keep, layer, span->first, span->n_token,
                         k + span->row * width, v + span->row * width, width);
    }
}

int attention_emit_qkv(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    int64_t nq = (int64_t)config->n_head * config->d_head;
    int64_t nk = (int64_t)config->n_kv_head * config->d_head;
    int64_t width = nq + 2 * nk;
    float *q = fw->qkv, *k = q + nq, *v = k + nk;
    int status;

    if ((status = forward_emit_heads(fw, TRANSECT_Q, layer, q, width, err)) ||
        (status = forward_emit_heads(fw, TRANSECT_K, layer, k, width, err)))
        return status;
    status = forward_emit_heads(fw, TRANSECT_V, layer, v, width, err);
    keep_keys(fw, layer, k, v, width);
    return status;
}
