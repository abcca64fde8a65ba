/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-source-alignment.c - pairs and other samples of unequal lengths, and
 * what has no rows. */
#include "base/mem.h"
#include "pairs-fixture.h"
#include "plan/sources.h"
#include "unit/tests.h"

#include <stdlib.h>
#include <string.h>

/* Last with last; what has no partner stays the prompt's. */
static struct samples *aligned_at_end(void)
{
    struct samples *samples = pairs_with(pairs_short, pairs_long);

    samples->partner = mem_new(samples->n_token, sizeof *samples->partner);
    for (int i = 0; i < PAIRS_N; i++)
        for (int p = 0; p < pairs_short[i]; p++) {
            int q = p + pairs_long[i] - pairs_short[i];

            samples->partner[samples->list[i].first + (size_t)p] = q < 0 ? -1
                                                                         : q;
        }
    return samples;
}

static void expect_rows(const struct watch *put, const struct watch *pair,
                        const struct watch *base)
{
    for (int i = 0; i < PAIRS_N; i++)
        for (int p = 0; p < pairs_short[i]; p++)
            for (int h = 0; h < put->n_head; h++) {
                int q = p + pairs_long[i] - pairs_short[i];

                CU_ASSERT(q < 0 ? pairs_same_row(put, p, base, p, i, h)
                                : pairs_same_row(put, p, pair, q, i, h));
            }
}

static void test_unequal(void)
{
    static const char *const names[] = {"resid_mid", "q", "mlp_post"};
    static const int points[] = {TRANSECT_RESID_MID, TRANSECT_Q,
                                 TRANSECT_MLP_POST};
    struct trial trial;

    if (!pairs_trial(&trial, NULL))
        return;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        char *sections = mem_printf("[variant put]\nreplaces.layers = 1\n"
                                    "replaces.points = %s\n", names[i]);
        struct watch put, pair, base;

        trial.samples = aligned_at_end();
        CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, sections), ST_OK);
        watch_begin(&put, &trial, "put", points[i]);
        watch_begin(&pair, &trial, "pair", points[i]);
        watch_begin(&base, &trial, "baseline", points[i]);
        CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
        expect_rows(&put, &pair, &base);
        watch_end(&put);
        watch_end(&pair);
        watch_end(&base);
        free(sections);
    }
    trial_remove(&trial);
}

static const float *row_of(const struct watch *watch, int sample, int p)
{
    return watch_at(watch, sample, 1, 0) + p * watch->cols;
}

/* Of the donors' rows those that are aligned are there, others stay. */
static void resample_aligned(struct trial *trial, bool end)
{
    struct watch put, base;

    CU_ASSERT_EQUAL_FATAL(
        pairs_records(trial, end ? "align = end" : "align = start",
                     "[run]\nseed = 5\n[variant put]\n"
                     "replaces.layers = 1\nreplaces.from = resample\n"),
        ST_OK);
    watch_begin(&put, trial, "put", TRANSECT_RESID_PRE);
    watch_begin(&base, trial, "baseline", TRANSECT_RESID_PRE);
    CU_ASSERT_EQUAL(trial_run(trial), ST_OK);
    for (int i = 0; i < PAIRS_N; i++) {
        int donor = trial->plan->sources[TRANSECT_FROM_RESAMPLE].donors[i];

        for (int p = 0; p < pairs_short[i]; p++) {
            int q = p + (end ? pairs_short[donor] - pairs_short[i] : 0);
            bool stays = q < 0 || q >= pairs_short[donor];

            pairs_near(row_of(&put, i, p),
                        stays ? row_of(&base, i, p) : row_of(&base, donor, q),
                        base.cols);
        }
    }
    watch_end(&put);
    watch_end(&base);
}

static void test_aligned(void)
{
    struct watch put, pair, base;
    struct trial trial;

    if (!pairs_trial(&trial, NULL))
        return;
    resample_aligned(&trial, true);
    resample_aligned(&trial, false);
    CU_ASSERT_EQUAL_FATAL(
        pairs_records(&trial, "pair = other\nalign = end",
                     "[variant put]\nreplaces.layers = 1\n"
                     "replaces.points = resid_mid\n"), ST_OK);
    watch_begin(&put, &trial, "put", TRANSECT_RESID_MID);
    watch_begin(&pair, &trial, "pair", TRANSECT_RESID_MID);
    watch_begin(&base, &trial, "baseline", TRANSECT_RESID_MID);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    expect_rows(&put, &pair, &base);
    watch_end(&put);
    watch_end(&pair);
    watch_end(&base);
    trial_remove(&trial);
}

static void refuse(struct trial *trial, const char *sections, int status,
                   const char *message)
{
    CU_ASSERT_EQUAL(trial_plan(trial, sections), status);
    if (!strstr(trial->err.text, message)) {
        fprintf(stderr, "# %s\n", trial->err.text);
        CU_FAIL("another message");
    }
}

static void test_refused(void)
{
    struct trial trial;

    if (!pairs_trial(&trial, NULL))
        return;
    refuse(&trial, "align = end\n", ST_USAGE,
           "align says nothing without records");
    refuse(&trial, "[variant put]\nreplaces.layers = 0\n", ST_USAGE,
           "cannot keep rows of other passes: the input has no pairs");
    trial.samples = pairs_samples(pairs_short, 0);
    refuse(&trial, "[variant put]\nreplaces.from = resample\n", ST_USAGE,
           "the samples have unequal lengths; [input] align = end or start");
    CU_ASSERT_EQUAL(pairs_records(&trial, "align = spans\nspan.s = \"a\"", ""),
                    ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "align = spans"));
    trial.samples = mem_new(1, sizeof *trial.samples);
    samples_add(trial.samples, &(int32_t){1}, 1);
    refuse(&trial, "[variant put]\nreplaces.from = resample\n", ST_USAGE,
           "the input has one sample");
    trial.samples = pairs_with(pairs_equal, pairs_equal);
    refuse(&trial, "[plugin contrasts]\nkeep = yes\n", ST_PLUGIN,
           "variant pair: in ready: cannot keep rows of other passes: they "
           "lie beside the prompts");
    trial.samples = pairs_samples(pairs_equal, 0);
    refuse(&trial, "[plugin contrasts]\nkeep = yes\nisolation = process\n",
           ST_USAGE,
           "the plugin is in a process of its own; remove isolation");
    trial.samples = pairs_with(pairs_equal, pairs_equal);
    refuse(&trial, "[variant pair]\nreplaces.layers = 0\n", ST_USAGE,
           "experiment.ini:7: a variant is called pair");
    trial.samples = pairs_with(pairs_equal, pairs_equal);
    refuse(&trial, "[sweep pair]\nreplaces.layers = each *\n", ST_USAGE,
           "experiment.ini:7: a sweep is called pair");
    trial_remove(&trial);
}

CU_ErrorCode add_source_alignment_tests(void)
{
    CU_pSuite suite = CU_add_suite("source-alignment", NULL, NULL);

    if (!suite || !CU_add_test(suite, "unequal lengths", test_unequal) ||
        !CU_add_test(suite, "records that are aligned", test_aligned) ||
        !CU_add_test(suite, "what is refused", test_refused))
        return CU_get_error();
    return CUE_SUCCESS;
}
