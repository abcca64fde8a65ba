/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* activation-export.c - hook points of all samples as matrices in files, row
 * by row while the run goes on. */
#include "activation-export.h"

#include <string.h>
#include <transect/kit/describe.h>

/* What is kept of samples is how far each tensor has come. */
static int save(void *state)
{
    const struct export *self = state;

    self->states->put(self->ctx, self->progress,
                      self->n_tensors * sizeof *self->progress);
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    struct export *self = state;

    if (size != self->n_tensors * sizeof *self->progress)
        return self->host->fail(self->ctx, "its state is not of these "
                                           "tensors");
    memcpy(self->progress, bytes, size);
    for (size_t i = 0; i < self->n_tensors; i++)
        if (self->progress[i].rows < 0 ||
            self->progress[i].rows > self->tensors[i].rows)
            return self->host->fail(self->ctx, "its state has %lld rows of %s",
                                    (long long)self->progress[i].rows,
                                    self->tensors[i].name);
    return TRANSECT_OK;
}

static int check_options(const struct export *self)
{
    const struct transect_host *host = self->host;
    transect_ctx *ctx = self->ctx;

    if (self->format == FORMAT_NPY && self->type == TYPE_BFLOAT16)
        return host->fail(ctx, "dtype: .npy has no bfloat16; give format = "
                               "safetensors");
    if (self->format == FORMAT_NPY && self->shard)
        return host->fail(ctx, "shard: .npy files are whole; give format = "
                               "safetensors");
    if (host->is_set(ctx, "layers") &&
        (host->is_set(ctx, "heads") || host->is_set(ctx, "groups")))
        return host->fail(ctx, "heads and groups name their layers; leave "
                               "layers out");
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state saved = {
        .size = sizeof saved, .save = save, .restore = restore};
    struct export *self = *state = host->alloc(ctx, 1, sizeof *self);
    const char *positions = host->get_string(ctx, "positions");

    self->ctx = ctx;
    self->host = host;
    self->files = host->extension(ctx, TRANSECT_FILES);
    self->prompts = host->extension(ctx, TRANSECT_PROMPTS);
    self->states = host->extension(ctx, TRANSECT_STATE);
    self->format = (enum format)host->get_enum(ctx, "format");
    self->type = (enum type)host->get_enum(ctx, "dtype");
    self->positions = strcmp(positions, "*") ? positions : NULL;
    if (host->is_set(ctx, "shard"))
        self->shard = host->get_int(ctx, "shard") << 20;
    if (!self->files || !self->prompts || !self->states)
        return host->fail(ctx, "this transect has no files that are written "
                               "while a run goes on");
    return check_options(self) ? TRANSECT_FAILED
                               : self->states->declare(ctx, &saved);
}

/* How many rows a sample gives; their positions, unless it is all. */
static int64_t rows_of(const struct export *self, int32_t sample,
                       const int32_t **positions)
{
    struct transect_prompt prompt = {.size = sizeof prompt};

    *positions = NULL;
    if (self->positions)
        return (int64_t)self->prompts->positions(self->ctx, "positions",
                                                 sample, positions);
    self->prompts->prompt(self->ctx, sample, &prompt);
    return prompt.n_token;
}

static int on_event(void *state, const struct transect_event *event)
{
    struct export *self = state;
    struct tensor *tensor = export_tensor(self, event);
    struct progress *progress = tensor->progress;

    if (event->view.cols != tensor->cols)
        return self->host->fail(self->ctx, "%s has %lld columns, not %lld",
                                tensor->name, (long long)event->view.cols,
                                (long long)tensor->cols);
    if (event->sample < progress->sample ||
        (event->sample == progress->sample &&
         event->first <= progress->position))
        return self->host->fail(self->ctx, "%s: sample %d comes behind sample "
                                "%d", tensor->name, (int)event->sample,
                                (int)progress->sample);
    progress->sample = event->sample;
    progress->position = event->first + (int32_t)event->view.rows - 1;
    return export_rows(self, tensor, event);
}

static void add_marks(struct export *self)
{
    struct tensor *tensor = &self->tensors[self->n_tensors++];

    *tensor = (struct tensor){.name = "rows",
                              .point = -1,
                              .layer = -1,
                              .head = -1,
                              .type = TYPE_INT32,
                              .rows = self->n_row,
                              .cols = 3};
    self->marks = self->host->alloc(self->ctx, (size_t)self->model.n_token * 3,
                                    sizeof *self->marks);
}

static void allocate(struct export *self)
{
    size_t room = BLOCK_BYTES;

    self->progress = self->host->alloc(self->ctx, self->n_tensors,
                                       sizeof *self->progress);
    for (size_t i = 0; i < self->n_tensors; i++) {
        struct tensor *tensor = &self->tensors[i];
        size_t row = (size_t)tensor->cols * export_element(tensor->type);

        tensor->progress = &self->progress[i];
        *tensor->progress = (struct progress){0, -1, -1};
        room = row > room ? row : room;
    }
    self->block = self->host->alloc(self->ctx, room, 1);
}

static int ready(void *state, const struct transect_model *model)
{
    struct export *self = state;
    const int32_t *positions;
    int status = TRANSECT_OK;

    self->model = *model;
    for (int32_t i = 0; i < model->n_sample; i++)
        self->n_row += rows_of(self, i, &positions);
    if (!self->n_row)
        return self->host->fail(self->ctx, "positions names no row of any "
                                           "sample");
    if (export_find_tensors(self))
        return TRANSECT_FAILED;
    if (!self->n_tensors)
        return self->host->fail(self->ctx, "nothing to export: points, layers "
                                           "and heads name no tensor");
    add_marks(self);
    allocate(self);
    for (size_t i = 0; i < self->n_tensors && !status; i++)
        status = export_open(self, &self->tensors[i]);
    return status ? status : export_subscribe(self, on_event);
}

/* Its rows of "rows". */
static int begin(void *state, const struct transect_sample *sample)
{
    struct export *self = state;
    const int32_t *positions;
    int64_t n = rows_of(self, sample->sample, &positions);

    for (int64_t i = 0; i < n; i++) {
        int32_t position = positions ? positions[i] : (int32_t)i;

        self->marks[3 * i] = sample->sample;
        self->marks[3 * i + 1] = position;
        self->marks[3 * i + 2] = sample->tokens[position];
    }
    return export_bytes(self, &self->tensors[self->n_tensors - 1], self->marks,
                        n);
}

/* As every row came behind the one before it, so many of them are all. */
static int finish(void *state, const void *baseline)
{
    const struct export *self = state;

    (void)baseline;
    for (size_t i = 0; i < self->n_tensors; i++)
        if (self->progress[i].rows != self->n_row)
            return self->host->fail(self->ctx, "%s has %lld rows, not %lld",
                                    self->tensors[i].name,
                                    (long long)self->progress[i].rows,
                                    (long long)self->n_row);
    return export_report(self);
}

static const struct transect_option options[] = {
    {"points", TRANSECT_POINTS, "resid_post", NULL, 0, 0,
     "which hook points; pattern and attn_scores cannot be"},
    {"layers", TRANSECT_LAYERS, NULL, NULL, 0, 0,
     "which layers; all if neither these nor heads nor groups are given"},
    {"heads", TRANSECT_HEADS, NULL, NULL, 0, 0,
     "which heads, of points that have heads"},
    {"groups", TRANSECT_GROUPS, NULL, NULL, 0, 0,
     "which key/value heads, of k and v"},
    {"positions", TRANSECT_POSITIONS, "*", NULL, 0, 0,
     "which rows of each sample"},
    {"dtype", TRANSECT_ENUM, "float32", "float32 float16 bfloat16", 0, 0,
     "what numbers become; halves are rounded to nearest, ties to even"},
    {"format", TRANSECT_ENUM, "npy", "npy safetensors", 0, 0,
     "a .npy file for each tensor, or .safetensors with an index"},
    {"shard", TRANSECT_INT, NULL, NULL, 1, 1048576,
     "of safetensors: about how many MiB a file has; all rows in one if it is "
     "not given"},
};

TRANSECT_PLUGIN(
    .name = "activation-export",
    .summary = "writes activations of all samples to .npy or .safetensors",
    .version = "0.9.0",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready,
    .begin = begin,
    .finish = finish);
