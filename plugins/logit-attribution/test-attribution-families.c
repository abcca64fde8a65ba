/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-attribution-families.c - in models of every family the parts of a logit
 * difference add up. */
#include "attribution-trials.h"
#include "base/mem.h"
#include "golden-models.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = ATTRIBUTION_N, VOCAB = ATTRIBUTION_VOCAB };

const int attribution_lengths[N] = {4, 6, 3, 6};

static int32_t token(int sample, int position, int other)
{
    return (int32_t)((sample * 31 + position * 17 + other * 7) % VOCAB);
}

static struct samples *make_samples(int other)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    for (int i = 0; i < N; i++) {
        int32_t tokens[ATTRIBUTION_LONGEST];

        for (int j = 0; j < attribution_lengths[i]; j++)
            tokens[j] = token(i, j, other);
        samples_add(samples, tokens, attribution_lengths[i]);
    }
    return samples;
}

struct samples *attribution_samples(void)
{
    struct samples *samples = make_samples(0);

    samples->facts = mem_new(N, sizeof *samples->facts);
    for (int i = 0; i < N; i++) {
        struct sample_facts *facts = &samples->facts[i];

        facts->n_answer = facts->n_foil = i == 2 ? 2 : 1;
        facts->answers = mem_new(2, sizeof *facts->answers);
        facts->foils = mem_new(2, sizeof *facts->foils);
        for (int k = 0; k < 2; k++) {
            facts->answers[k] = token(i, 9 + k, 0);
            facts->foils[k] = (facts->answers[k] + 3) % VOCAB;
        }
    }
    samples->pair = make_samples(1);
    samples->partner = mem_new(samples->n_token, sizeof *samples->partner);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < attribution_lengths[i]; j++)
            samples->partner[samples->list[i].first + (size_t)j] = j;
    return samples;
}

bool attribution_says(const struct trial *trial, const char *variant,
                      const char *words)
{
    const struct transect_ctx *ctx = trial_instance(trial, variant,
                                                    "logit-attribution");

    for (size_t i = 0; i < ctx->own.n_sayings; i++)
        if (strstr(ctx->own.sayings[i], words))
            return true;
    return false;
}

/* A golden model in the place of the trial's. */
static bool plan_golden(struct trial *trial, const char *dir,
                        const char *sections)
{
    char *path = mem_path(trial->dir, "experiment.ini");
    char *set = mem_printf("model.path=%s", dir);

    trial->samples = attribution_samples();
    trial_plan(trial, sections); /* writes the file */
    plan_free(trial->plan);
    trial->plan = NULL;
    trial->err = (struct error){0};
    plan_make(&(struct plan_settings){.file = path,
                                      .plugin_dir = getenv(
                                          "TRANSECT_TEST_PLUGINS"),
                                      .sets = &set,
                                      .n_sets = 1,
                                      .batch_tokens = 10,
                                      .samples = attribution_samples()},
              &trial->plan, &trial->err);
    free(path);
    free(set);
    return trial->plan != NULL;
}

/* Against the scorer's difference of the same logits, which has a cap. */
static void check_diffs(const struct trial *trial)
{
    double cap = trial->plan->model->config.logit_cap;
    const struct transect_table *answers =
        trial_table(trial, "baseline", "answer-scorer", "answers");
    const struct transect_table *sums =
        trial_table(trial, "baseline", "logit-attribution:last", "sums");

    for (size_t i = 0; i < N; i++) {
        double answer = trial_number(answers, i, "answer_logit");
        double foil = trial_number(answers, i, "foil_logit");
        double want = cap > 0 ? cap * (atanh(answer / cap) - atanh(foil / cap))
                              : answer - foil;

        if (i != 2) /* which has two answers */
            CU_ASSERT_DOUBLE_EQUAL(trial_number(sums, i, "logit_diff"), want,
                                   1e-6);
    }
}

/* Of each position, beside its largest part. */
static void check_sums(const struct trial *trial, const char *dir,
                       const char *variant, const char *id)
{
    const struct transect_table *sums = trial_table(trial, variant, id,
                                                    "sums");
    double worst = 0;

    for (size_t i = 0; i < table_rows(sums); i++)
        worst = fmax(worst, fabs(trial_number(sums, i, "miss") /
                                 trial_number(sums, i, "largest")));
    if (!(worst <= 1e-5)) {
        fprintf(stderr, "# %s, %s: parts miss by %.3g of the largest\n", dir,
                variant, worst);
        CU_FAIL("parts do not add up");
    }
    CU_ASSERT(attribution_says(trial, variant, "the parts add up to"));
}

static bool has_edits(const struct trial *trial, const char *variant)
{
    const struct transect_table *table =
        trial_table(trial, variant, "logit-attribution", "components");

    for (size_t i = 0; i < table_rows(table); i++)
        if (strcmp(trial_text(table, i, "component"), "edit") == 0)
            return true;
    return false;
}

static void check_family(const char *dir, void *user)
{
    struct trial *trial = user;
    static const char *const ids[] = {"logit-attribution",
                                      "logit-attribution:last"};

    if (!plan_golden(trial, dir,
                     "[plugin answer-scorer]\nkl = no\n"
                     "[plugin logit-attribution]\npositions = *\n"
                     "[plugin logit-attribution:last]\n"
                     "[variant edited]\n"
                     "bump.points = attn_out mlp_out resid_post\n"
                     "bump.by = 0.5\n") ||
        trial_run(trial)) {
        fprintf(stderr, "# %s: %s\n", dir, trial->err.text);
        CU_FAIL_FATAL("the experiment does not run");
    }
    for (int k = 0; k < 2; k++) {
        check_sums(trial, dir, "baseline", ids[k]);
        check_sums(trial, dir, "edited", ids[k]);
    }
    CU_ASSERT(!has_edits(trial, "baseline"));
    CU_ASSERT(has_edits(trial, "edited"));
    check_diffs(trial);
    CU_ASSERT_EQUAL(attribution_says(trial, "baseline", "before the cap of"),
                    trial->plan->model->config.logit_cap > 0);
}

static void test_families(void)
{
    const struct model_recipe recipe = {.layers = 1, .heads = 1, .width = 8,
                                        .context = 8, .vocab = VOCAB};
    struct trial trial;

    if (!trial_make(&trial, &recipe, N, ATTRIBUTION_LONGEST))
        return;
    golden_each(check_family, &trial);
    trial_remove(&trial);
}

CU_ErrorCode add_attribution_families_tests(void)
{
    CU_pSuite suite = CU_add_suite("attribution-families", NULL, NULL);

    CU_add_test(suite, "parts add up", test_families);
    return CU_get_error();
}
