/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* reductions.c - what listeners want of tensors instead of the tensors. */
#include "hooks/reductions.h"

#include "base/mem.h"
#include "tensor/order-statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A reduction that was made, or of a mean the sums so far. */
struct reduced {
    int32_t point, layer;
    int32_t kind, n, head, sample;
    const struct hooks *only; /* who alone hears of the sample, or NULL */
    int32_t from, to;   /* positions that go into it: a block, or for a mean
                           all that are wanted */
    int32_t end;        /* of those that are in it */
    float *data;        /* (rows, cols) */
    double *sums;       /* (cols), of a mean */
    int64_t rows, cols;
    size_t room, sums_room; /* of the two, in elements */
    size_t before;      /* in its chain, as chains */
};

#define N_CHAINS 256

struct reductions {
    struct reduced *all; /* those beyond n are room for others */
    size_t n, n_room;
    size_t chains[N_CHAINS]; /* number of the last one, from 1; 0: none */
    struct median_room median;
};

const char *reduction_name(int kind)
{
    static const char *const names[] = {
        [TRANSECT_REDUCE_COLUMN] = "column",
        [TRANSECT_REDUCE_ROW_SUMS] = "row sums",
        [TRANSECT_REDUCE_MEAN] = "mean over rows",
        [TRANSECT_REDUCE_COLUMN_MAX] = "largest of columns",
        [TRANSECT_REDUCE_TOP] = "largest",
        [TRANSECT_REDUCE_MEDIAN] = "median",
    };

    return names[kind];
}

struct reductions *reductions_new(void)
{
    return mem_new(1, sizeof(struct reductions));
}

void reductions_free(struct reductions *reductions)
{
    if (!reductions)
        return;
    for (size_t i = 0; i < reductions->n_room; i++) {
        free(reductions->all[i].data);
        free(reductions->all[i].sums);
    }
    free(reductions->all);
    free(reductions->median.bits);
    free(reductions);
}

void reductions_forget(struct reductions *reductions)
{
    reductions->n = 0;
    memset(reductions->chains, 0, sizeof reductions->chains);
}

static bool is_like(const struct reduced *a, const struct reduced *b)
{
    return a->point == b->point && a->layer == b->layer &&
           a->kind == b->kind && a->n == b->n && a->head == b->head &&
           a->only == b->only && a->sample == b->sample &&
           a->from == b->from && a->to == b->to;
}

static size_t *chain_of(struct reductions *reductions,
                        const struct reduced *like)
{
    uint32_t key = (uint32_t)like->sample * 61 + (uint32_t)like->head * 7 +
                   (uint32_t)like->from / 32 + (uint32_t)like->kind +
                   (uint32_t)((uintptr_t)like->only / 64);

    return &reductions->chains[key % N_CHAINS];
}

static struct reduced *find(struct reductions *reductions,
                            const struct reduced *like)
{
    size_t at = *chain_of(reductions, like);

    while (at && !is_like(&reductions->all[at - 1], like))
        at = reductions->all[at - 1].before;
    return at ? &reductions->all[at - 1] : NULL;
}

static void clear_sums(struct reduced *mean)
{
    if (mean->sums_room < mean->room) {
        mean->sums = mem_grow(mean->sums, mean->room, sizeof *mean->sums);
        mean->sums_room = mean->room;
    }
    memset(mean->sums, 0, mean->sums_room * sizeof *mean->sums);
}

/* Takes over an old one's room. */
static struct reduced *add(struct reductions *reductions,
                           const struct reduced *like, size_t room)
{
    size_t *chain = chain_of(reductions, like);
    struct reduced *to, old = {0};

    if (reductions->n == reductions->n_room) {
        MEM_PUSH(reductions->all, reductions->n_room);
        reductions->all[reductions->n_room++] = old;
    }
    to = &reductions->all[reductions->n++];
    old = *to;
    *to = *like;
    to->data = old.data;
    to->sums = old.sums;
    to->room = old.room;
    to->sums_room = old.sums_room;
    to->before = *chain;
    *chain = reductions->n;
    if (to->room < room) {
        to->data = mem_grow(to->data, room, sizeof *to->data);
        to->room = room;
    }
    if (to->kind == TRANSECT_REDUCE_MEAN)
        clear_sums(to);
    return to;
}

static void take_column(const struct transect_event *event, float *out,
                        int32_t n)
{
    const struct transect_view *view = &event->view;
    float unseen = event->point == TRANSECT_ATTN_SCORES ? -INFINITY : 0;

    for (int64_t i = 0; i < view->rows; i++)
        out[i] = n < view->cols ? view->data[i * view->row_stride + n]
                                : unseen;
}

static void sum_rows(const struct transect_view *view, float *out)
{
    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride;
        double sum = 0;

#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < view->cols; j++)
            sum += (double)row[j];
        out[i] = (float)sum;
    }
}

/* A block more; the mean itself when the last one is there. */
static void add_rows(struct reduced *mean, const struct transect_event *event)
{
    const struct transect_view *view = &event->view;

    for (int64_t i = 0; i < view->rows; i++)
        for (int64_t j = 0; j < view->cols; j++)
            mean->sums[j] += (double)view->data[i * view->row_stride + j];
    mean->end = event->first + (int32_t)view->rows;
    mean->cols = view->cols;
    for (int64_t j = 0; mean->end == mean->to && j < mean->cols; j++)
        mean->data[j] = (float)(mean->sums[j] / (mean->to - mean->from));
}

static void make(struct reductions *reductions, struct reduced *to,
                 const struct transect_event *event)
{
    const struct transect_view *view = &event->view;

    switch (to->kind) {
    case TRANSECT_REDUCE_COLUMN:
        take_column(event, to->data, to->n);
        break;
    case TRANSECT_REDUCE_ROW_SUMS:
        sum_rows(view, to->data);
        break;
    case TRANSECT_REDUCE_COLUMN_MAX:
        statistics_column_max(view, to->data);
        break;
    case TRANSECT_REDUCE_TOP:
        statistics_top(view, to->n, to->data);
        for (int32_t i = 0; i < to->n && to->data[3 * i] > 0; i++)
            to->data[3 * i + 1] += (float)event->first;
        break;
    default:
        to->data[0] = statistics_median(view, &reductions->median);
        break;
    }
}

/* Rows and columns of the reduction of an event. */
static void shape(struct reduced *to, const struct transect_view *view)
{
    bool column = to->kind == TRANSECT_REDUCE_COLUMN ||
                  to->kind == TRANSECT_REDUCE_ROW_SUMS;
    bool top = to->kind == TRANSECT_REDUCE_TOP;

    to->rows = column ? view->rows : top ? to->n : 1;
    to->cols = view->cols;
    if (column || to->kind == TRANSECT_REDUCE_MEDIAN)
        to->cols = 1;
    else if (top)
        to->cols = 3;
}

bool reductions_make(struct reductions *reductions,
                     const struct transect_reduction *reduction,
                     const struct hooks *only, int from, int to,
                     struct transect_event *event)
{
    bool mean = reduction->kind == TRANSECT_REDUCE_MEAN;
    int32_t end = event->first + (int32_t)event->view.rows;
    struct reduced like = {.point = event->point, .layer = event->layer,
                           .kind = reduction->kind, .n = reduction->n,
                           .head = event->head, .sample = event->sample,
                           .only = only,
                           .from = mean ? from : event->first,
                           .to = mean ? to : end, .end = mean ? 0 : end};
    struct reduced *found;

    found = find(reductions, &like);
    if (!found) {
        shape(&like, &event->view);
        found = add(reductions, &like,
                    (size_t)(like.rows * like.cols) + (size_t)event->n_token);
        if (!mean)
            make(reductions, found, event);
    }
    if (mean && found->end < end)
        add_rows(found, event);
    if (mean)
        event->first = from;
    event->view = (struct transect_view){found->data, found->rows,
                                         found->cols, found->cols, 1};
    return !mean || end == to;
}
