/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* grows.c - the bytes of all events of some points, a file for each layer and
 * head: kept in memory until the end, or written while the run goes on. In
 * front stands how many there are, which is known at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/files.h>
#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>

struct dump {
    char name[64];
    int32_t point, layer, head, file;
    char *bytes;
    size_t n; /* in memory */
};

struct grows {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_files_host *files;
    int writes; /* while the run goes on */
    struct dump *dumps;
    size_t n_dumps;
    int64_t *counts; /* (n_dumps) bytes of each */
};

static int does(const struct grows *self, const char *wrong)
{
    return strcmp(self->host->get_string(self->ctx, "wrong"), wrong) == 0;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct grows *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->files = host->extension(ctx, TRANSECT_FILES);
    self->writes = host->get_bool(ctx, "writes");
    return self->files ? TRANSECT_OK : host->fail(ctx, "no files");
}

static int on_event(void *state, const struct transect_event *event)
{
    struct grows *self = state;
    struct dump *dump = self->dumps;
    size_t row = (size_t)event->view.cols * sizeof(float), i;

    while (dump->point != event->point || dump->layer != event->layer ||
           dump->head != event->head)
        dump++;
    i = (size_t)(dump - self->dumps);
    for (int64_t r = 0; r < event->view.rows; r++) {
        const float *data = event->view.data + r * event->view.row_stride;

        if (self->writes &&
            self->files->append(self->ctx, dump->file, data, row))
            return TRANSECT_FAILED;
        if (!self->writes) {
            dump->bytes = realloc(dump->bytes, dump->n + row);
            memcpy(dump->bytes + dump->n, data, row);
            dump->n += row;
        }
        self->counts[i] += (int64_t)row;
    }
    return TRANSECT_OK;
}

static int open_dump(struct grows *self, struct dump *dump)
{
    dump->bytes = calloc(1, sizeof(int64_t));
    dump->n = sizeof(int64_t);
    if (!self->writes)
        return TRANSECT_OK;
    dump->file = self->files->open(self->ctx, dump->name, 0);
    return dump->file < 0 ? TRANSECT_FAILED : TRANSECT_OK;
}

static int add(struct grows *self, int32_t point, int32_t layer, int32_t head)
{
    struct dump *dump = &self->dumps[self->n_dumps++];

    *dump = (struct dump){.point = point, .layer = layer, .head = head};
    if (head >= 0)
        snprintf(dump->name, sizeof dump->name, "%s.L%dH%d",
                 self->host->point_name(point), layer, head);
    else
        snprintf(dump->name, sizeof dump->name, "%s.L%d",
                 self->host->point_name(point), layer);
    return open_dump(self, dump);
}

/* What must not be done in ready. */
static int misuse_early(struct grows *self)
{
    if (does(self, "twice"))
        return self->files->open(self->ctx, self->dumps[0].name, 0);
    if (does(self, "slash"))
        return self->files->open(self->ctx, "a/b", 0);
    if (does(self, "early"))
        return self->files->append(self->ctx, 0, "x", 1);
    if (does(self, "vast"))
        return self->files->open(self->ctx, "vast", UINT64_C(1) << 60) < 0;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct grows *self = state;
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    const int32_t *points;
    size_t n = self->host->get_list(self->ctx, "points", &points);
    int status = TRANSECT_OK;

    self->dumps = self->host->alloc(
        self->ctx, n * (size_t)(model->n_layer * model->n_head),
        sizeof *self->dumps);
    for (size_t i = 0; i < n && !status; i++) {
        struct transect_subscription sub = {
            .size = sizeof sub, .point = points[i], .on_event = on_event};
        int32_t heads = points[i] == TRANSECT_Z ? model->n_head : 0;

        for (int32_t l = 0; l < model->n_layer && !status; l++) {
            for (int32_t h = 0; h < heads && !status; h++)
                status = add(self, points[i], l, h);
            if (!heads && !status)
                status = add(self, points[i], l, -1);
        }
        if (!status)
            status = self->host->subscribe(self->ctx, &sub);
    }
    self->counts = transect_array(&arrays, "counts", TRANSECT_INT64,
                                  TRANSECT_MERGE_SUM, self->n_dumps);
    return status ? status : misuse_early(self);
}

/* Room for the number in front. */
static int begin(void *state, const struct transect_sample *sample)
{
    struct grows *self = state;
    const int64_t none = 0;

    if (does(self, "soon"))
        return self->files->overwrite(self->ctx, 0, 0, "x", 0);
    for (size_t i = 0; i < self->n_dumps && self->writes; i++)
        if (sample->sample == 0 &&
            self->files->append(self->ctx, self->dumps[i].file, &none,
                                sizeof none))
            return TRANSECT_FAILED;
    return TRANSECT_OK;
}

static int misuse_late(struct grows *self)
{
    if (does(self, "late"))
        return self->files->open(self->ctx, "late", 0);
    if (does(self, "nothing"))
        return self->files->append(self->ctx, 0, NULL, 3);
    if (does(self, "none"))
        return self->files->append(self->ctx, 99, "x", 1);
    if (does(self, "beyond"))
        return self->files->overwrite(self->ctx, 0, 1, "x",
                                      (size_t)self->counts[0] + 8);
    if (does(self, "clash"))
        return self->host->file(self->ctx, self->dumps[0].name, "x", 1);
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    struct grows *self = state;
    int status = misuse_late(self);

    (void)baseline;
    for (size_t i = 0; i < self->n_dumps && !status; i++) {
        struct dump *dump = &self->dumps[i];

        if (self->writes) {
            status = self->files->overwrite(self->ctx, dump->file, 0,
                                            &self->counts[i],
                                            sizeof self->counts[i]);
            continue;
        }
        memcpy(dump->bytes, &self->counts[i], sizeof self->counts[i]);
        status = self->host->file(self->ctx, dump->name, dump->bytes,
                                  dump->n);
    }
    return status;
}

static void destroy(void *state)
{
    struct grows *self = state;

    for (size_t i = 0; i < self->n_dumps; i++)
        free(self->dumps[i].bytes);
}

static const struct transect_option options[] = {
    {"points", TRANSECT_POINTS, "resid_post", NULL, 0, 0, "where"},
    {"writes", TRANSECT_BOOL, "yes", NULL, 0, 0, "while the run goes on"},
    {"wrong", TRANSECT_ENUM, "no",
     "no twice slash early soon late nothing none beyond clash vast", 0, 0,
     "what to do wrong"},
};

TRANSECT_PLUGIN(
    .name = "grows",
    .summary = "the bytes of all events, in files",
    .version = "1",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready,
    .begin = begin,
    .finish = finish,
    .destroy = destroy);
