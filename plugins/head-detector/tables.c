/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - the tables and findings of head-detector. */
#include "head-detector.h"

#include <math.h>
#include <transect/kit/columns.h>
#include <transect/kit/text.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const char *const kind_names[N_KINDS] = {
    [PREVIOUS] = "previous", [DUPLICATE] = "duplicate",
    [INDUCTION] = "induction", [FIRST] = "first", [CURRENT] = "current"};

static const char *const measure_names[N_MEASURES] = {[MUL] = "mul",
                                                      [ABS] = "abs"};
static const char *const path_names[N_PATHS] = {
    [PATH_Q] = "q", [PATH_K] = "k", [PATH_V] = "v"};

static void put_score(const struct detector *self, transect_table *table,
                      size_t place, const char *kind, const char *measure,
                      const struct transect_moments *score)
{
    const struct transect_host *host = self->host;

    host->put_int(table, self->heads[place].layer);
    host->put_int(table, self->heads[place].head);
    host->put_text(table, kind);
    host->put_text(table, measure);
    host->put_real(table, transect_moments_mean(score));
    host->put_real(table, transect_moments_error(score));
    host->put_int(table, (int64_t)score->n);
}

static void write_heads(const struct detector *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the head, from 0"},
        {"kind", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "what the head may be: previous, duplicate, induction, first, "
         "current, copying"},
        {"measure", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "mul: the part of the attention that is of the kind; abs: 1 less the "
         "distance from attention that is"},
        {"score", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "its mean over samples; of copying, of the weights"},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard error of that"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "samples",
         "of which it is the mean; 0 of copying"},
    };
    transect_table *table = transect_table_described(
        self->ctx, self->host, "heads", columns, COUNT(columns));

    for (size_t place = 0; place < self->n_heads; place++) {
        for (int kind = 0; kind < N_KINDS; kind++)
            for (int measure = 0; measure < N_MEASURES; measure++)
                put_score(self, table, place, kind_names[kind],
                          measure_names[measure],
                          detector_scores(self, place, kind, measure));
        if (self->copying) {
            self->host->put_int(table, self->heads[place].layer);
            self->host->put_int(table, self->heads[place].head);
            self->host->put_text(table, "copying");
            self->host->put_text(table, measure_names[MUL]);
            self->host->put_real(table, self->copying[place]);
            self->host->put_real(table, NAN);
            self->host->put_int(table, 0);
        }
    }
}

static float composition_of(const struct detector *self, size_t from,
                            size_t to, int path)
{
    return self->composition[(from * self->n_heads + to) * N_PATHS +
                             (size_t)path];
}

static void write_composition(const struct detector *self)
{
    static const struct transect_described columns[] = {
        {"from_layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the layer of the head that writes"},
        {"from_head", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "that head"},
        {"to_layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the layer of the head that reads"},
        {"to_head", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "that head"},
        {"kind", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "what reads: its query, key or value, q, k, v"},
        {"score", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the norm of the product over the product of the norms"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "composition", columns, COUNT(columns));

    for (size_t from = 0; from < self->n_heads; from++)
        for (size_t to = from + 1; to < self->n_heads; to++)
            for (int path = 0; path < N_PATHS; path++) {
                if (self->heads[to].layer == self->heads[from].layer)
                    continue;
                host->put_int(table, self->heads[from].layer);
                host->put_int(table, self->heads[from].head);
                host->put_int(table, self->heads[to].layer);
                host->put_int(table, self->heads[to].head);
                host->put_text(table, path_names[path]);
                host->put_real(table, (double)composition_of(self, from, to,
                                                             path));
            }
}

/* The highest of all heads; no number is higher than none. */
static void add_strongest(struct transect_text *text,
                          const struct detector *self, const char *name,
                          double (*score)(const struct detector *, size_t,
                                          int), int kind)
{
    size_t best = 0;

    for (size_t i = 1; i < self->n_heads; i++)
        if (!(score(self, i, kind) <= score(self, best, kind)) &&
            !isnan(score(self, i, kind)))
            best = i;
    /* Without a token that came before, duplicates and inductions are 0. */
    if (score(self, best, kind) > 0)
        transect_text_add(text, "%s%s L%dH%d %.3f", text->size ? ", " : "",
                          name, (int)self->heads[best].layer,
                          (int)self->heads[best].head,
                          score(self, best, kind));
}

static double mul_of(const struct detector *self, size_t place, int kind)
{
    return transect_moments_mean(detector_scores(self, place, kind, MUL));
}

static double copying_of(const struct detector *self, size_t place, int kind)
{
    (void)kind;
    return self->copying[place];
}

static void say_strongest(const struct detector *self)
{
    struct transect_text text = transect_text_new(self->ctx, self->host);

    for (int kind = 0; kind < N_KINDS; kind++)
        if (detector_counts(self, kind))
            add_strongest(&text, self, kind_names[kind], mul_of, kind);
    if (self->copying)
        add_strongest(&text, self, "copying", copying_of, 0);
    if (text.size)
        self->host->say(self->ctx, "the strongest head of each kind: %s",
                        text.bytes);
}

static void say_composition(const struct detector *self)
{
    struct transect_text text = transect_text_new(self->ctx, self->host);

    for (int path = 0; path < N_PATHS; path++) {
        size_t best[2] = {0, 0};
        float most = -1;

        for (size_t from = 0; from < self->n_heads; from++)
            for (size_t to = from + 1; to < self->n_heads; to++)
                if (composition_of(self, from, to, path) > most &&
                    self->heads[to].layer > self->heads[from].layer) {
                    most = composition_of(self, from, to, path);
                    best[0] = from;
                    best[1] = to;
                }
        if (most >= 0)
            transect_text_add(&text, "%s%s of L%dH%d reads L%dH%d %.3f",
                              path ? ", " : "", path_names[path],
                              (int)self->heads[best[1]].layer,
                              (int)self->heads[best[1]].head,
                              (int)self->heads[best[0]].layer,
                              (int)self->heads[best[0]].head, (double)most);
    }
    if (text.size)
        self->host->say(self->ctx, "the strongest composition: %s",
                        text.bytes);
}

void tables_write(const struct detector *self)
{
    write_heads(self);
    say_strongest(self);
    if (self->composition) {
        write_composition(self);
        say_composition(self);
    }
}
