/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-forward.c - every hook point against the float64 reference, and the
 * identities that tie the points together. */
#include "tests.h"

#include "capture.h"
#include "conformance/make-model.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "hooks/hook-points.h"
#include "reference.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Float32 carries 6e-8; sums of a thousand products and a dozen layers keep
 * well below 1e-5 of a row's norm. A mistake of any kind does not. */
#define TOLERANCE 1e-5

/* A score is a sum of products that may cancel to nothing, and row 0 is a
 * single score. What it can be exact to is the norm of its factors: of the
 * query times that of all keys, times the scale. */
static void score_norms(const struct capture *capture,
                        const struct reference *reference, int layer,
                        int head, double *norms)
{
    const struct config *config = capture->config;
    double scale = config->score_scale, keys = 0;
    int rows, d;
    const double *q = reference_get(reference, TRANSECT_Q, layer, head,
                                    &rows, &d);
    const double *k = reference_get(reference, TRANSECT_K, layer, head,
                                    &rows, &d);

    if (config->scale_by_layer)
        scale /= layer + 1;
    for (int i = 0; i < rows; i++) {
        double query = 0;

        for (int j = 0; j < d; j++) {
            query += q[i * d + j] * q[i * d + j];
            keys += k[i * d + j] * k[i * d + j];
        }
        norms[i] = scale * sqrt(query * keys);
    }
}

static void compare_point(const struct capture *capture,
                          const struct reference *reference, int point,
                          int layer, int head)
{
    int rows, cols;
    const double *want = reference_get(reference, point, layer, head, &rows,
                                       &cols);
    bool scores = point == TRANSECT_ATTN_SCORES;
    double *norms = mem_new((size_t)capture->n_token, sizeof *norms), worst;

    if (scores)
        score_norms(capture, reference, layer, head, norms);
    worst = capture_worst_row(capture_tensor(capture, point, layer, head),
                              want, rows, cols, scores ? norms : NULL);
    free(norms);
    if (!(worst <= TOLERANCE)) {
        fprintf(stderr, "# %s of layer %d, head %d: %.3g\n",
                point_name(point), layer, head, worst);
        CU_FAIL("a hook point differs from the reference");
    }
}

static void compare_all(const struct capture *capture,
                        const struct reference *reference)
{
    for (int p = 0; p < TRANSECT_N_POINTS; p++) {
        int layers = point_info(p)->layered ? capture->config->n_layer : 1;

        for (int l = 0; capture_has(capture->config, p) && l < layers; l++)
            for (size_t h = 0; h < capture_heads(capture, p); h++)
                compare_point(capture, reference, p, l, (int)h);
    }
}

/* A random model on disk and in memory. */
struct fixture {
    char dir[64];
    struct model *model;
};

static void fixture_remove(struct fixture *f)
{
    static const char *const names[] = {
        "config.json", "model.safetensors", "model.safetensors.index.json",
        "model-00001-of-00003.safetensors",
        "model-00002-of-00003.safetensors",
        "model-00003-of-00003.safetensors"};

    model_close(f->model);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = mem_path(f->dir, names[i]);

        unlink(path);
        free(path);
    }
    CU_ASSERT_EQUAL(rmdir(f->dir), 0);
}

static bool fixture_make(struct fixture *f,
                         const struct model_recipe *recipe)
{
    struct error err = {0};

    *f = (struct fixture){.dir = "/tmp/transect-forward-XXXXXX"};
    if (!mkdtemp(f->dir) || make_model(f->dir, recipe) ||
        model_open(f->dir, &f->model, &err)) {
        fprintf(stderr, "# %s\n", err.text);
        CU_FAIL("cannot make the model");
        fixture_remove(f);
        return false;
    }
    return true;
}

static const struct model_recipe recipes[] = {
    {.layers = 1, .heads = 1, .width = 32, .context = 1, .seed = 1},
    {.layers = 2, .heads = 2, .width = 64, .context = 16, .seed = 2,
     .act = "gelu", .untied = true, .no_prefix = true},
    {.layers = 3, .heads = 3, .width = 48, .context = 64, .seed = 3,
     .act = "relu", .dtype = "F16", .buffers = true},
    {.layers = 4, .heads = 4, .width = 128, .context = 256, .seed = 4,
     .dtype = "BF16", .shards = 3},
    {.layers = 6, .heads = 8, .width = 96, .inner = 100, .context = 130,
     .seed = 5, .epsilon = 1e-3, .scale_by_layer = true},
    {.layers = 1, .heads = 12, .width = 768, .context = 40, .seed = 6,
     .untied = true, .no_scale = true},
    {.layers = 2, .heads = 5, .width = 160, .context = 1024, .seed = 7,
     .act = "gelu", .dtype = "F16"},
    {.layers = 1, .heads = 1, .width = 1, .context = 4, .seed = 7},
};

/* How long a sample the reference runs in reasonable time: past several row
 * blocks, not always at a multiple of them. */
static int sample_length(const struct model *model)
{
    return model->config.n_context < 300 ? model->config.n_context : 300;
}

static void test_reference(void)
{
    for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++) {
        struct fixture f;
        struct capture capture;
        struct reference *reference;
        int32_t tokens[1024];
        int n;

        if (!fixture_make(&f, &recipes[i]))
            return;
        n = sample_length(f.model);
        capture_tokens(tokens, n, f.model->config.n_vocab, (unsigned)i);
        capture_init(&capture, &f.model->config, n, 0);
        capture_run(f.model, &capture, tokens, 1);
        if (reference_run(f.dir, tokens, n, &reference) == 0) {
            compare_all(&capture, reference);
            reference_free(reference);
        } else {
            CU_FAIL("the reference failed");
        }
        capture_clear(&capture);
        fixture_remove(&f);
    }
}

static void test_identities(void)
{
    for (size_t i = 0; i < 5; i++) {
        struct fixture f;
        struct capture c;
        int32_t tokens[256];

        if (!fixture_make(&f, &recipes[i]))
            return;
        capture_tokens(tokens, f.model->config.n_context,
                       f.model->config.n_vocab, 99);
        capture_init(&c, &f.model->config, f.model->config.n_context, 0);
        capture_run(f.model, &c, tokens, 1);
        capture_check_identities(&c, f.model);
        capture_clear(&c);
        fixture_remove(&f);
    }
}

/* resid_post alone, and resid_post with everything else observed. */
static void test_neutral(void)
{
    for (size_t i = 1; i < 5; i++) {
        struct fixture f;
        struct capture all;
        int32_t tokens[256];
        int n;

        if (!fixture_make(&f, &recipes[i]))
            return;
        n = f.model->config.n_context;
        capture_tokens(tokens, n, f.model->config.n_vocab, 7);
        capture_init(&all, &f.model->config, n, 0);
        capture_run(f.model, &all, tokens, 1);
        capture_check_neutral(f.model, tokens, &all);
        capture_clear(&all);
        fixture_remove(&f);
    }
}

/* But for scores, whose rows may be short sums that all but cancel. */
static void compare_captures(const struct capture *got,
                             const struct capture *want)
{
    const struct config *config = got->config;

    for (int p = 0; p < TRANSECT_N_POINTS; p++) {
        size_t layers = point_info(p)->layered ? (size_t)config->n_layer : 1;
        size_t rows = layers * capture_heads(want, p) * (size_t)want->n_token;
        size_t cols = capture_columns(want, p);
        double *x;

        if (!capture_has(config, p) || p == TRANSECT_ATTN_SCORES)
            continue;
        x = mem_new(rows * cols, sizeof *x);
        for (size_t j = 0; j < rows * cols; j++)
            x[j] = (double)want->tensors[p][j];
        CU_ASSERT(capture_worst_row(got->tensors[p], x, (int)rows, (int)cols,
                                    NULL) <= 1e-5);
        free(x);
    }
}

/* The third of five packed samples against the same sample alone, and against
 * the reference. */
static void test_packed(void)
{
    struct fixture f;
    struct capture packed, alone;
    struct reference *reference = NULL;
    int32_t tokens[5 * 16];

    if (!fixture_make(&f, &recipes[1]))
        return;
    capture_tokens(tokens, 5 * 16, f.model->config.n_vocab, 3);
    capture_init(&packed, &f.model->config, 16, 2);
    capture_init(&alone, &f.model->config, 16, 0);
    capture_run(f.model, &packed, tokens, 5);
    capture_run(f.model, &alone, tokens + 2 * 16, 1);
    compare_captures(&packed, &alone);
    CU_ASSERT_EQUAL_FATAL(
        reference_run(f.dir, tokens + 2 * 16, 16, &reference), 0);
    compare_all(&packed, reference);
    reference_free(reference);
    capture_clear(&packed);
    capture_clear(&alone);
    fixture_remove(&f);
}

static void test_edits(void)
{
    static const struct model_recipe recipe = {
        .layers = 1, .heads = 2, .width = 32, .context = 12, .seed = 8};
    struct fixture f;
    struct capture before;
    int32_t tokens[12];

    if (!fixture_make(&f, &recipe))
        return;
    capture_tokens(tokens, 12, f.model->config.n_vocab, 5);
    capture_init(&before, &f.model->config, 12, 0);
    capture_run(f.model, &before, tokens, 1);
    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        if (capture_has(&f.model->config, p))
            capture_check_edit(f.model, tokens, 12, p, &before);
    capture_clear(&before);
    fixture_remove(&f);
}

static int poison(void *state, const struct transect_event *event)
{
    (void)state;
    if (event->sample == 1)
        event->edit[3] = NAN;
    return TRANSECT_OK;
}

static void test_nonfinite(void)
{
    struct fixture f;
    struct error err = {0};
    struct hook_owner owner = {.id = "poison", .error = &capture_error};
    struct hooks *hooks;
    int32_t tokens[32];

    if (!fixture_make(&f, &recipes[1]))
        return;
    capture_tokens(tokens, 32, f.model->config.n_vocab, 1);
    hooks = hooks_new(&f.model->config);
    capture_listen(hooks, &owner, TRANSECT_MLP_OUT, poison, TRANSECT_EDIT);
    CU_ASSERT_EQUAL(capture_batch(f.model, hooks, tokens, 2, 16, &err),
                    ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "layer 0"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text,
                                  "sample 1, position 0, dim 3"));
    hooks_free(hooks);
    fixture_remove(&f);
}

static int interrupt_now(void *state, const struct transect_event *event)
{
    int *n_events = state;

    (void)event;
    ++*n_events;
    interrupt_signal = SIGINT;
    return TRANSECT_OK;
}

/* A signal in layer 0 ends the pass before the next stage. */
static void test_interrupted(void)
{
    struct fixture f;
    struct error err = {0};
    int n_events = 0;
    struct hook_owner owner = {.id = "signal", .error = &capture_error,
                               .state = &n_events};
    struct hooks *hooks;
    int32_t tokens[32];

    if (!fixture_make(&f, &recipes[1]))
        return;
    capture_tokens(tokens, 32, f.model->config.n_vocab, 1);
    hooks = hooks_new(&f.model->config);
    capture_listen(hooks, &owner, TRANSECT_MLP_OUT, interrupt_now, 0);
    capture_listen(hooks, &owner, TRANSECT_RESID_POST, interrupt_now, 0);
    CU_ASSERT_EQUAL(capture_batch(f.model, hooks, tokens, 2, 16, &err),
                    ST_OK);
    interrupt_signal = 0;
    CU_ASSERT_EQUAL(n_events, 2);
    hooks_free(hooks);
    fixture_remove(&f);
}

CU_ErrorCode add_forward_tests(void)
{
    CU_pSuite suite = CU_add_suite("forward", NULL, NULL);

    CU_add_test(suite, "every point against the reference", test_reference);
    CU_add_test(suite, "identities between points", test_identities);
    CU_add_test(suite, "observers change nothing", test_neutral);
    CU_add_test(suite, "a packed sample is the sample", test_packed);
    CU_add_test(suite, "an edit of any point", test_edits);
    CU_add_test(suite, "a hidden state that is not finite", test_nonfinite);
    CU_add_test(suite, "a signal within a pass", test_interrupted);
    return CU_get_error();
}
