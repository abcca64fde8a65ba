/* SPDX-FileCopyrightText: The authors of @NAME@ */
/* SPDX-License-Identifier: MIT */
/* @NAME@.c - counts the large values of the residual stream, by layer. */
#include <math.h>
#include <stdlib.h>
#include <transect/workers.h>

/* One instance: there is one for each variant of an experiment. */
struct @ID@_state {
    transect_ctx *ctx; /* the host's side, for every call of the host */
    const struct transect_host *host;
    double threshold;
    int32_t n_layer;
    int64_t *seen, *large; /* (n_layer): values, and large ones */
};

/* The tensor of one layer and sample: T x D. */
static int on_event(void *state, const struct transect_event *event)
{
    struct @ID@_state *self = state;
    const struct transect_view *x = &event->view;

    for (int64_t i = 0; i < x->rows; i++)
        for (int64_t j = 0; j < x->cols; j++)
            if (fabs(x->data[i * x->row_stride + j]) >= self->threshold)
                self->large[event->layer]++;
    self->seen[event->layer] += x->rows * x->cols;
    return TRANSECT_OK;
}

/* Options are known, the model is not yet. */
static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    const struct transect_workers_host *workers =
        host->extension(ctx, TRANSECT_WORKERS);
    struct @ID@_state *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    self->threshold = host->get_real(ctx, "threshold");
    /* Instances share nothing: variants may run side by side. */
    return workers ? workers->declare(ctx, TRANSECT_ANY_THREAD) : TRANSECT_OK;
}

/* The model is known: say what to see. Without `layers` it is all. */
static int ready(void *state, const struct transect_model *model)
{
    struct @ID@_state *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_POST,
        .on_event = on_event,
    };

    self->n_layer = model->n_layer;
    self->seen = calloc((size_t)model->n_layer, sizeof *self->seen);
    self->large = calloc((size_t)model->n_layer, sizeof *self->large);
    if (!self->seen || !self->large)
        return self->host->fail(self->ctx, "no memory");
    return self->host->subscribe(self->ctx, &sub);
}

/* All samples were seen: write the table, say what was found. The host
 * compares METRIC columns with the baseline's. */
static int finish(void *state, const void *baseline)
{
    static const struct transect_column columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"seen", TRANSECT_COL_INT, TRANSECT_COL_INFO},
        {"large", TRANSECT_COL_INT, TRANSECT_COL_METRIC},
        {"share", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };
    struct @ID@_state *self = state;
    const struct transect_host *host = self->host;
    transect_table *table = host->table(self->ctx, "counts", columns, 4);
    int64_t seen = 0, large = 0;

    (void)baseline;
    for (int32_t layer = 0; layer < self->n_layer; layer++) {
        host->put_int(table, layer);
        host->put_int(table, self->seen[layer]);
        host->put_int(table, self->large[layer]);
        host->put_real(table, (double)self->large[layer] /
                                  (double)self->seen[layer]);
        seen += self->seen[layer];
        large += self->large[layer];
    }
    host->say(self->ctx, "%lld of %lld values are at least %g",
              (long long)large, (long long)seen, self->threshold);
    return TRANSECT_OK;
}

static void destroy(void *state)
{
    struct @ID@_state *self = state;

    if (!self)
        return;
    free(self->seen);
    free(self->large);
    free(self);
}

/* The host checks what is given against this, before create(). The manual
 * page says the same. */
static const struct transect_option options[] = {
    {"threshold", TRANSECT_REAL, "10", NULL, 0, INFINITY,
     "the magnitude from which on a value counts as large"},
};

static const int32_t points[] = {TRANSECT_RESID_POST};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "@NAME@",
    .summary = "counts the large values of the residual stream",
    .version = "0.1.0",
    .licence = "MIT",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .points = points,
    .n_points = sizeof points / sizeof points[0],
    .create = create,
    .ready = ready,
    .finish = finish,
    .destroy = destroy,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
