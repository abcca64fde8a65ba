/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-cost-estimate.c - operations of a small model against those counted by
 * hand, and buffers that grow with who listens. */
#include "tests.h"

#include "base/mem.h"
#include "executor/forward.h"
#include "executor/kv-store.h"
#include "executor/stages.h"
#include "experiment-fixture.h"
#include "plan/cost-estimate.h"
#include "cli/rows-text.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

enum { LAYERS = 2, HEADS = 2, D = 16, D_HEAD = 8, F = 40, V = 50 };
enum { CONTEXT = 256, N = 2, N_TOKEN = 10 };

/* Multiply-adds of one token in one layer: q, k and v; W_O; the MLP. */
enum { QKV = D * 3 * D, O = D * D, MLP = 2 * D * F };
/* Scores and z of a sample: row blocks of 128 with all keys up to the last;
 * 200 tokens are 128 rows of 128 keys and 72 of 200. */
enum { MIX_10 = HEADS * 2 * 10 * 10 * D_HEAD };
enum { MIX_200 = HEADS * 2 * (128 * 128 + 72 * 200) * D_HEAD };
enum { LAYER_10 = 10 * (QKV + O + MLP) + MIX_10 };
enum { LAYER_200 = 200 * (QKV + O + MLP) + MIX_200 };
/* With a window of 100 keys the second block begins at key 29. */
enum { MIX_WINDOW = HEADS * 2 * (128 * 128 + 72 * 171) * D_HEAD };
/* Behind the edit of z in a layer. */
enum { BEHIND_Z = 10 * (O + MLP) };
enum { LOGITS = 10 * D * V, HEAD_OUT = 10 * D * D_HEAD };

static struct trial trial;
static int threads_before;

static void set_up(void)
{
    const struct model_recipe recipe = {.layers = LAYERS, .heads = HEADS,
                                        .width = D, .inner = F, .vocab = V,
                                        .context = CONTEXT};

    threads_before = openblas_get_num_threads();
    openblas_set_num_threads(1);
    if (!trial_make(&trial, &recipe, N, N_TOKEN))
        exit(1);
}

static void tear_down(void)
{
    openblas_set_num_threads(threads_before);
    trial_remove(&trial);
}

static const struct plan *plan_of(const char *sections)
{
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, sections), ST_OK);
    return trial.plan;
}

/* All that the plan computes is so many multiply-adds, two operations each,
 * for each of the samples. */
static void expect_all(const char *sections, double macs)
{
    CU_ASSERT_EQUAL(cost_plan(plan_of(sections)).flops, N * 2 * macs);
}

static void test_pass(void)
{
    const struct plan *plan = plan_of("[plugin null]\n");
    const struct config *config = &plan->model->config;

    CU_ASSERT_EQUAL(cost_forward_flops(config, 10), 2. * LAYERS * LAYER_10);
    CU_ASSERT_EQUAL(cost_forward_flops(config, 200), 2. * LAYERS * LAYER_200);
    CU_ASSERT_EQUAL(cost_pass_flops(plan, plan->variants[0].hooks, 0),
                    N * 2. * LAYERS * LAYER_10);
    CU_ASSERT_EQUAL(cost_fork_flops(plan, &plan->variants[0]), 0);
}

/* What GPT-2 does not have: a gate, and a window in some layers. */
static void test_families(void)
{
    struct config config = plan_of("[plugin null]\n")->model->config;
    double macs = LAYERS * LAYER_200;

    config.window = 100;
    config.local[1] = true;
    macs += MIX_WINDOW - MIX_200;
    CU_ASSERT_EQUAL(cost_forward_flops(&config, 200), 2 * macs);
    config.gated = true;
    macs += LAYERS * 200 * D * F;
    CU_ASSERT_EQUAL(cost_forward_flops(&config, 200), 2 * macs);
}

/* A vocabulary of another width: to the stream, from it, and to logits. */
static void test_words(void)
{
    const struct plan *plan = plan_of("[plugin null]\npoints = logits\n");
    struct config config = plan->model->config;
    struct hooks *hooks = plan->variants[0].hooks;
    const struct hook_set set = {&hooks, 1};
    const struct span span = {.n_token = 10};
    const double layers = LAYERS * LAYER_10;

    CU_ASSERT_EQUAL(stages_flops(&config, &set, 0, &span),
                    2 * (layers + LOGITS));
    config.d_word = 6;
    CU_ASSERT_EQUAL(stages_flops(&config, &set, 0, &span),
                    2 * (layers + 10 * 6 * (D + D + V)));
    CU_ASSERT_EQUAL(forward_bytes(&config, 10, 10, 1) -
                        forward_bytes(&plan->model->config, 10, 10, 1),
                    FORWARD_BLOCK * 6 * sizeof(float));
}

static void test_listeners(void)
{
    expect_all("[plugin null]\n", LAYERS * LAYER_10);
    expect_all("[plugin null]\npoints = pattern z mlp_post ln_final\n",
               LAYERS * LAYER_10);
    expect_all("[plugin null]\npoints = mlp_post\n", LAYERS * LAYER_10);
    expect_all("[plugin null]\npoints = z\n", LAYERS * LAYER_10 - 10 * MLP);
    expect_all("[plugin null]\npoints = q\n", LAYER_10 + 10 * QKV);
    expect_all("[plugin null]\npoints = embed\n", 0);
    expect_all("[plugin null]\npoints = logits\n",
               LAYERS * LAYER_10 + LOGITS);
    expect_all("[plugin null]\npoints = head_out\n",
               LAYERS * (LAYER_10 + HEADS * HEAD_OUT) - 10 * MLP);
}

/* All that is behind the edit, with what listeners want there. */
static void test_forks(void)
{
    const struct plan *plan = plan_of(
        "[plugin null]\npoints = logits\n"
        "[variant z]\nbump.points = z\nbump.layers = 1\n"
        "[variant first]\nbump.points = z\nbump.layers = 0\n"
        "[variant last]\nbump.points = resid_post\nbump.layers = 1\n");
    double z = BEHIND_Z + LOGITS, first = BEHIND_Z + LAYER_10 + LOGITS;

    CU_ASSERT_EQUAL(cost_fork_flops(plan, &plan->variants[0]), 0);
    CU_ASSERT_EQUAL(cost_fork_flops(plan, &plan->variants[1]), N * 2 * z);
    CU_ASSERT_EQUAL(cost_fork_flops(plan, &plan->variants[2]),
                    N * 2 * first);
    CU_ASSERT_EQUAL(cost_fork_flops(plan, &plan->variants[3]),
                    N * 2. * LOGITS);
    CU_ASSERT_EQUAL(cost_plan(plan).flops,
                    N * 2 * (LAYERS * LAYER_10 + LOGITS + z + first +
                             LOGITS));
}

/* Where all edit, the fork that would be cheapest stays in the pass. */
static void test_all_edit(void)
{
    expect_all("[run]\nbaseline = no\n[plugin null]\n"
               "[variant first]\nbump.points = z\nbump.layers = 0\n"
               "[variant z]\nbump.points = z\nbump.layers = 1\n",
               LAYERS * LAYER_10 + BEHIND_Z + LAYER_10);
}

/* A pass of its own, and none but it where nobody hears the variants; an edit
 * that waits for it may be anywhere. */
static void test_survey(void)
{
    const struct plan *plan;

    expect_all("[plugin hash]\npoints = logits\nsurvey = yes\n",
               LAYERS * LAYER_10 + LOGITS);
    plan = plan_of("[plugin null]\n[variant v]\nbump.survey = yes\n"
                   "bump.layers = 1\n");
    CU_ASSERT_EQUAL(cost_fork_flops(plan, &plan->variants[1]),
                    N * 2. * LAYERS * LAYER_10);
}

static void test_lengths(void)
{
    static const int lengths[] = {10, 200, 10, 1, 10};
    /* One token: each head has one score, and multiplies v by it. */
    double one = QKV + O + MLP + HEADS * 2 * D_HEAD;
    struct samples *samples = mem_new(1, sizeof *samples);
    const struct plan *plan;
    int32_t tokens[200] = {0};

    for (int i = 0; i < 5; i++)
        samples_add(samples, tokens, lengths[i]);
    trial.samples = samples;
    plan = plan_of("[plugin null]\n");
    CU_ASSERT_EQUAL(cost_plan(plan).flops,
                    2 * LAYERS * (3. * LAYER_10 + LAYER_200 + one));
}

static int ignore(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    return TRANSECT_OK;
}

/* Logits of rows that differ from sample to sample: two of the first, three of
 * the second. */
static void test_rows(void)
{
    static char *words[] = {"subject"};
    static const struct position_span spans[] = {{3, 4}, {7, 9}};
    static const struct position_names names = {words, 1, spans, NULL};
    struct samples *samples = mem_new(1, sizeof *samples);
    struct hook_owner owner = {.id = "a"};
    const struct plan *plan;
    struct hooks *hooks;
    int32_t tokens[10] = {0};

    samples_add(samples, tokens, 10);
    samples_add(samples, tokens, 10);
    trial.samples = samples;
    plan = plan_of("[plugin null]\n");
    hooks = plan->variants[0].hooks;
    hooks_set_names(hooks, &names);
    hooks_add(hooks, &owner, &(struct transect_subscription){
                                 .point = TRANSECT_LOGITS, .on_event = ignore,
                                 .position = "subject 0"});
    CU_ASSERT_EQUAL(cost_pass_flops(plan, hooks, 0),
                    2 * (2. * LAYERS * LAYER_10 + 5 * D * V));
    CU_ASSERT_EQUAL(
        cost_pass_flops(plan, hooks, stages_count(&plan->model->config)), 0);
}

static void expect_text(const struct plan *plan, size_t variant,
                        const char *wanted)
{
    const struct variant_run *run = &plan->variants[variant];
    char *text = rows_text(plan, run->hooks, cost_first_stage(plan, run));

    CU_ASSERT_EQUAL(text != NULL, wanted != NULL);
    if (text && wanted)
        CU_ASSERT_STRING_EQUAL(text, wanted);
    free(text);
}

static void test_words_of_rows(void)
{
    struct hook_owner owner = {.id = "a"};
    const struct plan *plan = plan_of(
        "[plugin null]\npoints = z\n"
        "[variant v]\nbump.points = resid_mid\nbump.layers = 0\n");

    expect_text(plan, 0, "rows: 20 of 20, 0 from head_out of layer 1 on");
    hooks_add(plan->variants[0].hooks, &owner,
              &(struct transect_subscription){.point = TRANSECT_LOGITS,
                                              .on_event = ignore,
                                              .position = "-1"});
    expect_text(plan, 0, "rows: 20 of 20, 2 from head_out of layer 1 on");
    expect_text(plan, 1, "rows: 20 of 20, 0 from head_out of layer 1 on");
    plan = plan_of("[plugin null]\npoints = embed\n");
    expect_text(plan, 0, "rows: 20 of 20, 0 from pos_embed on");
    plan = plan_of("[plugin null]\n");
    expect_text(plan, 0, NULL);
}

static double buffers(const char *sections)
{
    const struct plan *plan = plan_of(sections);
    double bytes = (double)cost_plan(plan).buffers;

    CU_ASSERT_EQUAL((double)cost_buffers(plan), bytes);
    return bytes;
}

static double buffers_of(const char *points)
{
    char *text = mem_printf("[plugin null]\npoints = %s\n", points);
    double bytes = buffers(text);

    free(text);
    return bytes;
}

/* A row: the stream, x and out; q, k and v, which are more than hidden units;
 * z. */
#define ONE_ROW (4. * (3 * D + 3 * D + D))

/* float32, of the N * N_TOKEN rows of the batch. */
static void test_buffers(void)
{
    enum { ROWS = N * N_TOKEN };
    double nobody = buffers_of("resid_post"), scores, columns;

    scores = (double)forward_scores_bytes(N_TOKEN, 1);
    columns = 4. * HEADS * FORWARD_COLUMNS * ROWS;
    CU_ASSERT_EQUAL(buffers_of("head_out") - nobody, 4. * 2 * ROWS * D);
    CU_ASSERT_EQUAL(buffers_of("logits") - nobody,
                    4. * FORWARD_BLOCK * (V + D));
    CU_ASSERT_EQUAL(buffers_of("attn_scores") - nobody, scores);
    CU_ASSERT_EQUAL(buffers_of("pattern") - nobody, scores + columns);
    CU_ASSERT_EQUAL(buffers("[plugin head-scorer]\n") - nobody, columns);
    trial.batch_tokens = N_TOKEN;
    CU_ASSERT_EQUAL(nobody - buffers_of("resid_post"), N_TOKEN * ONE_ROW);
    trial.batch_tokens = 0;
}

/* That of the shared pass, and of each worker one that has room for its share
 * of the variants, as far as they travel together; and the stream where they
 * fork, for a train that is not full then. */
static void test_passes(void)
{
    enum { ROWS = N * N_TOKEN, FORKS = 3 };
    static const char fork[] =
        "[run]\nworkers = %d\n[plugin null]\n"
        "[variant a]\nbump.by = 1\n[variant b]\nbump.by = 2\n"
        "[variant c]\nbump.by = 3\n";
    double one = buffers_of("resid_post"), logits = buffers_of("logits");
    double kept = 4. * ROWS * D;
    char *text;

    for (int workers = 0; workers <= FORKS; workers++) {
        int n = workers ? workers : 1, share = (FORKS + n - 1) / n;

        text = mem_printf(fork, workers);
        CU_ASSERT_EQUAL(buffers(text),
                        one + n * (one + (share - 1) * ROWS * ONE_ROW) + kept);
        trial.train_rows = 1;
        CU_ASSERT_EQUAL(buffers(text), one * (1 + n) + kept);
        trial.train_rows = 0;
        free(text);
    }
    /* The survey's are there before those of the variants. */
    CU_ASSERT_EQUAL(buffers("[plugin hash]\npoints = logits\n"
                            "survey = yes\n"), logits);
    CU_ASSERT_EQUAL(buffers("[plugin hash]\npoints = resid_post\n"
                            "survey = yes\n[plugin null]\npoints = logits\n"),
                    logits);
}

/* What is kept of the shared pass: the stream before the stages where variants
 * wait for others, or for that pass's end, which keeps its keys and values. */
static void test_kept(void)
{
    enum { ROWS = N * N_TOKEN };
    static const char fork[] =
        "[run]\nworkers = 0\n[variant a]\nbump.layers = 0\n"
        "bump.positions = %s\n[variant b]\nbump.layers = 1\n";
    char *all = mem_printf(fork, "*"), *last = mem_printf(fork, "-1");
    double one = buffers_of("resid_post"), two = 2 * one + ROWS * ONE_ROW;
    double kept = 4. * ROWS * 2 * D;

    CU_ASSERT_EQUAL(buffers(all), two + kept);
    CU_ASSERT_EQUAL(buffers(last),
                    two + kept +
                        (double)kv_store_bytes(&trial.plan->model->config,
                                               ROWS));
    free(all);
    free(last);
}

/* Of N_TOKEN rows more than an eighth, in the mean over variants. */
static void test_prefixes(void)
{
    static const char fork[] =
        "[run]\nworkers = 0\n[variant a]\nbump.positions = %d\n"
        "[variant b]\nbump.positions = %d\n";
    static const struct {
        int a, b;
        bool prefixes;
    } tries[] = {{0, 0, false}, {1, 1, false}, {0, 2, false},
                 {1, 2, true}, {0, 9, true}};

    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        char *text = mem_printf(fork, tries[i].a, tries[i].b);

        CU_ASSERT_EQUAL(plan_of(text)->prefixes, tries[i].prefixes);
        free(text);
    }
    CU_ASSERT_FALSE(plan_of("[run]\nbaseline = no\n[variant a]\n"
                            "bump.positions = 9\n")->prefixes);
}

CU_ErrorCode add_cost_estimate_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "cost-estimate", NULL, NULL, set_up, tear_down);

    if (!suite || !CU_add_test(suite, "a whole pass", test_pass) ||
        !CU_add_test(suite, "gates and windows", test_families) ||
        !CU_add_test(suite, "a vocabulary of its own width", test_words) ||
        !CU_add_test(suite, "what listeners want", test_listeners) ||
        !CU_add_test(suite, "behind a fork", test_forks) ||
        !CU_add_test(suite, "where all variants edit", test_all_edit) ||
        !CU_add_test(suite, "a survey", test_survey) ||
        !CU_add_test(suite, "samples of several lengths", test_lengths) ||
        !CU_add_test(suite, "rows of logits", test_rows) ||
        !CU_add_test(suite, "rows in words", test_words_of_rows) ||
        !CU_add_test(suite, "buffers of a pass", test_buffers) ||
        !CU_add_test(suite, "buffers of several passes", test_passes) ||
        !CU_add_test(suite, "what is kept for forks", test_kept) ||
        !CU_add_test(suite, "where it is worth while", test_prefixes))
        return CU_get_error();
    return CUE_SUCCESS;
}
