/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* head-scorer.c - how much attention each head gives to one position. */
#include "head-scorer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <transect/kit/arrays.h>
#include <transect/kit/columns.h>
#include <transect/kit/describe.h>
#include <transect/kit/text.h>
#include <transect/reduce.h>
#include <transect/verdict.h>

struct ranked {
    int32_t layer, head;
    double score, error;
    int64_t rank; /* 1 = highest */
};

static size_t n_heads(const struct head_scorer *self)
{
    return (size_t)self->n_layer * (size_t)self->n_head;
}

static double *of_slot(const struct head_scorer *self, int32_t slot)
{
    return self->under_way + (size_t)slot * n_heads(self);
}

/* The column of one block of query rows. Queries before the position cannot
 * see it: they count as 0, as in the mean over the whole column. */
static int on_pattern(void *state, const struct transect_event *event)
{
    struct head_scorer *self = state;
    const struct transect_view *view = &event->view;
    double sum = 0;

    for (int64_t i = 0; i < view->rows; i++)
        sum += (double)view->data[i * view->row_stride];
    of_slot(self, event->slot)[event->layer * self->n_head + event->head] +=
        sum / event->n_token;
    return TRANSECT_OK;
}

static int end(void *state, const struct transect_sample *sample)
{
    struct head_scorer *self = state;
    double *scores = of_slot(self, sample->slot);

    for (size_t i = 0; i < n_heads(self); i++) {
        self->sums[i] += scores[i];
        self->squares[i] += scores[i] * scores[i];
        scores[i] = 0;
    }
    return TRANSECT_OK;
}

/* With n-1 in the variance. */
double head_scorer_error(const struct head_scorer *self, size_t i)
{
    double n = self->n_sample, mean = self->sums[i] / n;
    double rest = self->squares[i] / n - mean * mean;

    if (self->n_sample < 2 || isnan(rest))
        return NAN;
    return sqrt((rest > 0 ? rest : 0) / (n - 1)); /* below 0 by rounding */
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct head_scorer *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->position = host->get_int(ctx, "position");
    self->top = host->get_int(ctx, "top");
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct head_scorer *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_PATTERN,
        .on_event = on_pattern,
    };
    struct transect_reduction column = {
        .size = sizeof column,
        .kind = TRANSECT_REDUCE_COLUMN,
        .n = (int32_t)self->position,
    };
    const struct transect_reduce_host *reduces =
        self->host->extension(self->ctx, TRANSECT_REDUCE);
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);

    if (self->position >= model->n_token)
        return self->host->fail(self->ctx,
                                "position = %" PRId64 " is outside of the "
                                "samples, which have %d tokens",
                                self->position, (int)model->n_token);
    self->n_layer = model->n_layer;
    self->n_head = model->n_head;
    self->n_sample = model->n_sample;
    self->sums = transect_array(&arrays, "sums", TRANSECT_FLOAT64,
                                TRANSECT_MERGE_SUM, n_heads(self));
    self->squares = transect_array(&arrays, "squares", TRANSECT_FLOAT64,
                                   TRANSECT_MERGE_SUM, n_heads(self));
    self->under_way = self->host->alloc(self->ctx,
                                        (size_t)model->n_slot * n_heads(self),
                                        sizeof *self->under_way);
    return reduces->subscribe(self->ctx, &sub, &column);
}

/* Highest score first, those that are no number last; of equals the first
 * head. */
static int by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (isnan(x->score) != isnan(y->score))
        return isnan(x->score) ? 1 : -1;
    if (x->score < y->score || x->score > y->score)
        return x->score < y->score ? 1 : -1;
    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    return x->head < y->head ? -1 : 1;
}

static int by_place(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    return x->head < y->head ? -1 : 1;
}

/* All heads, highest score first. */
static struct ranked *rank_heads(const struct head_scorer *self)
{
    size_t n = n_heads(self);
    struct ranked *heads = self->host->alloc(self->ctx, n, sizeof *heads);

    for (size_t i = 0; i < n; i++) {
        heads[i].layer = (int32_t)i / self->n_head;
        heads[i].head = (int32_t)i % self->n_head;
        heads[i].score = self->sums[i] / self->n_sample;
        heads[i].error = head_scorer_error(self, i);
    }
    qsort(heads, n, sizeof *heads, by_score);
    for (size_t i = 0; i < n; i++)
        heads[i].rank = (int64_t)i + 1;
    return heads;
}

/* heads.csv, in the order of layers and heads. */
static void write_table(const struct head_scorer *self,
                        const struct ranked *ranking, size_t n)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the head, from 0"},
        {"score", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the mean attention of the head to the position"},
        {"rank", TRANSECT_COL_INT, TRANSECT_COL_METRIC, "",
         "1 for the highest score of all heads"},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard error of the score over samples"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "heads", columns, 5);

    for (size_t i = 0; i < n; i++) {
        host->put_int(table, ranking[i].layer);
        host->put_int(table, ranking[i].head);
        host->put_real(table, ranking[i].score);
        host->put_int(table, ranking[i].rank);
        host->put_real(table, ranking[i].error);
    }
}

/* The `top` highest (sign 1) or lowest (-1) heads of each layer as a list. */
static void add_heads(struct transect_text *text,
                      const struct head_scorer *self,
                      const struct ranked *ranking, size_t n, int sign)
{
    for (int32_t layer = 0; layer < self->n_layer; layer++) {
        int64_t left = self->top;

        for (size_t i = 0; i < n && left > 0; i++) {
            const struct ranked *head = &ranking[sign > 0 ? i : n - 1 - i];

            if (head->layer != layer)
                continue;
            /* Short lines, continued by their indent. */
            if (left < self->top && (self->top - left) % 10 == 0)
                transect_text_add(text, "\n   ");
            transect_text_add(text, " L%dH%d", (int)layer, (int)head->head);
            left--;
        }
        if (layer + 1 < self->n_layer)
            transect_text_add(text, "\n   ");
    }
    transect_text_add(text, "\n");
}

static int write_variants(const struct head_scorer *self,
                          const struct ranked *ranking, size_t n)
{
    struct transect_text text = transect_text_new(self->ctx, self->host);

    transect_text_add(
        &text,
        "; The %" PRId64 " heads of each layer with the highest and with the "
        "lowest\n; attention to position %" PRId64 ". Append to an experiment "
        "file.\n\n[variant top]\npruner.heads =", self->top,
        self->position);
    add_heads(&text, self, ranking, n, 1);
    transect_text_add(&text, "\n[variant bottom]\npruner.heads =");
    add_heads(&text, self, ranking, n, -1);
    return self->host->file(self->ctx, "prune.ini", text.bytes, text.size);
}

static void say_best(const struct head_scorer *self,
                     const struct ranked *ranking, size_t n)
{
    struct transect_text text = transect_text_new(self->ctx, self->host);

    for (size_t i = 0; i < n && i < 5; i++)
        transect_text_add(&text, "%s L%dH%d %.3f", i ? "," : "",
                          (int)ranking[i].layer, (int)ranking[i].head,
                          ranking[i].score);
    self->host->say(self->ctx, "most attention to position %" PRId64 ":%s",
                    self->position, text.bytes);
}

static int above_half(const struct ranked *ranking, size_t n, int32_t layer)
{
    int found = 0;

    for (size_t i = 0; i < n; i++)
        found += ranking[i].layer == layer && ranking[i].score > 0.5;
    return found;
}

/* Whose attention goes to the position more than to all others together; of
 * variants the table says it, beside the baseline. */
static void give_verdict(const struct head_scorer *self,
                         const struct ranked *ranking, size_t n)
{
    static const char rule[] =
        "every head counts once, by its score, the mean over all query rows "
        "and samples of the attention to that position. It is more than half "
        "if the score is over 0.5.";
    const struct transect_verdict_host *judge =
        self->host->extension(self->ctx, TRANSECT_VERDICT);
    struct transect_text text = transect_text_new(self->ctx, self->host);
    const char *joint = ": ";
    size_t found = 0;

    while (found < n && ranking[found].score > 0.5)
        found++;
    if (!found)
        transect_text_add(&text, "; most, %.3f, L%dH%d", ranking[0].score,
                          (int)ranking[0].layer, (int)ranking[0].head);
    for (int32_t layer = 0; found && layer < self->n_layer; layer++) {
        int here = above_half(ranking, n, layer);

        if (here)
            transect_text_add(&text, "%s%d in layer %d", joint, here,
                              (int)layer);
        joint = here ? ", " : joint;
    }
    judge->verdict(self->ctx, rule, "%zu of %zu heads give position %" PRId64
                   " more than half of their attention%s.", found, n,
                   self->position, text.bytes);
}

static int finish(void *state, const void *baseline)
{
    struct head_scorer *self = state;
    size_t n = n_heads(self);
    struct ranked *ranking = rank_heads(self);

    say_best(self, ranking, n);
    if (write_variants(self, ranking, n))
        return TRANSECT_FAILED;
    if (!baseline)
        give_verdict(self, ranking, n);
    qsort(ranking, n, sizeof *ranking, by_place);
    write_table(self, ranking, n);
    return figures_draw(self);
}

static const struct transect_option options[] = {
    {"position", TRANSECT_INT, "0", NULL, 0, 1e9,
     "key position whose attention is scored"},
    {"top", TRANSECT_INT, "3", NULL, 1, 1e6,
     "heads of each layer to name in prune.ini"},
};

static const int32_t points[] = {TRANSECT_PATTERN};

TRANSECT_PLUGIN(
    .name = "head-scorer",
    .summary = "mean attention of every head to one position",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .end = end,
    .finish = finish);
