/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-gpt2.c - what other engines' public tests know of GPT-2 (124M), where
 * $TRANSECT_GPT2 names its folder. Each number has its source. */
#include "tests.h"

#include "executor/forward.h"
#include "base/mem.h"
#include "hooks/hook-points.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* NULL: the test is skipped, or has failed. */
static struct model *open_gpt2(void)
{
    const char *dir = getenv("TRANSECT_GPT2");
    struct error err = {0};
    struct model *model = NULL;

    if (!dir || !*dir) {
        test_skip("TRANSECT_GPT2 does not name a folder with GPT-2");
        return NULL;
    }
    if (model_open(dir, &model, &err)) {
        printf("# %s\n", err.text);
        CU_FAIL("the model cannot be opened");
    } else if (model->config.n_layer != 12 || model->config.d_model != 768 ||
               model->config.n_vocab != 50257) {
        CU_FAIL("TRANSECT_GPT2 is not GPT-2 (124M)");
        model_close(model);
        return NULL;
    }
    return model;
}

struct shown {
    float *data; /* (T, cols) of the point */
    int64_t cols;
};

static int on_event(void *state, const struct transect_event *event)
{
    struct shown *shown = state;
    const struct transect_view *view = &event->view;

    for (int64_t i = 0; i < view->rows; i++)
        memcpy(shown->data + (event->first + i) * shown->cols,
               view->data + i * view->row_stride,
               (size_t)view->cols * sizeof *shown->data);
    return TRANSECT_OK;
}

/* One pass over n tokens; what a point that has no layers showed, of which
 * the caller frees data. */
static struct shown show(const struct model *model, const int32_t *tokens,
                         int n, int point)
{
    struct shown shown = {.cols = point_columns(point, &model->config, n)};
    struct error err = {0};
    struct hook_owner owner = {.id = "show", .state = &shown, .error = &err};
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .on_event = on_event};
    struct span span = {.n_token = n};
    struct batch batch = {tokens, n, &span, 1};
    struct hooks *hooks = hooks_new(&model->config);
    struct forward *forward = NULL;

    shown.data = mem_new((size_t)n * (size_t)shown.cols, sizeof(float));
    hooks_add(hooks, &owner, &sub);
    if (forward_new(model, n, n, NULL, &forward, &err) ||
        forward_run(forward, hooks, &batch, &err)) {
        printf("# %s\n", err.text);
        CU_FAIL("the pass failed");
    }
    forward_free(forward);
    hooks_free(hooks);
    return shown;
}

static void near(const char *what, double got, double want, double tolerance)
{
    bool good = fabs(got - want) <= tolerance;

    if (!good)
        printf("# %s: %.9g instead of %.9g +- %g\n", what, got, want,
               tolerance);
    CU_ASSERT(good);
}

static void all_near(const char *what, const float *got, const double *want,
                     size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        near(what, (double)got[i], want[i], tolerance);
}

static int argmax(const float *x, int64_t n)
{
    int64_t best = 0;

    for (int64_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return (int)best;
}

/* Source: fast_gpt2. */
static void test_weights(void)
{
    static const double gain[] = {1.3971, 1.3750, 1.8870, 1.1688, 1.2724,
                                  1.2508, 9.4198, 1.4371, 1.4527, 1.1856};
    static const double wte[] = {-0.1101, -0.0393, 0.0331,  0.1338, -0.0485,
                                 -0.0789, -0.2398, -0.0895, 0.0253, -0.1074};
    struct model *model = open_gpt2();
    struct transect_view view;

    if (!model)
        return;
    CU_ASSERT_TRUE_FATAL(
        model_weight(model, TRANSECT_LNF_GAIN, -1, -1, &view));
    all_near("gain of the final norm", view.data, gain, COUNT(gain), 1e-4);
    CU_ASSERT_TRUE_FATAL(model_weight(model, TRANSECT_W_E, -1, -1, &view));
    all_near("embedding", view.data, wte, COUNT(wte), 1e-4);
    model_close(model);
}

/* Source: an ONNX Runtime test of the GPT-2 graph. */
static void test_logits(void)
{
    static const int32_t tokens[] = {15496, 11, 314, 716};
    static const double want[] = {
        -35.23624420, -35.32659531, -38.97534943, -39.39067459,
        -37.65318298, -38.67243576, -36.02489090, -36.48415375};
    struct model *model = open_gpt2();
    struct shown logits;
    double sum = 0;

    if (!model)
        return;
    logits = show(model, tokens, 4, TRANSECT_LOGITS);
    all_near("logits[0]", logits.data, want, COUNT(want), 1e-4);
    for (int64_t i = 0; i < 4 * logits.cols; i++)
        sum += (double)logits.data[i];
    near("mean logit", sum / (double)(4 * logits.cols), -111.89471436, 1e-4);
    free(logits.data);
    model_close(model);
}

/* Source: a C++/CUDA runtime's test. */
static void test_argmax(void)
{
    static const int32_t tokens[] = {15496, 50256, 1234};
    static const int best[] = {11, 464, 262};
    static const double want[] = {-76.941086, -79.28483, -80.43526,
                                  -80.43415, -80.22852};
    struct model *model = open_gpt2();
    struct shown logits;

    if (!model)
        return;
    logits = show(model, tokens, 3, TRANSECT_LOGITS);
    for (int i = 0; i < 3; i++)
        near("argmax", argmax(logits.data + i * logits.cols, logits.cols),
             best[i], 0);
    all_near("logits[2]", logits.data + 2 * logits.cols, want, COUNT(want),
             1e-3);
    free(logits.data);
    model_close(model);
}

/* Source: keras-hub, gpt2_backbone_test.py. */
static void test_final_norm(void)
{
    static const int32_t tokens[] = {1169, 2068, 7586, 21831, 13};
    static const double want[] = {-0.1116, -0.0375, -0.2624, 0.00891,
                                  -0.0061};
    struct model *model = open_gpt2();
    struct shown hidden;

    if (!model)
        return;
    hidden = show(model, tokens, 5, TRANSECT_LN_FINAL);
    all_near("hidden state behind the final norm", hidden.data, want,
             COUNT(want), 1e-2);
    free(hidden.data);
    model_close(model);
}

/* Source: transformers, tests/models/gpt2. The first two are the prompt. */
static void test_greedy(void)
{
    static const int32_t want[] = {
        464, 3290, 373,  1043, 287,   257, 2214, 1474, 262, 16246,
        286, 2688, 290,  2688, 27262, 13,  198,  198,  464, 3290};
    struct model *model = open_gpt2();

    for (int n = 2; model && n < (int)COUNT(want); n++) {
        struct shown logits = show(model, want, n, TRANSECT_LOGITS);

        near("greedy token",
             argmax(logits.data + (n - 1) * logits.cols, logits.cols),
             want[n], 0);
        free(logits.data);
    }
    if (model)
        model_close(model);
}

CU_ErrorCode add_gpt2_tests(void)
{
    CU_pSuite suite = CU_add_suite("gpt2", NULL, NULL);

    CU_add_test(suite, "known weights", test_weights);
    CU_add_test(suite, "known logits", test_logits);
    CU_add_test(suite, "known predictions", test_argmax);
    CU_add_test(suite, "known hidden state", test_final_norm);
    CU_add_test(suite, "known continuation", test_greedy);
    return CU_get_error();
}
