/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention.c - the attention of one layer, head by head, in row blocks. */
#include "forward.h"

#include "kernels.h"
#include "mem.h"

#include <cblas.h>
#include <string.h>

/* One head of one sample: where its rows begin and how they lie. */
struct head {
    int layer, index;
    const float *q, *k, *v; /* (n_token, d), row stride qkv_stride */
    float *z;               /* (n_token, d), row stride z_stride */
    int64_t qkv_stride, z_stride;
    float scale;
    int window;         /* keys that a query sees; 0: all before it */
    const float *alibi; /* biases by key, or NULL */
};

/* Scores of a block of rows, into fw->scores (rows, keys): q k^T, scaled,
 * capped and biased as the model has it. Columns before `low` are left. */
static void score_block(struct forward *fw, const struct head *head,
                        int first, int rows, int low, int keys)
{
    const struct config *config = &fw->model->config;
    int64_t stride = fw->max_tokens;
    float *s = fw->scores + low;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, keys - low,
                config->d_head, head->scale,
                head->q + first * head->qkv_stride, (int)head->qkv_stride,
                head->k + low * head->qkv_stride, (int)head->qkv_stride,
                0.0f, s, (int)stride);
    if (config->score_cap > 0)
        kernel_soft_cap(s, rows, keys - low, stride,
                        (float)config->score_cap);
    if (head->alibi)
        kernel_add_alibi(s, rows, keys - low, stride, first - low,
                         head->alibi + low);
}

/* Rows first..first+rows-1: scores, pattern and z, with the keys that the
 * last of them may see; none of them sees those before `low`. */
static int head_block(struct forward *fw, const struct span *span,
                      const struct head *head, int first, int rows,
                      struct error *err)
{
    int d = fw->model->config.d_head, keys = first + rows;
    int low = head->window && first + 1 > head->window
                  ? first + 1 - head->window
                  : 0;
    int64_t stride = fw->max_tokens;
    float *s = fw->scores;
    int status;

    score_block(fw, head, first, rows, low, keys);
    if (audience_wants(fw->audience, TRANSECT_ATTN_SCORES, head->layer,
                       head->index))
        kernel_mask_causal(s, rows, keys, stride, first, head->window);
    status = audience_emit_block(fw->audience, TRANSECT_ATTN_SCORES,
                                 head->layer, head->index, span, first, rows,
                                 s, keys, stride, err);
    if (status)
        return status;
    kernel_softmax_causal(s, rows, keys, stride, first, head->window);
    status = audience_emit_block(fw->audience, TRANSECT_PATTERN, head->layer,
                                 head->index, span, first, rows, s, keys,
                                 stride, err);
    if (status)
        return status;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, d,
                keys - low, 1.0f, s + low, (int)stride,
                head->v + low * head->qkv_stride, (int)head->qkv_stride,
                0.0f, head->z + first * head->z_stride,
                (int)head->z_stride);
    return ST_OK;
}

static float score_scale(const struct config *config, int layer)
{
    double scale = config->score_scale;

    return (float)(config->scale_by_layer ? scale / (layer + 1) : scale);
}

/* z of every head of one sample. Heads of a group share their k and v. */
static int mix_values(struct forward *fw, int layer, const struct span *span,
                      struct error *err)
{
    const struct config *config = &fw->model->config;
    int64_t d = config->d_head, group = config->n_head / config->n_kv_head;
    int64_t width = (config->n_head + 2 * config->n_kv_head) * d;
    const float *row = fw->qkv + span->row * width;
    int status = ST_OK;

    for (int h = 0; h < config->n_head; h++) {
        struct head head = {
            .layer = layer,
            .index = h,
            .q = row + h * d,
            .k = row + (config->n_head + h / group) * d,
            .v = row + (config->n_head + config->n_kv_head + h / group) * d,
            .z = fw->z + span->row * d * config->n_head + h * d,
            .qkv_stride = width,
            .z_stride = config->n_head * d,
            .scale = score_scale(config, layer),
            .window = config_window(config, layer),
            .alibi = positions_alibi(&fw->positions, h),
        };

        for (int first = 0; first < span->n_token && !status;
             first += FORWARD_BLOCK) {
            int left = span->n_token - first;

            status = head_block(fw, span, &head, first,
                                left < FORWARD_BLOCK ? left : FORWARD_BLOCK,
                                err);
        }
    }
    return status;
}

/* head_out of one head. An edit of it reaches attn_out as its difference,
 * which leaves every other head's contribution bit for bit as it was. */
static int emit_head_out(struct forward *fw, int layer, int head,
                         struct error *err)
{
    const struct config *config = &fw->model->config;
    const struct batch *batch = fw->batch;
    struct linear o = linear_inputs(&fw->model->blocks[layer].o,
                                    head * config->d_head, config->d_head);
    bool edit = audience_wants_edit(fw->audience, TRANSECT_HEAD_OUT, layer,
                                    head);
    int64_t d = config->d_model, n = batch->n_row * d;
    float *after = fw->head_out, *before = after + fw->max_rows * d;
    int status = ST_OK;

    linear_apply(&o, fw->z + head * config->d_head,
                 (int64_t)config->n_head * config->d_head, batch->n_row,
                 after, d, fw->panel);
    if (edit)
        memcpy(before, after, (size_t)n * sizeof *after);
    for (int i = 0; i < batch->n_span && !status; i++) {
        const struct span *span = &batch->spans[i];

        status = audience_emit_block(fw->audience, TRANSECT_HEAD_OUT, layer,
                                     head, span, 0, span->n_token,
                                     after + span->row * d, d, d, err);
    }
    for (int64_t i = 0; edit && i < n; i++)
        fw->out[i] += after[i] - before[i];
    return status;
}

int attention_head_outs(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    int status = ST_OK;

    if (!audience_wants(fw->audience, TRANSECT_HEAD_OUT, layer, -1))
        return ST_OK;
    if (!fw->head_out) {
        fw->head_out = mem_tensor(2 * (size_t)fw->max_rows,
                                  (size_t)config->d_model, err);
        if (!fw->head_out)
            return err->status;
    }
    for (int h = 0; h < config->n_head && !status; h++)
        if (audience_wants(fw->audience, TRANSECT_HEAD_OUT, layer, h))
            status = emit_head_out(fw, layer, h, err);
    return status;
}

/* In place; x (n_row, heads * d) with row stride `stride`. */
static void normalize_heads(const struct config *config, float *x,
                            int64_t n_row, int64_t stride, int heads,
                            const struct norm *norm)
{
    int64_t d = config->d_head;
    bool all = config->qk_norm == QK_ALL;
    int n = all ? 1 : heads;

    for (int h = 0; h < n; h++) {
        struct norm part = {norm->gain ? norm->gain + h * d : NULL,
                            norm->bias ? norm->bias + h * d : NULL};

        kernel_norm(config->norm, x + h * d, stride, n_row,
                    all ? heads * d : d, &part, config->norm_epsilon,
                    x + h * d, stride);
    }
}

void attention_project(struct forward *fw, int layer)
{
    const struct config *config = &fw->model->config;
    const struct block *block = &fw->model->blocks[layer];
    const struct batch *batch = fw->batch;
    int64_t nq = (int64_t)config->n_head * config->d_head;
    int64_t nk = (int64_t)config->n_kv_head * config->d_head;
    int64_t d = config->d_model, width = nq + 2 * nk;
    float *q = fw->qkv, *k = q + nq, *v = k + nk;

    linear_apply(&block->q, fw->x, d, batch->n_row, q, width, fw->panel);
    linear_apply(&block->k, fw->x, d, batch->n_row, k, width, fw->panel);
    linear_apply(&block->v, fw->x, d, batch->n_row, v, width, fw->panel);
    if (config->qk_norm) {
        normalize_heads(config, q, batch->n_row, width, config->n_head,
                        &block->q_norm);
        normalize_heads(config, k, batch->n_row, width, config->n_kv_head,
                        &block->k_norm);
    }
    for (int i = 0; i < batch->n_span; i++) {
        const struct span *span = &batch->spans[i];

        positions_rotate(&fw->positions, layer, span->n_token,
                         q + span->row * width, k + span->row * width,
                         width);
    }
}

int attention_emit_qkv(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    int64_t nq = (int64_t)config->n_head * config->d_head;
    int64_t nk = (int64_t)config->n_kv_head * config->d_head;
    float *q = fw->qkv, *k = q + nq, *v = k + nk;
    int64_t width = nq + 2 * nk;
    int status;

    if ((status = audience_emit_heads(fw->audience, TRANSECT_Q, layer,
                                      fw->batch, q, width, err)) ||
        (status = audience_emit_heads(fw->audience, TRANSECT_K, layer,
                                      fw->batch, k, width, err)))
        return status;
    return audience_emit_heads(fw->audience, TRANSECT_V, layer, fw->batch, v,
                               width, err);
}

int attention_mix(struct forward *fw, int layer, struct error *err)
{
    int status = ST_OK;

    for (int i = 0; i < fw->batch->n_span && !status; i++)
        status = mix_values(fw, layer, &fw->batch->spans[i], err);
    return status;
}
