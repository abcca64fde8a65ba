/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-reductions.c - reductions of every point against their definition, made
 * of the whole tensors; made once for all; and order statistics by sorting. */
#include "tests.h"

#include "capture.h"
#include "tensor/order-statistics.h"
#include "base/mem.h"
#include "model-fixture.h"
#include "hooks/hook-points.h"


#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longer than a tile of keys and not a multiple of a row block. */
#define LENGTH (FORWARD_TILE + 77)
#define COLUMN 5
#define FAR_KEY 200 /* which the first block of rows does not see */
#define N_TOP 4

/* What one listener got of one point, in one layer and head. */
struct record {
    int layer, head;
    struct transect_reduction reduction;
    int from, n; /* positions wanted; n 0: to the end */
    float *data;
    int rows, cols, n_events;
    const float *last; /* where the last view was */
};

static int keep(void *state, const struct transect_event *event)
{
    struct record *record = state;
    const struct transect_view *view = &event->view;

    if (event->layer != record->layer || event->head != record->head)
        return TRANSECT_OK;
    record->cols = (int)view->cols;
    record->data = mem_grow(
        record->data,
        (size_t)((record->rows + view->rows) * view->cols), sizeof(float));
    for (int64_t i = 0; i < view->rows; i++)
        memcpy(record->data + (record->rows + i) * view->cols,
               view->data + i * view->row_stride,
               (size_t)view->cols * sizeof(float));
    record->rows += (int)view->rows;
    record->n_events++;
    record->last = view->data;
    CU_ASSERT_PTR_NULL(event->edit);
    return TRANSECT_OK;
}

static void listen(struct hooks *hooks, struct hook_owner *owner,
                   struct record *record, int point)
{
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .on_event = keep,
        .first_position = record->from, .n_positions = record->n};

    hooks_add_as(hooks, owner, &sub, &record->reduction, record);
}

/* One element of the wanted rows; what a block does not have is unseen. */
static float element(const struct capture *all, int point,
                     const struct record *record, int i, int j)
{
    size_t cols = capture_columns(all, point);

    return capture_tensor(all, point, record->layer, record->head)
        [(size_t)(record->from + i) * cols + (size_t)j];
}

static void check_column(const struct capture *all, int point,
                         const struct record *record, int rows)
{
    CU_ASSERT_EQUAL_FATAL(record->rows, rows);
    CU_ASSERT_EQUAL_FATAL(record->cols, 1);
    for (int i = 0; i < rows; i++)
        CU_ASSERT_EQUAL(record->data[i],
                        element(all, point, record, i,
                                record->reduction.n));
}

static void check_near(float got, double sum, double size)
{
    CU_ASSERT((double)got == sum || fabs((double)got - sum) <= 1e-6 * size);
}

static void check_row_sums(const struct capture *all, int point,
                           const struct record *record, int rows)
{
    int cols = (int)capture_columns(all, point);

    CU_ASSERT_EQUAL_FATAL(record->rows, rows);
    for (int i = 0; i < rows; i++) {
        double sum = 0, size = 0;

        for (int j = 0; j < cols; j++) {
            double x = (double)element(all, point, record, i, j);

            sum += x;
            size += fabs(x);
        }
        check_near(record->data[i], sum, size);
    }
}

static void check_mean(const struct capture *all, int point,
                       const struct record *record, int rows)
{
    CU_ASSERT_EQUAL(record->n_events, 1);
    CU_ASSERT_EQUAL_FATAL(record->rows, 1);
    for (int j = 0; j < record->cols; j++) {
        double sum = 0, size = 0;

        for (int i = 0; i < rows; i++) {
            double x = (double)element(all, point, record, i, j);

            sum += x;
            size += fabs(x);
        }
        check_near(record->data[j], sum / rows, size / rows);
    }
}

/* As test-order-statistics.c checks them against sorting, bit for bit. */
static void check_magnitudes(const struct capture *all, int point,
                             const struct record *record, int rows)
{
    int64_t cols = (int64_t)capture_columns(all, point);
    float *most = mem_new((size_t)cols, sizeof *most);
    struct transect_view view = {
        capture_tensor(all, point, record->layer, record->head) +
            record->from * cols, rows, cols, cols, 1};
    struct median_room room = {0};
    float top[3 * N_TOP];
    const float *got = record->data;

    statistics_column_max(&view, most);
    statistics_top(&view, N_TOP, top);
    if (record->reduction.kind == TRANSECT_REDUCE_MEDIAN)
        CU_ASSERT_EQUAL(got[0], statistics_median(&view, &room));
    if (record->reduction.kind == TRANSECT_REDUCE_COLUMN_MAX)
        CU_ASSERT_EQUAL(memcmp(got, most, (size_t)cols * sizeof *got), 0);
    for (int i = 0;
         record->reduction.kind == TRANSECT_REDUCE_TOP && i < N_TOP; i++) {
        CU_ASSERT_EQUAL(got[3 * i], top[3 * i]);
        CU_ASSERT_EQUAL(got[3 * i + 1],
                        top[3 * i + 1] + (float)record->from);
        CU_ASSERT_EQUAL(got[3 * i + 2], top[3 * i + 2]);
    }
    free(room.bits);
    free(most);
}

static void check_record(const struct capture *all, int point,
                         const struct record *record)
{
    int rows = record->n ? record->n : all->n_token - record->from;

    CU_ASSERT_FATAL(record->n_events > 0);
    switch (record->reduction.kind) {
    case TRANSECT_REDUCE_COLUMN:
        check_column(all, point, record, rows);
        break;
    case TRANSECT_REDUCE_ROW_SUMS:
        check_row_sums(all, point, record, rows);
        break;
    case TRANSECT_REDUCE_MEAN:
        check_mean(all, point, record, rows);
        break;
    default:
        check_magnitudes(all, point, record, rows);
        break;
    }
}

/* All reductions of a point, of all positions or of some; two hooks hear the
 * pass, which get the same. */
static void check_point(const struct model *model, const int32_t *tokens,
                        const struct capture *all, int point, bool some)
{
    enum { N = TRANSECT_REDUCE_MEDIAN };
    struct hook_owner owner = {.id = "reduced", .error = &capture_error};
    struct hooks *hooks[2] = {hooks_new(&model->config),
                              hooks_new(&model->config)};
    struct hook_set audience = {hooks, 2};
    struct record records[2][N + 1] = {0};
    /* Of another point of the same stage, in turns with it. */
    struct record beside = {
        .layer = 1, .head = 1,
        .reduction = {sizeof(struct transect_reduction),
                      TRANSECT_REDUCE_COLUMN, COLUMN}};
    struct span span = {.n_token = LENGTH};
    struct batch batch = {tokens, LENGTH, &span, 1};
    struct forward *forward;
    struct error err = {0};
    bool blocks = point_info(point)->width == WIDTH_KEYS ||
                  point_info(point)->width == WIDTH_VOCAB;
    int last = blocks ? TRANSECT_REDUCE_MEAN : N;
    int column = point_info(point)->width == WIDTH_KEYS ? FAR_KEY : COLUMN;

    if (point == TRANSECT_ATTN_SCORES)
        last = TRANSECT_REDUCE_COLUMN;
    for (int kind = TRANSECT_REDUCE_COLUMN; kind <= last; kind++)
        for (int i = 0; i < 2; i++) {
            records[i][kind] = (struct record){
                .layer = point_info(point)->layered ? 1 : -1,
                .head = point_heads(point, &model->config) ? 1 : -1,
                .reduction = {sizeof(struct transect_reduction), kind,
                              kind == TRANSECT_REDUCE_TOP ? N_TOP : column},
                .from = some ? 100 : 0, .n = some ? 150 : 0};
            listen(hooks[i], &owner, &records[i][kind], point);
        }
    if (point == TRANSECT_PATTERN)
        listen(hooks[0], &owner, &beside, TRANSECT_ATTN_SCORES);
    CU_ASSERT_EQUAL_FATAL(
        forward_new(model, LENGTH, LENGTH, NULL, &forward, &err), ST_OK);
    forward_begin(forward, &audience, &batch);
    CU_ASSERT_EQUAL(forward_end(forward, 0, &err), ST_OK);
    for (int kind = TRANSECT_REDUCE_COLUMN; kind <= last; kind++) {
        check_record(all, point, &records[0][kind]);
        check_record(all, point, &records[1][kind]);
#ifndef TRANSECT_SANITIZED /* where each callback has a copy */
        CU_ASSERT_PTR_EQUAL(records[0][kind].last, records[1][kind].last);
#endif
        free(records[0][kind].data);
        free(records[1][kind].data);
    }
    free(beside.data);
    forward_free(forward);
    hooks_free(hooks[0]);
    hooks_free(hooks[1]);
}

static const struct model_recipe recipe = {
    .layers = 2, .heads = 2, .width = 16, .context = LENGTH, .seed = 43};

static void test_points(void)
{
    struct model *model;
    struct capture all;
    int32_t tokens[LENGTH];

    fixture_make(&recipe);
    model = fixture_open();
    capture_tokens(tokens, LENGTH, model->config.n_vocab, 3);
    capture_init(&all, &model->config, LENGTH, 0);
    capture_run(model, &all, tokens, 1);
    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        for (int some = 0; some < 2 && capture_has(&model->config, point);
             some++)
            check_point(model, tokens, &all, point, some);
    capture_clear(&all);
    model_close(model);
    fixture_remove();
}

/* Columns alone, of which there are few, and too many to be made without
 * rows: the same bits as in the pattern, with and without a window. The last
 * of head 0 is looked at, which lies before the first of head 1. Who wants
 * what another wants, too, gets it once. */
static void check_columns(const struct model *model, const int32_t *tokens,
                          const struct capture *all, int n)
{
    struct hook_owner owner = {.id = "columns", .error = &capture_error};
    struct hooks *hooks = hooks_new(&model->config);
    struct record records[8], again;
    struct error err = {0};

    for (int i = 0; i < n; i++) {
        records[i] = (struct record){
            .layer = 1, .head = (i + 1) % 2,
            .reduction = {sizeof(struct transect_reduction),
                          TRANSECT_REDUCE_COLUMN, i * 83}};
        listen(hooks, &owner, &records[i], TRANSECT_PATTERN);
    }
    again = records[0];
    listen(hooks, &owner, &again, TRANSECT_PATTERN);
    CU_ASSERT_EQUAL(capture_batch(model, hooks, tokens, 1, LENGTH, &err),
                    ST_OK);
    for (int i = 0; i < n; i++) {
        const float *pattern = capture_tensor(all, TRANSECT_PATTERN, 1,
                                              (i + 1) % 2);

        CU_ASSERT_EQUAL_FATAL(records[i].rows, LENGTH);
        for (int t = 0; t < LENGTH; t++)
            CU_ASSERT_EQUAL(records[i].data[t],
                            pattern[t * LENGTH + i * 83]);
        free(records[i].data);
    }
    CU_ASSERT_EQUAL(again.rows, LENGTH);
    free(again.data);
    hooks_free(hooks);
}

static void test_columns(void)
{
    struct model *model;
    struct capture all;
    int32_t tokens[LENGTH];

    fixture_make(&recipe);
    model = fixture_open();
    capture_tokens(tokens, LENGTH, model->config.n_vocab, 4);
    for (int window = 0; window < 100; window += 60) {
        model->config.window = window;
        model->config.local[1] = window > 0;
        capture_init(&all, &model->config, LENGTH, 0);
        capture_run(model, &all, tokens, 1);
        check_columns(model, tokens, &all, 1);
        check_columns(model, tokens, &all, 4);
        check_columns(model, tokens, &all, 8);
        capture_clear(&all);
    }
    model_close(model);
    fixture_remove();
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

static void check_median(float *x, int64_t rows, int64_t cols,
                         int64_t stride)
{
    struct transect_view view = {x, rows, cols, stride, 1};
    float *sorted = mem_new((size_t)(rows * cols), sizeof *sorted);
    struct median_room room = {0};

    for (int64_t i = 0; i < rows * cols; i++)
        sorted[i] = fabsf(x[i / cols * stride + i % cols]);
    qsort(sorted, (size_t)(rows * cols), sizeof *sorted, by_size);
    for (int i = 0; i < 2; i++) /* the second time in the same room */
        CU_ASSERT_EQUAL(statistics_median(&view, &room),
                        sorted[(rows * cols - 1) / 2]);
    free(room.bits);
    free(sorted);
}

static void fill(float *x, int n, int kind)
{
    uint32_t seed = 99;

    for (int i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = ((float)(seed >> 8) / 8388608.0f - 1.0f) *
               (kind == 1 ? 1e-40f : 1);
        if (kind == 2)
            x[i] = seed >> 31 ? -3 : 3;
        if (kind == 3)
            x[i] = seed >> 30 ? 0 : INFINITY;
    }
}

/* Any size and kind, and a tensor that is made to mislead: it is unlike what
 * the sample has of it. */
static void test_median(void)
{
    enum { N = 200 * 301 };
    static const int shapes[][2] = {{1, 1}, {1, 2}, {3, 1}, {7, 5},
                                    {130, 130}, {1, 16385}, {200, 300}};
    float *x = mem_new(N, sizeof *x);

    for (int kind = 0; kind < 4; kind++) {
        fill(x, N, kind);
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
            check_median(x, shapes[i][0], shapes[i][1], shapes[i][1]);
            if (shapes[i][1] <= 300)
                check_median(x, shapes[i][0], shapes[i][1], 301);
        }
    }
    fill(x, N, 0);
    for (uint64_t i = 0; i < 4096; i++)
        x[(i * 0x9e3779b9u & 0xffffffffu) * N >> 32] = 1000;
    check_median(x, 200, 301, 301);
    free(x);
}

static float sum_of(struct reductions *reductions, float value, int number)
{
    static const struct transect_reduction sums = {
        sizeof sums, TRANSECT_REDUCE_ROW_SUMS, 0};
    struct transect_event event = {
        .point = number & 1 ? TRANSECT_Q : TRANSECT_Z,
        .layer = number >> 1 & 1,
        .head = 256 * (number >> 2 & 1),
        .sample = 256 * (number >> 3 & 1),
        .n_token = 1,
        .view = {&value, 1, 1, 1, 1}};

    CU_ASSERT(reductions_make(reductions, &sums, NULL, 0, 1, &event));
    return event.view.data[0];
}

/* Tensors that differ in one thing, and are kept in the same chain: each has
 * its own. */
static void test_kept(void)
{
    struct reductions *reductions = reductions_new();

    for (int i = 0; i < 16; i++)
        CU_ASSERT_EQUAL(sum_of(reductions, (float)i, i), (float)i);
    for (int i = 0; i < 16; i++)
        CU_ASSERT_EQUAL(sum_of(reductions, -1, i), (float)i);
    reductions_forget(reductions);
    CU_ASSERT_EQUAL(sum_of(reductions, -1, 0), -1);
    reductions_free(reductions);
}

CU_ErrorCode add_reductions_tests(void)
{
    CU_pSuite suite = CU_add_suite("reduce", NULL, NULL);

    CU_add_test(suite, "every point by definition, once for all",
                test_points);
    CU_add_test(suite, "columns without rows", test_columns);
    CU_add_test(suite, "one for each tensor", test_kept);
    CU_add_test(suite, "the median by sorting", test_median);
    return CU_get_error();
}
