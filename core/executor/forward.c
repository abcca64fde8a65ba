/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward.c - the one executor: a forward pass over a batch, with events. */
#include "executor/forward.h"

#include "base/mem.h"
#include "executor/kernels.h"
#include "executor/row-kernels.h"
#include "hooks/stages.h"

#include <string.h>

/* A point of width D. */
static int emit(struct forward *fw, int point, int layer, float *data,
                struct error *err)
{
    int d = fw->model->config.d_model;

    return hook_set_emit(fw->audience, point, layer, fw->batch, data, d, d,
                         err);
}

static void apply(struct forward *fw, const struct linear *linear,
                  const float *x, int64_t rows, float *y)
{
    const struct product product = {x, y, linear->n_in, linear->n_out, rows};

    linear_apply(linear, &product, fw->panel, fw->team);
}

/* Elements of (rows, D). */
static int64_t stream_size(const struct forward *fw)
{
    return (int64_t)fw->batch->n_row * fw->model->config.d_model;
}

/* y (rows, D) = norm of x (rows, D). */
static void normalize(struct forward *fw, const struct norm *norm,
                      const float *x, float *y)
{
    const struct config *config = &fw->model->config;
    int64_t d = config->d_model;

    rows_norm(fw->team, fw->batch->n_row,
              &(struct rows_norm){.kind = config->norm,
                                  .norm = norm,
                                  .epsilon = config->norm_epsilon,
                                  .x = x,
                                  .y = y,
                                  .groups = 1,
                                  .cols = d,
                                  .x_stride = d,
                                  .y_stride = d});
}

/* resid += out. */
static void add_to_stream(struct forward *fw)
{
    rows_add(fw->team, fw->batch->n_row, fw->model->config.d_model,
             fw->resid, fw->out);
}

static void embed_tokens(struct forward *fw)
{
    const struct model *model = fw->model;
    const struct config *config = &model->config;
    const struct linear *table = &model->embedding;
    size_t d = (size_t)config->d_model;

    for (int i = 0; i < fw->batch->n_row; i++) {
        float *row = fw->resid + (size_t)i * d;
        int32_t token = fw->batch->tokens[i];

        if (table->w)
            memcpy(row, table->w + token * table->out_stride,
                   d * sizeof *row);
        else
            linear_read(table, token, 1, row);
    }
    if (config->embed_scale > 0)
        kernel_scale(fw->resid, (float)config->embed_scale, stream_size(fw));
    if (config->embed_norm)
        normalize(fw, &model->embed_norm, fw->resid, fw->resid);
}

/* Residual stream = token embedding (+ position embedding). */
static int embed(struct forward *fw, struct error *err)
{
    const float *positions = fw->model->position_embedding;
    size_t d = (size_t)fw->model->config.d_model;
    int status = emit(fw, TRANSECT_EMBED, -1, fw->resid, err);

    for (int i = 0; positions && i < fw->batch->n_span; i++) {
        const struct span *span = &fw->batch->spans[i];

        memcpy(fw->out + (size_t)span->row * d, positions,
               (size_t)span->n_token * d * sizeof *positions);
    }
    return status;
}

static int add_positions(struct forward *fw, struct error *err)
{
    int status;

    if (!fw->model->position_embedding)
        return ST_OK;
    status = emit(fw, TRANSECT_POS_EMBED, -1, fw->out, err);
    add_to_stream(fw);
    return status;
}

/* fw->x, the input of a branch: the stream, normalized if the model has a
 * norm there. */
static void branch_input(struct forward *fw, const struct norm *norm)
{
    if (fw->model->config.bare)
        memcpy(fw->x, fw->resid, (size_t)stream_size(fw) * sizeof *fw->x);
    else
        normalize(fw, norm, fw->resid, fw->x);
}

/* The event of a branch's input, which a bare model does not have. */
static int emit_input(struct forward *fw, int point, int layer,
                      struct error *err)
{
    if (fw->model->config.bare)
        return ST_OK;
    return emit(fw, point, layer, fw->x, err);
}

/* Emits the output of a branch and adds it to the stream. */
static int add_branch(struct forward *fw, int point, int layer,
                      const struct norm *post_norm, struct error *err)
{
    int status;

    if (fw->model->config.post_norm)
        normalize(fw, post_norm, fw->out, fw->out);
    status = emit(fw, point, layer, fw->out, err);
    add_to_stream(fw);
    return status;
}

/* Where attention and MLP are side by side, the MLP's input is of resid_pre,
 * too. */
static int add_attention(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    const struct block *block = &fw->model->blocks[layer];

    if (config->parallel && !config->one_norm)
        branch_input(fw, &block->ln2);
    return add_branch(fw, TRANSECT_ATTN_OUT, layer, &block->attn_post, err);
}

static int middle_of_block(struct forward *fw, int layer, struct error *err)
{
    int status = emit(fw, TRANSECT_RESID_MID, layer, fw->resid, err);

    if (!fw->model->config.parallel)
        branch_input(fw, &fw->model->blocks[layer].ln2);
    return status;
}

static int emit_z(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    int64_t width = (int64_t)config->n_head * config->d_head;
    int status = hook_set_emit_heads(fw->audience, TRANSECT_Z, layer,
                                     fw->batch, fw->z, width, err);

    apply(fw, &fw->model->blocks[layer].o, fw->z, fw->batch->n_row, fw->out);
    return status;
}

/* A point of width F. */
static int emit_hidden(struct forward *fw, int point, int layer, float *data,
                       struct error *err)
{
    int f = fw->model->config.d_mlp;

    return hook_set_emit(fw->audience, point, layer, fw->batch, data, f, f,
                         err);
}

static int before_activation(struct forward *fw, int layer,
                             struct error *err)
{
    int status = emit_hidden(fw, TRANSECT_MLP_PRE, layer, fw->mlp, err);

    if (fw->model->config.gated)
        apply(fw, &fw->model->blocks[layer].gate, fw->x, fw->batch->n_row,
              fw->gate);
    return status;
}

/* fw->mlp from the activation function, and for gated MLPs times the input
 * that the gate, which is what is activated, lets through. */
static int activate(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    int rows = fw->batch->n_row, f = config->d_mlp;
    int status;

    if (!config->gated) {
        rows_activate(fw->team, rows, f, config->activation, fw->mlp);
        return ST_OK;
    }
    status = emit_hidden(fw, TRANSECT_MLP_GATE, layer, fw->gate, err);
    rows_gate(fw->team, rows, f, config->activation, fw->gate, fw->mlp);
    return status;
}

static int after_activation(struct forward *fw, int layer, struct error *err)
{
    int status = emit_hidden(fw, TRANSECT_MLP_POST, layer, fw->mlp, err);

    apply(fw, &fw->model->blocks[layer].out, fw->mlp, fw->batch->n_row,
          fw->out);
    return status;
}

/* NaN or infinity would silently spoil every number after it. */
static int check_finite(const struct forward *fw, int layer,
                        struct error *err)
{
    int64_t d = fw->model->config.d_model;
    int64_t at = rows_find_nonfinite(fw->team, fw->batch->n_row, d,
                                     fw->resid);
    const struct span *span = fw->batch->spans;

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

static int end_of_block(struct forward *fw, int layer, struct error *err)
{
    int status = emit(fw, TRANSECT_RESID_POST, layer, fw->resid, err);

    return status ? status : check_finite(fw, layer, err);
}

/* One stage of a layer; see stages.h. */
static int layer_stage(struct forward *fw, int layer, enum step step,
                       struct error *err)
{
    const struct block *block = &fw->model->blocks[layer];
    int status = ST_OK;

    switch (step) {
    case STEP_RESID_PRE:
        status = emit(fw, TRANSECT_RESID_PRE, layer, fw->resid, err);
        branch_input(fw, &block->ln1);
        break;
    case STEP_LN1:
        status = emit_input(fw, TRANSECT_LN1, layer, err);
        attention_project(fw, layer);
        break;
    case STEP_QKV:
        return attention_emit_qkv(fw, layer, err);
    case STEP_MIX:
        return attention_mix(fw, layer, err);
    case STEP_Z:
        return emit_z(fw, layer, err);
    case STEP_HEAD_OUT:
        return attention_head_outs(fw, layer, err);
    case STEP_ATTN_OUT:
        return add_attention(fw, layer, err);
    case STEP_RESID_MID:
        return middle_of_block(fw, layer, err);
    case STEP_LN2:
        status = emit_input(fw, TRANSECT_LN2, layer, err);
        apply(fw, &block->in, fw->x, fw->batch->n_row, fw->mlp);
        break;
    case STEP_MLP_PRE:
        return before_activation(fw, layer, err);
    case STEP_MLP_GATE:
        return activate(fw, layer, err);
    case STEP_MLP_POST:
        return after_activation(fw, layer, err);
    case STEP_MLP_OUT:
        return add_branch(fw, TRANSECT_MLP_OUT, layer, &block->mlp_post, err);
    default:
        return end_of_block(fw, layer, err);
    }
    return status;
}

/* T x V is large: it is made and delivered in blocks of rows. */
static int unembed(struct forward *fw, const struct span *span,
                   struct error *err)
{
    const struct linear *linear = &fw->model->unembed;
    int64_t d = linear->n_in, v = linear->n_out;
    double cap = fw->model->config.logit_cap;
    int status = ST_OK;

    for (int from = 0; from < span->n_token && !status;
         from += FORWARD_BLOCK) {
        int left = span->n_token - from;
        int rows = left < FORWARD_BLOCK ? left : FORWARD_BLOCK;

        apply(fw, linear, fw->x + (span->row + from) * d, rows, fw->logits);
        if (cap > 0)
            kernel_soft_cap(fw->logits, rows, v, v, (float)cap);
        status = hook_set_emit_block(fw->audience, TRANSECT_LOGITS, -1, -1,
                                     span, from, rows, fw->logits, v, v, err);
    }
    return status;
}

static int head_stage(struct forward *fw, struct error *err)
{
    const struct config *config = &fw->model->config;
    bool logits = hook_set_wants(fw->audience, TRANSECT_LOGITS, -1, -1);
    int status = ST_OK;

    if (!logits && !hook_set_wants(fw->audience, TRANSECT_LN_FINAL, -1, -1))
        return ST_OK;
    if (logits && !fw->logits) {
        fw->logits = mem_tensor(FORWARD_BLOCK,
                                (size_t)config->n_vocab, err);
        if (!fw->logits)
            return err->status;
    }
    if (config->no_final_norm) {
        memcpy(fw->x, fw->resid, (size_t)stream_size(fw) * sizeof *fw->x);
    } else {
        normalize(fw, &fw->model->final_norm, fw->resid, fw->x);
        status = emit(fw, TRANSECT_LN_FINAL, -1, fw->x, err);
    }
    for (int i = 0; logits && i < fw->batch->n_span && !status; i++)
        status = unembed(fw, &fw->batch->spans[i], err);
    return status;
}

int forward_stage(struct forward *fw, int stage, struct error *err)
{
    int in_layers = stage - STAGE_LAYERS;

    reductions_forget(fw->reducer);
    if (stage == STAGE_EMBED)
        return embed(fw, err);
    if (stage == STAGE_POS_EMBED)
        return add_positions(fw, err);
    if (stage == stage_head(&fw->model->config))
        return head_stage(fw, err);
    return layer_stage(fw, in_layers / N_STEPS,
                       (enum step)(in_layers % N_STEPS), err);
}

void forward_begin(struct forward *fw, const struct hook_set *audience,
                   const struct batch *batch)
{
    forward_hear(fw, audience, batch);
    embed_tokens(fw);
}

int forward_end(struct forward *fw, int stage, struct error *err)
{
    int last = stage_head(&fw->model->config), status = ST_OK;

    for (; stage <= last && !status; stage++)
        status = forward_stage(fw, stage, err);
    return status;
}

int forward_run(struct forward *fw, struct hooks *hooks,
                const struct batch *batch, struct error *err)
{
    const struct hook_set audience = {&hooks, 1};

    forward_begin(fw, &audience, batch);
    return forward_end(fw, 0, err);
}
