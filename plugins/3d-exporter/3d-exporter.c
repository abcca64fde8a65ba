/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* 3d-exporter.c - magnitudes over tokens and dims, as a surface of bars. */
#include "mesh.h"

#include "../common/any-thread.h"
#include "surface.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SIDE 4096    /* of a surface: what a figure can have */
#define MOST_BARS 100000  /* of a mesh, of which each takes 500 bytes */

static struct site *find_site(const struct surface *self, int32_t point,
                              int32_t layer)
{
    struct site *site = self->sites;

    while (site->point != point || site->layer != layer)
        site++;
    return site;
}

static int on_point(void *state, const struct transect_event *event)
{
    struct surface *self = state;
    const struct transect_view *view = &event->view;
    float *to;

    if (event->sample != self->sample)
        return TRANSECT_OK;
    to = find_site(self, event->point, event->layer)->magnitude +
         (size_t)(event->first - self->first) * self->n_cols;
    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride;

        for (size_t c = 0; c < self->n_cols; c++)
            *to++ = fabsf(row[surface_dim(self, c)]);
    }
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct surface *self = calloc(1, sizeof *self);
    const int32_t *points;
    size_t n;

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    any_thread_declare(ctx, host);
    self->draw = host->extension(ctx, TRANSECT_FIGURE);
    self->text = host->extension(ctx, TRANSECT_TEXT);
    self->sample = (int32_t)host->get_int(ctx, "sample");
    self->first = (int32_t)host->get_int(ctx, "first");
    self->auto_dims = strcmp(host->get_string(ctx, "dims"), "auto") == 0;
    n = host->get_list(ctx, "point", &points);
    for (size_t i = 0; i < n; i++)
        if (!point_is_wide(points[i]))
            return host->fail(ctx, "point = %s names a hook point that does "
                              "not have the shape T x D; those that have: "
                              "embed, pos_embed, resid_pre, ln1, attn_out, "
                              "resid_mid, ln2, mlp_out, resid_post, ln_final",
                              host->get_string(ctx, "point"));
    return carry_declare(ctx, host, &surface_state);
}

/* Which positions of the sample. */
static int find_rows(struct surface *self, const struct transect_model *model)
{
    const struct transect_host *host = self->host;
    int64_t count = host->get_int(self->ctx, "count");

    if (self->sample >= model->n_sample)
        return host->fail(self->ctx, "sample = %d is not there; the input "
                          "has the samples 0 to %d", (int)self->sample,
                          (int)model->n_sample - 1);
    if (self->first >= model->n_token ||
        count > model->n_token - self->first)
        return host->fail(self->ctx, "positions %d to %d are not all there; "
                          "samples have the positions 0 to %d",
                          (int)self->first,
                          (int)self->first + (count ? (int)count - 1 : 0),
                          (int)model->n_token - 1);
    self->n_rows = (size_t)(count ? count : model->n_token - self->first);
    return TRANSECT_OK;
}

static int find_columns(struct surface *self,
                        const struct transect_model *model)
{
    const struct transect_host *host = self->host;
    size_t top = (size_t)host->get_int(self->ctx, "top");

    self->n_cols = host->get_list(self->ctx, "dims", &self->dims);
    self->n_shown = self->n_cols;
    if (self->auto_dims) {
        self->n_cols = (size_t)model->d_model;
        self->n_shown = top < self->n_cols ? top : self->n_cols;
    }
    if (self->n_rows > MOST_SIDE || self->n_shown > MOST_SIDE ||
        self->n_rows * self->n_shown > MOST_BARS)
        return host->fail(self->ctx, "%zu positions by %zu dims are too many "
                          "to show; at most %d on a side and %d bars can be: "
                          "set count or dims", self->n_rows, self->n_shown,
                          MOST_SIDE, MOST_BARS);
    return TRANSECT_OK;
}

/* The sites in the order of points, then layers. */
static bool make_sites(struct surface *self)
{
    const int32_t *points, *layers;
    size_t n_points = self->host->get_list(self->ctx, "point", &points);
    size_t n_layers = self->host->get_list(self->ctx, "layers", &layers);

    self->sites = calloc(n_points * n_layers, sizeof *self->sites);
    for (size_t p = 0; self->sites && p < n_points; p++) {
        size_t n = point_has_layers(points[p]) ? n_layers : 1;

        for (size_t l = 0; l < n; l++) {
            struct site *site = &self->sites[self->n_sites++];

            site->point = points[p];
            site->layer = point_has_layers(points[p]) ? layers[l] : -1;
            site->magnitude = calloc(self->n_rows * self->n_cols,
                                     sizeof *site->magnitude);
            if (!site->magnitude)
                return false;
        }
    }
    self->tokens = calloc(self->n_rows, sizeof *self->tokens);
    self->numbers = calloc(self->n_rows, sizeof *self->numbers);
    return self->sites && self->tokens && self->numbers;
}

static int subscribe(const struct surface *self)
{
    for (size_t i = 0; i < self->n_sites; i++) {
        const struct site *site = &self->sites[i];
        struct transect_subscription sub = {
            .size = sizeof sub,
            .point = site->point,
            .layers = site->layer < 0 ? NULL : &site->layer,
            .n_layers = site->layer < 0 ? 0 : 1,
            .first_position = self->first,
            .n_positions = (int32_t)self->n_rows,
            .on_event = on_point,
        };

        if (self->host->subscribe(self->ctx, &sub))
            return TRANSECT_FAILED;
    }
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct surface *self = state;

    if (find_rows(self, model) || find_columns(self, model))
        return TRANSECT_FAILED;
    if (!make_sites(self))
        return self->host->fail(self->ctx, "no memory");
    return subscribe(self);
}

static int begin(void *state, const struct transect_sample *sample)
{
    struct surface *self = state;

    if (sample->sample != self->sample)
        return TRANSECT_OK;
    memcpy(self->tokens, sample->tokens + self->first,
           self->n_rows * sizeof *self->tokens);
    self->seen = true;
    return TRANSECT_OK;
}

const char *surface_label(const struct surface *self, size_t row)
{
    return self->text ? self->text->label(self->ctx, self->tokens[row])
                      : self->numbers[row];
}

/* Meshes of variants have the baseline's unit, so that they can be laid over
 * each other: its highest bar is half as high as the floor is long. */
static int write_mesh(const struct surface *self, const struct site *site,
                      double tallest)
{
    size_t n_rows = self->n_rows, n = self->n_shown;
    size_t longer = n > n_rows ? n : n_rows;
    double *values = calloc(n * n_rows, sizeof *values);
    int32_t *dims = calloc(n, sizeof *dims);
    char title[64], name[64], *text = NULL;
    struct mesh mesh = {title, values, dims, n, n_rows, self->first,
                        tallest > 0 ? 2 * tallest / (double)longer : 1,
                        tallest > 0 ? tallest : 1};
    size_t size;
    int status;

    site_title(site, title, sizeof title);
    site_name(site, "surface", name, sizeof name - 4);
    strcat(name, ".ply");
    for (size_t i = 0; values && dims && i < n; i++) {
        dims[i] = surface_dim(self, site->shown[i]);
        for (size_t t = 0; t < n_rows; t++)
            values[i * n_rows + t] = surface_at(self, site, site, t, i);
    }
    if (!values || !dims || mesh_write(&mesh, &text, &size)) {
        status = self->host->fail(self->ctx, "no memory");
    } else {
        status = self->host->file(self->ctx, name, text, size);
        free(text);
    }
    free(values);
    free(dims);
    return status;
}

static int finish_site(struct surface *self, const struct surface *baseline,
                       size_t i)
{
    struct site *site = &self->sites[i];
    const struct site *old = baseline ? &baseline->sites[i] : NULL;
    int status;

    if (!site_choose(self, old ? old : site, site))
        return self->host->fail(self->ctx, "no memory");
    tables_write_site(self, site);
    status = write_mesh(self, site,
                        old ? site_tallest(baseline, old)
                            : site_tallest(self, site));
    return status ? status : figures_of_site(self, site, baseline, old);
}

static int finish(void *state, const void *baseline)
{
    struct surface *self = state;

    for (size_t t = 0; t < self->n_rows; t++)
        snprintf(self->numbers[t], sizeof *self->numbers, "#%d",
                 (int)self->tokens[t]);
    for (size_t i = 0; i < self->n_sites; i++)
        if (finish_site(self, baseline, i))
            return TRANSECT_FAILED;
    tables_say(self, baseline);
    return TRANSECT_OK;
}

static void destroy(void *state)
{
    struct surface *self = state;

    for (size_t i = 0; i < self->n_sites; i++) {
        free(self->sites[i].magnitude);
        free(self->sites[i].shown);
    }
    free(self->sites);
    free(self->tokens);
    free(self->numbers);
    free(self);
}

static const struct transect_option options[] = {
    {"point", TRANSECT_POINTS, "resid_post", NULL, 0, 0,
     "hook points to show, of those that have the model's width"},
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0, "layers to show"},
    {"dims", TRANSECT_DIMS, "auto", "auto", 0, 0,
     "dims to show; auto: those with the largest magnitudes in the "
     "baseline"},
    {"top", TRANSECT_INT, "10", NULL, 1, MOST_SIDE,
     "how many dims auto shows"},
    {"first", TRANSECT_INT, "0", NULL, 0, 1e9, "first position to show"},
    {"count", TRANSECT_INT, "0", NULL, 0, MOST_SIDE,
     "positions to show; 0: all to the end of the sample"},
    {"sample", TRANSECT_INT, "0", NULL, 0, 1e9, "the sample to show"},
};

static const int32_t points[] = {
    TRANSECT_EMBED,     TRANSECT_POS_EMBED, TRANSECT_RESID_PRE,
    TRANSECT_LN1,       TRANSECT_ATTN_OUT,  TRANSECT_RESID_MID,
    TRANSECT_LN2,       TRANSECT_MLP_OUT,   TRANSECT_RESID_POST,
    TRANSECT_LN_FINAL};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "3d-exporter",
    .summary = "magnitudes over tokens and dims as a surface: table, figure "
               "and mesh",
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
    .begin = begin,
    .finish = finish,
    .destroy = destroy,
    .compare = tables_compare,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
