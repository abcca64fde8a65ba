/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-path-families.c - what receivers read in models of every family: all of
 * the pair's; and one head's output where it is normalized. */
#include "path-trials.h"

#include "base/mem.h"
#include "golden-models.h"
#include "hooks/hook-points.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A golden model in the place of the trial's. */
static bool plan_golden(struct trial *trial, const char *dir,
                        const char *sections)
{
    char *path = mem_path(trial->dir, "experiment.ini");
    char *set = mem_printf("model.path=%s", dir);

    trial->samples = path_trial_pairs(NULL);
    trial_plan(trial, sections); /* writes the file */
    plan_free(trial->plan);
    trial->plan = NULL;
    trial->err = (struct error){0};
    plan_make(&(struct plan_settings){.file = path,
                                      .sets = &set,
                                      .n_sets = 1,
                                      .samples = path_trial_pairs(NULL)},
              &trial->plan, &trial->err);
    free(path);
    free(set);
    return trial->plan != NULL;
}

/* All senders, the receivers of these options: the point is the pair's. */
static void expect_pair(struct trial *trial, const char *dir, int point,
                        const char *receivers)
{
    char *sections = mem_printf("[variant put]\n" PATH_ALL "%s", receivers);
    struct watch put, pair;

    if (!plan_golden(trial, dir, sections)) {
        fprintf(stderr, "# %s: %s\n", dir, trial->err.text);
        CU_FAIL_FATAL("the experiment cannot be planned");
    }
    watch_begin(&put, trial, "put", point);
    watch_begin(&pair, trial, "pair", point);
    CU_ASSERT_EQUAL(trial_run(trial), ST_OK);
    for (int l = 0; l < put.n_layer; l++)
        for (int h = 0; h < put.n_head; h++) {
            double error = path_trial_worst(&put, &pair, l, h);

            if (!(error <= 1e-5)) {
                fprintf(stderr, "# %s: %s L%dH%d: %.3g\n", dir,
                        point_name(point), l, h, error);
                CU_FAIL("a receiver does not read what the pair's does");
            }
        }
    watch_end(&put);
    watch_end(&pair);
    free(sections);
}

static void check_family(const char *dir, void *user)
{
    struct trial *trial = user;
    bool made = plan_golden(trial, dir, "[variant put]\n" PATH_ALL
                            "path-patcher.receiver_logits = yes\n");
    const struct config *config;
    const char *why;

    if (!made) {
        CU_ASSERT_PTR_NOT_NULL(strstr(dir, "opt-"));
        CU_ASSERT_PTR_NOT_NULL(strstr(
            trial->err.text, "this model normalizes the stream itself"));
        return;
    }
    config = &trial->plan->model->config;
    CU_ASSERT_FALSE(config->stream_norm);
    expect_pair(trial, dir, TRANSECT_LOGITS,
                "path-patcher.receiver_logits = yes\n");
    expect_pair(trial, dir, TRANSECT_Q, "path-patcher.receivers = *\n");
    expect_pair(trial, dir, TRANSECT_K, "path-patcher.receivers = *\n"
                                        "path-patcher.inputs = k v\n");
    expect_pair(trial, dir, TRANSECT_V, "path-patcher.receivers = *\n"
                                        "path-patcher.inputs = q v\n");
    if (model_has_point(&trial->plan->model->config, trial->plan->model->arch,
                        TRANSECT_LN2, &why))
        expect_pair(trial, dir, TRANSECT_LN2,
                    "path-patcher.receiver_mlps = *\n");
    else
        CU_ASSERT_FALSE(plan_golden(trial, dir, "[variant put]\n" PATH_ALL
                                    "path-patcher.receiver_mlps = 1\n"));
}

static void test_families(void)
{
    struct trial trial;

    if (!path_trial_make(&trial, 0))
        return;
    golden_each(check_family, &trial);
    trial_remove(&trial);
}

/* out (d_model) = the RMS norm of b_O and the sum of z W_O of all heads, of
 * which one has another z. */
static void normed_heads(const struct model *model, const struct watch *own,
                         const struct watch *pair, int sample, int row,
                         double *out)
{
    const struct config *config = &model->config;
    int d = config->d_head, width = config->d_model;
    struct transect_view w, gain, bias;
    bool biased = model_weight(model, TRANSECT_B_O, 0, -1, &bias);
    double squares = 0;

    for (int j = 0; j < width; j++)
        out[j] = biased ? (double)bias.data[j] : 0;
    for (int h = 0; h < config->n_head; h++) {
        const float *z = watch_at(pair && h == 1 ? pair : own, sample, 0, h) +
                         row * d;

        model_weight(model, TRANSECT_W_O, 0, h, &w);
        for (int i = 0; i < d; i++)
            for (int j = 0; j < width; j++)
                out[j] += (double)z[i] *
                          (double)w.data[i * w.row_stride + j * w.col_stride];
    }
    model_weight(model, TRANSECT_ATTN_POST_GAIN, 0, -1, &gain);
    for (int j = 0; j < width; j++)
        squares += out[j] * out[j] / width;
    for (int j = 0; j < width; j++)
        out[j] *= (double)gain.data[j] / sqrt(squares + config->norm_epsilon);
}

/* The stream behind one sender, where attention's output is normalized. */
static void expect_normed(struct trial *trial, const char *dir)
{
    struct watch z, pair_z, put, base;
    const struct model *model;
    int width;

    CU_ASSERT_TRUE_FATAL(plan_golden(trial, dir, "[variant put]\n"
                                     "path-patcher.senders = L0H1\n"
                                     "path-patcher.receiver_logits = yes\n"));
    model = trial->plan->model;
    width = model->config.d_model;
    watch_begin(&z, trial, "baseline", TRANSECT_Z);
    watch_begin(&pair_z, trial, "pair", TRANSECT_Z);
    watch_begin(&put, trial, "put", TRANSECT_RESID_POST);
    watch_begin(&base, trial, "baseline", TRANSECT_RESID_POST);
    CU_ASSERT_EQUAL(trial_run(trial), ST_OK);
    for (int i = 0; i < PATH_SAMPLES; i++)
        for (int p = 0; p < PATH_TOKENS; p++) {
            int last = model->config.n_layer - 1;
            double before[256], after[256];

            CU_ASSERT_FATAL(width <= 256);
            normed_heads(model, &z, NULL, i, p, before);
            normed_heads(model, &z, &pair_z, i, p, after);
            for (int j = 0; j < width; j++)
                after[j] += (double)watch_at(&base, i, last, 0)[p * width +
                                                                j] -
                            before[j];
            CU_ASSERT(row_error(watch_at(&put, i, last, 0) + p * width, after,
                                1, width) <= 1e-5);
        }
    CU_ASSERT(path_trial_worst(&put, &base, model->config.n_layer - 1, 0) >
              1e-3);
    watch_end(&z);
    watch_end(&pair_z);
    watch_end(&put);
    watch_end(&base);
}

static void check_normed(const char *dir, void *user)
{
    struct trial *trial = user;

    if (strstr(dir, "gemma3") || strstr(dir, "olmo2"))
        expect_normed(trial, dir);
}

static void test_normed(void)
{
    struct trial trial;

    if (!path_trial_make(&trial, 0))
        return;
    golden_each(check_normed, &trial);
    trial_remove(&trial);
}

CU_ErrorCode add_path_families_tests(void)
{
    CU_pSuite suite = CU_add_suite("path-families", NULL, NULL);

    CU_add_test(suite, "all of the pair", test_families);
    CU_add_test(suite, "one head behind a norm", test_normed);
    return CU_get_error();
}
