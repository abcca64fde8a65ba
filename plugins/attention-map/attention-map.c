/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention-map.c - who looks at whom: mean attention by query and key. */
#include "attention-map.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <transect/kit/arrays.h>
#include <transect/kit/columns.h>
#include <transect/kit/describe.h>
#include <transect/text.h>

/* One head's pattern in a block of query rows. */
static int on_pattern(void *state, const struct transect_event *event)
{
    struct attention_map *self = state;
    const struct transect_view *view = &event->view;
    const struct map *map =
        &self->maps[self->map_of[event->layer * self->n_head + event->head]];
    double per_query = self->weight / event->n_token;

    if (self->sample >= 0 && event->sample != self->sample)
        return TRANSECT_OK;
    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride; /* keys */
        int64_t query = event->first + i;
        double *cells;

        for (int64_t key = 0; key <= query; key++)
            map->keys[key] += per_query * (double)row[key];
        if (query >= self->n_window)
            continue;
        cells = map->cells + query * self->n_window;
        for (int64_t key = 0; key <= query; key++)
            cells[key] += self->weight * (double)row[key];
    }
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct attention_map *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->n_window = (int32_t)host->get_int(ctx, "positions");
    self->sample = -1;
    if (host->is_set(ctx, "sample"))
        self->sample = (int32_t)host->get_int(ctx, "sample");
    if (host->is_set(ctx, "layers") && host->is_set(ctx, "heads"))
        return host->fail(ctx, "heads name their layers; give either layers "
                               "or heads");
    return TRANSECT_OK;
}

static void add_map(struct attention_map *self, int32_t layer, int32_t head)
{
    struct map *map = &self->maps[self->n_maps];

    map->layer = layer;
    map->head = head;
    for (int32_t h = 0; h < self->n_head; h++)
        if (head < 0 || head == h)
            self->map_of[layer * self->n_head + h] = (int32_t)self->n_maps;
    self->n_maps++;
}

/* A map for each of the chosen heads, or of the chosen layers, or of all. */
static void add_maps(struct attention_map *self,
                     const struct transect_subscription *sub, int32_t n_layer)
{
    size_t n = sub->heads ? sub->n_heads :
               sub->layers ? sub->n_layers : (size_t)n_layer;

    self->maps = self->host->alloc(self->ctx, n, sizeof *self->maps);
    for (size_t i = 0; i < n; i++)
        if (sub->heads)
            add_map(self, sub->heads[i].layer, sub->heads[i].head);
        else
            add_map(self, sub->layers ? sub->layers[i] : (int)i, -1);
}

/* What is kept of samples: sums, and the tokens of the one sample. */
static void take_arrays(struct attention_map *self,
                        struct transect_arrays *from)
{
    size_t w = (size_t)self->n_window, t = (size_t)self->n_token;
    double *cells = transect_array(from, "cells", TRANSECT_FLOAT64,
                                   TRANSECT_MERGE_SUM, self->n_maps * w * w);
    double *keys = transect_array(from, "keys", TRANSECT_FLOAT64,
                                  TRANSECT_MERGE_SUM, self->n_maps * t);

    for (size_t i = 0; i < self->n_maps && !from->missing; i++) {
        self->maps[i].cells = cells + i * w * w;
        self->maps[i].keys = keys + i * t;
    }
    if (self->sample >= 0)
        self->tokens = transect_array(from, "tokens", TRANSECT_INT32,
                                      TRANSECT_MERGE_MAX, t);
}

/* Where keys come later, there is no attention; tokens are not known yet. */
static void clear_arrays(struct attention_map *self)
{
    size_t w = (size_t)self->n_window;

    for (size_t i = 0; i < self->n_maps; i++)
        for (size_t query = 0; query < w; query++)
            for (size_t key = query + 1; key < w; key++)
                self->maps[i].cells[query * w + key] = NAN;
    for (int32_t i = 0; self->tokens && i < self->n_token; i++)
        self->tokens[i] = -1;
}

static int measure(struct attention_map *self,
                   const struct transect_model *model)
{
    if (self->sample >= model->n_sample)
        return self->host->fail(self->ctx,
                                "there is no sample %d; the input has %d, "
                                "which count from 0",
                                (int)self->sample, (int)model->n_sample);
    self->n_head = model->n_head;
    self->n_token = model->n_token;
    self->n_sample = self->sample < 0 ? model->n_sample : 1;
    if (model->n_sample == 1)
        self->sample = 0;
    if (self->n_window == 0 || self->n_window > model->n_token)
        self->n_window = model->n_token;
    self->map_of = self->host->alloc(self->ctx,
                                     (size_t)model->n_layer *
                                         (size_t)model->n_head,
                                     sizeof *self->map_of);
    if (self->sample >= 0)
        self->labels = self->host->alloc(self->ctx, (size_t)model->n_token,
                                         sizeof *self->labels);
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct attention_map *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_PATTERN,
        .on_event = on_pattern,
    };
    const struct transect_host *host = self->host;
    struct transect_arrays arrays = transect_arrays_new(self->ctx, host);

    if (host->is_set(self->ctx, "heads"))
        sub.n_heads = host->get_heads(self->ctx, "heads", &sub.heads);
    if (host->is_set(self->ctx, "layers"))
        sub.n_layers = host->get_list(self->ctx, "layers", &sub.layers);
    if (measure(self, model))
        return TRANSECT_FAILED;
    add_maps(self, &sub, model->n_layer);
    take_arrays(self, &arrays);
    clear_arrays(self);
    self->weight = 1.0 / self->n_sample;
    if (!sub.heads)
        self->weight /= self->n_head;
    return host->subscribe(self->ctx, &sub);
}

static int begin(void *state, const struct transect_sample *sample)
{
    struct attention_map *self = state;

    if (sample->sample == self->sample)
        memcpy(self->tokens, sample->tokens,
               (size_t)sample->n_token * sizeof *self->tokens);
    return TRANSECT_OK;
}

/* What the tokens of the sample say, which is on the axes of its maps. */
static void make_labels(struct attention_map *self)
{
    const struct transect_text_host *text =
        self->host->extension(self->ctx, TRANSECT_TEXT);

    for (int32_t i = 0; self->labels && i < self->n_token; i++)
        self->labels[i] = text->label(self->ctx, self->tokens[i]);
}

static void put_place(const struct attention_map *self,
                      transect_table *table, const struct map *map)
{
    char head[16] = "mean";

    if (map->head >= 0)
        snprintf(head, sizeof head, "%d", (int)map->head);
    self->host->put_int(table, map->layer);
    self->host->put_text(table, head);
}

static void write_maps(const struct attention_map *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"head", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "the head, from 0, or mean for that of all"},
        {"query", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the position that attends"},
        {"key", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the position attended to"},
        {"attention", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the mean over samples of the attention weight"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "map", columns, 5);

    for (size_t i = 0; i < self->n_maps; i++)
        for (int32_t query = 0; query < self->n_window; query++)
            for (int32_t key = 0; key <= query; key++) {
                put_place(self, table, &self->maps[i]);
                host->put_int(table, query);
                host->put_int(table, key);
                host->put_real(table,
                               self->maps[i].cells[query * self->n_window +
                                                   key]);
            }
}

/* Late keys are seen by few queries: `seen` is the mean over those. */
static void write_keys(const struct attention_map *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"head", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "the head, from 0, or mean for that of all"},
        {"key", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the position attended to"},
        {"token", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "", "the token there"},
        {"attention", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "what it gets of the attention of all queries, on average"},
        {"seen", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the same over the queries that can see it"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "keys", columns, 6);
    int32_t n = self->n_token;

    for (size_t i = 0; i < self->n_maps; i++)
        for (int32_t key = 0; key < n; key++) {
            double attention = self->maps[i].keys[key];

            put_place(self, table, &self->maps[i]);
            host->put_int(table, key);
            host->put_text(table, self->labels ? self->labels[key] : "");
            host->put_real(table, attention);
            host->put_real(table, attention * n / (n - key));
        }
}

double attention_to(const struct attention_map *self, int32_t key)
{
    double sum = 0;

    for (size_t i = 0; i < self->n_maps; i++)
        sum += self->maps[i].keys[key];
    return sum / (double)self->n_maps;
}

/* What a key would get if each query looked at all it sees alike. */
static double even_attention(const struct attention_map *self, int32_t key)
{
    double sum = 0;

    for (int32_t query = key; query < self->n_token; query++)
        sum += 1.0 / (query + 1);
    return sum / self->n_token;
}

/* The key that gets most attention. */
static int32_t sink_of(const struct attention_map *self)
{
    int32_t key = 0;

    for (int32_t i = 1; i < self->n_token; i++)
        if (attention_to(self, i) > attention_to(self, key))
            key = i;
    return key;
}

/* Against the baseline it is the baseline's sink that counts: a variant may
 * look elsewhere. */
static void say_sink(const struct attention_map *self,
                     const struct attention_map *baseline)
{
    int32_t key = sink_of(self);
    size_t most = 0;
    char head[24] = "";

    for (size_t i = 1; i < self->n_maps; i++)
        if (self->maps[i].keys[key] > self->maps[most].keys[key])
            most = i;
    if (self->maps[most].head >= 0)
        snprintf(head, sizeof head, ", head %d", (int)self->maps[most].head);
    self->host->say(self->ctx,
                    "most attention goes to position %d: %.3g of it on the "
                    "average (if spread evenly: %.3g); most in layer %d%s: "
                    "%.3g",
                    (int)key, attention_to(self, key),
                    even_attention(self, key), (int)self->maps[most].layer,
                    head, self->maps[most].keys[key]);
    if (!baseline)
        return;
    key = sink_of(baseline);
    self->host->say(self->ctx,
                    "position %d, which gets most in the baseline: %.3g -> "
                    "%.3g", (int)key, attention_to(baseline, key),
                    attention_to(self, key));
}

static int finish(void *state, const void *unused)
{
    struct attention_map *self = state, other = *self, *baseline = &other;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);

    (void)unused;
    other.maps = self->host->alloc(self->ctx, self->n_maps,
                                   sizeof *other.maps);
    memcpy(other.maps, self->maps, self->n_maps * sizeof *other.maps);
    take_arrays(&other, &from);
    if (from.missing)
        baseline = NULL;
    make_labels(self);
    write_maps(self);
    write_keys(self);
    say_sink(self, baseline);
    return figures_of_variant(self, baseline);
}

static const struct transect_option options[] = {
    {"layers", TRANSECT_LAYERS, NULL, NULL, 0, 0,
     "layers to map, each as the mean over its heads; default: all"},
    {"heads", TRANSECT_HEADS, NULL, NULL, 0, 0,
     "heads to map, each by itself, instead of layers"},
    {"sample", TRANSECT_INT, NULL, NULL, 0, 1e9,
     "the one sample to map; default: the mean over all"},
    {"positions", TRANSECT_INT, "32", NULL, 0, 1e6,
     "first positions of a sample that the maps show; 0: all"},
};

static const int32_t points[] = {TRANSECT_PATTERN};

TRANSECT_PLUGIN(
    .name = "attention-map",
    .summary = "who looks at whom: mean attention by query and key",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .begin = begin,
    .finish = finish,
    .compare = figures_compare);
