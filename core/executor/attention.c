/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention.c - around the mixing of values: queries, keys and values, and
 * what the heads write, together and each. */
#include "executor/attention.h"

#include "base/mem.h"
#include "executor/forward-internal.h"
#include "executor/kv-store.h"

#include <string.h>

/* head_out of one head. An edit of it reaches attn_out as its difference,
 * which leaves every other head's contribution bit for bit as it was. */
static int emit_head_out(struct forward *fw, int layer, int head,
                         struct error *err)
{
    const struct config *config = &fw->model->config;
    struct linear o = linear_inputs(&fw->model->blocks[layer].o,
                                    head * config->d_head, config->d_head);
    bool edit = hook_set_wants_edit(fw->set, TRANSECT_HEAD_OUT, layer,
                                    head);
    int64_t d = config->d_model, n = fw->batch->n_row * d;
    float *after = fw->head_out, *before = after + fw->max_rows * d;
    int status;

    linear_apply(&o,
                 &(struct product){fw->z + head * config->d_head, after,
                                   (int64_t)config->n_head * config->d_head,
                                   d, fw->batch->n_row},
                 fw->panel, fw->team);
    if (edit)
        memcpy(before, after, (size_t)n * sizeof *after);
    status = forward_emit(fw, (struct tensor_ref){.point = TRANSECT_HEAD_OUT,
                                                  .layer = layer,
                                                  .head = head,
                                                  .data = after,
                                                  .cols = d,
                                                  .stride = d}, err);
    for (int64_t i = 0; edit && i < n; i++)
        fw->out[i] += after[i] - before[i];
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
