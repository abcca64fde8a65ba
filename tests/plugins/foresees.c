/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* foresees.c - what the first head's queries will be, read out of resid_pre,
 * against what they are. */
#include <math.h>
#include <stdlib.h>
#include <transect/kit/describe.h>
#include <transect/readout.h>

struct foresees {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_readout_host *readout;
    struct transect_model model;
    float *queries; /* (n_token, d) of the layer under way */
    double worst;
    int n;
};

static int on_stream(void *state, const struct transect_event *event)
{
    const struct foresees *self = state;

    return self->readout->project(self->ctx, TRANSECT_Q, event->layer, 0,
                                  event->first, event->view.rows,
                                  event->view.data, self->queries);
}

static int on_queries(void *state, const struct transect_event *event)
{
    struct foresees *self = state;

    if (event->head)
        return TRANSECT_OK;
    for (int64_t i = 0; i < event->view.rows; i++)
        for (int64_t j = 0; j < event->view.cols; j++) {
            float is = event->view.data[i * event->view.row_stride + j];
            float was = self->queries[i * event->view.cols + j];

            self->worst = fmax(self->worst, fabs((double)is - (double)was));
            self->n++;
        }
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct foresees *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->readout = host->extension(ctx, TRANSECT_READOUT);
    if (host->get_bool(ctx, "early"))
        return self->readout->project(ctx, TRANSECT_Q, 0, 0, 0, 0, NULL,
                                      NULL);
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct foresees *self = state;
    struct transect_subscription stream = {
        .size = sizeof stream,
        .point = TRANSECT_RESID_PRE,
        .on_event = on_stream,
    };
    struct transect_subscription queries = {
        .size = sizeof queries,
        .point = TRANSECT_Q,
        .on_event = on_queries,
    };
    int32_t point = self->host->point_by_name(
        self->host->get_string(self->ctx, "ask"));
    int status = self->readout->project(self->ctx, point, 0, 0, 0, 0, NULL,
                                        NULL);

    self->model = *model;
    self->queries = self->host->alloc(self->ctx, (size_t)model->n_token *
                                                     (size_t)model->d_head,
                                      sizeof(float));
    if (!status)
        status = self->host->subscribe(self->ctx, &stream);
    return status ? status : self->host->subscribe(self->ctx, &queries);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column columns[] = {
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO},
        {"worst", TRANSECT_COL_REAL, TRANSECT_COL_INFO},
    };
    const struct foresees *self = state;
    transect_table *table = self->host->table(self->ctx, "foresees", columns,
                                              2);

    (void)baseline;
    self->host->put_int(table, self->n);
    self->host->put_real(table, self->worst);
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"ask", TRANSECT_STRING, "q", NULL, 0, 0, "point to ask for at first"},
    {"early", TRANSECT_BOOL, "no", NULL, 0, 0, "ask in create"},
};

TRANSECT_PLUGIN(
    .name = "foresees",
    .summary = "queries read out of the stream before they are made",
    .version = "1",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .create = create,
    .ready = ready,
    .finish = finish);
