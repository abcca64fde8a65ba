/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-stages.c - the table of stages: each point in one of them, the first
 * edit, and what they cost. */
#include "tests.h"

#include "capture.h"
#include "executor/stages.h"
#include "hooks/hook-points.h"

static const struct config config = {
    .n_layer = 3, .n_head = 4, .n_kv_head = 2, .d_head = 5, .d_model = 12,
    .d_mlp = 28, .n_vocab = 50, .n_context = 400, .gated = true,
    .window = 100, .local = {false, true}};

static int never(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    return TRANSECT_FAILED;
}

static struct hook_owner owner = {.id = "never", .error = &capture_error};

static struct hooks *listening(int point, uint32_t flags)
{
    struct hooks *hooks = hooks_new(&config);

    if (point >= 0)
        capture_listen(hooks, &owner, point, never, flags);
    return hooks;
}

/* Once in a pass, or once in each layer. */
static void test_points(void)
{
    int seen[TRANSECT_N_POINTS] = {0};

    for (int stage = 0; stage < stages_count(&config); stage++) {
        int layer;
        uint32_t points = stages_at(&config, stage, &layer)->points;

        CU_ASSERT(points != 0);
        for (int p = 0; p < TRANSECT_N_POINTS; p++) {
            seen[p] += points >> p & 1;
            if (points >> p & 1)
                CU_ASSERT_EQUAL(layer >= 0, point_info(p)->layered);
        }
    }
    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        CU_ASSERT_EQUAL(seen[p],
                        point_info(p)->layered ? config.n_layer : 1);
}

/* An editor of all layers is first in layer 0; observers do not count. */
/* Behind the last stage there is nothing to read. */
static void test_end(void)
{
    const int end = stages_count(&config);

    CU_ASSERT_EQUAL(stages_reads(&config, end), 0);
    CU_ASSERT_FALSE(stages_mixes(&config, end));
}

static void test_first_edit(void)
{
    struct hooks *hooks = listening(TRANSECT_EMBED, 0);
    int layer, end = stages_count(&config);

    CU_ASSERT_EQUAL(stages_first_edit(&config, hooks), end);
    hooks_free(hooks);
    for (int p = 0; p < TRANSECT_N_POINTS; p++) {
        int stage;

        hooks = listening(p, TRANSECT_EDIT);
        stage = stages_first_edit(&config, hooks);
        CU_ASSERT_FATAL(stage < end);
        CU_ASSERT(stages_at(&config, stage, &layer)->points >> p & 1);
        CU_ASSERT_EQUAL(layer, point_info(p)->layered ? 0 : -1);
        hooks_free(hooks);
    }
}

static double flops_of(int point, int stage, struct span span)
{
    struct hooks *hooks = listening(point, 0);
    const struct hook_set set = {&hooks, 1};
    double flops = stages_flops(&config, &set, stage, &span);

    hooks_free(hooks);
    return flops;
}

/* Keys that row blocks of a layer see, over positions first..end-1, which end
 * at multiples of their size: up to their last row, and in a local layer a
 * window before their first. */
static double keys_seen(int layer, int first, int end)
{
    double seen = 0;

    for (int at = first, to; at < end; at = to) {
        int from = config.local[layer] && at >= config.window
                       ? at + 1 - config.window
                       : 0;

        to = (at / POINT_BLOCK + 1) * POINT_BLOCK;
        to = to < end ? to : end;
        seen += (double)(to - at) * (to - from);
    }
    return seen;
}

/* Multiplications and additions by hand. */
static double by_hand(int first, int n)
{
    const int q = 4 * 5, kv = 2 * 5;
    double flops = 0;

    for (int l = 0; l < 3; l++) {
        flops += 2.0 * n * 12 * (q + kv + kv); /* q, k, v */
        flops += 2.0 * keys_seen(l, first, first + n) * q * 2;
        flops += 2.0 * n * q * 12;      /* the projection of z */
        flops += 2.0 * n * 12 * 28 * 3; /* hidden units, gate, output */
    }
    return flops;
}

static void test_flops(void)
{
    static const int lengths[] = {1, 5, 128, 129, 400};
    const int end = stages_count(&config);

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        int n = lengths[i];
        struct span span = {.n_token = n};

        CU_ASSERT_EQUAL(flops_of(-1, 0, span), 0);
        CU_ASSERT_EQUAL(flops_of(TRANSECT_RESID_POST, 0, span), by_hand(0, n));
        CU_ASSERT_EQUAL(stages_flops_of_all(&config, &span), by_hand(0, n));
        CU_ASSERT_EQUAL(flops_of(TRANSECT_HEAD_OUT, 0, span),
                        by_hand(0, n) + 3 * 4 * 2.0 * n * 5 * 12 -
                            2.0 * n * 12 * 28 * 3);
        CU_ASSERT_EQUAL(flops_of(TRANSECT_LOGITS, 0, span),
                        by_hand(0, n) + 2.0 * n * 12 * 50);
        CU_ASSERT_EQUAL(flops_of(TRANSECT_LOGITS, end - 1, span),
                        2.0 * n * 12 * 50);
        CU_ASSERT_EQUAL(flops_of(TRANSECT_LOGITS, end, span), 0);
    }
    CU_ASSERT_EQUAL(flops_of(TRANSECT_RESID_POST, 0,
                             (struct span){.n_token = 30, .first = 300}),
                    by_hand(300, 30));
}

CU_ErrorCode add_stages_tests(void)
{
    CU_pSuite suite = CU_add_suite("stages", NULL, NULL);

    CU_add_test(suite, "each point is in one", test_points);
    CU_add_test(suite, "behind the last", test_end);
    CU_add_test(suite, "the first edit", test_first_edit);
    CU_add_test(suite, "operations", test_flops);
    return CU_get_error();
}
