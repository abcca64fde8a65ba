/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward.c - the one executor: a forward pass over a batch, with events. */
#include "forward.h"

#include "kernels.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static int64_t qkv_width(const struct config *config)
{
    return (int64_t)(config->n_head + 2 * config->n_kv_head) *
           config->d_head;
}

uint64_t forward_bytes(const struct config *config, int max_rows,
                       int max_tokens)
{
    int64_t row = 3 * (int64_t)config->d_model + qkv_width(config) +
                  (int64_t)config->n_head * config->d_head +
                  config->d_mlp * (config->gated ? 2 : 1);

    return sizeof(float) * ((uint64_t)max_rows * (uint64_t)row +
                            (uint64_t)max_tokens * FORWARD_BLOCK) +
           positions_bytes(config, max_tokens);
}

size_t forward_view_bytes(const struct config *config, int n_token)
{
    size_t heads = (size_t)config->n_head * (size_t)config->d_head;
    size_t wide = (size_t)config->d_model, block;

    wide = heads > wide ? heads : wide;
    wide = (size_t)config->d_mlp > wide ? (size_t)config->d_mlp : wide;
    block = (size_t)(config->n_vocab > n_token ? config->n_vocab : n_token);
    wide *= (size_t)n_token;
    block *= FORWARD_BLOCK;
    return (wide > block ? wide : block) * sizeof(float);
}

int forward_new(const struct model *model, int max_rows, int max_tokens,
                struct forward **out, struct error *err)
{
    const struct config *config = &model->config;
    struct forward *fw = mem_new(1, sizeof *fw);
    size_t rows = (size_t)max_rows, d = (size_t)config->d_model;
    size_t panel = model_panel(model);

    fw->model = model;
    fw->max_rows = max_rows;
    fw->max_tokens = max_tokens;
    if (!(fw->resid = mem_tensor(rows, d, err)) ||
        !(fw->x = mem_tensor(rows, d, err)) ||
        !(fw->qkv = mem_tensor(rows, (size_t)qkv_width(config), err)) ||
        !(fw->z = mem_tensor(rows, (size_t)config->n_head *
                                       (size_t)config->d_head, err)) ||
        !(fw->out = mem_tensor(rows, d, err)) ||
        !(fw->mlp = mem_tensor(rows, (size_t)config->d_mlp, err)) ||
        (config->gated &&
         !(fw->gate = mem_tensor(rows, (size_t)config->d_mlp, err))) ||
        positions_new(config, max_tokens, &fw->positions, err) ||
        (panel && !(fw->panel = mem_tensor(panel, 1, err))) ||
        !(fw->scores = mem_tensor(FORWARD_BLOCK, (size_t)max_tokens, err))) {
        forward_free(fw);
        return err->status;
    }
    *out = fw;
    return ST_OK;
}

void forward_free(struct forward *fw)
{
    if (!fw)
        return;
    free(fw->resid);
    free(fw->x);
    free(fw->qkv);
    free(fw->z);
    free(fw->out);
    free(fw->mlp);
    free(fw->gate);
    positions_free(&fw->positions);
    free(fw->scores);
    free(fw->panel);
    free(fw->head_out);
    free(fw->logits);
    free(fw);
}

/* A point of width D. */
static int emit(struct forward *fw, struct hooks *hooks, int point, int layer,
                const struct batch *batch, float *data, struct error *err)
{
    int d = fw->model->config.d_model;

    return hooks_emit(hooks, point, layer, batch, data, d, d, err);
}

/* y (rows, D) = norm of x (rows, D). */
static void normalize(struct forward *fw, const struct norm *norm,
                      const struct batch *batch, const float *x, float *y)
{
    const struct config *config = &fw->model->config;
    int64_t d = config->d_model;

    kernel_norm(config->norm, x, d, batch->n_row, d, norm,
                config->norm_epsilon, y, d);
}

static void embed_tokens(struct forward *fw, const struct batch *batch)
{
    const struct model *model = fw->model;
    const struct config *config = &model->config;
    const struct linear *table = &model->embedding;
    size_t d = (size_t)config->d_model;

    for (int i = 0; i < batch->n_row; i++) {
        float *row = fw->resid + (size_t)i * d;
        int32_t token = batch->tokens[i];

        if (table->w)
            memcpy(row, table->w + token * table->out_stride,
                   d * sizeof *row);
        else
            linear_read(table, token, 1, row);
    }
    if (config->embed_scale > 0)
        kernel_scale(fw->resid, (float)config->embed_scale,
                     (int64_t)batch->n_row * config->d_model);
    if (config->embed_norm)
        normalize(fw, &model->embed_norm, batch, fw->resid, fw->resid);
}

/* Residual stream = token embedding (+ position embedding). The two are only
 * made apart if somebody listens to them; the sum is the same. */
static int embed(struct forward *fw, struct hooks *hooks,
                 const struct batch *batch, struct error *err)
{
    const struct model *model = fw->model;
    size_t d = (size_t)model->config.d_model, row = d * sizeof(float);
    int status;

    embed_tokens(fw, batch);
    status = emit(fw, hooks, TRANSECT_EMBED, -1, batch, fw->resid, err);
    if (status || !model->position_embedding)
        return status;
    for (int i = 0; i < batch->n_span; i++)
        memcpy(fw->out + (size_t)batch->spans[i].row * d,
               model->position_embedding,
               (size_t)batch->spans[i].n_token * row);
    status = emit(fw, hooks, TRANSECT_POS_EMBED, -1, batch, fw->out, err);
    kernel_add(fw->resid, fw->out, (int64_t)batch->n_row * (int64_t)d);
    return status;
}

/* fw->mlp from the activation function, and for gated MLPs times the input
 * that the gate, which is what is activated, lets through. */
static int activate(struct forward *fw, struct hooks *hooks, int layer,
                    const struct batch *batch, struct error *err)
{
    const struct config *config = &fw->model->config;
    const struct block *block = &fw->model->blocks[layer];
    int64_t f = config->d_mlp, n = batch->n_row * f;
    int status;

    if (!config->gated) {
        kernel_activation(config->activation, fw->mlp, n);
        return ST_OK;
    }
    linear_apply(&block->gate, fw->x, config->d_model, batch->n_row,
                 fw->gate, f, fw->panel);
    status = hooks_emit(hooks, TRANSECT_MLP_GATE, layer, batch, fw->gate, f,
                        f, err);
    if (status)
        return status;
    kernel_activation(config->activation, fw->gate, n);
    kernel_multiply(fw->mlp, fw->gate, n);
    return ST_OK;
}

static int mlp_run(struct forward *fw, struct hooks *hooks, int layer,
                   const struct batch *batch, struct error *err)
{
    const struct config *config = &fw->model->config;
    const struct block *block = &fw->model->blocks[layer];
    int64_t f = config->d_mlp, d = config->d_model;
    int status;

    linear_apply(&block->in, fw->x, d, batch->n_row, fw->mlp, f, fw->panel);
    status = hooks_emit(hooks, TRANSECT_MLP_PRE, layer, batch, fw->mlp, f, f,
                        err);
    if (!status)
        status = activate(fw, hooks, layer, batch, err);
    if (status)
        return status;
    status = hooks_emit(hooks, TRANSECT_MLP_POST, layer, batch, fw->mlp, f,
                        f, err);
    if (status)
        return status;
    linear_apply(&block->out, fw->mlp, f, batch->n_row, fw->out, d,
                 fw->panel);
    return ST_OK;
}

/* NaN or infinity would silently spoil every number after it. */
static int check_finite(const struct forward *fw, int layer,
                        const struct batch *batch, struct error *err)
{
    int64_t d = fw->model->config.d_model;
    int64_t at = kernel_find_nonfinite(fw->resid, batch->n_row * d);
    const struct span *span = batch->spans;

    if (at < 0)
        return ST_OK;
    while (at / d >= span->row + span->n_token)
        span++;
    return error_set(err, ST_FAILED,
                     "hidden state of layer %d is not finite: sample %d, "
                     "position %d, dim %d is %g",
                     layer, span->sample, (int)(at / d) - span->row,
                     (int)(at % d), (double)fw->resid[at]);
}

/* fw->x, the input of a branch: the stream, normalized if the model has a
 * norm there. The event is for the caller. */
static void branch_input(struct forward *fw, const struct norm *norm,
                         const struct batch *batch)
{
    const struct config *config = &fw->model->config;

    if (config->bare)
        memcpy(fw->x, fw->resid, (size_t)batch->n_row *
                                     (size_t)config->d_model *
                                     sizeof *fw->x);
    else
        normalize(fw, norm, batch, fw->resid, fw->x);
}

/* Emits the output of a branch, adds it to the stream, emits the stream. */
static int add_branch(struct forward *fw, struct hooks *hooks, int layer,
                      const struct batch *batch, int branch_point,
                      int stream_point, struct error *err)
{
    const struct config *config = &fw->model->config;
    const struct block *block = &fw->model->blocks[layer];
    int status;

    if (config->post_norm)
        normalize(fw, branch_point == TRANSECT_ATTN_OUT ? &block->attn_post
                                                        : &block->mlp_post,
                  batch, fw->out, fw->out);
    status = emit(fw, hooks, branch_point, layer, batch, fw->out, err);
    if (status)
        return status;
    kernel_add(fw->resid, fw->out,
               (int64_t)batch->n_row * config->d_model);
    return emit(fw, hooks, stream_point, layer, batch, fw->resid, err);
}

/* Attention and its place in the stream, and after that fw->x, the input of
 * the MLP. Where the two are side by side, that is of resid_pre too. */
static int attention_branch(struct forward *fw, struct hooks *hooks,
                            int layer, const struct batch *batch,
                            struct error *err)
{
    const struct config *config = &fw->model->config;
    const struct block *block = &fw->model->blocks[layer];
    int status;

    branch_input(fw, &block->ln1, batch);
    if (!config->bare &&
        (status = emit(fw, hooks, TRANSECT_LN1, layer, batch, fw->x, err)))
        return status;
    if ((status = attention_run(fw, hooks, layer, batch, err)))
        return status;
    if (config->parallel && !config->one_norm)
        branch_input(fw, &block->ln2, batch);
    status = add_branch(fw, hooks, layer, batch, TRANSECT_ATTN_OUT,
                        TRANSECT_RESID_MID, err);
    if (!config->parallel)
        branch_input(fw, &block->ln2, batch);
    return status;
}

static int block_run(struct forward *fw, struct hooks *hooks, int layer,
                     const struct batch *batch, struct error *err)
{
    bool bare = fw->model->config.bare;
    int status;

    if ((status = emit(fw, hooks, TRANSECT_RESID_PRE, layer, batch,
                       fw->resid, err)) ||
        (status = attention_branch(fw, hooks, layer, batch, err)))
        return status;
    if (!bare &&
        (status = emit(fw, hooks, TRANSECT_LN2, layer, batch, fw->x, err)))
        return status;
    if ((status = mlp_run(fw, hooks, layer, batch, err)) ||
        (status = add_branch(fw, hooks, layer, batch, TRANSECT_MLP_OUT,
                             TRANSECT_RESID_POST, err)))
        return status;
    return check_finite(fw, layer, batch, err);
}

/* T x V is large: it is made and delivered in blocks of rows. */
static int unembed(struct forward *fw, struct hooks *hooks,
                   const struct span *span, struct error *err)
{
    const struct linear *linear = &fw->model->unembed;
    int64_t d = linear->n_in, v = linear->n_out;
    double cap = fw->model->config.logit_cap;
    int status = ST_OK;

    for (int from = 0; from < span->n_token && !status;
         from += FORWARD_BLOCK) {
        int left = span->n_token - from;
        int rows = left < FORWARD_BLOCK ? left : FORWARD_BLOCK;

        linear_apply(linear, fw->x + (span->row + from) * d, d, rows,
                     fw->logits, v, fw->panel);
        if (cap > 0)
            kernel_soft_cap(fw->logits, rows, v, v, (float)cap);
        status = hooks_emit_block(hooks, TRANSECT_LOGITS, -1, -1, span, from,
                                  rows, fw->logits, v, v, err);
    }
    return status;
}

static int head_run(struct forward *fw, struct hooks *hooks,
                    const struct batch *batch, struct error *err)
{
    const struct config *config = &fw->model->config;
    bool logits = hooks_wants(hooks, TRANSECT_LOGITS, -1, -1);
    int status = ST_OK;

    if (!logits && !hooks_wants(hooks, TRANSECT_LN_FINAL, -1, -1))
        return ST_OK;
    if (logits && !fw->logits) {
        fw->logits = mem_tensor(FORWARD_BLOCK,
                                (size_t)config->n_vocab, err);
        if (!fw->logits)
            return err->status;
    }
    if (config->no_final_norm) {
        memcpy(fw->x, fw->resid, (size_t)batch->n_row *
                                     (size_t)config->d_model *
                                     sizeof *fw->x);
    } else {
        normalize(fw, &fw->model->final_norm, batch, fw->resid, fw->x);
        status = emit(fw, hooks, TRANSECT_LN_FINAL, -1, batch, fw->x, err);
    }
    for (int i = 0; logits && i < batch->n_span && !status; i++)
        status = unembed(fw, hooks, &batch->spans[i], err);
    return status;
}

int forward_run(struct forward *fw, struct hooks *hooks,
                const struct batch *batch, struct error *err)
{
    int status = embed(fw, hooks, batch, err);

    for (int l = 0; l < fw->model->config.n_layer && !status; l++)
        status = block_run(fw, hooks, l, batch, err);
    return status ? status : head_run(fw, hooks, batch, err);
}
