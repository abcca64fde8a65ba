/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-attention.c - attention of samples that are longer than a tile: what
 * its points say, that z does not depend on who listens, and that an edit
 * reaches what it changed and nothing else. */
#include "tests.h"

#include "capture.h"
#include "base/mem.h"
#include "executor/position-encoding.h"
#include "model-fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two whole tiles and a part of no whole vector; row blocks likewise. */
#define LENGTH (2 * FORWARD_TILE + 77)

static const struct model_recipe recipe = {
    .layers = 2, .heads = 2, .width = 16, .context = LENGTH, .seed = 41};

/* The same weights in models that see differently. */
static const struct kind {
    int window; /* of layer 1 */
    double cap, alibi;
} kinds[] = {
    {0, 0, 0},
    {FORWARD_TILE + 100, 0, 0},
    {40, 0, 0},
    {0, 2, 0},
    {1, 0, 0.5},
};

static struct model *model_of(const struct kind *kind)
{
    struct model *model = fixture_open();

    model->config.window = kind->window;
    model->config.local[1] = kind->window > 0;
    model->config.score_cap = kind->cap;
    model->config.alibi = kind->alibi;
    return model;
}

typedef void kind_fn(const struct model *model, const int32_t *tokens);

static void for_each_kind(kind_fn *check)
{
    int32_t tokens[LENGTH];

    fixture_make(&recipe);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct model *model = model_of(&kinds[i]);

        capture_tokens(tokens, LENGTH, model->config.n_vocab, 17);
        check(model, tokens);
        model_close(model);
    }
    fixture_remove();
}

static void check_points(const struct model *model, const int32_t *tokens)
{
    struct capture all;

    capture_init(&all, &model->config, LENGTH, 0);
    capture_run(model, &all, tokens, 1);
    capture_check_identities(&all, model);
    capture_clear(&all);
}

static void test_points(void)
{
    for_each_kind(check_points);
}

/* z and resid_post, with one more listener at a point of one head in layer 0;
 * -1: none. */
static void run_heard(const struct model *model, const int32_t *tokens,
                      int point, transect_event_fn fn, uint32_t flags,
                      void *state, struct capture *seen)
{
    static const struct transect_head head = {0, 1};
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .flags = flags, .heads = &head,
        .n_heads = 1, .on_event = fn};
    struct hook_owner see = {.id = "see", .state = seen,
                             .error = &capture_error};
    struct hook_owner other = {.id = "other", .state = state,
                               .error = &capture_error};
    struct hooks *hooks = hooks_new(&model->config);
    struct error err = {0};

    capture_init(seen, &model->config, LENGTH, 0);
    capture_listen(hooks, &see, TRANSECT_Z, capture_event, 0);
    capture_listen(hooks, &see, TRANSECT_V, capture_event, 0);
    capture_listen(hooks, &see, TRANSECT_RESID_POST, capture_event, 0);
    if (point >= 0)
        hooks_add(hooks, &other, &sub);
    CU_ASSERT_EQUAL(capture_batch(model, hooks, tokens, 1, LENGTH, &err),
                    ST_OK);
    hooks_free(hooks);
}

static bool same_tensors(const struct capture *a, const struct capture *b,
                         int point)
{
    size_t n = (size_t)a->config->n_layer * capture_heads(a, point) *
               LENGTH * capture_columns(a, point);

    return memcmp(a->tensors[point], b->tensors[point],
                  n * sizeof(float)) == 0;
}

static int count(void *state, const struct transect_event *event)
{
    *(int64_t *)state += event->view.rows;
    return TRANSECT_OK;
}

static void check_neutral(const struct model *model, const int32_t *tokens)
{
    static const int points[] = {TRANSECT_PATTERN, TRANSECT_ATTN_SCORES};
    struct capture alone, heard;

    run_heard(model, tokens, -1, NULL, 0, NULL, &alone);
    for (int i = 0; i < 2; i++) {
        int64_t rows = 0;

        run_heard(model, tokens, points[i], count, 0, &rows, &heard);
        CU_ASSERT_EQUAL(rows, LENGTH);
        CU_ASSERT(same_tensors(&alone, &heard, TRANSECT_Z));
        CU_ASSERT(same_tensors(&alone, &heard, TRANSECT_RESID_POST));
        capture_clear(&heard);
    }
    capture_clear(&alone);
}

static void test_neutral(void)
{
    for_each_kind(check_neutral);
}

/* Rows that are edited, the first and the last of a block and one between
 * them, and to where their attention goes then. */
static const int edited[] = {FORWARD_TILE, FORWARD_TILE + 20,
                             FORWARD_TILE + FORWARD_BLOCK - 1};
enum { BACK = 30 };

/* All of a row's attention to one key; by the pattern, or by the scores. */
static int attend(void *state, const struct transect_event *event)
{
    const int *row_edited = state;
    int64_t i = *row_edited - event->first;
    float *row = event->edit + i * event->view.row_stride;
    bool pattern = event->point == TRANSECT_PATTERN;

    if (i < 0 || i >= event->view.rows)
        return TRANSECT_OK;
    for (int64_t j = 0; j <= *row_edited; j++)
        if (j != *row_edited - BACK)
            row[j] = pattern ? 0 : -INFINITY;
        else if (pattern)
            row[j] = 1;
    return TRANSECT_OK;
}

static void check_edit_at(const struct model *model, const int32_t *tokens,
                          const struct capture *before, int row, int point)
{
    const float *was = capture_tensor(before, TRANSECT_Z, 0, 1), *is;
    const float *v = capture_tensor(before, TRANSECT_V, 0, 1);
    size_t d = (size_t)model->config.d_head;
    struct capture after;

    run_heard(model, tokens, point, attend, TRANSECT_EDIT, &row, &after);
    is = capture_tensor(&after, TRANSECT_Z, 0, 1);
    for (int t = 0; t < LENGTH; t++)
        CU_ASSERT_EQUAL(memcmp(is + (size_t)t * d,
                               t == row ? v + (size_t)(row - BACK) * d
                                        : was + (size_t)t * d,
                               d * sizeof *is), 0);
    capture_clear(&after);
}

static void check_edit(const struct model *model, const int32_t *tokens)
{
    struct capture before;

    run_heard(model, tokens, -1, NULL, 0, NULL, &before);
    for (size_t i = 0; i < sizeof edited / sizeof edited[0]; i++) {
        check_edit_at(model, tokens, &before, edited[i], TRANSECT_PATTERN);
        check_edit_at(model, tokens, &before, edited[i],
                      TRANSECT_ATTN_SCORES);
    }
    capture_clear(&before);
}

static void test_edit(void)
{
    for_each_kind(check_edit);
}

/* Biases in every tile: what they add to a score of layer 0, whose q and k
 * know nothing of them, is bias(key) - bias(query). In bfloat16, so that they
 * are not linear. Scores are rounded to float32; the largest bias is 34. */
static void check_biases(const struct capture *without,
                         const struct capture *with, int h,
                         const float *bias)
{
    const float *a = capture_tensor(without, TRANSECT_ATTN_SCORES, 0, h);
    const float *b = capture_tensor(with, TRANSECT_ATTN_SCORES, 0, h);

    for (int t = 0; t < LENGTH; t++, a += LENGTH, b += LENGTH)
        for (int j = 0; j <= t; j++)
            CU_ASSERT(fabs(b[j] - a[j] - (bias[j] - bias[t])) < 1e-4);
}

static void test_alibi(void)
{
    static const int kind_of[] = {0, 4};
    struct model *models[2];
    struct capture all[2];
    struct position_encoding biases;
    struct error err = {0};
    int32_t tokens[LENGTH];

    fixture_make(&recipe);
    for (int i = 0; i < 2; i++) {
        models[i] = model_of(&kinds[kind_of[i]]);
        models[i]->config.alibi_bf16 = true;
        capture_tokens(tokens, LENGTH, models[i]->config.n_vocab, 17);
        capture_init(&all[i], &models[i]->config, LENGTH, 0);
        capture_run(models[i], &all[i], tokens, 1);
    }
    CU_ASSERT_EQUAL_FATAL(positions_new(&models[1]->config, LENGTH, &biases,
                                        &err), ST_OK);
    for (int h = 0; h < recipe.heads; h++)
        check_biases(&all[0], &all[1], h, positions_alibi(&biases, h));
    positions_free(&biases);
    for (int i = 0; i < 2; i++) {
        capture_clear(&all[i]);
        model_close(models[i]);
    }
    fixture_remove();
}

/* Falcon's biases are in bfloat16, whose 8 bits end in the middle at 257 and
 * 259: the even one of the two neighbours is taken. The slope of the first of
 * 8 heads is 1/2. */
static void test_alibi_rounding(void)
{
    const struct config config = {.n_head = 8, .alibi = 1, .alibi_bf16 = true};
    struct position_encoding positions;
    struct error err = {0};

    CU_ASSERT_EQUAL_FATAL(positions_new(&config, 300, &positions, &err),
                          ST_OK);
    CU_ASSERT_EQUAL(positions.alibi[255], 127.5f);
    CU_ASSERT_EQUAL(positions.alibi[257], 128);
    CU_ASSERT_EQUAL(positions.alibi[258], 129);
    CU_ASSERT_EQUAL(positions.alibi[259], 130);
    positions_free(&positions);
}

CU_ErrorCode add_attention_tests(void)
{
    CU_pSuite suite = CU_add_suite("attention", NULL, NULL);

    CU_add_test(suite, "points of long samples", test_points);
    CU_add_test(suite, "z does not depend on who listens", test_neutral);
    CU_add_test(suite, "an edited row, and only that", test_edit);
    CU_add_test(suite, "biases of every tile", test_alibi);
    CU_add_test(suite, "biases in bfloat16", test_alibi_rounding);
    return CU_get_error();
}
