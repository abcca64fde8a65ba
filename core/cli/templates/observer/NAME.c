/* SPDX-FileCopyrightText: The authors of @NAME@ */
/* SPDX-License-Identifier: MIT */
/* @NAME@.c - counts the large values of the residual stream, by layer. */
#include <math.h>
#include <transect/kit/arrays.h>
#include <transect/kit/columns.h>
#include <transect/kit/describe.h>

/* One instance: there is one for each variant of an experiment. */
struct @ID@_state {
    transect_ctx *ctx; /* the host's side, for every call of the host */
    const struct transect_host *host;
    double threshold;
    int32_t n_layer;
    int64_t *seen, *large; /* (n_layer): values, and large ones; kept */
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
    struct @ID@_state *self = host->alloc(ctx, 1, sizeof *self);

    *state = self;
    self->ctx = ctx;
    self->host = host;
    self->threshold = host->get_real(ctx, "threshold");
    return TRANSECT_OK;
}

/* What samples add to. The host saves it for a run that is interrupted, and
 * adds up what several runs have seen, by a rule for each array. */
static void take_arrays(struct @ID@_state *self,
                        struct transect_arrays *from)
{
    size_t n = (size_t)self->n_layer;

    self->seen = transect_array(from, "seen", TRANSECT_INT64,
                                TRANSECT_MERGE_SUM, n);
    self->large = transect_array(from, "large", TRANSECT_INT64,
                                 TRANSECT_MERGE_SUM, n);
}

/* The model is known: say what to see. Without `layers` it is all. */
static int ready(void *state, const struct transect_model *model)
{
    struct @ID@_state *self = state;
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_POST,
        .on_event = on_event,
    };

    self->n_layer = model->n_layer;
    take_arrays(self, &arrays);
    return self->host->subscribe(self->ctx, &sub);
}

/* All samples were seen: write the table, say what was found. The host
 * compares METRIC columns with the baseline's; units and meanings are in
 * schema.json of the results. */
static int finish(void *state, const void *baseline)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer"},
        {"seen", TRANSECT_COL_INT, TRANSECT_COL_INFO, "values",
         "how many values there were"},
        {"large", TRANSECT_COL_INT, TRANSECT_COL_METRIC, "values",
         "how many of them are at least the threshold in magnitude"},
        {"share", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "large / seen"},
    };
    struct @ID@_state *self = state;
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(self->ctx, host, "counts",
                                                     columns, 4);
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

/* The host checks what is given against this, before create(). The manual
 * page says the same. */
static const struct transect_option options[] = {
    {"threshold", TRANSECT_REAL, "10", NULL, 0, INFINITY,
     "the magnitude from which on a value counts as large"},
};

static const int32_t points[] = {TRANSECT_RESID_POST};

/* Instances share nothing, so that variants may run side by side. */
TRANSECT_PLUGIN(
    .name = "@NAME@",
    .summary = "counts the large values of the residual stream",
    .version = "0.1.0",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready,
    .finish = finish);
