/* SPDX-FileCopyrightText: The authors of @NAME@ */
/* SPDX-License-Identifier: MIT */
/* @NAME@.c - scales what the MLPs of chosen layers add to the residual
 * stream. */
#include <transect/kit/describe.h>

/* One instance: there is one for each variant that uses the plugin. */
struct @ID@_state {
    transect_ctx *ctx; /* the host's side, for every call of the host */
    const struct transect_host *host;
    float factor;
};

/* The tensor of one layer and sample: T x D. What is written here reaches
 * everything that the model computes from it; the host counts the changes. */
static int on_event(void *state, const struct transect_event *event)
{
    const struct @ID@_state *self = state;
    const struct transect_view *x = &event->view;

    for (int64_t i = 0; i < x->rows; i++)
        for (int64_t j = 0; j < x->cols; j++)
            event->edit[i * x->row_stride + j] *= self->factor;
    return TRANSECT_OK;
}

/* Options are known, the model is not yet. */
static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct @ID@_state *self = host->alloc(ctx, 1, sizeof *self);

    *state = self;
    self->ctx = ctx;
    self->host = host;
    self->factor = (float)host->get_real(ctx, "factor");
    return TRANSECT_OK;
}

/* The model is known: say what to edit. */
static int ready(void *state, const struct transect_model *model)
{
    struct @ID@_state *self = state;
    const int32_t *layers;
    size_t n = self->host->get_list(self->ctx, "layers", &layers);
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_MLP_OUT,
        .flags = TRANSECT_EDIT,
        .layers = layers,
        .n_layers = n,
        .on_event = on_event,
    };

    (void)model;
    return self->host->subscribe(self->ctx, &sub);
}

/* The host checks what is given against this, before create(). The manual
 * page says the same. */
static const struct transect_option options[] = {
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0, "layers to edit"},
    {"factor", TRANSECT_REAL, "0.5", NULL, 0, 0,
     "what the output of the MLP is multiplied by"},
};

static const int32_t points[] = {TRANSECT_MLP_OUT};

/* Nothing is kept of samples, and instances share nothing, so that variants
 * may run side by side. */
TRANSECT_PLUGIN(
    .name = "@NAME@",
    .summary = "scales what MLPs add to the residual stream",
    .version = "0.1.0",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .capabilities = TRANSECT_CAP_EDITS | TRANSECT_CAP_STATE |
                    TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready);
