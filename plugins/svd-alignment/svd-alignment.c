/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* svd-alignment.c - do the hidden units of an MLP line up with the direction
 * that its output matrix amplifies most? */
#include "svd-alignment.h"

#include "../common/any-thread.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int read_dim(struct svd_alignment *self)
{
    const int32_t *dims;
    size_t n = self->host->get_list(self->ctx, "dim", &dims);

    self->dim = -1;
    if (strcmp(self->host->get_string(self->ctx, "dim"), "auto") == 0)
        return TRANSECT_OK;
    if (n != 1)
        return self->host->fail(self->ctx, "dim = %s: it takes one dim, or "
                                "auto",
                                self->host->get_string(self->ctx, "dim"));
    self->dim = dims[0];
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct svd_alignment *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    any_thread_declare(ctx, host);
    self->linalg = host->extension(ctx, TRANSECT_LINALG);
    if (!self->linalg)
        return host->fail(ctx, "this transect does not offer %s; it needs a "
                          "newer one", TRANSECT_LINALG);
    self->n_chosen = host->get_list(ctx, "layers", &self->chosen);
    self->n_singular = host->get_int(ctx, "singular");
    self->first_position = host->get_int(ctx, "first_position");
    self->threshold = host->get_real(ctx, "threshold");
    if (!words_make(&self->words, host->get_string(ctx, "function_words")))
        return host->fail(ctx, "no memory");
    if (read_dim(self))
        return TRANSECT_FAILED;
    return carry_declare(ctx, host, &svd_alignment_state);
}

bool layer_allocate(const struct svd_alignment *self, struct layer *layer)
{
    size_t n_column = (size_t)self->n_column, n_shown = N_EVEN + N_EXTREME;

    layer->values = calloc(self->n_value, sizeof *layer->values);
    layer->left = calloc((size_t)self->d_mlp, sizeof *layer->left);
    layer->right = calloc((size_t)self->d_model, sizeof *layer->right);
    layer->y = calloc(n_column, sizeof *layer->y);
    layer->xy = calloc(n_column, sizeof *layer->xy);
    layer->largest = calloc(n_column, sizeof *layer->largest);
    layer->shown_x = calloc(n_shown, sizeof *layer->shown_x);
    layer->shown_y = calloc(n_shown * n_column, sizeof *layer->shown_y);
    for (int g = 0; g < N_GROUPS; g++) {
        layer->above[g] = calloc(n_column, sizeof *layer->above[g]);
        if (!layer->above[g])
            return false;
    }
    return layer->values && layer->left && layer->right && layer->y &&
           layer->xy && layer->largest && layer->shown_x && layer->shown_y;
}

void layer_clear(struct layer *layer)
{
    free(layer->values);
    free(layer->left);
    free(layer->right);
    free(layer->y);
    free(layer->xy);
    free(layer->largest);
    free(layer->shown_x);
    free(layer->shown_y);
    for (int g = 0; g < N_GROUPS; g++)
        free(layer->above[g]);
}

static bool allocate(struct svd_alignment *self, int32_t n_slot)
{
    size_t n = (size_t)n_slot * (size_t)self->n_token;
    bool good;

    self->layers = calloc((size_t)self->n_layer, sizeof *self->layers);
    self->groups = calloc(n, sizeof *self->groups);
    self->projection = calloc(n, sizeof *self->projection);
    self->cosine = calloc(n, sizeof *self->cosine);
    good = self->layers && self->groups && self->projection && self->cosine;
    for (size_t i = 0; good && i < self->n_chosen; i++)
        good = layer_allocate(self, &self->layers[self->chosen[i]]);
    return good;
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
    int64_t n_all = (int64_t)model->n_sample * model->n_token;
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
    self->stride = (n_all + N_EVEN - 1) / N_EVEN;
    if (!allocate(self, model->n_slot))
        return self->host->fail(self->ctx, "no memory");
    status = subscribe(self, TRANSECT_MLP_POST, measure_hidden);
    if (!status)
        status = subscribe(self, TRANSECT_MLP_OUT, measure_output);
    return status;
}

static int finish(void *state, const void *baseline)
{
    if (measure_decompose(state))
        return TRANSECT_FAILED;
    tables_write(state, baseline);
    findings_say(state, baseline);
    return figures_draw(state, baseline);
}

static void destroy(void *state)
{
    struct svd_alignment *self = state;

    for (int32_t l = 0; self->layers && l < self->n_layer; l++)
        layer_clear(&self->layers[l]);
    free(self->layers);
    free(self->groups);
    free(self->projection);
    free(self->cosine);
    words_clear(&self->words);
    free(self);
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

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "svd-alignment",
    .summary = "singular vectors of the MLPs' output matrices, and which "
               "tokens line up with the first",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .n_points = sizeof points / sizeof points[0],
    .points = points,
    .create = create,
    .ready = ready,
    .begin = measure_begin,
    .finish = finish,
    .destroy = destroy,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
