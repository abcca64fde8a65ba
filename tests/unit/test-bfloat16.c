/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-bfloat16.c - activations in three pieces, products of them with BF16
 * weights, and whole passes of such products. */
#include "tests.h"

#include "base/mem.h"
#include "capture.h"
#include "hooks/hook-points.h"
#include "model-fixture.h"
#include "tensor/bfloat16-tiles.h"
#include "tensor/bfloat16-weights.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_TOKEN 48

static bool skip_without_tiles(void)
{
    const char *lacking = bfloat16_tiles_lacking();

    if (lacking)
        test_skip("%s", lacking);
    return lacking != NULL;
}

static uint32_t next_bits(uint32_t *state)
{
    *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
    return *state ^ *state >> 15;
}

static float of_bits(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static float piece(const uint16_t *pieces, int i)
{
    return of_bits((uint32_t)pieces[i] << 16);
}

static double sum(const uint16_t *pieces)
{
    return (double)piece(pieces, 0) + (double)piece(pieces, 1) +
           (double)piece(pieces, 2);
}

/* What AMX makes of a piece: those below the least normal number are 0. */
static double flushed(const uint16_t *pieces)
{
    double all = 0;

    for (int i = 0; i < BFLOAT16_PIECES; i++)
        if (fabsf(piece(pieces, i)) >= FLT_MIN)
            all += (double)piece(pieces, i);
    return all;
}

/* Any bits; exactly where the last of the three has its 8 bits. What is
 * flushed is below the bound of the header. */
static void test_split(void)
{
    uint32_t state = 5;
    int wrong = 0;

    for (int i = 0; i < 1000000; i++) {
        float value = of_bits(next_bits(&state));
        uint16_t pieces[3];

        if (!isfinite(value))
            continue;
        bfloat16_weights_split(value, pieces, 1);
        wrong += fabsf(value) >= 0x1p-110f && sum(pieces) != (double)value;
        wrong += !(fabs(flushed(pieces) - (double)value) <= 0x1p-125);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_ends(void)
{
    static const float values[] = {FLT_MAX, -FLT_MAX, FLT_MIN, 0.0f, 1.0f,
                                   -0x1.fffffep-110f};
    uint16_t pieces[3];

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        bfloat16_weights_split(values[i], pieces, 1);
        CU_ASSERT_EQUAL(sum(pieces), (double)values[i]);
    }
    bfloat16_weights_split(-INFINITY, pieces, 1);
    CU_ASSERT_EQUAL(piece(pieces, 0), -INFINITY);
    CU_ASSERT_EQUAL(piece(pieces, 1) + piece(pieces, 2), 0);
    /* A NaN whose upper half alone would be an infinity. */
    bfloat16_weights_split(of_bits(UINT32_C(0x7f800001)), pieces, 1);
    CU_ASSERT_TRUE(isnan(piece(pieces, 0)));
    CU_ASSERT_EQUAL(piece(pieces, 1) + piece(pieces, 2), 0);
}

struct trial {
    int n_in, n_out, rows;
    bool in_first, bias;
    int threads;
};

/* A product, and what it is made of. */
struct work {
    const struct trial *trial;
    struct tensor tensor;
    struct linear linear;
    uint16_t *weights;
    float *x, *b, *y, *panel;
};

static float *values(size_t n, uint32_t seed)
{
    float *x = mem_new(n, sizeof *x);

    for (size_t i = 0; i < n; i++)
        x[i] = (float)(int32_t)next_bits(&seed) * 0x1p-31f;
    return x;
}

static void work_begin(struct work *work, const struct trial *t)
{
    size_t n = (size_t)t->n_in * (size_t)t->n_out;
    float *w = values(n, 7);
    struct error err;

    *work = (struct work){
        .trial = t,
        .tensor = {.dtype = DTYPE_BF16, .n_dim = 2, .size = 2 * n},
        .weights = mem_new(n, sizeof *work->weights),
        .x = values((size_t)t->rows * (size_t)t->n_in, 1),
        .b = values((size_t)t->n_out, 2),
        .y = mem_new((size_t)t->rows * (size_t)t->n_out, sizeof *work->y),
    };
    for (size_t i = 0; i < n; i++)
        work->weights[i] = make_model_bf16(w[i]);
    free(w);
    work->tensor.data = work->weights;
    work->tensor.dim[0] = t->in_first ? t->n_in : t->n_out;
    work->tensor.dim[1] = t->in_first ? t->n_out : t->n_in;
    work->linear = (struct linear){
        .b = t->bias ? work->b : NULL, .n_in = t->n_in, .n_out = t->n_out,
        .stored = {&work->tensor, t->in_first, 0, t->n_out, t->n_out, 0}};
    CU_ASSERT_TRUE(bfloat16_weights_fit(&work->linear));
    work->linear.split = bfloat16_weights_new(&work->linear);
    CU_ASSERT_EQUAL(
        bfloat16_weights_pack(work->linear.split, &work->linear, &err), ST_OK);
    work->panel = mem_tensor(linear_panel(&work->linear), 1, &err);
}

static void work_end(struct work *work)
{
    bfloat16_weights_free(work->linear.split);
    free(work->weights);
    free(work->x);
    free(work->b);
    free(work->y);
    free(work->panel);
}

/* Rows first..first+n-1 alone. */
static void multiply(struct work *work, int first, int n, float *y,
                     struct thread_team *team)
{
    const struct trial *t = work->trial;

    linear_apply(&work->linear,
                 &(struct product){work->x + (int64_t)first * t->n_in, y,
                                   t->n_in, t->n_out, n},
                 work->panel, team);
}

/* The product in float64. */
static double *definition(const struct work *work)
{
    const struct trial *t = work->trial;
    double *want = mem_new((size_t)t->rows * (size_t)t->n_out, sizeof *want);

    for (int r = 0; r < t->rows; r++)
        for (int j = 0; j < t->n_out; j++) {
            double *y = want + (int64_t)r * t->n_out + j;

            *y = t->bias ? (double)work->b[j] : 0;
            for (int i = 0; i < t->n_in; i++) {
                int64_t at = t->in_first ? (int64_t)i * t->n_out + j
                                         : (int64_t)j * t->n_in + i;

                *y += (double)work->x[(int64_t)r * t->n_in + i] *
                      (double)of_bits((uint32_t)work->weights[at] << 16);
            }
        }
    return want;
}

/* Sizes that are multiples of no tile; several steps of rows and of inputs. */
static void test_products(void)
{
    static const struct trial trials[] = {
        {1, 1, 1, false, false, 1},     {37, 5, 3, true, true, 1},
        {64, 96, 64, false, false, 2},  {1056, 71, 33, false, true, 2},
        {2100, 40, 17, true, false, 1}, {50, 33, 545, false, true, 2},
    };

    if (skip_without_tiles())
        return;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        struct thread_team *team = team_new(trials[i].threads);
        struct work work;
        double *want;

        work_begin(&work, &trials[i]);
        want = definition(&work);
        multiply(&work, 0, trials[i].rows, work.y, team);
        /* Of float32's 6e-8, a few; pieces left out would be 4e-3, 1.5e-5 or
         * 6e-8 of the row, weights out of place all of it. */
        CU_ASSERT(capture_worst_row(work.y, want, trials[i].rows,
                                    trials[i].n_out, NULL) <= 5e-7);
        free(want);
        work_end(&work);
        team_free(team);
    }
}

/* A row is the same whatever stands above and below it. */
static void test_rows(void)
{
    static const struct trial trial = {1100, 70, 150, false, true, 1};
    struct thread_team *team;
    struct work work;
    float *row;

    if (skip_without_tiles())
        return;
    work_begin(&work, &trial);
    row = mem_new(3 * (size_t)trial.n_out, sizeof *row);
    team = team_new(2);
    multiply(&work, 0, trial.rows, work.y, team);
    for (int i = 0; i < trial.rows; i++) {
        int n = i % 3 + 1 < trial.rows - i ? i % 3 + 1 : trial.rows - i;

        multiply(&work, i, n, row, i % 2 ? team : NULL);
        CU_ASSERT_EQUAL(memcmp(row, work.y + (int64_t)i * trial.n_out,
                               (size_t)(n * trial.n_out) * sizeof *row), 0);
    }
    team_free(team);
    free(row);
    work_end(&work);
}

/* Every point of a pass, and of one in float32: either is within 2e-6 of
 * float64. */
static void check_pass(const struct model_recipe *recipe)
{
    struct capture split, plain;
    int32_t tokens[N_TOKEN];
    struct model *model;

    fixture_make(recipe);
    model = fixture_open();
    capture_tokens(tokens, N_TOKEN, model->config.n_vocab, 3);
    capture_init(&plain, &model->config, N_TOKEN, 0);
    capture_init(&split, &model->config, N_TOKEN, 0);
    capture_run(model, &plain, tokens, 1);
    CU_ASSERT_EQUAL_FATAL(model_split(model, &fixture_err), ST_OK);
    CU_ASSERT_EQUAL(model_convert(model, &fixture_err), ST_OK);
    CU_ASSERT_PTR_NULL(model->blocks[0].mlp.in.w);
    capture_run(model, &split, tokens, 1);
    for (int p = 0; p < TRANSECT_N_POINTS; p++) {
        int layers = point_info(p)->layered ? model->config.n_layer : 1;

        for (int l = 0; capture_has(&model->config, p) && l < layers; l++) {
            double worst = capture_worst(&split, &plain, p, l);

            if (worst > 4e-6)
                fprintf(stderr, "# %s %d: %g\n", point_name(p), l, worst);
            CU_ASSERT(worst <= 4e-6);
        }
    }
    CU_ASSERT_NOT_EQUAL(memcmp(capture_tensor(&split, TRANSECT_LOGITS, 0, 0),
                               capture_tensor(&plain, TRANSECT_LOGITS, 0, 0),
                               sizeof(float) * (size_t)N_TOKEN), 0);
    capture_clear(&split);
    capture_clear(&plain);
    model_close(model);
    fixture_remove();
}

static void test_passes(void)
{
    if (skip_without_tiles())
        return;
    check_pass(&(struct model_recipe){.heads = 4, .kv_heads = 2, .width = 72,
                                      .inner = 200, .vocab = 333,
                                      .dtype = "BF16"});
    check_pass(&(struct model_recipe){.heads = 2, .width = 64, .vocab = 150,
                                      .dtype = "BF16", .untied = true});
}

static void test_refused(void)
{
    static const char *const types[] = {"F32", "F16"};

    if (skip_without_tiles())
        return;
    for (size_t i = 0; i < 2; i++) {
        struct model *model;

        fixture_make(&(struct model_recipe){.dtype = types[i]});
        model = fixture_open();
        CU_ASSERT_EQUAL(model_split(model, &fixture_err), ST_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(fixture_err.text, "attn.c_attn.weight"));
        CU_ASSERT_PTR_NOT_NULL(strstr(fixture_err.text, types[i]));
        model_close(model);
        fixture_remove();
    }
}

CU_ErrorCode add_bfloat16_tests(void)
{
    CU_pSuite s = CU_add_suite("bfloat16", NULL, NULL);

    if (!s || !CU_add_test(s, "three pieces are the number", test_split) ||
        !CU_add_test(s, "the largest, the least, and none", test_ends) ||
        !CU_add_test(s, "products", test_products) ||
        !CU_add_test(s, "rows do not depend on others", test_rows) ||
        !CU_add_test(s, "whole passes", test_passes) ||
        !CU_add_test(s, "other weights are refused", test_refused))
        return CU_get_error();
    return CUE_SUCCESS;
}
