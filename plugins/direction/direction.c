/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* direction.c - along which direction of a hidden state two classes of
 * prompts differ, and how well it tells them apart. */
#include "direction.h"

#include <string.h>
#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>
#include <transect/kit/text.h>

const char *const direction_methods[N_METHODS] = {"mean", "pca", "logistic"};

/* A blank-separated list of words of direction_methods. */
static int take_methods(struct direction *self)
{
    const char *at = self->host->get_string(self->ctx, "methods");
    bool any = false;

    for (at += strspn(at, " ,"); *at; at += strspn(at, " ,")) {
        size_t n = strcspn(at, " ,");
        int method = 0;

        while (method < N_METHODS &&
               (strlen(direction_methods[method]) != n ||
                strncmp(at, direction_methods[method], n) != 0))
            method++;
        if (method == N_METHODS)
            return self->host->fail(self->ctx,
                                    "methods: \"%.*s\" is none of mean, pca "
                                    "and logistic", (int)n, at);
        self->wanted[method] = any = true;
        at += n;
    }
    return any ? TRANSECT_OK
               : self->host->fail(self->ctx, "methods names none of mean, pca "
                                             "and logistic");
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct direction *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->folds = (int32_t)host->get_int(ctx, "folds");
    self->shuffles = (int32_t)host->get_int(ctx, "shuffles");
    self->c = host->get_real(ctx, "c");
    self->list_scores = host->get_bool(ctx, "scores");
    return take_methods(self);
}

/* In MB: rows, what comes of them, and what the largest fit works in. */
static double memory(const struct direction *self)
{
    double bytes = 0, widest = 1, n = self->n_sample, largest;

    for (int32_t i = 0; i < self->n_sites; i++) {
        double width = self->sites[i].width;

        bytes += n * width * sizeof(float) +
                 N_METHODS * (n + width) * sizeof(double);
        widest = width > widest ? width : widest;
    }
    largest = n < 2 * widest ? n : widest;
    bytes += (2 * n * widest + 3 * largest * largest) * sizeof(double);
    return bytes / 1e6;
}

static int check_memory(const struct direction *self)
{
    double needed = memory(self);
    double limit = self->host->get_real(self->ctx, "max_mb");

    self->host->log(self->ctx, TRANSECT_INFO, "rows and fits take %.3g MB",
                    needed);
    if (needed <= limit)
        return TRANSECT_OK;
    return self->host->fail(self->ctx,
                            "rows of %d samples at %d places take %.6g MB, "
                            "more than max_mb = %.6g MB; give that much, or "
                            "choose fewer points, layers or positions",
                            (int)self->n_sample, (int)self->n_sites, needed,
                            limit);
}

static void keep_rows(struct direction *self)
{
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);

    for (int32_t i = 0; i < self->n_sites; i++) {
        struct site *site = &self->sites[i];
        size_t n = (size_t)self->n_sample;

        site->rows = transect_array(
            &arrays,
            transect_text_format(self->ctx, self->host, "rows%d", (int)i),
            TRANSECT_FLOAT32, TRANSECT_MERGE_SUM, n * (size_t)site->width);
        site->seen = transect_array(
            &arrays,
            transect_text_format(self->ctx, self->host, "seen%d", (int)i),
            TRANSECT_INT64, TRANSECT_MERGE_SUM, n);
    }
}

static int ready(void *state, const struct transect_model *model)
{
    struct direction *self = state;

    self->model = *model;
    self->n_sample = model->n_sample;
    self->linalg = self->host->extension(self->ctx, TRANSECT_LINALG);
    self->prompts = self->host->extension(self->ctx, TRANSECT_PROMPTS);
    if (!self->prompts || !self->linalg ||
        self->linalg->size < sizeof *self->linalg)
        return self->host->fail(self->ctx, "this transect has no labels of "
                                           "samples, or cannot solve systems "
                                           "of equations");
    if (direction_take_labels(self))
        return TRANSECT_FAILED;
    direction_deal(self);
    if (direction_find_places(self) || check_memory(self))
        return TRANSECT_FAILED;
    keep_rows(self);
    return TRANSECT_OK;
}

/* A state that was restored may be any numbers. */
static int check_seen(const struct direction *self)
{
    for (int32_t i = 0; i < self->n_sites; i++)
        for (int32_t s = 0; s < self->n_sample; s++)
            if (self->sites[i].seen[s] != 1)
                return self->host->fail(self->ctx, "the state is not one of "
                                        "these samples: sample %d has not "
                                        "one row at place %d", (int)s, (int)i);
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    struct direction *self = state;

    self->baseline = baseline;
    if (check_seen(self) || direction_fit(self) ||
        direction_write_vectors(self))
        return TRANSECT_FAILED;
    direction_write_tables(self);
    return direction_draw(self);
}

static const struct transect_option options[] = {
    {"methods", TRANSECT_STRING, "mean pca logistic", NULL, 0, 0,
     "difference of the classes' means, leading principal component, logistic "
     "probe, or several of these"},
    {"points", TRANSECT_POINTS, "resid_post", NULL, 0, 0,
     "which hook points, of those that have no heads"},
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0,
     "which layers of points that are in layers"},
    {"positions", TRANSECT_POSITIONS, "last", NULL, 0, 0,
     "which rows of each sample; each is told apart by itself"},
    {"c", TRANSECT_REAL, "1", NULL, 1e-9, 1e9,
     "the weight of the data against the penalty of the logistic probe, as "
     "C of scikit-learn"},
    {"folds", TRANSECT_INT, "5", NULL, 2, 1000,
     "into how many parts samples are dealt, each of which is held out once"},
    {"shuffles", TRANSECT_INT, "5", NULL, 1, 1000,
     "how many shuffled labels the control is a mean over"},
    {"scores", TRANSECT_BOOL, "yes", NULL, 0, 0,
     "the table of each sample's held-out score"},
    {"max_mb", TRANSECT_REAL, "1024", NULL, 0, 1e9,
     "the most MB that rows and fits may take"},
};

static const int32_t points[] = {
    TRANSECT_EMBED,     TRANSECT_POS_EMBED, TRANSECT_RESID_PRE,
    TRANSECT_LN1,       TRANSECT_ATTN_OUT,  TRANSECT_RESID_MID,
    TRANSECT_LN2,       TRANSECT_MLP_PRE,   TRANSECT_MLP_GATE,
    TRANSECT_MLP_POST,  TRANSECT_MLP_OUT,   TRANSECT_RESID_POST,
    TRANSECT_LN_FINAL,  TRANSECT_LOGITS};

TRANSECT_PLUGIN(
    .name = "direction",
    .summary = "along which directions two classes of prompts differ",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .finish = finish);
