/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward.c - the one executor: a forward pass over a batch, with events. */
#include "executor/forward-internal.h"

#include "base/interrupt.h"
#include "executor/stages.h"

int forward_emit(const struct forward *fw, struct tensor_ref ref,
                 struct error *err)
{
    if (!ref.span)
        ref.batch = fw->batch;
    ref.reductions = fw->reductions;
    return hook_set_emit(fw->set, &ref, err);
}

int forward_emit_rows(const struct forward *fw, int point, int layer,
                      float *data, int64_t cols, struct error *err)
{
    return forward_emit(fw, (struct tensor_ref){.point = point,
                                                .layer = layer,
                                                .head = -1,
                                                .data = data,
                                                .cols = cols,
                                                .stride = cols}, err);
}

int forward_emit_heads(const struct forward *fw, int point, int layer,
                       float *data, int64_t stride, struct error *err)
{
    const struct config *config = &fw->model->config;

    return forward_emit(fw, (struct tensor_ref){
                                .point = point,
                                .layer = layer,
                                .head = -1,
                                .n_head = point_heads(point, config),
                                .data = data,
                                .cols = config->d_head,
                                .stride = stride}, err);
}

int forward_emit_input(const struct forward *fw, int point, int layer,
                       struct error *err)
{
    const struct config *config = &fw->model->config;

    if (config->bare)
        return ST_OK;
    return forward_emit_rows(fw, point, layer, fw->x, config->d_model, err);
}

struct row_maps forward_maps(const struct forward *fw, int rows)
{
    return (struct row_maps){fw->model, fw->team, fw->panel, fw->word, rows};
}

int forward_not_finite(struct forward *fw, const struct span *span, int row,
                       int dim, double value, int layer, struct error *err)
{
    fw->broken = span->only;
    return error_set(err, ST_FAILED,
                     "hidden state of layer %d is not finite: sample %d, "
                     "position %d, dim %d is %g",
                     layer, span->sample, span->first + row, dim, value);
}

void forward_apply(struct forward *fw, const struct linear *linear,
                   const float *x, float *y)
{
    const struct row_maps maps = forward_maps(fw, fw->batch->n_row);

    row_maps_apply(&maps, linear, x, y, linear->n_out);
}

void forward_begin_for(struct forward *fw, const struct hook_set *set,
                       const struct hook_set *needs, const struct batch *batch)
{
    forward_hear(fw, set, batch);
    fw->needs = needs;
    forward_narrow_tokens(fw);
    forward_embed_tokens(fw);
}

void forward_begin(struct forward *fw, const struct hook_set *set,
                   const struct batch *batch)
{
    forward_begin_for(fw, set, set, batch);
}

int forward_stage(struct forward *fw, int stage, struct error *err)
{
    int layer;
    const struct stage *row = stages_at(&fw->model->config, stage, &layer);

    if (forward_narrow(fw, stage, err))
        return err->status;
    if (!fw->batch->n_row)
        return ST_OK;
    reductions_forget(fw->reductions);
    return row->run(fw, layer, err);
}

int forward_end(struct forward *fw, int stage, struct error *err)
{
    int n = stages_count(&fw->model->config), status = ST_OK;

    for (; stage < n && !status && !interrupt_signal; stage++)
        status = forward_stage(fw, stage, err);
    return status;
}

int forward_run(struct forward *fw, struct hooks *hooks,
                const struct batch *batch, struct error *err)
{
    const struct hook_set set = {&hooks, 1};

    forward_begin(fw, &set, batch);
    return forward_end(fw, 0, err);
}
