/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* coordinate-editor.c - sets chosen coordinates of a hook point to zero, to
 * their mean or to a number. */
#include "editor.h"

#include <string.h>
#include <transect/kit/describe.h>

/* All points of T x D, in the order of `points`. */
static const char point_names[] =
    "resid_post resid_pre resid_mid attn_out mlp_out ln1 ln2 embed pos_embed "
    "ln_final";
static const int32_t points[] = {
    TRANSECT_RESID_POST, TRANSECT_RESID_PRE, TRANSECT_RESID_MID,
    TRANSECT_ATTN_OUT,   TRANSECT_MLP_OUT,   TRANSECT_LN1,
    TRANSECT_LN2,        TRANSECT_EMBED,     TRANSECT_POS_EMBED,
    TRANSECT_LN_FINAL,
};

enum { N_LAYERED = 7 }; /* of these */

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct editor *self = *state = host->alloc(ctx, 1, sizeof *self);
    int32_t point = host->get_enum(ctx, "point");

    self->ctx = ctx;
    self->host = host;
    self->point = points[point];
    self->layered = point < N_LAYERED;
    self->n_top = (int32_t)host->get_int(ctx, "top");
    self->n_layers = host->get_list(ctx, "layers", &self->layers);
    self->auto_layer = self->layered && !self->layers;
    if (!self->layered && self->layers)
        return host->fail(ctx, "layers: %s is in no layer; leave layers out",
                          host->get_string(ctx, "point"));
    return editor_parse_value(self, host->get_string(ctx, "value"));
}

static int on_edit(void *state, const struct transect_event *event)
{
    const struct editor *self = state;

    for (size_t i = 0; i < self->n_edits; i++) {
        const struct edit *edit = &self->edits[i];
        int64_t row = (int64_t)edit->at.position - event->first;

        if (edit->layer == event->layer && row >= 0 && row < event->view.rows)
            event->edit[row * event->view.row_stride + edit->at.dim] =
                edit->value;
    }
    return TRANSECT_OK;
}

/* One layer, and of it no more rows than the edits span. */
static int subscribe_layer(struct editor *self, const struct edit *edits,
                           size_t n)
{
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = self->point,
        .flags = TRANSECT_EDIT,
        .layers = self->layered ? &edits->layer : NULL,
        .n_layers = self->layered,
        .on_event = on_edit,
    };
    int32_t first = edits->at.position, last = first;

    for (size_t i = 1; i < n; i++) {
        int32_t position = edits[i].at.position;

        first = position < first ? position : first;
        last = position > last ? position : last;
    }
    sub.first_position = first;
    sub.n_positions = last - first + 1;
    return self->host->subscribe(self->ctx, &sub);
}

/* In ready; or, if the edits depend on a survey, when that is over. Edits of
 * a layer lie side by side. */
static int begin_edits(void *state)
{
    struct editor *self = state;
    int status = editor_choose(self);

    for (size_t i = 0, n; i < self->n_edits && !status; i += n) {
        for (n = 1; i + n < self->n_edits &&
                    self->edits[i + n].layer == self->edits[i].layer; n++)
            ;
        status = subscribe_layer(self, &self->edits[i], n);
    }
    return status;
}

static int ready(void *state, const struct transect_model *model)
{
    struct editor *self = state;
    const char *text = self->host->get_string(self->ctx, "coordinates");

    self->model = *model;
    if (strcmp(text, "auto") == 0)
        self->choice = CHOICE_AUTO;
    else if (strcmp(text, "control") == 0)
        self->choice = CHOICE_CONTROL;
    else
        self->choice = CHOICE_GIVEN;
    if (self->choice == CHOICE_GIVEN && editor_parse_coordinates(self, text))
        return TRANSECT_FAILED;
    if (self->choice != CHOICE_GIVEN && self->n_top > model->d_model)
        return self->host->fail(self->ctx, "top: the model has only %d dims",
                                (int)model->d_model);
    if (self->choice != CHOICE_GIVEN || self->value == VALUE_MEAN ||
        self->auto_layer)
        return editor_survey(self, begin_edits);
    return begin_edits(self);
}

static int finish(void *state, const void *baseline)
{
    (void)baseline;
    return editor_report(state);
}

static const struct transect_option options[] = {
    {"coordinates", TRANSECT_STRING, "auto", NULL, 0, 0,
     "which: a list of POSITION:DIM (* for all positions), auto for the "
     "largest of the layer, or control for as many ordinary ones"},
    {"top", TRANSECT_INT, "1", NULL, 1, 64,
     "how many coordinates auto and control take"},
    {"value", TRANSECT_STRING, "zero", NULL, 0, 0,
     "what they are set to: zero, mean (over samples, of the unedited "
     "model), or a number"},
    {"point", TRANSECT_ENUM, "resid_post", point_names, 0, 0,
     "the hook point"},
    {"layers", TRANSECT_LAYERS, "auto", "auto", 0, 0,
     "which layers; auto: the one where the coordinate with the largest "
     "ratio to the median appears"},
};

TRANSECT_PLUGIN(
    .name = "coordinate-editor",
    .summary = "sets chosen or massive coordinates to zero, mean or a number",
    .version = "0.9.0",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_EDITS | TRANSECT_CAP_STATE |
                    TRANSECT_CAP_SURVEY | TRANSECT_CAP_THREADS,
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .finish = finish);
