/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* slots.c - how much the stream grows from its first layer to its last, by
 * sample; if it is asked to, with mistakes that are seen only where samples
 * share a pass, have no answers, or where a run is cut in two. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <transect/files.h>
#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>
#include <transect/prompts.h>

struct slots {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_prompts_host *prompts;
    const struct transect_files_host *files;
    int32_t n_layer, n_sample, file;
    double *before; /* (n_slot) the sum at the first layer */
    double *growth; /* (n_sample) */
    int64_t *seen;  /* samples; in the state unless that is forgotten */
};

static int does(const struct slots *self, const char *wrong)
{
    return strcmp(self->host->get_string(self->ctx, "wrong"), wrong) == 0;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct slots *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->prompts = host->extension(ctx, TRANSECT_PROMPTS);
    self->files = host->extension(ctx, TRANSECT_FILES);
    return TRANSECT_OK;
}

static int on_event(void *state, const struct transect_event *event)
{
    struct slots *self = state;
    double *before = &self->before[does(self, "slot") ? 0 : event->slot];
    double sum = 0;

    for (int64_t i = 0; i < event->view.rows; i++)
        for (int64_t j = 0; j < event->view.cols; j++)
            sum += fabs((double)event->view.data[i * event->view.row_stride +
                                                 j]);
    if (event->layer == 0)
        *before = sum;
    if (event->layer == self->n_layer - 1)
        self->growth[event->sample] = sum - *before;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct slots *self = state;
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_RESID_POST,
        .on_event = on_event};

    self->n_layer = model->n_layer;
    self->n_sample = model->n_sample;
    self->before = self->host->alloc(self->ctx, (size_t)model->n_slot,
                                     sizeof *self->before);
    self->growth = transect_array(&arrays, "growth", TRANSECT_FLOAT64,
                                  TRANSECT_MERGE_SUM,
                                  (size_t)model->n_sample);
    self->seen = does(self, "forget")
                     ? self->host->alloc(self->ctx, 1, sizeof *self->seen)
                     : transect_array(&arrays, "seen", TRANSECT_INT64,
                                      TRANSECT_MERGE_SUM, 1);
    if (self->host->get_bool(self->ctx, "writes")) {
        self->file = self->files->open(self->ctx, "seen.i64", 0);
        if (self->file < 0)
            return TRANSECT_FAILED;
    }
    return self->host->subscribe(self->ctx, &sub);
}

/* Without an answer: a crash, nan or a refusal. */
static int need_answer(struct slots *self, int32_t sample)
{
    struct transect_prompt prompt = {.size = sizeof prompt};

    if (self->prompts->prompt(self->ctx, sample, &prompt))
        return TRANSECT_FAILED;
    if (prompt.n_answer)
        return TRANSECT_OK;
    if (does(self, "crash"))
        abort();
    if (does(self, "nan"))
        self->growth[sample] = NAN;
    return does(self, "nothing")
               ? self->host->fail(self->ctx, "sample %d has no answer",
                                  (int)sample)
               : TRANSECT_OK;
}

static int end(void *state, const struct transect_sample *sample)
{
    struct slots *self = state;

    ++*self->seen;
    if (self->host->get_bool(self->ctx, "writes") &&
        self->files->append(self->ctx, self->file, self->seen,
                            sizeof *self->seen))
        return TRANSECT_FAILED;
    return need_answer(self, sample->sample);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"growth", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };
    const struct slots *self = state;
    transect_table *table = self->host->table(self->ctx, "growth", columns, 2);

    (void)baseline;
    for (int32_t i = 0; i < self->n_sample; i++) {
        self->host->put_int(table, i);
        self->host->put_real(table, self->growth[i]);
    }
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"wrong", TRANSECT_ENUM, "no", "no slot crash nan nothing forget", 0, 0,
     "what to do wrong"},
    {"writes", TRANSECT_BOOL, "no", NULL, 0, 0, "a file that grows"},
};

TRANSECT_PLUGIN(
    .name = "slots",
    .summary = "how much the stream grows in each sample",
    .version = "1",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_STATE,
    .create = create,
    .ready = ready,
    .end = end,
    .finish = finish);
