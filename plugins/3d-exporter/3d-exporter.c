/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* 3d-exporter.c - magnitudes over tokens and dims, as a surface of bars. */
#include "mesh.h"

#include "surface.h"

#include <math.h>
#include <string.h>
#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>

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
    struct surface *self = *state = host->alloc(ctx, 1, sizeof *self);
    const int32_t *points;
    size_t n;

    self->ctx = ctx;
    self->host = host;
    self->text = host->extension(ctx, TRANSECT_TEXT);
    self->sample = (int32_t)host->get_int(ctx, "sample");
    self->first = (int32_t)host->get_int(ctx, "first");
    self->auto_dims = host->get_enum(ctx, "dims") == 0;
    n = host->get_list(ctx, "point", &points);
    for (size_t i = 0; i < n; i++)
        if (!point_is_wide(points[i]))
            return host->fail(ctx, "point = %s names a hook point that does "
                              "not have the shape T x D; those that have: "
                              "embed, pos_embed, resid_pre, ln1, attn_out, "
                              "resid_mid, ln2, mlp_out, resid_post, ln_final",
                              host->get_string(ctx, "point"));
    return TRANSECT_OK;
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
static void make_sites(struct surface *self)
{
    const int32_t *points, *layers;
    size_t n_points = self->host->get_list(self->ctx, "point", &points);
    size_t n_layers = self->host->get_list(self->ctx, "layers", &layers);

    self->sites = self->host->alloc(self->ctx, n_points * n_layers,
                                    sizeof *self->sites);
    for (size_t p = 0; p < n_points; p++) {
        size_t n = point_has_layers(points[p]) ? n_layers : 1;

        for (size_t l = 0; l < n; l++) {
            struct site *site = &self->sites[self->n_sites++];

            site->point = points[p];
            site->layer = point_has_layers(points[p]) ? layers[l] : -1;
        }
    }
}

/* What is kept of samples: all zero until the one sample has been there. */
static void take_arrays(struct surface *self, struct transect_arrays *from)
{
    size_t n = self->n_rows * self->n_cols;
    float *magnitude = transect_array(from, "magnitude", TRANSECT_FLOAT32,
                                      TRANSECT_MERGE_MAX, self->n_sites * n);

    self->tokens = transect_array(from, "tokens", TRANSECT_INT32,
                                  TRANSECT_MERGE_MAX, self->n_rows);
    for (size_t i = 0; i < self->n_sites && !from->missing; i++)
        self->sites[i].magnitude = magnitude + i * n;
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
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);

    if (find_rows(self, model) || find_columns(self, model))
        return TRANSECT_FAILED;
    make_sites(self);
    take_arrays(self, &arrays);
    return subscribe(self);
}

static int begin(void *state, const struct transect_sample *sample)
{
    struct surface *self = state;

    if (sample->sample != self->sample)
        return TRANSECT_OK;
    memcpy(self->tokens, sample->tokens + self->first,
           self->n_rows * sizeof *self->tokens);
    return TRANSECT_OK;
}

const char *surface_label(const struct surface *self, size_t row)
{
    return self->text->label(self->ctx, self->tokens[row]);
}

/* Meshes of variants have the baseline's unit, so that they can be laid over
 * each other: its highest bar is half as high as the floor is long. */
static int write_mesh(struct surface *self, const struct site *site,
                      double tallest)
{
    const struct transect_host *host = self->host;
    size_t n_rows = self->n_rows, n = self->n_shown;
    size_t longer = n > n_rows ? n : n_rows;
    double *values = host->alloc(self->ctx, n * n_rows, sizeof *values);
    int32_t *dims = host->alloc(self->ctx, n, sizeof *dims);
    char title[64], name[64];
    struct mesh mesh = {title, values, dims, n, n_rows, self->first,
                        tallest > 0 ? 2 * tallest / (double)longer : 1,
                        tallest > 0 ? tallest : 1};

    site_title(site, title, sizeof title);
    site_name(site, "surface", name, sizeof name - 4);
    strcat(name, ".ply");
    for (size_t i = 0; i < n; i++) {
        dims[i] = surface_dim(self, site->shown[i]);
        for (size_t t = 0; t < n_rows; t++)
            values[i * n_rows + t] = surface_at(self, site, site, t, i);
    }
    self->mesh.size = 0;
    mesh_write(&mesh, &self->mesh);
    return host->file(self->ctx, name, self->mesh.bytes, self->mesh.size);
}

/* The baseline shows, and its mesh has the height of, the same dims. */
static int finish_site(struct surface *self, const struct surface *baseline,
                       size_t i)
{
    struct site *site = &self->sites[i];
    struct site *old = baseline ? &baseline->sites[i] : NULL;
    int status;

    site_choose(self, old ? old : site, site);
    if (old)
        old->shown = site->shown;
    tables_write_site(self, site);
    status = write_mesh(self, site,
                        old ? site_tallest(baseline, old)
                            : site_tallest(self, site));
    return status ? status : figures_of_site(self, site, baseline, old);
}

static int finish(void *state, const void *unused)
{
    struct surface *self = state, other = *self, *baseline = &other;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);

    (void)unused;
    other.sites = self->host->alloc(self->ctx, self->n_sites,
                                    sizeof *other.sites);
    memcpy(other.sites, self->sites, self->n_sites * sizeof *other.sites);
    take_arrays(&other, &from);
    if (from.missing)
        baseline = NULL;
    self->mesh = transect_text_new(self->ctx, self->host);
    for (size_t i = 0; i < self->n_sites; i++)
        if (finish_site(self, baseline, i))
            return TRANSECT_FAILED;
    tables_say(self, baseline);
    return TRANSECT_OK;
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

TRANSECT_PLUGIN(
    .name = "3d-exporter",
    .summary = "magnitudes over tokens and dims as a surface: table, figure "
               "and mesh",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .begin = begin,
    .finish = finish,
    .compare = tables_compare);
