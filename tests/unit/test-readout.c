/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-readout.c - points read out of rows of the stream, in models of every
 * family, against what a pass shows there. */
#include "tests.h"

#include "base/mem.h"
#include "executor/readout.h"
#include "experiment-fixture.h"
#include "golden-models.h"
#include "hooks/hook-points.h"
#include "pass-fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_TOKEN 12

/* The same matrix as (rows, heads * d), as capture has it by heads. */
static float *side_by_side(const struct pass *pass, int point, int layer)
{
    int n = pass->seen.n_token, d = pass->model->config.d_head;
    int heads = pass->model->config.n_head;
    float *all = mem_new((size_t)n * (size_t)(heads * d), sizeof *all);

    for (int h = 0; h < heads; h++) {
        const float *z = capture_tensor(&pass->seen, point, layer, h);

        for (int i = 0; i < n; i++)
            memcpy(all + (i * heads + h) * d, z + i * d,
                   (size_t)d * sizeof *z);
    }
    return all;
}

/* What the point is made of. */
static float *source(const struct pass *pass, int point, int layer)
{
    const struct config *config = &pass->model->config;
    size_t size = (size_t)pass->seen.n_token * (size_t)config->d_model;
    int from = TRANSECT_RESID_PRE;
    float *copy;

    if (point == TRANSECT_ATTN_OUT)
        return side_by_side(pass, TRANSECT_Z, layer);
    if (point == TRANSECT_LN2 && !config->parallel)
        from = TRANSECT_RESID_MID;
    if (layer < 0) {
        from = TRANSECT_RESID_POST;
        layer = config->n_layer - 1;
    }
    copy = mem_new(size, sizeof *copy);
    memcpy(copy, capture_tensor(&pass->seen, from, layer, 0),
           size * sizeof *copy);
    return copy;
}

static double error_of(const struct pass *pass, int point, int layer, int head,
                       const float *got, int first, int n)
{
    int cols = (int)capture_columns(&pass->seen, point);
    const float *seen = capture_tensor(&pass->seen, point, layer, head) +
                        first * cols;
    double *want = mem_new((size_t)(n * cols), sizeof *want), worst;

    for (int i = 0; i < n * cols; i++)
        want[i] = (double)seen[i];
    worst = capture_worst_row(got, want, n, cols, NULL);
    free(want);
    return worst;
}

/* Rows first..first+n-1 of the point; are they the same bits? */
static void read_out(const struct pass *pass, int point, int layer, int head,
                     int first, int n, bool *same)
{
    const struct config *config = &pass->model->config;
    size_t cols = capture_columns(&pass->seen, point);
    float *x = source(pass, point, layer);
    float *out = mem_new((size_t)n * cols, sizeof *out);
    int width = point == TRANSECT_ATTN_OUT ? config->n_head * config->d_head
                                           : config->d_model;
    struct error err = {0};
    const struct projection asked = {
        .point = point, .layer = layer, .head = head, .first = first,
        .longest = pass->seen.n_token, .n = n, .x = x + first * width,
        .out = out};
    double error;

    CU_ASSERT_EQUAL(readout_project(pass->model, &asked, &err), ST_OK);
    error = error_of(pass, point, layer, head, out, first, n);
    *same = memcmp(out, capture_tensor(&pass->seen, point, layer, head) +
                            (size_t)first * cols,
                   (size_t)n * cols * sizeof *out) == 0;
    if (!(error <= 1e-6)) {
        fprintf(stderr, "# %s: %s L%dH%d differs by %.3g\n", pass->name,
                point_name(point), layer, head, error);
        CU_FAIL("a readout is not what the pass shows");
    }
    free(out);
    free(x);
}

/* All heads of the point in a layer, whole and from the middle. Norms are row
 * by row; a product of all rows and outputs is the pass's own, unless it is
 * cut into blocks here alone. */
static void check_point(const struct pass *pass, int point, int layer)
{
    int heads = point_heads(point, &pass->model->config);
    int n = pass->seen.n_token;
    bool norm = !heads && point != TRANSECT_LOGITS &&
                point != TRANSECT_ATTN_OUT;
    bool same;

    for (int h = heads ? 0 : -1; h < heads; h++) {
        read_out(pass, point, layer, h, 0, n, &same);
        if (norm || (point == TRANSECT_ATTN_OUT && n <= FORWARD_BLOCK))
            CU_ASSERT(same);
        read_out(pass, point, layer, h, 5, 3, &same);
        if (norm)
            CU_ASSERT(same);
    }
}

static void check_pass(const struct pass *pass)
{
    static const int points[] = {TRANSECT_LN1, TRANSECT_Q, TRANSECT_K,
                                 TRANSECT_V, TRANSECT_ATTN_OUT, TRANSECT_LN2};
    static const int last[] = {TRANSECT_LN_FINAL, TRANSECT_LOGITS};
    const struct config *config = &pass->model->config;

    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        for (int l = 0; capture_has(config, points[i]) && l < config->n_layer;
             l++)
            check_point(pass, points[i], l);
    for (size_t i = 0; i < 2; i++)
        if (capture_has(config, last[i]))
            check_point(pass, last[i], -1);
}

static void test_families(void)
{
    pass_each_family(N_TOKEN, check_pass);
}

/* Matrices as their file has them, with heads that share keys; and GPT-2's,
 * whose inputs come first, beyond one block of rows. */
static void test_stored(void)
{
    static const struct model_recipe recipes[] = {
        {.layers = 2, .heads = 4, .width = 32, .kv_heads = 2, .dtype = "BF16",
         .context = 200},
        {.layers = 2, .heads = 4, .width = 32, .dtype = "F16",
         .context = 200},
    };

    for (size_t i = 0; i < 2; i++)
        pass_of_stored(&recipes[i], 150, check_pass);
}

static void refuse(const struct model *model, struct projection asked,
                   const char *message)
{
    struct error err = {0};

    CU_ASSERT_EQUAL(readout_project(model, &asked, &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, message);
}

static void test_refusals(void)
{
    const struct model_recipe recipe = {.layers = 2, .heads = 4, .width = 32,
                                        .kv_heads = 2};
    struct model *model;

    fixture_make(&recipe);
    model = fixture_open();
    refuse(model, (struct projection){.point = TRANSECT_Z, .longest = 9},
           "no readout of z: it is made of more than one row, or of no "
           "stream");
    refuse(model, (struct projection){.point = TRANSECT_Q, .layer = 2,
                                      .longest = 9},
           "no readout of q: there is no layer 2 of it");
    refuse(model, (struct projection){.point = TRANSECT_K, .head = 2,
                                      .longest = 9},
           "no readout of k: there is no head 2 of it");
    refuse(model, (struct projection){.point = TRANSECT_LN1, .longest = 9},
           "no readout of ln1: there is no head 0 of it");
    refuse(model, (struct projection){.point = TRANSECT_LOGITS, .head = -1,
                                      .longest = 9},
           "no readout of logits: there is no layer 0 of it");
    refuse(model, (struct projection){.point = TRANSECT_V, .longest = 9,
                                      .n = -1},
           "no readout of v: -1 rows from position 0 on");
    model_close(model);
    fixture_remove();
}

/* Of rotations that depend on the length, those of any sample are known as
 * long as none is beyond the context. */
static void refuse_lengths(const char *dir, void *user)
{
    struct projection asked = {.point = TRANSECT_K, .longest = 12};
    struct error err = {0};
    struct model *model;
    int *n = user;

    CU_ASSERT_EQUAL_FATAL(model_open(dir, &model, &err), ST_OK);
    if (model->config.rope.kind == ROPE_DYNAMIC ||
        model->config.rope.kind == ROPE_LONG) {
        CU_ASSERT_EQUAL(readout_project(model, &asked, &err), ST_OK);
        asked.longest = 25;
        refuse(model, asked,
               "no readout of k: rotations of this model depend on a "
               "sample's length, and there are samples beyond its context");
        asked.point = TRANSECT_V;
        CU_ASSERT_EQUAL(readout_project(model, &asked, &err), ST_OK);
        ++*n;
    }
    model_close(model);
}

static void test_lengths(void)
{
    int n = 0;

    golden_each(refuse_lengths, &n);
    CU_ASSERT_EQUAL(n, 2);
}

static const struct model_recipe small = {.layers = 2, .heads = 2,
                                          .width = 16, .kv_heads = 1};

/* A plugin asks, here and in a process of its own. */
static void test_plugin(void)
{
    static const char *const sections[] = {
        "[plugin foresees]\n", "[plugin foresees]\nisolation = process\n"};
    struct trial trial;

    if (!trial_make(&trial, &small, 1, 10))
        return;
    for (size_t i = 0; i < 2; i++)
        if (trial_do(&trial, sections[i])) {
            const struct transect_table *table =
                trial_table(&trial, "baseline", "foresees", "foresees");

            CU_ASSERT_EQUAL(trial_number(table, 0, "n"), 2 * 10 * 8);
            CU_ASSERT(trial_number(table, 0, "worst") <= 1e-6);
        }
    trial_remove(&trial);
}

static void test_plugin_refused(void)
{
    struct trial trial;

    if (!trial_make(&trial, &small, 1, 10))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin foresees]\nask = pattern\n"),
                    ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "no readout of pattern: "));
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin foresees]\nearly = yes\n"),
                    ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text,
                                  "project is for ready or later"));
    trial_remove(&trial);
}

CU_ErrorCode add_readout_tests(void)
{
    CU_pSuite suite = CU_add_suite("readout", NULL, NULL);

    CU_add_test(suite, "every family", test_families);
    CU_add_test(suite, "stored matrices, many rows", test_stored);
    CU_add_test(suite, "refusals", test_refusals);
    CU_add_test(suite, "rotations by length", test_lengths);
    CU_add_test(suite, "a plugin", test_plugin);
    CU_add_test(suite, "a plugin is refused", test_plugin_refused);
    return CU_get_error();
}
