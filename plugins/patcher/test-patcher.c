/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-patcher.c - zeros, means, noise and cut edges, against what the
 * unedited model has at the same places. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 2, HEADS = 4, KV = 2, WIDTH = 32, D = WIDTH / HEADS };
enum { SAMPLES = 3, TOKENS = 7 };

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = HEADS, .kv_heads = KV, .width = WIDTH,
    .seed = 61};

#define V "[variant v]\n"

static bool start(struct trial *trial)
{
    return trial_make(trial, &recipe, SAMPLES, TOKENS);
}

/* What a point shows in the variant, and without it. */
struct both {
    struct watch after, before;
};

static bool watch_both(struct trial *trial, const char *settings, int point,
                       struct both *both)
{
    char *sections = mem_printf(V "%s", settings);
    bool ok;

    *both = (struct both){0};
    ok = trial_watch(trial, sections, "v", point, &both->after) &&
         trial_watch(trial, "", "baseline", point, &both->before);
    free(sections);
    return ok;
}

static void both_end(struct both *both)
{
    watch_end(&both->after);
    watch_end(&both->before);
}

/* A place in what was watched; the head is 0 where there is none. */
struct where {
    int sample, layer, head, position, column;
};

static double at(const struct watch *watch, const struct where *where)
{
    return (double)watch_at(watch, where->sample, where->layer, where->head)
        [where->position * watch->cols + where->column];
}

/* Calls check for every number of one layer's tensor; where `hit` says so,
 * with what is wanted there, else with what was there before. */
typedef bool hit_fn(const struct where *where);
typedef double wanted_fn(const struct both *both, const struct where *where);

static void check_all(const struct both *both, int layer, hit_fn *hit,
                      wanted_fn *wanted)
{
    struct where w = {.layer = layer};
    size_t n_hit = 0;

    for (w.sample = 0; w.sample < SAMPLES; w.sample++)
        for (w.head = 0; w.head < both->after.n_head; w.head++)
            for (w.position = 0; w.position < TOKENS; w.position++)
                for (w.column = 0; w.column < both->after.cols; w.column++) {
                    bool is_hit = hit(&w);
                    double want = is_hit ? wanted(both, &w)
                                         : at(&both->before, &w);

                    n_hit += is_hit;
                    CU_ASSERT_DOUBLE_EQUAL(at(&both->after, &w), want,
                                           is_hit ? 1e-6 * fabs(want) : 0);
                }
    CU_ASSERT(n_hit > 0);
}

static void check(struct trial *trial, const char *settings, int point,
                  int layer, hit_fn *hit, wanted_fn *wanted)
{
    struct both both;

    if (watch_both(trial, settings, point, &both))
        check_all(&both, layer, hit, wanted);
    both_end(&both);
}

static double zero(const struct both *both, const struct where *where)
{
    (void)both;
    (void)where;
    return 0;
}

static bool hit_last_two(const struct where *where)
{
    return where->position == 0 || where->position == TOKENS - 1;
}

static bool hit_dims(const struct where *where)
{
    return where->column == 3 || where->column == 5;
}

static bool hit_units(const struct where *where)
{
    return where->column == 3 || where->column == WIDTH + 8;
}

static bool hit_head_2(const struct where *where)
{
    return where->head == 2;
}

static bool hit_group_1(const struct where *where)
{
    return where->head == 1;
}

static bool hit_its_heads(const struct where *where)
{
    return where->head == 2 || where->head == 3;
}

static void test_zero(void)
{
    struct trial trial;

    if (!start(&trial))
        return;
    check(&trial, "patcher.point = resid_pre\npatcher.layers = 1\n"
                  "patcher.positions = 0 last\npatcher.from = zero\n",
          TRANSECT_RESID_PRE, 1, hit_last_two, zero);
    check(&trial, "patcher.point = mlp_post\npatcher.layers = 1\n"
                  "patcher.dims = 3 5\npatcher.from = zero\n",
          TRANSECT_MLP_POST, 1, hit_dims, zero);
    check(&trial, "patcher.point = mlp_post\npatcher.layers = 1\n"
                  "patcher.units = 40 3\npatcher.from = zero\n",
          TRANSECT_MLP_POST, 1, hit_units, zero);
    check(&trial, "patcher.point = z\npatcher.heads = L1H2\n"
                  "patcher.from = zero\n",
          TRANSECT_Z, 1, hit_head_2, zero);
    check(&trial, "patcher.point = k v\npatcher.groups = L1G1\n"
                  "patcher.from = zero\n",
          TRANSECT_V, 1, hit_group_1, zero);
    check(&trial, "patcher.point = q\npatcher.groups = L0G1\n"
                  "patcher.from = zero\n",
          TRANSECT_Q, 0, hit_its_heads, zero);
    check(&trial, "patcher.point = logits\npatcher.positions = 0 -1\n"
                  "patcher.from = zero\n",
          TRANSECT_LOGITS, 0, hit_last_two, zero);
    trial_remove(&trial);
}

/* Means of what the unedited model has at the chosen positions 1 to 3. */
static double mean(const struct both *both, const struct where *where)
{
    struct where w = *where;
    double sum = 0;

    for (w.sample = 0; w.sample < SAMPLES; w.sample++)
        for (w.position = 1; w.position <= 3; w.position++)
            sum += at(&both->before, &w);
    return sum / (3 * SAMPLES);
}

static double mean_of_position(const struct both *both,
                               const struct where *where)
{
    struct where w = *where;
    double sum = 0;

    for (w.sample = 0; w.sample < SAMPLES; w.sample++)
        sum += at(&both->before, &w);
    return sum / SAMPLES;
}

static bool hit_middle(const struct where *where)
{
    return where->position >= 1 && where->position <= 3;
}

static bool hit_seen(const struct where *where)
{
    return where->head == 1 && where->column <= where->position;
}

static void test_mean(void)
{
    struct trial trial;

    if (!start(&trial))
        return;
    check(&trial, "patcher.point = mlp_out\npatcher.layers = 0\n"
                  "patcher.positions = 1-3\npatcher.from = mean\n",
          TRANSECT_MLP_OUT, 0, hit_middle, mean);
    check(&trial, "patcher.point = mlp_out\npatcher.layers = 0\n"
                  "patcher.positions = 1-3\npatcher.from = mean\n"
                  "patcher.by = position\n",
          TRANSECT_MLP_OUT, 0, hit_middle, mean_of_position);
    check(&trial, "patcher.point = pattern\npatcher.heads = L1H1\n"
                  "patcher.from = mean\npatcher.by = position\n",
          TRANSECT_PATTERN, 1, hit_seen, mean_of_position);
    trial_remove(&trial);
}

/* The population standard deviation of a layer's tensor at the positions 1 to
 * 3 of all samples. */
static double spread(const struct watch *watch)
{
    double sum = 0, squares = 0, n = 3.0 * SAMPLES * watch->cols;
    struct where w = {0};

    for (w.sample = 0; w.sample < SAMPLES; w.sample++)
        for (w.position = 1; w.position <= 3; w.position++)
            for (w.column = 0; w.column < watch->cols; w.column++) {
                sum += at(watch, &w);
                squares += at(watch, &w) * at(watch, &w);
            }
    return sqrt(squares / n - sum / n * (sum / n));
}

#define NOISE V "patcher.point = resid_pre\npatcher.layers = 0\n"             \
              "patcher.positions = 1-3\npatcher.from = noise\n"

/* What was added, in units of the spread. */
static double noise_at(const struct both *both, const struct where *where)
{
    return (at(&both->after, where) - at(&both->before, where)) /
           spread(&both->before);
}

/* Of mean 0 and so many spreads, and none elsewhere. */
static void check_noise(const struct both *both, double scale)
{
    double sum = 0, squares = 0, n = 3.0 * SAMPLES * WIDTH;
    struct where w = {0};

    for (w.sample = 0; w.sample < SAMPLES; w.sample++)
        for (w.position = 0; w.position < TOKENS; w.position++)
            for (w.column = 0; w.column < WIDTH; w.column++) {
                double noise = noise_at(both, &w);

                sum += noise;
                squares += noise * noise;
                CU_ASSERT(hit_middle(&w) == (noise != 0));
            }
    CU_ASSERT_DOUBLE_EQUAL(sum / n, 0, 5 * scale / sqrt(n));
    /* The standard error of a standard deviation, five times. */
    CU_ASSERT_DOUBLE_EQUAL(sqrt(squares / n), scale,
                           5 * scale / sqrt(2 * n));
}

static void test_noise(void)
{
    struct watch again = {0};
    struct both both = {0};
    struct where w = {2, 0, 0, 3, 5};
    struct trial trial;
    double noise;

    if (!start(&trial))
        return;
    if (trial_watch(&trial, NOISE, "v", TRANSECT_RESID_PRE, &both.after) &&
        trial_watch(&trial, "", "baseline", TRANSECT_RESID_PRE,
                    &both.before)) {
        check_noise(&both, 3);
        noise = noise_at(&both, &w);
        /* Other positions, other variants: the same noise at this place, of a
         * spread of its own. */
        if (trial_watch(&trial, "[variant u]\npatcher.point = q\n"
                                "patcher.from = noise\n" NOISE
                                "patcher.scale = 1.5\n", "v",
                        TRANSECT_RESID_PRE, &again)) {
            watch_end(&both.after);
            both.after = again;
            check_noise(&both, 1.5);
            CU_ASSERT_DOUBLE_EQUAL(noise_at(&both, &w), noise / 2, 1e-5);
        }
    }
    both_end(&both);
    trial_remove(&trial);
}

/* The stream that noise has changed is as it was, and so is what follows; but
 * not where a row is missing. */
static void test_prompt(void)
{
    static const char noise[] = "patcher:noise.point = embed\n"
                                "patcher:noise.from = noise\n"
                                "patcher:noise.positions = 1-3\n";
    char settings[400];
    struct both both;
    struct trial trial;

    if (!start(&trial))
        return;
    for (int from = 1; from <= 2; from++) {
        snprintf(settings, sizeof settings, "%spatcher.point = resid_pre\n"
                 "patcher.layers = 1\npatcher.positions = %d-6\n"
                 "patcher.from = prompt\n", noise, from);
        if (watch_both(&trial, settings, TRANSECT_LOGITS, &both))
            CU_ASSERT((memcmp(watch_at(&both.after, 1, 0, 0),
                              watch_at(&both.before, 1, 0, 0),
                              TOKENS * (size_t)both.after.cols *
                                  sizeof(float)) == 0) == (from == 1));
        both_end(&both);
    }
    trial_remove(&trial);
}

static bool hit_edges(const struct where *where)
{
    return where->head == 0 && (where->column == 0 || where->column == 2) &&
           where->position >= 4 && where->position <= 5;
}

static bool hit_rows(const struct where *where)
{
    return where->head == 0 && where->position >= 4 && where->position <= 5;
}

/* What is left, over the sum of it. */
static double renormalized(const struct both *both, const struct where *where)
{
    struct where w = *where;
    double sum = 0;

    if (hit_edges(where))
        return 0;
    for (w.column = 0; w.column <= w.position; w.column++)
        sum += hit_edges(&w) ? 0 : at(&both->before, &w);
    return at(&both->before, where) / sum;
}

#define CUT "patcher.point = pattern\npatcher.heads = L1H0\n"                 \
            "patcher.positions = 4-5\npatcher.keys = 0 2 6\n"                 \
            "patcher.from = zero\n"

static void test_knockout(void)
{
    struct trial trial;

    if (!start(&trial))
        return;
    check(&trial, CUT, TRANSECT_PATTERN, 1, hit_edges, zero);
    check(&trial, CUT "patcher.renormalize = yes\n", TRANSECT_PATTERN, 1,
          hit_rows, renormalized);
    trial_remove(&trial);
}

static void clear_dims(void *user, int layer, double *resid_post)
{
    (void)user;
    for (int t = 0; layer == 0 && t < TOKENS; t++)
        for (int j = 4; j <= 6; j++)
            resid_post[t * WIDTH + j] = 0;
}

/* What comes of it later is what a second implementation makes of it. */
static void test_reference(void)
{
    static const struct model_recipe gpt2 = {
        .layers = LAYERS, .heads = HEADS, .width = WIDTH, .seed = 62};
    struct reference *reference;
    struct watch watch = {0};
    struct trial trial;
    int rows, cols;

    if (!trial_make(&trial, &gpt2, SAMPLES, TOKENS))
        return;
    if (trial_watch(&trial, V "patcher.point = resid_post\n"
                    "patcher.layers = 0\npatcher.dims = 4-6\n"
                    "patcher.from = zero\n", "v", TRANSECT_LOGITS, &watch) &&
        reference_run_edited(trial.model, trial.tokens + TOKENS, TOKENS,
                             clear_dims, NULL, &reference) == 0) {
        const double *want = reference_get(reference, TRANSECT_LOGITS, 0, 0,
                                           &rows, &cols);

        CU_ASSERT(row_error(watch_at(&watch, 1, 0, 0), want, rows, cols) <
                  1e-6);
        reference_free(reference);
    }
    watch_end(&watch);
    trial_remove(&trial);
}

CU_ErrorCode add_patcher_tests(void)
{
    CU_pSuite suite = CU_add_suite("patcher", NULL, NULL);

    CU_add_test(suite, "zeros", test_zero);
    CU_add_test(suite, "means", test_mean);
    CU_add_test(suite, "noise", test_noise);
    CU_add_test(suite, "noise, and what it was before", test_prompt);
    CU_add_test(suite, "edges of attention", test_knockout);
    CU_add_test(suite, "what comes of it", test_reference);
    return CU_get_error();
}
