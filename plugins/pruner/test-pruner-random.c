/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-pruner-random.c - the noise that takes the place of a head: its size,
 * and what it depends on. */
#include "experiment-fixture.h"
#include "unit/tests.h"

#include <math.h>
#include <string.h>

/* Enough elements in a head's z to tell a standard deviation to 1 %. */
enum { LAYERS = 2, HEADS = 4, WIDTH = 128, D = WIDTH / HEADS };
enum { SAMPLES = 3, TOKENS = 128, N = TOKENS * D };

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = HEADS, .width = WIDTH, .context = TOKENS,
    .seed = 52};

#define RANDOM "[variant v]\npruner.method = random\n"

static bool start(struct trial *trial)
{
    return trial_make(trial, &recipe, SAMPLES, TOKENS);
}

/* Moments of all elements, less an offset (D) where there is one. */
struct moments {
    double mean, deviation;
};

static struct moments moments_of(const float *x, const float *offset, int n)
{
    double sum = 0, squares = 0;

    for (int i = 0; i < n; i++) {
        double y = (double)x[i] - (offset ? (double)offset[i % D] : 0);

        sum += y / n;
        squares += y * y / n;
    }
    return (struct moments){sum, sqrt(squares - sum * sum)};
}

/* Noise has mean 0, to five standard errors, and the standard deviation of
 * what it took the place of. */
static void check_noise(const float *after, const float *before,
                        const float *offset, int n)
{
    struct moments got = moments_of(after, offset, n);
    double want = moments_of(before, offset, n).deviation;

    CU_ASSERT_DOUBLE_EQUAL(got.deviation, want, 0.05 * want);
    CU_ASSERT_DOUBLE_EQUAL(got.mean, 0, 5 * want / sqrt(n));
}

static bool unrelated(const float *x, const float *y, int n)
{
    double xy = 0, xx = 0, yy = 0;

    for (int i = 0; i < n; i++) {
        xy += (double)x[i] * (double)y[i];
        xx += (double)x[i] * (double)x[i];
        yy += (double)y[i] * (double)y[i];
    }
    return fabs(xy) < 5 * sqrt(xx * yy / n);
}

static void check_sample(const struct watch *after,
                         const struct watch *before, int sample)
{
    const float *noise = watch_at(after, sample, 0, 0);
    int next = (sample + 1) % SAMPLES;

    check_noise(noise, watch_at(before, sample, 0, 0), NULL, N);
    check_noise(watch_at(after, sample, 0, 3),
                watch_at(before, sample, 0, 3), NULL, N);
    CU_ASSERT(unrelated(noise, watch_at(after, sample, 0, 3), N));
    CU_ASSERT(unrelated(noise, watch_at(after, sample, 1, 0), N));
    CU_ASSERT(unrelated(noise, watch_at(after, next, 0, 0), N));
    CU_ASSERT(unrelated(noise, watch_at(before, sample, 0, 0), N));
}

static void test_z(void)
{
    struct trial trial;
    struct watch after, before = {0};

    if (!start(&trial))
        return;
    if (trial_watch(&trial, RANDOM "pruner.heads = L0H0 L0H3 L1H0\n", "v",
                    TRANSECT_Z, &after) &&
        trial_watch(&trial, "", "baseline", TRANSECT_Z, &before))
        for (int s = 0; s < SAMPLES; s++)
            check_sample(&after, &before, s);
    watch_end(&after);
    watch_end(&before);
    trial_remove(&trial);
}

/* Noise belongs to the seed, sample, layer, head and instance; the other
 * heads and variants change nothing. */
static void test_streams(void)
{
    struct trial trial;
    struct watch first, other = {0};

    if (!start(&trial))
        return;
    if (trial_watch(&trial, RANDOM "pruner.heads = L0H0\n", "v", TRANSECT_Z,
                    &first) &&
        trial_watch(&trial, "[variant u]\npruner.heads = L1H1\n" RANDOM
                            "pruner.heads = L0H*\n", "v", TRANSECT_Z,
                    &other))
        CU_ASSERT_EQUAL(memcmp(watch_at(&first, 0, 0, 0),
                               watch_at(&other, 0, 0, 0),
                               SAMPLES * N * sizeof *other.data), 0);
    watch_end(&other);
    if (trial_watch(&trial, "[run]\nseed = 2\n" RANDOM
                            "pruner.heads = L0H0\n", "v", TRANSECT_Z,
                    &other))
        CU_ASSERT(unrelated(watch_at(&first, 0, 0, 0),
                            watch_at(&other, 0, 0, 0), N));
    watch_end(&other);
    if (trial_watch(&trial, "[variant v]\npruner:b.method = random\n"
                            "pruner:b.heads = L0H0\n", "v", TRANSECT_Z,
                    &other))
        CU_ASSERT(unrelated(watch_at(&first, 0, 0, 0),
                            watch_at(&other, 0, 0, 0), N));
    watch_end(&other);
    watch_end(&first);
    trial_remove(&trial);
}

/* The company in which a sample is run changes no more than rounding. */
static void test_batching(void)
{
    static const char sections[] = RANDOM "pruner.heads = L0H0 L1H3\n";
    struct trial trial;
    struct watch packed, alone;

    if (!start(&trial))
        return;
    if (trial_watch(&trial, sections, "v", TRANSECT_RESID_POST, &packed)) {
        CU_ASSERT_EQUAL(trial.plan->batches.max_samples, SAMPLES);
        trial.batch_tokens = 1;
        CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, sections), ST_OK);
        CU_ASSERT_EQUAL(trial.plan->batches.max_samples, 1);
        watch_begin(&alone, &trial, "v", TRANSECT_RESID_POST);
        CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
        CU_ASSERT(watch_error(&alone, &packed) <= 1e-6);
        watch_end(&alone);
    }
    watch_end(&packed);
    trial_remove(&trial);
}

/* Around the value bias, of the size of what there was beyond it. */
static void test_z_input(void)
{
    struct trial trial;
    struct watch after, before = {0};

    if (!start(&trial))
        return;
    if (trial_watch(&trial, RANDOM "pruner.heads = L1H1\n"
                            "pruner.semantics = z-input\n", "v", TRANSECT_Z,
                    &after) &&
        trial_watch(&trial, "", "baseline", TRANSECT_Z, &before))
        check_noise(watch_at(&after, 1, 1, 1), watch_at(&before, 1, 1, 1),
                    trial.plan->model->blocks[1].v.b + D, N);
    watch_end(&after);
    watch_end(&before);
    trial_remove(&trial);
}

/* What is left of attn_out, less the other heads and the bias, is noise of
 * the size of head_out. */
static void test_result(void)
{
    struct trial trial;
    struct watch after, before = {0}, head = {0};

    if (!start(&trial))
        return;
    if (trial_watch(&trial, RANDOM "pruner.heads = L1H1\n"
                            "pruner.semantics = result\n", "v",
                    TRANSECT_ATTN_OUT, &after) &&
        trial_watch(&trial, "", "baseline", TRANSECT_ATTN_OUT, &before) &&
        trial_watch(&trial, "", "baseline", TRANSECT_HEAD_OUT, &head)) {
        float *noise = watch_at(&after, 2, 1, 0);

        for (int i = 0; i < TOKENS * WIDTH; i++)
            noise[i] -= watch_at(&before, 2, 1, 0)[i] -
                        watch_at(&head, 2, 1, 1)[i];
        check_noise(noise, watch_at(&head, 2, 1, 1), NULL, TOKENS * WIDTH);
    }
    watch_end(&after);
    watch_end(&before);
    watch_end(&head);
    trial_remove(&trial);
}

/* Attention and MLP of one layer get noise of their own. */
static void test_whole(void)
{
    static const char sections[] =
        RANDOM "pruner.attention = 0\npruner.mlps = 0\n";
    struct trial trial;
    struct watch after, before = {0};

    if (!start(&trial))
        return;
    if (trial_watch(&trial, sections, "v", TRANSECT_ATTN_OUT, &after) &&
        trial_watch(&trial, "", "baseline", TRANSECT_ATTN_OUT, &before))
        check_noise(watch_at(&after, 1, 0, 0), watch_at(&before, 1, 0, 0),
                    NULL, TOKENS * WIDTH);
    watch_end(&before);
    if (trial_watch(&trial, sections, "v", TRANSECT_MLP_OUT, &before))
        CU_ASSERT(unrelated(watch_at(&after, 1, 0, 0),
                            watch_at(&before, 1, 0, 0), TOKENS * WIDTH));
    watch_end(&before);
    watch_end(&after);
    trial_remove(&trial);
}

CU_ErrorCode add_pruner_random_tests(void)
{
    CU_pSuite suite = CU_add_suite("pruner-random", NULL, NULL);

    CU_add_test(suite, "noise in place of z", test_z);
    CU_add_test(suite, "what noise depends on", test_streams);
    CU_add_test(suite, "packed samples get the same noise", test_batching);
    CU_add_test(suite, "noise around the value bias", test_z_input);
    CU_add_test(suite, "noise in place of the result", test_result);
    CU_add_test(suite, "noise in place of whole outputs", test_whole);
    return CU_get_error();
}
