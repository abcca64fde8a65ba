/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-readout-back.c - weightings of points pulled back to what the points
 * are made of, in models of every family: in float64, a weighted sum of what a
 * pass shows is the sum that the weighting of its sources gives. */
#include "tests.h"

#include "base/mem.h"
#include "executor/readout.h"
#include "experiment-fixture.h"
#include "hooks/hook-points.h"
#include "pass-fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_TOKEN 12
#define N_CHOSEN 300 /* more than are made at a time */

/* In [-1, 1). */
static float uniform(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)((double)(*state >> 8) / (1 << 23) - 1);
}

static float *uniforms(size_t n, uint32_t seed)
{
    float *values = mem_new(n, sizeof *values);

    for (size_t i = 0; i < n; i++)
        values[i] = uniform(&seed);
    return values;
}

static int width_of(const struct pass *pass, int point)
{
    const struct config *config = &pass->model->config;

    if (point == TRANSECT_ATTN_OUT)
        return config->n_head * config->d_head;
    return point == TRANSECT_MLP_OUT ? config->d_mlp : config->d_model;
}

/* x += the point. */
static void add(const struct pass *pass, int point, int layer, float *x)
{
    size_t n = capture_columns(&pass->seen, point) *
               (size_t)pass->seen.n_token;
    const float *y = capture_tensor(&pass->seen, point, layer, 0);

    for (size_t i = 0; i < n; i++)
        x[i] += y[i];
}

static void add_heads(const struct pass *pass, int layer, float *x)
{
    int n = pass->seen.n_token, d = pass->model->config.d_head;
    int heads = pass->model->config.n_head;

    for (int h = 0; h < heads; h++) {
        const float *z = capture_tensor(&pass->seen, TRANSECT_Z, layer, h);

        for (int i = 0; i < n; i++)
            memcpy(x + (i * heads + h) * d, z + i * d, (size_t)d * sizeof *z);
    }
}

/* What the point is made of. */
static float *source(const struct pass *pass, int point, int layer)
{
    const struct config *config = &pass->model->config;
    float *x = mem_new((size_t)pass->seen.n_token *
                           (size_t)width_of(pass, point), sizeof *x);

    switch (point) {
    case TRANSECT_ATTN_OUT:
        add_heads(pass, layer, x);
        break;
    case TRANSECT_MLP_OUT:
        add(pass, TRANSECT_MLP_POST, layer, x);
        break;
    case TRANSECT_RESID_PRE:
        add(pass, TRANSECT_EMBED, -1, x);
        if (capture_has(config, TRANSECT_POS_EMBED))
            add(pass, TRANSECT_POS_EMBED, -1, x);
        break;
    case TRANSECT_RESID_MID:
        add(pass, TRANSECT_RESID_PRE, layer, x);
        add(pass, TRANSECT_ATTN_OUT, layer, x);
        break;
    case TRANSECT_RESID_POST:
        add(pass, TRANSECT_RESID_MID, layer, x);
        add(pass, TRANSECT_MLP_OUT, layer, x);
        break;
    default:
        add(pass, TRANSECT_RESID_POST, config->n_layer - 1, x);
    }
    return x;
}

/* |u made - constant - out x|, over the sum of magnitudes. */
static double miss_of(const float *u, const float *made, int d,
                      const float *out, const float *x, int width,
                      double constant)
{
    double sum = -constant, size = fabs(constant);

    for (int j = 0; j < d; j++) {
        sum += (double)u[j] * (double)made[j];
        size += fabs((double)u[j] * (double)made[j]);
    }
    for (int k = 0; k < width; k++) {
        sum -= (double)out[k] * (double)x[k];
        size += fabs((double)out[k] * (double)x[k]);
    }
    return fabs(sum) / size;
}

static void check_point(const struct pass *pass, int point, int layer)
{
    int n = pass->seen.n_token, d = pass->model->config.d_model;
    int width = width_of(pass, point);
    bool normed = point != TRANSECT_LN_FINAL ||
                  capture_has(&pass->model->config, point);
    float *x = source(pass, point, layer);
    const float *made = normed ? capture_tensor(&pass->seen, point, layer, 0)
                               : x;
    float *u = uniforms((size_t)(n * d), 7), *out;
    double *constant = mem_new((size_t)n, sizeof *constant), worst = 0;
    struct error err = {0};

    out = mem_new((size_t)(n * width), sizeof *out);
    CU_ASSERT_EQUAL(readout_pull(pass->model,
                                 &(struct pull){point, layer, n, x, u, out,
                                                constant}, &err), ST_OK);
    for (int i = 0; i < n; i++)
        worst = fmax(worst, miss_of(u + i * d, made + i * d, d,
                                    out + i * width, x + i * width, width,
                                    constant[i]));
    if (!(worst <= 1e-6)) {
        fprintf(stderr, "# %s: %s of layer %d misses %.3g\n", pass->name,
                point_name(point), layer, worst);
        CU_FAIL("a weighting's way back does not add up");
    }
    free(x);
    free(u);
    free(out);
    free(constant);
}

/* The rows that logits are made of. */
static const float *last_rows(const struct pass *pass)
{
    return capture_has(&pass->model->config, TRANSECT_LN_FINAL)
               ? capture_tensor(&pass->seen, TRANSECT_LN_FINAL, -1, 0)
               : capture_tensor(&pass->seen, TRANSECT_RESID_POST,
                                pass->model->config.n_layer - 1, 0);
}

static double before_cap(const struct pass *pass, float logit)
{
    double cap = pass->model->config.logit_cap;

    return cap > 0 ? cap * atanh((double)logit / cap) : (double)logit;
}

/* Weighted logits of a few tokens, one of them twice. */
static void check_unembed(const struct pass *pass)
{
    const int32_t tokens[] = {3, 5, 5, pass->model->config.n_vocab - 1};
    const double weights[] = {1, -1, 0.25, -0.5};
    int d = pass->model->config.d_model, v = pass->model->config.n_vocab;
    const float *x = last_rows(pass);
    const float *logits = capture_tensor(&pass->seen, TRANSECT_LOGITS, -1, 0);
    float *out = mem_new((size_t)d, sizeof *out);
    double constant = NAN;
    struct error err = {0};

    CU_ASSERT_EQUAL(readout_unembed(pass->model,
                                    &(struct unembedding){tokens, weights, 4,
                                                          out, &constant},
                                    &err), ST_OK);
    for (int i = 0; i < pass->seen.n_token; i++) {
        double sum = -constant, size = fabs(constant);

        for (int k = 0; k < 4; k++)
            sum += weights[k] * before_cap(pass, logits[i * v + tokens[k]]);
        for (int j = 0; j < d; j++) {
            sum -= (double)out[j] * (double)x[i * d + j];
            size += fabs((double)out[j] * (double)x[i * d + j]);
        }
        CU_ASSERT(fabs(sum) <= 2e-6 * size);
    }
    free(out);
}

/* The columns that a pass has of those tokens. */
static void check_logits(const struct pass *pass)
{
    int n = pass->seen.n_token, v = pass->model->config.n_vocab;
    const float *logits = capture_tensor(&pass->seen, TRANSECT_LOGITS, -1, 0);
    float *x = source(pass, TRANSECT_LN_FINAL, -1);
    float *out = mem_new((size_t)(n * N_CHOSEN), sizeof *out);
    double *want = mem_new((size_t)(n * N_CHOSEN), sizeof *want);
    int32_t tokens[N_CHOSEN];
    struct error err = {0};

    for (int j = 0; j < N_CHOSEN; j++)
        tokens[j] = (j * 37 + 11) % v;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < N_CHOSEN; j++)
            want[i * N_CHOSEN + j] = (double)logits[i * v + tokens[j]];
    CU_ASSERT_EQUAL(readout_logits(pass->model,
                                   &(struct token_logits){n, x, tokens,
                                                          N_CHOSEN, out},
                                   &err), ST_OK);
    CU_ASSERT(capture_worst_row(out, want, n, N_CHOSEN, NULL) <= 1e-6);
    free(x);
    free(out);
    free(want);
}

static void check_pass(const struct pass *pass)
{
    static const int points[] = {TRANSECT_ATTN_OUT, TRANSECT_MLP_OUT,
                                 TRANSECT_RESID_MID, TRANSECT_RESID_POST};

    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        for (int l = 0; l < pass->model->config.n_layer; l++)
            check_point(pass, points[i], l);
    check_point(pass, TRANSECT_RESID_PRE, 0);
    check_point(pass, TRANSECT_LN_FINAL, -1);
    check_unembed(pass);
    check_logits(pass);
}

static void test_families(void)
{
    pass_each_family(N_TOKEN, check_pass);
}

/* Matrices as their file has them: outputs first, inputs first; beyond one
 * block of rows, and of several panels. */
static void test_stored(void)
{
    static const struct model_recipe recipes[] = {
        {.layers = 1, .heads = 4, .width = 32, .kv_heads = 2, .dtype = "BF16",
         .context = 200},
        {.layers = 1, .heads = 4, .width = 32, .dtype = "F16",
         .context = 200},
        {.layers = 1, .heads = 4, .width = 768, .dtype = "BF16",
         .context = 4},
    };
    static const int lengths[] = {150, 150, 3};

    for (size_t i = 0; i < 3; i++)
        pass_of_stored(&recipes[i], lengths[i], check_pass);
}

static void refuse(const struct model *model, struct pull asked,
                   const char *message)
{
    struct error err = {0};

    CU_ASSERT_EQUAL(readout_pull(model, &asked, &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, message);
}

static void refuse_tokens(const struct model *model)
{
    const int32_t token = model->config.n_vocab;
    char message[80];
    struct error err = {0};

    snprintf(message, sizeof message,
             "no logit of token %d: the vocabulary has ids 0 to %d",
             (int)token, (int)token - 1);
    CU_ASSERT_EQUAL(readout_unembed(model,
                                    &(struct unembedding){.tokens = &token,
                                                          .n_tokens = 1},
                                    &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, message);
    err.text[0] = '\0';
    CU_ASSERT_EQUAL(readout_logits(model,
                                   &(struct token_logits){.tokens = &token,
                                                          .n_tokens = 1},
                                   &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, message);
}

static void test_refusals(void)
{
    const struct model_recipe recipe = {.layers = 2, .heads = 4, .width = 32,
                                        .kv_heads = 2};
    struct error err = {0};
    struct model *model;

    fixture_make(&recipe);
    model = fixture_open();
    refuse(model, (struct pull){.point = TRANSECT_Z},
           "no way back from z: it is made of more than one row, or of none "
           "that is told of");
    refuse(model, (struct pull){.point = TRANSECT_MLP_OUT, .layer = 2},
           "no way back from mlp_out: there is no layer 2 of it");
    refuse(model, (struct pull){.point = TRANSECT_RESID_PRE, .layer = 1},
           "no way back from resid_pre: there is no layer 1 of it");
    refuse(model, (struct pull){.point = TRANSECT_LN_FINAL, .layer = 0},
           "no way back from ln_final: there is no layer 0 of it");
    refuse(model, (struct pull){.point = TRANSECT_ATTN_OUT, .n = -1},
           "no way back from attn_out: -1 rows");
    CU_ASSERT_EQUAL(readout_pull(model,
                                 &(struct pull){.point = TRANSECT_ATTN_OUT},
                                 &err), ST_OK);
    refuse_tokens(model);
    model_close(model);
    fixture_remove();
}

CU_ErrorCode add_readout_back_tests(void)
{
    CU_pSuite suite = CU_add_suite("readout-back", NULL, NULL);

    CU_add_test(suite, "every family", test_families);
    CU_add_test(suite, "stored matrices, many rows", test_stored);
    CU_add_test(suite, "refusals", test_refusals);
    return CU_get_error();
}
