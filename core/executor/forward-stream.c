/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward-stream.c - the stages around attention and MLP: what the residual
 * stream begins with, what branches read of it and add to it, and what becomes
 * of it in the end. */
#include "executor/forward-internal.h"

#include "base/mem.h"
#include "executor/kernels.h"
#include "executor/row-kernels.h"

#include <string.h>

/* A point of width D. */
static int emit(const struct forward *fw, int point, int layer, float *data,
                struct error *err)
{
    return forward_emit_rows(fw, point, layer, data,
                             fw->model->config.d_model, err);
}

/* Elements of (rows, D). */
static int64_t stream_size(const struct forward *fw)
{
    return (int64_t)fw->batch->n_row * fw->model->config.d_model;
}

/* resid += out. */
static void add_to_stream(struct forward *fw)
{
    rows_add(fw->team, fw->batch->n_row, fw->model->config.d_model,
             fw->resid, fw->out);
}

/* y (n, W) = the token embedding of rows first..first+n-1. */
static void look_up(const struct forward *fw, int first, int n, float *y)
{
    const struct linear *table = &fw->model->embedding;
    size_t width = (size_t)table->n_in;

    for (int i = 0; i < n; i++) {
        int32_t token = fw->batch->tokens[first + i];
        float *row = y + (size_t)i * width;

        if (table->w)
            memcpy(row, table->w + token * table->out_stride,
                   width * sizeof *row);
        else
            linear_read(table, token, 1, row);
    }
}

/* The same, of all rows, at the stream's width. */
static void look_up_wide(struct forward *fw)
{
    const struct linear *linear = &fw->model->project_in;
    int64_t w = linear->n_in, d = linear->n_out;
    int n_row = fw->batch->n_row;

    for (int from = 0; from < n_row; from += FORWARD_BLOCK) {
        int left = n_row - from;
        int rows = left < FORWARD_BLOCK ? left : FORWARD_BLOCK;
        const struct product product = {fw->word, fw->resid + from * d, w, d,
                                        rows};

        look_up(fw, from, rows, fw->word);
        linear_apply(linear, &product, fw->panel, fw->team);
    }
}

void forward_embed_tokens(struct forward *fw)
{
    const struct model *model = fw->model;
    const struct config *config = &model->config;
    const struct row_maps maps = forward_maps(fw, fw->batch->n_row);

    if (config->d_word)
        look_up_wide(fw);
    else
        look_up(fw, 0, fw->batch->n_row, fw->resid);
    if (config->embed_scale > 0)
        kernel_scale(fw->resid, (float)config->embed_scale, stream_size(fw));
    if (config->embed_norm)
        row_maps_normalize(&maps, &model->embed_norm, fw->resid, fw->resid);
}

/* Beside the event of the token embedding, the position embedding of each
 * row, if the model has one. */
int forward_embed(struct forward *fw, int layer, struct error *err)
{
    const float *positions = fw->model->position_embedding;
    int64_t d = fw->model->config.d_model;
    int status = emit(fw, TRANSECT_EMBED, layer, fw->resid, err);

    for (int i = 0; positions && i < fw->batch->n_span; i++) {
        const struct span *span = &fw->batch->spans[i];

        memcpy(fw->out + span->row * d, positions + span->first * d,
               (size_t)(span->n_token * d) * sizeof *positions);
    }
    return status;
}

int forward_add_positions(struct forward *fw, int layer, struct error *err)
{
    int status;

    if (!fw->model->position_embedding)
        return ST_OK;
    status = emit(fw, TRANSECT_POS_EMBED, layer, fw->out, err);
    add_to_stream(fw);
    return status;
}

/* fw->x, the input of a branch. */
static void branch_input(struct forward *fw, const struct norm *norm)
{
    const struct row_maps maps = forward_maps(fw, fw->batch->n_row);

    row_maps_branch_input(&maps, norm, fw->resid, fw->x);
}

int forward_begin_layer(struct forward *fw, int layer, struct error *err)
{
    int status = emit(fw, TRANSECT_RESID_PRE, layer, fw->resid, err);

    branch_input(fw, &fw->model->blocks[layer].ln1);
    return status;
}

/* Emits the output of a branch and adds it to the stream. The norm is of one
 * or the other. */
static int add_branch(struct forward *fw, int point, int layer,
                      const struct norm *norm, struct error *err)
{
    const struct row_maps maps = forward_maps(fw, fw->batch->n_row);
    int status;

    row_maps_branch_output(&maps, norm, fw->out);
    status = emit(fw, point, layer, fw->out, err);
    add_to_stream(fw);
    if (fw->model->config.stream_norm)
        row_maps_normalize(&maps, norm, fw->resid, fw->resid);
    return status;
}

/* Where attention and MLP are side by side, the MLP's input is of resid_pre,
 * too. */
int forward_add_attention(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    const struct block *block = &fw->model->blocks[layer];

    if (config->parallel && !config->one_norm)
        branch_input(fw, &block->ln2);
    return add_branch(fw, TRANSECT_ATTN_OUT, layer, &block->attn_post, err);
}

int forward_begin_mlp(struct forward *fw, int layer, struct error *err)
{
    int status = emit(fw, TRANSECT_RESID_MID, layer, fw->resid, err);

    if (!fw->model->config.parallel)
        branch_input(fw, &fw->model->blocks[layer].ln2);
    return status;
}

int forward_add_mlp(struct forward *fw, int layer, struct error *err)
{
    return add_branch(fw, TRANSECT_MLP_OUT, layer,
                      &fw->model->blocks[layer].mlp_post, err);
}

/* NaN or infinity would silently spoil every number after it. */
static int check_finite(struct forward *fw, int layer,
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
    return forward_not_finite(fw, span, (int)(at / d) - span->row,
                              (int)(at % d), (double)fw->resid[at], layer,
                              err);
}

int forward_end_layer(struct forward *fw, int layer, struct error *err)
{
    int status = emit(fw, TRANSECT_RESID_POST, layer, fw->resid, err);

    return status ? status : check_finite(fw, layer, err);
}

int forward_head(struct forward *fw, int layer, struct error *err)
{
    const struct config *config = &fw->model->config;
    const struct row_maps maps = forward_maps(fw, fw->batch->n_row);
    bool logits = hook_set_wants(fw->set, TRANSECT_LOGITS, layer, -1);
    int status = ST_OK;

    if (!logits && !hook_set_wants(fw->set, TRANSECT_LN_FINAL, layer, -1))
        return ST_OK;
    if (logits && !fw->logits &&
        (!(fw->logits = mem_tensor(FORWARD_BLOCK, (size_t)config->n_vocab,
                                   err)) ||
         !(fw->gathered = mem_tensor(FORWARD_BLOCK, (size_t)config->d_model,
                                     err))))
        return err->status;
    row_maps_final(&maps, fw->resid, fw->x);
    if (!config->no_final_norm)
        status = emit(fw, TRANSECT_LN_FINAL, layer, fw->x, err);
    return logits && !status ? forward_unembed(fw, err) : status;
}
