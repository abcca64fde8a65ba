/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* svd-alignment.c - do the hidden units of an MLP line up with the direction
 * that its output matrix amplifies most? */
#include "svd-alignment.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>

static int read_dim(struct svd_alignment *self)
{
    const int32_t *dims;
    size_t n = self->host->get_list(self->ctx, "dim", &dims);

    self->dim = -1;
    if (self->host->get_enum(self->ctx, "dim") == 0)
        return TRANSECT_OK;
    if (n != 1)
        return self->host->fail(self->ctx, "dim = %s: it takes one dim, or "
                                "auto",
                                self->host->get_string(self->ctx, "dim"));
    self->dim = dims[0];
    return TRANSECT_OK;
}

/* What the weights say of a layer; filled in later. */
static void make_layers(struct svd_alignment *self)
{
    const struct transect_host *host = self->host;

    self->layers = host->alloc(self->ctx, (size_t)self->n_layer,
                               sizeof *self->layers);
    for (size_t i = 0; i < self->n_chosen; i++) {
        struct layer *layer = &self->layers[self->chosen[i]];

        layer->values = host->alloc(self->ctx, self->n_value,
                                    sizeof *layer->values);
        layer->left = host->alloc(self->ctx, (size_t)self->d_mlp,
                                  sizeof *layer->left);
        layer->right = host->alloc(self->ctx, (size_t)self->d_model,
                                   sizeof *layer->right);
    }
}

/* Moments of all layers, `n` each. */
static struct transect_moments *take_moments(const struct svd_alignment *self,
                                             struct transect_arrays *from,
                                             const char *name, size_t n)
{
    return transect_array(from, name, TRANSECT_FLOAT64, TRANSECT_MERGE_OWN,
                          3 * n * self->n_chosen);
}

static void take_arrays(struct svd_alignment *self,
                        struct transect_arrays *from)
{
    const size_t n = self->n_chosen, c = (size_t)self->n_column;
    const size_t shown = N_EVEN + N_EXTREME;
    struct transect_moments *x = take_moments(self, from, "x", 1);
    struct transect_moments *y = take_moments(self, from, "y", c);
    struct transect_moments *cosines = take_moments(self, from, "cosines",
                                                    N_GROUPS);
    double *xy = transect_array(from, "xy", TRANSECT_FLOAT64,
                                TRANSECT_MERGE_OWN, n * c);
    float *largest = transect_array(from, "largest", TRANSECT_FLOAT32,
                                    TRANSECT_MERGE_MAX, n * c);
    int64_t *above = transect_array(from, "above", TRANSECT_INT64,
                                    TRANSECT_MERGE_SUM, n * N_GROUPS * c);
    int64_t *n_shown = transect_array(from, "n_shown", TRANSECT_INT64,
                                      TRANSECT_MERGE_OWN, 2 * n);
    double *shown_x = transect_array(from, "shown_x", TRANSECT_FLOAT64,
                                     TRANSECT_MERGE_OWN, n * shown);
    float *shown_y = transect_array(from, "shown_y", TRANSECT_FLOAT32,
                                    TRANSECT_MERGE_OWN, n * shown * c);

    for (size_t i = 0; i < n && !from->missing; i++) {
        struct layer *layer = &self->layers[self->chosen[i]];

        layer->x = x + i;
        layer->y = y + i * c;
        layer->cosines = cosines + i * N_GROUPS;
        layer->xy = xy + i * c;
        layer->largest = largest + i * c;
        for (size_t g = 0; g < N_GROUPS; g++)
            layer->above[g] = above + (i * N_GROUPS + g) * c;
        layer->n_shown = n_shown + 2 * i;
        layer->shown_x = shown_x + i * shown;
        layer->shown_y = shown_y + i * shown * c;
    }
}

/* The baseline, or what is merged: whose arrays are not to be written to. */
static struct svd_alignment other_of(const struct svd_alignment *self,
                                     bool *there)
{
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);
    struct svd_alignment other = *self;

    other.layers = self->host->alloc(self->ctx, (size_t)self->n_layer,
                                     sizeof *other.layers);
    memcpy(other.layers, self->layers,
           (size_t)self->n_layer * sizeof *other.layers);
    take_arrays(&other, &from);
    *there = !from.missing;
    return other;
}

static void merge_shown(const struct svd_alignment *self, struct layer *mine,
                        const struct layer *other)
{
    for (int64_t i = 0; i < N_EVEN + N_EXTREME; i++) {
        bool even = i < N_EVEN;

        if (even ? i < other->n_shown[0] : i - N_EVEN < other->n_shown[1])
            layer_show(self, mine, even, other->shown_x[i],
                       other->shown_y + i * self->n_column);
    }
}

/* Covariances first, before the means have changed. */
static void merge_layer(const struct svd_alignment *self, struct layer *mine,
                        const struct layer *other)
{
    for (int32_t c = 0; c < self->n_column; c++) {
        mine->xy[c] += other->xy[c] +
                       transect_comoments_between(mine->x, &mine->y[c],
                                                  other->x, &other->y[c]);
        transect_moments_merge(&mine->y[c], &other->y[c]);
    }
    transect_moments_merge(mine->x, other->x);
    for (int g = 0; g < N_GROUPS; g++)
        transect_moments_merge(&mine->cosines[g], &other->cosines[g]);
    merge_shown(self, mine, other);
}

static int merge_own(void *state)
{
    const struct svd_alignment *self = state;
    bool there;
    struct svd_alignment other = other_of(self, &there);

    for (size_t i = 0; i < self->n_chosen && there; i++)
        merge_layer(self, &self->layers[self->chosen[i]],
                    &other.layers[self->chosen[i]]);
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state merging = {
        .size = sizeof merging, .merge_own = merge_own};
    const struct transect_state_host *states = host->extension(
        ctx, TRANSECT_STATE);
    struct svd_alignment *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->linalg = host->extension(ctx, TRANSECT_LINALG);
    self->n_chosen = host->get_list(ctx, "layers", &self->chosen);
    self->n_singular = host->get_int(ctx, "singular");
    self->first_position = host->get_int(ctx, "first_position");
    self->threshold = host->get_real(ctx, "threshold");
    self->words = words_make(ctx, host,
                             host->get_string(ctx, "function_words"));
    if (read_dim(self))
        return TRANSECT_FAILED;
    return states->declare(ctx, &merging);
}

static int subscribe(const struct svd_alignment *self, int32_t point,
                     transect_event_fn on_event)
{
    const struct transect_subscription sub = {
        .size = sizeof sub,
        .point = point,
        .layers = self->chosen,
        .n_layers = self->n_chosen,
        .first_position = (int32_t)self->first_position,
        .on_event = on_event,
    };

    return self->host->subscribe(self->ctx, &sub);
}

static int ready(void *state, const struct transect_model *model)
{
    struct svd_alignment *self = state;
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    size_t n_row = (size_t)model->n_slot * (size_t)model->n_token;
    int status;

    if (self->first_position >= model->n_token)
        return self->host->fail(self->ctx, "first_position = %" PRId64
                                " leaves nothing of the samples, which have "
                                "%d tokens", self->first_position,
                                (int)model->n_token);
    self->n_layer = model->n_layer;
    self->d_model = model->d_model;
    self->d_mlp = model->d_mlp;
    self->n_token = model->n_token;
    self->n_column = self->dim < 0 ? model->d_model : 1;
    self->n_value = (size_t)(model->d_mlp < model->d_model ? model->d_mlp
                                                           : model->d_model);
    self->n_all = (int64_t)model->n_sample * model->n_token;
    self->stride = (self->n_all + N_EVEN - 1) / N_EVEN;
    self->groups = self->host->alloc(self->ctx, n_row, sizeof *self->groups);
    self->projection = self->host->alloc(self->ctx, n_row,
                                         sizeof *self->projection);
    self->cosine = self->host->alloc(self->ctx, n_row, sizeof *self->cosine);
    make_layers(self);
    take_arrays(self, &arrays);
    status = subscribe(self, TRANSECT_MLP_POST, measure_hidden);
    if (!status)
        status = subscribe(self, TRANSECT_MLP_OUT, measure_output);
    return status;
}

static int finish(void *state, const void *unused)
{
    struct svd_alignment *self = state, other;
    bool there;

    (void)unused;
    if (measure_decompose(self))
        return TRANSECT_FAILED;
    other = other_of(self, &there);
    tables_write(self, there ? &other : NULL);
    findings_say(self, there ? &other : NULL);
    return figures_draw(self, there ? &other : NULL);
}

static const struct transect_option options[] = {
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0, "layers to decompose"},
    {"dim", TRANSECT_DIMS, "auto", "auto", 0, 0,
     "the output dim; auto: in each layer the one with the largest "
     "magnitude in mlp_out"},
    {"singular", TRANSECT_INT, "0", NULL, 0, INT32_MAX,
     "how many singular values to report; 0: all"},
    {"first_position", TRANSECT_INT, "0", NULL, 0, INT32_MAX,
     "first position that counts; 1 leaves a BOS token out"},
    {"threshold", TRANSECT_REAL, "100", NULL, 0, INFINITY,
     "magnitude of the dim beyond which a token triggers"},
    {"function_words", TRANSECT_STRING, words_english, NULL, 0, 0,
     "words to compare with all others, separated by blanks or commas"},
};

static const int32_t points[] = {TRANSECT_MLP_POST, TRANSECT_MLP_OUT};

TRANSECT_PLUGIN(
    .name = "svd-alignment",
    .summary = "singular vectors of the MLPs' output matrices, and which "
               "tokens line up with the first",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .begin = measure_begin,
    .finish = finish);
