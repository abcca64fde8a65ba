/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hash.c - a hash of the bits of every tensor, or of every reduction of it,
 * sample by sample, of the variant or of the survey. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <transect/reduce.h>
#include <transect/survey.h>
#include <transect/workers.h>

struct hash {
    transect_ctx *ctx;
    const struct transect_host *host;
    struct transect_model model;
    uint64_t *sums; /* see place() */
    int n_surveyed;
};

/* (points, layers + 1, heads + 1, samples); the last layer and the last head
 * stand for none. */
static uint64_t *place(const struct hash *self, int32_t point, int32_t layer,
                       int32_t head, int32_t sample)
{
    size_t n_layer = (size_t)self->model.n_layer + 1;
    size_t n_head = (size_t)self->model.n_head + 1;
    size_t l = layer < 0 ? n_layer - 1 : (size_t)layer;
    size_t h = head < 0 ? n_head - 1 : (size_t)head;

    return &self->sums[(((size_t)point * n_layer + l) * n_head + h) *
                           (size_t)self->model.n_sample + (size_t)sample];
}

/* FNV-1a, a float at a time. */
static int on_event(void *state, const struct transect_event *event)
{
    uint64_t *sum = place(state, event->point, event->layer, event->head,
                          event->sample);
    uint32_t bits;

    for (int64_t i = 0; i < event->view.rows; i++) {
        const float *row = event->view.data + i * event->view.row_stride;

        for (int64_t j = 0; j < event->view.cols; j++) {
            memcpy(&bits, &row[j], sizeof bits);
            *sum = (*sum ^ bits) * UINT64_C(0x100000001b3);
        }
    }
    *sum += *sum == 0;
    return TRANSECT_OK;
}

static int on_surveyed(void *state)
{
    struct hash *self = state;

    self->n_surveyed++;
    return TRANSECT_OK;
}

/* All reductions that there are; of patterns a column alone, which then is
 * all that is made. */
static int listen_reduced(const struct hash *self,
                          const struct transect_subscription *sub)
{
    const struct transect_reduce_host *reduces =
        self->host->extension(self->ctx, TRANSECT_REDUCE);
    int32_t last = TRANSECT_REDUCE_MEDIAN;
    int status = TRANSECT_OK;

    if (sub->point == TRANSECT_LOGITS)
        last = TRANSECT_REDUCE_MEAN;
    if (sub->point == TRANSECT_PATTERN ||
        sub->point == TRANSECT_ATTN_SCORES)
        last = TRANSECT_REDUCE_COLUMN;
    for (int32_t kind = TRANSECT_REDUCE_COLUMN; kind <= last && !status;
         kind++) {
        struct transect_reduction reduction = {sizeof reduction, kind, 1};

        status = reduces->subscribe(self->ctx, sub, &reduction);
    }
    return status;
}

static int listen(const struct hash *self,
                  const struct transect_subscription *sub)
{
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);

    if (self->host->get_bool(self->ctx, "reduced"))
        return listen_reduced(self, sub);
    return self->host->get_bool(self->ctx, "survey")
               ? surveys->survey(self->ctx, sub, on_surveyed)
               : self->host->subscribe(self->ctx, sub);
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    const struct transect_workers_host *workers =
        host->extension(ctx, TRANSECT_WORKERS);
    struct hash *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    return workers->declare(ctx, TRANSECT_ANY_THREAD);
}

static size_t n_places(const struct transect_model *model)
{
    return (size_t)TRANSECT_N_POINTS * ((size_t)model->n_layer + 1) *
           ((size_t)model->n_head + 1) * (size_t)model->n_sample;
}

static int ready(void *state, const struct transect_model *model)
{
    struct hash *self = state;
    const int32_t *points;
    size_t n = self->host->get_list(self->ctx, "points", &points);

    self->model = *model;
    self->sums = calloc(n_places(model), sizeof *self->sums);
    if (!self->sums)
        return self->host->fail(self->ctx, "no memory");
    for (size_t i = 0; i < n_places(model); i++)
        self->sums[i] = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++) {
        struct transect_subscription sub = {
            .size = sizeof sub,
            .point = points[i],
            .on_event = on_event,
            .position = self->host->get_string(self->ctx, "positions"),
        };
        int status = listen(self, &sub);

        if (status)
            return status;
    }
    return TRANSECT_OK;
}

/* The survey comes first, and once. */
static int begin(void *state, const struct transect_sample *sample)
{
    const struct hash *self = state;

    (void)sample;
    if (self->n_surveyed == self->host->get_bool(self->ctx, "survey"))
        return TRANSECT_OK;
    return self->host->fail(self->ctx, "%d surveys before a sample",
                            self->n_surveyed);
}

static void put(const struct hash *self, transect_table *table,
                int32_t point, int32_t layer, int32_t head)
{
    const struct transect_host *host = self->host;
    char text[24];

    for (int32_t i = 0; i < self->model.n_sample; i++) {
        uint64_t sum = *place(self, point, layer, head, i);

        if (sum == UINT64_C(0xcbf29ce484222325))
            continue;
        snprintf(text, sizeof text, "%016llx", (unsigned long long)sum);
        host->put_int(table, point);
        host->put_int(table, layer);
        host->put_int(table, head);
        host->put_int(table, i);
        host->put_text(table, text);
    }
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column columns[] = {
        {"point", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"hash", TRANSECT_COL_TEXT, TRANSECT_COL_INFO},
    };
    const struct hash *self = state;
    transect_table *table = self->host->table(self->ctx, "hash", columns, 5);

    (void)baseline;
    for (int32_t point = 0; point < TRANSECT_N_POINTS; point++)
        for (int32_t layer = -1; layer < self->model.n_layer; layer++)
            for (int32_t head = -1; head < self->model.n_head; head++)
                put(self, table, point, layer, head);
    return TRANSECT_OK;
}

static void destroy(void *state)
{
    struct hash *self = state;

    free(self->sums);
    free(self);
}

static const struct transect_option options[] = {
    {"points", TRANSECT_POINTS, "resid_post", NULL, 0, 0, "where"},
    {"survey", TRANSECT_BOOL, "no", NULL, 0, 0, "of the unedited model"},
    {"reduced", TRANSECT_BOOL, "no", NULL, 0, 0, "of reductions"},
    {"positions", TRANSECT_POSITIONS, "*", NULL, 0, 0, "of which rows"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "hash",
    .summary = "a hash of the bits of every tensor",
    .version = "1",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_THREADS | TRANSECT_CAP_SURVEY,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .create = create,
    .ready = ready,
    .begin = begin,
    .finish = finish,
    .destroy = destroy,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
