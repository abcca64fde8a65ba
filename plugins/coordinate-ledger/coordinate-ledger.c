/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* coordinate-ledger.c - who wrote a coordinate of the residual stream. */
#include "ledger.h"

#include <string.h>
#include <transect/kit/describe.h>
#include <transect/model.h>

static struct transect_moments *take_moments(struct transect_arrays *from,
                                             const char *name, size_t n)
{
    return transect_array(from, name, TRANSECT_FLOAT64, TRANSECT_MERGE_OWN,
                          3 * n);
}

static size_t n_units(const struct ledger *self)
{
    return self->n_unit ? self->most_functionals * self->n_used *
                              (size_t)self->model.d_mlp
                        : 0;
}

static size_t n_runs(const struct ledger *self)
{
    return self->most_spots * (1 + (size_t)self->model.n_layer) * N_RUNS;
}

static void take_arrays(struct ledger *self, struct transect_arrays *from)
{
    size_t n_sums = (size_t)self->model.n_sample * self->most_targets;

    self->parts = take_moments(from, "parts",
                               self->most_functionals * ledger_n_part(self));
    if (self->n_unit)
        self->units = take_moments(from, "units", n_units(self));
    self->runs = take_moments(from, "runs", n_runs(self));
    self->sums = transect_array(from, "sums", TRANSECT_FLOAT64,
                                TRANSECT_MERGE_SUM, n_sums * N_SUMS);
    self->seen = transect_array(from, "seen", TRANSECT_INT64,
                                TRANSECT_MERGE_SUM, n_sums);
}

static void merge_moments(struct transect_moments *moments,
                          const struct transect_moments *other, size_t n)
{
    for (size_t i = 0; i < n; i++)
        transect_moments_merge(&moments[i], &other[i]);
}

static int merge_own(void *state)
{
    struct ledger *self = state, other = *self;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);

    take_arrays(&other, &from);
    if (from.missing)
        return TRANSECT_OK;
    merge_moments(self->parts, other.parts,
                  self->most_functionals * ledger_n_part(self));
    merge_moments(self->units, other.units, n_units(self));
    merge_moments(self->runs, other.runs, n_runs(self));
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state merging = {
        .size = sizeof merging, .merge_own = merge_own};
    const struct transect_state_host *states = host->extension(
        ctx, TRANSECT_STATE);
    struct ledger *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->readout = host->extension(ctx, TRANSECT_READOUT);
    self->prompts = host->extension(ctx, TRANSECT_PROMPTS);
    self->n_layers = host->get_list(ctx, "layers", &self->layers);
    self->n_dims = host->get_list(ctx, "dims", &self->dims);
    self->auto_places = strcmp(host->get_string(ctx, "positions"), "auto") ==
                        0;
    self->n_unit = (int32_t)host->get_int(ctx, "units");
    if ((!self->n_layers && host->get_enum(ctx, "layers") < 0) ||
        (!self->n_dims && host->get_enum(ctx, "dims") < 0))
        return host->fail(ctx, "layers or dims name nothing; leave them out "
                               "for auto");
    if (!self->prompts || !self->readout ||
        self->readout->size <
            offsetof(struct transect_readout_host, pull) +
                sizeof self->readout->pull)
        return host->fail(ctx, "this host knows no way back from what a model "
                               "reads to who wrote it");
    return states->declare(ctx, &merging);
}

/* The state's sizes are asked for before the survey has chosen anything. */
static void make_room(struct ledger *self)
{
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    size_t n_dims = self->n_dims ? self->n_dims : MOST_AUTO;

    if (!self->auto_places)
        self->n_place = self->prompts->places(self->ctx, "positions", -1,
                                              NULL);
    self->n_used = (size_t)self->model.n_layer;
    if (self->n_layers)
        self->n_used = (size_t)self->layers[self->n_layers - 1] + 1;
    self->most_spots = self->auto_places ? n_dims : self->n_place * n_dims;
    self->most_targets = self->most_spots *
                         (self->n_layers ? self->n_layers : 1);
    self->most_functionals = self->stream_norms ? self->most_targets
                                                : self->most_spots;
    self->positions = self->host->alloc(self->ctx, n_dims,
                                        sizeof *self->positions);
    self->ascending = self->host->alloc(self->ctx, n_dims,
                                        sizeof *self->ascending);
    for (size_t i = 0; i < n_dims; i++)
        self->ascending[i] = (int32_t)i;
    self->spots = self->host->alloc(self->ctx, self->most_spots,
                                    sizeof *self->spots);
    self->targets = self->host->alloc(self->ctx, self->most_targets,
                                      sizeof *self->targets);
    self->functionals = self->host->alloc(self->ctx, self->most_functionals,
                                          sizeof *self->functionals);
    take_arrays(self, &arrays);
}

/* In ready; or, if the survey is to choose something, when that is over. */
static int begin_ledger(void *state)
{
    struct ledger *self = state;

    choose_targets(self);
    follow_prepare(self);
    return kept_subscribe(self);
}

static int ready(void *state, const struct transect_model *model)
{
    struct ledger *self = state;
    struct transect_view unused;

    self->model = *model;
    self->stream_norms = model->traits & TRANSECT_STREAM_NORMS;
    self->pos_embed = self->host->weight(self->ctx, TRANSECT_W_POS, -1, -1,
                                         &unused) == TRANSECT_OK;
    make_room(self);
    if (!self->auto_places && !self->n_place)
        return self->host->fail(self->ctx, "positions = %s: no sample has "
                                "such a position",
                                self->host->get_string(self->ctx,
                                                       "positions"));
    return choose_needs_survey(self) ? choose_survey(self, begin_ledger)
                                     : begin_ledger(self);
}

static int end(void *state, const struct transect_sample *sample)
{
    return follow_sample(state, sample);
}

static int finish(void *state, const void *unused)
{
    struct ledger *self = state, other = *self;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);

    (void)unused;
    take_arrays(&other, &from);
    tables_write(self, from.missing ? NULL : &other);
    findings_say(self);
    return figures_draw(self);
}

static const struct transect_option options[] = {
    {"layers", TRANSECT_LAYERS, "auto", "auto", 0, 0,
     "layers whose resid_post is taken apart; auto: of each dim the one where "
     "it is largest"},
    {"positions", TRANSECT_POSITIONS, "auto", "auto", 0, 0,
     "positions; auto: of each dim the one where it is largest"},
    {"dims", TRANSECT_DIMS, "auto", "auto", 0, 0,
     "dims; auto: up to three that hold the largest magnitude of a layer"},
    {"units", TRANSECT_INT, "5", NULL, 0, MOST_UNITS,
     "how many of the hidden units that wrote most are listed"},
};

static const int32_t points[] = {
    TRANSECT_EMBED,    TRANSECT_POS_EMBED, TRANSECT_RESID_PRE,
    TRANSECT_Z,        TRANSECT_ATTN_OUT,  TRANSECT_RESID_MID,
    TRANSECT_MLP_POST, TRANSECT_MLP_OUT,   TRANSECT_RESID_POST,
};

TRANSECT_PLUGIN(
    .name = "coordinate-ledger",
    .summary = "who wrote a coordinate of the residual stream: heads, MLPs, "
               "biases and hidden units, adding up",
    .version = "0.9.0",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_SURVEY |
                    TRANSECT_CAP_THREADS,
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .end = end,
    .finish = finish,
    .compare = figures_compare);
