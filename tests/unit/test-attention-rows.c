/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-attention-rows.c - a row of attention has the same bits wherever its
 * span and its block begin, whoever listens: z, pattern and its columns; and
 * it is what float64 makes of its definition. */
#include "tests.h"

#include "base/mem.h"
#include "executor/attention.h"
#include "executor/forward-internal.h"
#include "executor/kv-store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two whole tiles, and a part of no whole panel. */
enum { LENGTH = 2 * FORWARD_TILE + 77, COLUMN = 3 };

struct kind {
    int d, heads, kv_heads, window;
    double cap, alibi;
};

static const struct kind kinds[] = {
    {64, 2, 2, 0, 0, 0},
    {80, 2, 1, 0, 0, 0.5},
    {5, 3, 1, FORWARD_TILE + 100, 0, 0},
    {64, 1, 1, 40, 3, 0},
    {16, 4, 2, 1, 0, 0},
};

/* Where spans begin, and how many rows they have at most. */
static const struct {
    int first, rows;
} parts[] = {
    {1, LENGTH}, {31, 2}, {32, 1}, {33, 300}, {127, 130},
    {FORWARD_TILE - 1, 1}, {FORWARD_TILE - 1, 150}, {FORWARD_TILE, 13},
    {FORWARD_TILE + 1, LENGTH}, {FORWARD_TILE + 40, 12},
    {2 * FORWARD_TILE - 3, 8}, {LENGTH - 1, 1}, {7, 150},
};

/* A model that is attention alone, and what is in it. */
struct attention {
    struct model model;
    struct kv_store *store; /* of the whole sample */
    struct kv_store *other; /* with keys and values exchanged */
    float *qkv;             /* (LENGTH, width) */
    int64_t width;
};

/* What a pass made of rows first..first+rows-1. */
struct made {
    int first, rows;
    float *z;       /* (rows, H d) */
    float *pattern; /* (H, rows, LENGTH), 0 behind what a block has */
    float *column;  /* (H, rows) */
};

static void open_attention(const struct kind *kind, struct attention *of)
{
    struct error err = {0};
    struct config *config = &of->model.config;
    int64_t q = (int64_t)kind->heads * kind->d;
    int64_t k = (int64_t)kind->kv_heads * kind->d;
    unsigned seed = 7;

    *of = (struct attention){.width = q + 2 * k};
    *config = (struct config){
        .n_layer = 1, .n_head = kind->heads, .n_kv_head = kind->kv_heads,
        .d_head = kind->d, .d_model = (int)q, .d_mlp = (int)q,
        .n_context = LENGTH, .score_scale = 1 / sqrt(kind->d),
        .score_cap = kind->cap, .alibi = kind->alibi,
        .window = kind->window, .local = {kind->window > 0}};
    of->model.blocks = mem_new(1, sizeof *of->model.blocks);
    of->qkv = mem_new((size_t)(LENGTH * of->width), sizeof *of->qkv);
    for (int64_t i = 0; i < LENGTH * of->width; i++) {
        seed = seed * 1664525 + 1013904223;
        of->qkv[i] = (float)(seed >> 8) / (1 << 22) - 2;
    }
    CU_ASSERT_EQUAL_FATAL(kv_store_new(config, LENGTH, &of->store, &err),
                          ST_OK);
    CU_ASSERT_EQUAL_FATAL(kv_store_new(config, LENGTH, &of->other, &err),
                          ST_OK);
    kv_store_put(of->store, 0, 0, LENGTH, of->qkv + q, of->qkv + q + k,
                 of->width);
    kv_store_put(of->other, 0, 0, LENGTH, of->qkv + q + k, of->qkv + q,
                 of->width);
}

static void close_attention(struct attention *of)
{
    kv_store_free(of->store);
    kv_store_free(of->other);
    free(of->qkv);
    free(of->model.blocks);
}

static void free_made(struct made *made)
{
    free(made->z);
    free(made->pattern);
    free(made->column);
}

static int take_pattern(void *state, const struct transect_event *event)
{
    struct made *made = state;
    const struct transect_view *view = &event->view;

    for (int64_t i = 0; i < view->rows; i++) {
        int64_t row = (int64_t)event->head * made->rows + event->first + i -
                      made->first;

        if (view->cols == 1)
            made->column[row] = view->data[i * view->row_stride];
        else
            memcpy(made->pattern + row * LENGTH,
                   view->data + i * view->row_stride,
                   (size_t)view->cols * sizeof *made->pattern);
    }
    return TRANSECT_OK;
}

static int hear_scores(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    return TRANSECT_OK;
}

enum heard { NOBODY, COLUMNS, PATTERN, SCORES };

static void listen(struct hooks *hooks, struct hook_owner *owner,
                   enum heard heard)
{
    static const struct transect_reduction column = {
        sizeof column, TRANSECT_REDUCE_COLUMN, COLUMN};
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_PATTERN,
        .on_event = take_pattern};

    if (heard == COLUMNS)
        hooks_add_as(hooks, owner, &sub, &column, owner->state);
    if (heard == PATTERN || heard == SCORES)
        hooks_add(hooks, owner, &sub);
    sub.point = TRANSECT_ATTN_SCORES;
    sub.on_event = hear_scores;
    if (heard == SCORES)
        hooks_add(hooks, owner, &sub);
}

/* z (batch rows, H d) of a pass over parts of the sample; those of other slots
 * than 0 have rows of their own, from elsewhere. */
static void run(const struct attention *of, const struct batch *batch,
                struct hooks *hooks, float *z)
{
    const struct config *config = &of->model.config;
    const struct hook_set set = {&hooks, 1};
    size_t width = (size_t)of->width;
    struct error err = {0};
    struct forward *fw = NULL;

    CU_ASSERT_EQUAL_FATAL(forward_new(&of->model, batch->n_row, LENGTH, NULL,
                                      &fw, &err), ST_OK);
    for (int i = 0; i < batch->n_span; i++) {
        const struct span *span = &batch->spans[i];
        int from = (span->first + 31 * span->slot) %
                   (LENGTH - span->n_token + 1);

        memcpy(fw->qkv + (size_t)span->row * width,
               of->qkv + (size_t)from * width,
               (size_t)span->n_token * width * sizeof(float));
    }
    forward_hear(fw, &set, batch);
    CU_ASSERT_EQUAL(attention_mix(fw, 0, &err), ST_OK);
    memcpy(z, fw->z, (size_t)(batch->n_row * config->n_head *
                              config->d_head) * sizeof *z);
    forward_free(fw);
}

/* Rows of the sample, whose other keys come from the store. */
static struct made make(const struct attention *of, int first, int rows,
                        enum heard heard)
{
    const struct config *config = &of->model.config;
    struct made made = {first, rows, NULL, NULL, NULL};
    struct error failed = {0};
    struct hook_owner owner = {.id = "see", .error = &failed};
    struct hooks *hooks = hooks_new(config);
    const struct span span = {.n_token = rows, .first = first,
                              .before = first ? of->store : NULL};
    const struct batch batch = {NULL, rows, &span, 1};
    size_t n = (size_t)rows * (size_t)config->n_head;

    made.z = mem_new(n * (size_t)config->d_head, sizeof(float));
    made.pattern = mem_new(n * LENGTH, sizeof(float));
    made.column = mem_new(n, sizeof(float));
    owner.state = &made;
    listen(hooks, &owner, heard);
    run(of, &batch, hooks, made.z);
    hooks_free(hooks);
    return made;
}

/* Rows of `part` are those of `whole`. */
static void check_part(const struct attention *of, const struct made *whole,
                       const struct made *part, enum heard heard)
{
    size_t width = (size_t)(of->model.config.n_head * of->model.config.d_head);

    CU_ASSERT_EQUAL(memcmp(part->z, whole->z + (size_t)part->first * width,
                           (size_t)part->rows * width * sizeof(float)), 0);
    for (int h = 0; h < of->model.config.n_head; h++) {
        int64_t mine = (int64_t)h * part->rows;
        int64_t its = (int64_t)h * whole->rows + part->first - whole->first;

        if (heard == COLUMNS)
            CU_ASSERT_EQUAL(memcmp(part->column + mine, whole->column + its,
                                   (size_t)part->rows * sizeof(float)), 0);
        if (heard == PATTERN || heard == SCORES)
            CU_ASSERT_EQUAL(
                memcmp(part->pattern + mine * LENGTH,
                       whole->pattern + its * LENGTH,
                       (size_t)part->rows * LENGTH * sizeof(float)), 0);
    }
}

static void check_parts(const struct attention *of)
{
    struct made all[SCORES + 1];

    for (enum heard heard = NOBODY; heard <= SCORES; heard++) {
        all[heard] = make(of, 0, LENGTH, heard);
        CU_ASSERT_EQUAL(memcmp(all[heard].z, all[NOBODY].z,
                               (size_t)(LENGTH * of->model.config.n_head *
                                        of->model.config.d_head) *
                                   sizeof(float)), 0);
    }
    for (int h = 0; h < of->model.config.n_head; h++)
        for (int i = 0; i < LENGTH; i++)
            CU_ASSERT_EQUAL(
                all[COLUMNS].column[h * LENGTH + i],
                all[PATTERN].pattern[(h * LENGTH + i) * LENGTH + COLUMN]);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        int left = LENGTH - parts[i].first;
        int rows = parts[i].rows < left ? parts[i].rows : left;
        enum heard heard = (enum heard)(i % (SCORES + 1));
        struct made part = make(of, parts[i].first, rows, heard);

        check_part(of, &all[heard], &part, heard);
        free_made(&part);
    }
    for (enum heard heard = NOBODY; heard <= SCORES; heard++)
        free_made(&all[heard]);
}

static void for_each_kind(void (*check)(const struct attention *of))
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct attention of;

        open_attention(&kinds[i], &of);
        check(&of);
        close_attention(&of);
    }
}

static void test_parts(void)
{
    for_each_kind(check_parts);
}

/* Parts in one pass, some after keys of the sample and some after others, are
 * what each is alone. */
static void check_train(const struct attention *of)
{
    enum { N = 2 * sizeof parts / sizeof parts[0], MOST = 40 };
    const struct config *config = &of->model.config;
    size_t width = (size_t)(config->n_head * config->d_head);
    struct hooks *hooks = hooks_new(config);
    struct span spans[N];
    struct batch batch = {NULL, 0, spans, N};
    float *all, *alone = mem_new(MOST * width, sizeof *alone);

    for (int i = 0; i < N; i++) {
        int first = parts[i / 2].first, rows = parts[i / 2].rows;

        rows = rows < LENGTH - first ? rows : LENGTH - first;
        rows = rows < MOST ? rows : MOST;
        spans[i] = (struct span){
            .sample = i, .slot = i, .row = batch.n_row, .n_token = rows,
            .first = first, .before = i % 5 ? of->store : of->other};
        batch.n_row += rows;
    }
    all = mem_new((size_t)batch.n_row * width, sizeof *all);
    run(of, &batch, hooks, all);
    for (int i = 0; i < N; i++) {
        struct span span = spans[i];
        const struct batch one = {NULL, span.n_token, &span, 1};

        span.row = 0;
        run(of, &one, hooks, alone);
        CU_ASSERT_EQUAL(memcmp(alone, all + (size_t)spans[i].row * width,
                               (size_t)span.n_token * width * sizeof *all),
                        0);
    }
    free(all);
    free(alone);
    hooks_free(hooks);
}

static void test_train(void)
{
    for_each_kind(check_train);
}

/* Bias of a key at a distance, for as many heads as are a power of 2. */
static double bias_of(const struct config *config, int h, int distance)
{
    return -config->alibi * exp2(-8.0 / config->n_head * (h + 1)) * distance;
}

/* z of one head of row `t`, by definition. */
static void define_z(const struct attention *of, int h, int t, double *z)
{
    const struct config *config = &of->model.config;
    int d = config->d_head, low = 0;
    int group = h / (config->n_head / config->n_kv_head);
    const float *q = of->qkv + t * of->width + h * d;
    const float *k = of->qkv + (config->n_head + group) * d;
    const float *v = k + config->n_kv_head * d;
    double sum = 0;

    if (config->window && t + 1 > config->window)
        low = t + 1 - config->window;
    for (int c = 0; c < d; c++)
        z[c] = 0;
    for (int j = low; j <= t; j++) {
        double s = 0, e;

        for (int c = 0; c < d; c++)
            s += (double)q[c] * (double)k[j * of->width + c];
        s *= config->score_scale;
        if (config->score_cap > 0)
            s = config->score_cap * tanh(s / config->score_cap);
        sum += e = exp(s + bias_of(config, h, t - j));
        for (int c = 0; c < d; c++)
            z[c] += e * (double)v[j * of->width + c];
    }
    for (int c = 0; c < d; c++)
        z[c] /= sum;
}

static void check_definition(const struct attention *of)
{
    const struct config *config = &of->model.config;
    struct made made = make(of, 0, LENGTH, NOBODY);
    int d = config->d_head;
    double z[80], worst = 0;

    for (int t = 0; t < LENGTH; t += 1 + t / 8)
        for (int h = 0; h < config->n_head; h++) {
            define_z(of, h, t, z);
            for (int c = 0; c < d; c++)
                worst = fmax(worst, fabs(z[c] - (double)made.z[
                    (t * config->n_head + h) * d + c]));
        }
    CU_ASSERT(worst < 4e-6);
    free_made(&made);
}

static void test_definition(void)
{
    for_each_kind(check_definition);
}

CU_ErrorCode add_attention_rows_tests(void)
{
    CU_pSuite suite = CU_add_suite("attention-rows", NULL, NULL);

    CU_add_test(suite, "parts have the rows of the whole", test_parts);
    CU_add_test(suite, "parts in one pass", test_train);
    CU_add_test(suite, "float64", test_definition);
    return CU_get_error();
}
