/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-kv-store.c - a sample in several passes, each of which goes on where
 * the one before ended, is the sample in one. */
#include "tests.h"

#include "capture.h"
#include "executor/forward.h"
#include "executor/kv-store.h"
#include "executor/stages.h"
#include "golden-models.h"
#include "hooks/hook-points.h"
#include "model-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 40 };

/* Of each pass; what is left goes into the last. */
static const int rows[] = {13, 1, LONGEST};

/* For a capture of the whole sample, of which each pass has the tokens up to
 * its last. */
static int see(void *state, const struct transect_event *event)
{
    const struct capture *c = state;
    struct transect_event whole = *event;
    int end = event->first < 13 ? 13 : event->first < 14 ? 14 : c->n_token;

    if (event->sample != c->sample)
        return TRANSECT_OK;
    CU_ASSERT_EQUAL(event->n_token, end);
    CU_ASSERT(event->first + event->view.rows <= end);
    whole.n_token = c->n_token;
    return capture_event(state, &whole);
}

/* The passes, each with another sample beside it that is whole. */
static void run_parts(const struct model *model, const int32_t *tokens, int n,
                      struct capture *seen)
{
    struct hook_owner owner = {.id = "see", .state = seen,
                               .error = &capture_error};
    struct hooks *hooks = hooks_new(&model->config);
    struct kv_store *store;
    struct error err = {0};
    int32_t packed[5 + LONGEST];

    capture_listen_all(hooks, &owner, see);
    CU_ASSERT_EQUAL_FATAL(kv_store_new(&model->config, n, &store, &err),
                          ST_OK);
    capture_tokens(packed, 5, model->config.n_vocab, 77);
    for (int first = 0, i = 0; first < n; first += rows[i++]) {
        int left = n - first, take = rows[i] < left ? rows[i] : left;
        struct span spans[] = {
            {.sample = 1, .slot = 1, .n_token = 5},
            {.row = 5, .n_token = take, .first = first,
             .before = store, .keep = store},
        };
        struct batch batch = {packed, 5 + take, spans, 2};

        memcpy(packed + 5, tokens + first, (size_t)take * sizeof *tokens);
        CU_ASSERT_EQUAL(capture_spans(model, hooks, NULL, &batch, &err),
                        ST_OK);
    }
    kv_store_free(store);
    hooks_free(hooks);
}

/* Rows of later passes have fewer rows beside them, and other blocks: as
 * exact, not the same bits; see test-lengths.c. */
static void compare(const struct model *model, const struct capture *got,
                    const struct capture *want)
{
    const struct config *config = &model->config;

    for (int stage = 0; stage < stages_count(config); stage++) {
        int layer;
        uint32_t points = stages_at(config, stage, &layer)->points;

        for (int p = 0; p < TRANSECT_N_POINTS; p++) {
            double worst;

            if (!(points >> p & 1) || !capture_has(config, p))
                continue;
            worst = capture_worst(got, want, p, layer);
            if (worst <= 1e-5)
                continue;
            fprintf(stderr, "# %s: %s of layer %d: %.3g\n", model->files->path,
                    point_name(p), layer, worst);
            CU_FAIL("a pass that goes on differs from one pass");
        }
    }
}

static void check_model(const struct model *model)
{
    int n = model->position_embedding ? model->config.n_context : LONGEST;
    struct capture whole, parts;
    int32_t tokens[LONGEST];

    n = n < LONGEST ? n : LONGEST;
    /* Angles that depend on the length are not those of keys of before. */
    if (rope_differs(&model->config.rope, 1, n))
        return;
    capture_tokens(tokens, n, model->config.n_vocab, 5);
    capture_init(&whole, &model->config, n, 0);
    capture_init(&parts, &model->config, n, 0);
    capture_run(model, &whole, tokens, 1);
    run_parts(model, tokens, n, &parts);
    compare(model, &parts, &whole);
    capture_clear(&whole);
    capture_clear(&parts);
}

static void check_golden(const char *dir, void *user)
{
    struct model *model;
    struct error err = {0};

    (void)user;
    CU_ASSERT_EQUAL_FATAL(model_open(dir, &model, &err), ST_OK);
    check_model(model);
    model_close(model);
}

static void test_families(void)
{
    golden_each(check_golden, NULL);
}

/* GPT-2's weights with what the golden models have only some of. */
static void test_kinds(void)
{
    static const struct model_recipe recipe = {
        .layers = 2, .heads = 3, .width = 24, .seed = 52};

    fixture_make(&recipe);
    for (int kind = 0; kind < 3; kind++) {
        struct model *model = fixture_open();

        model->config.window = 4;
        model->config.local[1] = kind == 1;
        model->config.alibi = kind == 2 ? 0.5 : 0;
        check_model(model);
        model_close(model);
    }
    fixture_remove();
}

static void test_bytes(void)
{
    static const struct config config = {
        .n_layer = 3, .n_head = 4, .n_kv_head = 2, .d_head = 5};

    CU_ASSERT_EQUAL(kv_store_bytes(&config, 7), 2 * 3 * 7 * 10 * 4);
}

CU_ErrorCode add_kv_store_tests(void)
{
    CU_pSuite suite = CU_add_suite("kv-store", NULL, NULL);

    CU_add_test(suite, "all families go on", test_families);
    CU_add_test(suite, "windows and biases go on", test_kinds);
    CU_add_test(suite, "bytes", test_bytes);
    return CU_get_error();
}
