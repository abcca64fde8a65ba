/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* patcher.c - puts something else at chosen places of the forward pass: what
 * another prompt has there, a mean, zero, noise, or numbers of a file. */
#include "patcher.h"

#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>

/* In the order of enum from. */
static const char from_words[] = "pair mean resample zero noise prompt";

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct patcher *self = *state = host->alloc(ctx, 1, sizeof *self);
    int32_t from = host->get_enum(ctx, "from");

    self->ctx = ctx;
    self->host = host;
    self->from = from < 0 ? FROM_FILE : (enum from)from;
    self->by_position = self->from == FROM_MEAN && host->get_enum(ctx, "by");
    self->renormalize = host->get_bool(ctx, "renormalize");
    self->scale = host->get_real(ctx, "scale");
    self->by_unit = host->is_set(ctx, "units");
    self->n_dims = host->get_list(ctx, self->by_unit ? "units" : "dims",
                                  &self->dims);
    if (!host->is_set(ctx, "point"))
        return host->fail(ctx, "nowhere to patch; give point");
    if (!host->is_set(ctx, "from"))
        return host->fail(ctx, "nothing to put there; give from");
    if (self->by_unit && host->is_set(ctx, "dims"))
        return host->fail(ctx, "units and dims are both of columns; give one");
    if ((self->by_unit || host->is_set(ctx, "dims")) && !self->n_dims)
        return host->fail(ctx, "%s names no column; leave it out for all",
                          self->by_unit ? "units" : "dims");
    if (host->is_set(ctx, "layers") &&
        (host->is_set(ctx, "heads") || host->is_set(ctx, "groups")))
        return host->fail(ctx, "heads and groups name their layers; leave "
                               "layers out");
    return TRANSECT_OK;
}

static int subscribe(struct patcher *self)
{
    int status = TRANSECT_OK;

    for (size_t i = 0; i < self->n_targets && !status; i++) {
        struct transect_subscription sub = self->targets[i].sub;

        sub.flags = TRANSECT_EDIT;
        sub.on_event = patcher_on_edit;
        status = self->host->subscribe(self->ctx, &sub);
    }
    return status;
}

static int surveyed(void *state)
{
    struct patcher *self = state;

    patcher_take_survey(self);
    return subscribe(self);
}

/* Asks for the rows of the other prompts. */
static int keep_rows(struct patcher *self)
{
    int32_t source = patcher_source(self);
    int status = TRANSECT_OK;

    self->captures = self->host->extension(self->ctx, TRANSECT_CAPTURE);
    if (!self->captures)
        return self->host->fail(self->ctx, "from: this transect keeps no rows "
                                           "of other prompts");
    for (size_t i = 0; i < self->n_targets && !status; i++)
        status = self->captures->keep(self->ctx, source,
                                      &self->targets[i].sub);
    return status;
}

/* A place has one width; all that are patched from a file must have it. */
static int check_widths(const struct patcher *self)
{
    for (size_t i = 0; i < self->n_sites; i++)
        if (self->sites[i].cols != self->values.cols)
            return self->host->fail(
                self->ctx, "%s has rows of %lld numbers; those of %s have %d",
                self->host->get_string(self->ctx, "from"),
                (long long)self->values.cols,
                self->host->point_name(self->sites[i].point),
                (int)self->sites[i].cols);
    return TRANSECT_OK;
}

static int find_values(struct patcher *self)
{
    if (patcher_source(self) >= 0)
        return keep_rows(self);
    if (self->from != FROM_FILE)
        return TRANSECT_OK;
    if (patcher_read_values(self, self->host->get_string(self->ctx, "from")))
        return TRANSECT_FAILED;
    return check_widths(self);
}

static void allocate(struct patcher *self)
{
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    int32_t widest = 1;

    for (size_t i = 0; i < self->n_sites; i++)
        if (self->sites[i].cols > widest)
            widest = self->sites[i].cols;
    if (self->from == FROM_NOISE)
        self->noise = self->host->alloc(self->ctx, (size_t)widest,
                                        sizeof *self->noise);
    self->rows = transect_array(&arrays, "rows", TRANSECT_INT64,
                                TRANSECT_MERGE_SUM, self->n_sites);
    self->left = transect_array(&arrays, "left", TRANSECT_INT64,
                                TRANSECT_MERGE_SUM, self->n_sites);
}

static int ready(void *state, const struct transect_model *model)
{
    struct patcher *self = state;

    self->model = *model;
    self->keys = self->host->is_set(self->ctx, "keys");
    self->prompts = self->host->extension(self->ctx, TRANSECT_PROMPTS);
    if (!self->prompts)
        return self->host->fail(self->ctx, "this transect knows no positions "
                                           "of samples");
    if (patcher_find_places(self))
        return TRANSECT_FAILED;
    if (!self->n_sites)
        return self->host->fail(self->ctx, "nowhere to patch: layers, heads "
                                           "and groups name no place");
    allocate(self);
    if (find_values(self) || patcher_check_rows(self))
        return TRANSECT_FAILED;
    return patcher_needs_survey(self) ? patcher_survey(self, surveyed)
                                      : subscribe(self);
}

static int finish(void *state, const void *baseline)
{
    (void)baseline;
    return patcher_report(state);
}

static const struct transect_option options[] = {
    {"point", TRANSECT_POINTS, NULL, NULL, 0, 0, "which hook points"},
    {"layers", TRANSECT_LAYERS, NULL, NULL, 0, 0,
     "which layers; all if neither these nor heads nor groups are given"},
    {"heads", TRANSECT_HEADS, NULL, NULL, 0, 0,
     "which heads, of a point that has heads"},
    {"groups", TRANSECT_GROUPS, NULL, NULL, 0, 0,
     "which key/value heads, or the heads that share them"},
    {"positions", TRANSECT_POSITIONS, "*", NULL, 0, 0,
     "which rows; of patterns and scores, which queries"},
    {"keys", TRANSECT_POSITIONS, NULL, NULL, 0, 0,
     "which keys of patterns and scores; all if they are not given"},
    {"dims", TRANSECT_DIMS, NULL, NULL, 0, 0,
     "which columns; all if they are not given"},
    {"units", TRANSECT_UNITS, NULL, NULL, 0, 0,
     "which hidden units, of mlp_pre, mlp_gate or mlp_post"},
    {"from", TRANSECT_PATH, NULL, from_words, 0, 0,
     "what is put there: what the record's pair, the mean of all samples or "
     "another sample has at that place, zero, the value with noise, what the "
     "unedited prompt has, or the numbers of a .npy or .safetensors file"},
    {"by", TRANSECT_ENUM, "all", "all position", 0, 0,
     "whether a mean is one over all chosen positions, or each position has "
     "its own"},
    {"scale", TRANSECT_REAL, "3", NULL, 0, 1e6,
     "the noise in standard deviations of what the samples have there"},
    {"renormalize", TRANSECT_BOOL, "no", NULL, 0, 0,
     "whether rows of a pattern are made to sum to 1 again"},
};

TRANSECT_PLUGIN(
    .name = "patcher",
    .summary = "puts another prompt's activations, means, noise or zeros in",
    .version = "0.9.0",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_EDITS | TRANSECT_CAP_STATE |
                    TRANSECT_CAP_SURVEY | TRANSECT_CAP_THREADS |
                    TRANSECT_CAP_INERT,
    .create = create,
    .ready = ready,
    .finish = finish);
