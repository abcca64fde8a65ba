/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-families.c - small models of each family, made by Hugging Face's
 * transformers, against what it makes of them. tests/parity/families.py
 * --golden writes both; here nothing of it is needed. */
#include "tests.h"

#include "model/arch.h"
#include "capture.h"
#include "golden-models.h"
#include "base/mem.h"
#include "hooks/hook-points.h"
#include "format/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_TOKEN 12 /* of what is expected */

/* One model of the folder, and a pass over what it is expected for. */
struct golden {
    const char *dir;
    struct model *model;
    struct tensors *expected;
    int32_t tokens[N_TOKEN];
    struct capture capture;
};

static const float *expected(const struct golden *g, const char *name)
{
    const struct tensor *tensor = tensors_find(g->expected, name);

    if (!tensor || tensor->dtype != DTYPE_F32)
        return NULL;
    return tensor->data;
}

static bool golden_open(struct golden *g, const char *dir)
{
    char *expected_dir = mem_path(dir, "expected");
    struct error err = {0};
    const float *ids;

    *g = (struct golden){.dir = dir};
    if (model_open(g->dir, &g->model, &err) ||
        safetensors_open(expected_dir, &g->expected, &err)) {
        fprintf(stderr, "# %s\n", err.text);
        CU_FAIL("a golden model does not open");
    }
    free(expected_dir);
    ids = g->expected ? expected(g, "ids") : NULL;
    if (!ids)
        return false;
    for (int i = 0; i < N_TOKEN; i++)
        g->tokens[i] = (int32_t)ids[i];
    capture_init(&g->capture, &g->model->config, N_TOKEN, 0);
    capture_run(g->model, &g->capture, g->tokens, 1);
    return true;
}

static void golden_close(struct golden *g)
{
    capture_clear(&g->capture);
    tensors_close(g->expected);
    model_close(g->model);
}

struct checker {
    void (*check)(struct golden *);
};

static void check_golden(const char *dir, void *user)
{
    const struct checker *checker = user;
    struct golden g;

    if (golden_open(&g, dir))
        checker->check(&g);
    else
        CU_FAIL("a golden model cannot be run");
    golden_close(&g);
}

/* Calls check for each model of tests/golden. */
static void for_each_golden(void (*check)(struct golden *))
{
    golden_each(check_golden, &(struct checker){check});
}

/* A point of the last layer, all its heads; or logits. */
static double error_of(const struct golden *g, int point, const char *name)
{
    const struct config *config = g->capture.config;
    const struct tensor *tensor = tensors_find(g->expected, name);
    size_t n = tensor_count(tensor);
    int layer = point == TRANSECT_LOGITS ? -1 : config->n_layer - 1;
    int cols = (int)capture_columns(&g->capture, point);
    double *want = mem_new(n, sizeof *want), worst;

    CU_ASSERT_EQUAL(n, (size_t)cols * N_TOKEN *
                           capture_heads(&g->capture, point));
    for (size_t i = 0; i < n; i++)
        want[i] = (double)expected(g, name)[i];
    worst = capture_worst_row(capture_tensor(&g->capture, point, layer, 0),
                              want, (int)n / cols, cols, NULL);
    free(want);
    return worst;
}

static void check_values(struct golden *g)
{
    int n = 0;

    for (int point = 0; point < TRANSECT_N_POINTS; point++) {
        char *name = point == TRANSECT_LOGITS
                         ? mem_strdup("logits")
                         : mem_printf("%s.L%d", point_name(point),
                                      g->model->config.n_layer - 1);

        if (expected(g, name)) {
            double error = error_of(g, point, name);

            n++;
            if (!(error <= 1e-5)) {
                fprintf(stderr, "# %s: %s differs by %.3g\n", g->dir, name,
                        error);
                CU_FAIL("a hook point differs from Hugging Face's");
            }
        }
        free(name);
    }
    CU_ASSERT(n >= 5);
}

static void check_identities(struct golden *g)
{
    capture_check_identities(&g->capture, g->model);
}

/* Past several row blocks, not at a multiple of them; where positions are not
 * a table, nothing else bounds the length. */
static void check_long(struct golden *g)
{
    enum { LONG = 300 };
    struct capture c;
    int32_t tokens[LONG];

    if (g->model->position_embedding)
        return;
    capture_tokens(tokens, LONG, g->model->config.n_vocab, 11);
    capture_init(&c, &g->model->config, LONG, 0);
    capture_run(g->model, &c, tokens, 1);
    capture_check_identities(&c, g->model);
    capture_clear(&c);
}

static void check_neutral(struct golden *g)
{
    capture_check_neutral(g->model, g->tokens, &g->capture);
}

static void check_edits(struct golden *g)
{
    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        if (capture_has(&g->model->config, p))
            capture_check_edit(g->model, g->tokens, N_TOKEN, p, &g->capture);
}

/* The first dim of each row, which a norm does not take away again. */
static int bump_some(void *state, const struct transect_event *event)
{
    (void)state;
    for (int64_t i = 0; i < event->view.rows; i++)
        event->edit[i * event->view.row_stride] += 1;
    return TRANSECT_OK;
}

static int bump_all(void *state, const struct transect_event *event)
{
    (void)state;
    for (int64_t i = 0; i < event->view.rows; i++)
        for (int64_t j = 0; j < event->view.cols; j++)
            event->edit[i * event->view.row_stride + j] += 1;
    return TRANSECT_OK;
}

/* Edits of what branches add are in what the stream becomes, before its norm
 * where it has one. */
static void check_edited_stream(struct golden *g)
{
    struct hook_owner editor = {.id = "bump", .error = &capture_error};
    struct capture after;
    struct hook_owner observer = {.id = "see", .state = &after,
                                  .error = &capture_error};
    struct hooks *hooks = hooks_new(&g->model->config);
    struct error err;

    capture_init(&after, &g->model->config, N_TOKEN, 0);
    capture_listen_all(hooks, &observer, capture_event);
    capture_listen(hooks, &editor, TRANSECT_ATTN_OUT, bump_some,
                   TRANSECT_EDIT);
    capture_listen(hooks, &editor, TRANSECT_MLP_OUT, bump_some,
                   TRANSECT_EDIT);
    CU_ASSERT_EQUAL(capture_batch(g->model, hooks, g->tokens, 1, N_TOKEN,
                                  &err), ST_OK);
    capture_check_stream(&after, g->model);
    CU_ASSERT_DOUBLE_EQUAL(after.tensors[TRANSECT_ATTN_OUT][0],
                           g->capture.tensors[TRANSECT_ATTN_OUT][0] + 1,
                           1e-5);
    capture_clear(&after);
    hooks_free(hooks);
}

/* What an editor writes where a query does not look is undone. */
static void check_window(struct golden *g)
{
    const struct config *config = &g->model->config;
    struct hook_owner editor = {.id = "bump", .error = &capture_error};
    struct capture after;
    struct hook_owner observer = {.id = "see", .state = &after,
                                  .error = &capture_error};
    struct hooks *hooks = hooks_new(config);
    struct error err;

    capture_init(&after, config, N_TOKEN, 0);
    capture_listen(hooks, &observer, TRANSECT_PATTERN, capture_event, 0);
    capture_listen(hooks, &editor, TRANSECT_PATTERN, bump_all,
                   TRANSECT_EDIT);
    CU_ASSERT_EQUAL(capture_batch(g->model, hooks, g->tokens, 1, N_TOKEN,
                                  &err), ST_OK);
    for (int l = 0; l < config->n_layer; l++) {
        const float *pattern = capture_tensor(&after, TRANSECT_PATTERN, l, 0);
        int window = config_window(config, l);

        for (int i = 0; i < N_TOKEN; i++)
            for (int j = 0; j < N_TOKEN; j++) {
                bool seen = j <= i && (!window || j > i - window);

                CU_ASSERT_EQUAL(pattern[i * N_TOKEN + j] >= 1, seen);
                CU_ASSERT_EQUAL(pattern[i * N_TOKEN + j] == 0, !seen);
            }
    }
    capture_clear(&after);
    hooks_free(hooks);
}

/* The second of three packed samples against the same sample alone. */
static void check_packed(struct golden *g)
{
    const struct config *config = &g->model->config;
    size_t n = (size_t)config->n_layer * N_TOKEN * (size_t)config->d_model;
    double *want = mem_new(n, sizeof *want);
    int32_t tokens[3 * N_TOKEN];
    struct capture packed;

    for (int i = 0; i < 3; i++)
        memcpy(tokens + i * N_TOKEN, g->tokens, sizeof g->tokens);
    tokens[0] = tokens[2 * N_TOKEN] = g->tokens[1];
    capture_init(&packed, config, N_TOKEN, 1);
    capture_run(g->model, &packed, tokens, 3);
    for (size_t i = 0; i < n; i++)
        want[i] = (double)g->capture.tensors[TRANSECT_RESID_POST][i];
    CU_ASSERT(capture_worst_row(packed.tensors[TRANSECT_RESID_POST], want,
                                config->n_layer * N_TOKEN, config->d_model,
                                NULL) <= 1e-5);
    capture_clear(&packed);
    free(want);
}

/* Row i of `out` is row i of `in` times the view, plus the bias. */
static void check_product(const struct golden *g, const float *in,
                          const float *out, enum transect_weight weight,
                          enum transect_weight bias, int layer, int head)
{
    struct transect_view w, b = {0};

    CU_ASSERT_TRUE_FATAL(model_weight(g->model, weight, layer, head, &w));
    model_weight(g->model, bias, layer, head, &b);
    for (int64_t i = 0; i < N_TOKEN; i++) {
        double norm = 0, worst = 0;

        for (int64_t j = 0; j < w.cols; j++) {
            double want = b.data ? (double)b.data[j * b.col_stride] : 0;

            for (int64_t k = 0; k < w.rows; k++)
                want += (double)in[i * w.rows + k] *
                        (double)w.data[k * w.row_stride + j * w.col_stride];
            norm += want * want;
            worst = fmax(worst, fabs(want - (double)out[i * w.cols + j]));
        }
        if (!(worst <= 1e-5 * sqrt(norm))) {
            fprintf(stderr, "# %s: weight %d\n", g->dir, (int)weight);
            CU_FAIL("a weight is not the one that was used");
            return;
        }
    }
}

/* What plugins see of the weights makes each point of the one before it. */
static void check_weights(struct golden *g)
{
    const struct capture *c = &g->capture;
    const struct config *config = c->config;
    bool bare = config->bare;

    for (int l = 0; l < config->n_layer; l++) {
        const float *x = capture_tensor(
            c, bare ? TRANSECT_RESID_PRE : TRANSECT_LN1, l, -1);
        const float *y = capture_tensor(
            c, bare ? TRANSECT_RESID_MID : TRANSECT_LN2, l, -1);

        for (int h = 0; h < config->n_kv_head; h++)
            check_product(g, x, capture_tensor(c, TRANSECT_V, l, h),
                          TRANSECT_W_V, TRANSECT_B_V, l, h);
        for (int h = 0; h < config->n_head && !config->rope.kind; h++)
            check_product(g, x, capture_tensor(c, TRANSECT_Q, l, h),
                          TRANSECT_W_Q, TRANSECT_B_Q, l, h);
        check_product(g, y, capture_tensor(c, TRANSECT_MLP_PRE, l, -1),
                      TRANSECT_W_IN, TRANSECT_B_IN, l, -1);
        if (config->gated)
            check_product(g, y, capture_tensor(c, TRANSECT_MLP_GATE, l, -1),
                          TRANSECT_W_GATE, TRANSECT_B_GATE, l, -1);
        if (!config->post_norm)
            check_product(g, capture_tensor(c, TRANSECT_MLP_POST, l, -1),
                          capture_tensor(c, TRANSECT_MLP_OUT, l, -1),
                          TRANSECT_W_OUT, TRANSECT_B_OUT, l, -1);
    }
    if (!(config->logit_cap > 0) && !config->d_word)
        check_product(g, capture_tensor(c, TRANSECT_LN_FINAL, -1, -1),
                      capture_tensor(c, TRANSECT_LOGITS, -1, -1),
                      TRANSECT_W_U, TRANSECT_B_U, -1, -1);
}

/* Row i of ln1 from resid_pre, with the gain that plugins see. */
static double normalized(const struct config *config, const float *x,
                         const struct transect_view *gain, int64_t j)
{
    double mean = 0, squares = 0, d = config->d_model;

    for (int k = 0; k < config->d_model && config->norm == NORM_LAYER; k++)
        mean += (double)x[k] / d;
    for (int k = 0; k < config->d_model; k++)
        squares += ((double)x[k] - mean) * ((double)x[k] - mean) / d;
    return ((double)x[j] - mean) / sqrt(squares + config->norm_epsilon) *
           (double)gain->data[j * gain->col_stride];
}

/* Those that plugins would take for (V, D) and (D, V) are not there where the
 * files have another width. */
static void check_words(const struct golden *g)
{
    struct transect_view view;
    bool whole = !g->capture.config->d_word;

    CU_ASSERT_EQUAL(model_weight(g->model, TRANSECT_W_E, -1, -1, &view),
                    whole);
    CU_ASSERT_EQUAL(view.cols, g->capture.config->d_model);
    CU_ASSERT_EQUAL(model_weight(g->model, TRANSECT_W_U, -1, -1, &view),
                    whole);
}

/* Gains are those that are applied, also where files hold them less 1. */
static void check_gains(struct golden *g)
{
    const struct config *config = g->capture.config;
    const float *x = g->capture.tensors[TRANSECT_RESID_PRE];
    const float *y = g->capture.tensors[TRANSECT_LN1];
    struct transect_view gain, bias;

    check_words(g);
    if (config->bare) {
        CU_ASSERT_FALSE(model_weight(g->model, TRANSECT_LN1_GAIN, 0, -1,
                                     &gain));
        CU_ASSERT_EQUAL(model_weight(g->model, TRANSECT_ATTN_POST_GAIN, 0, -1,
                                     &gain), !config->stream_norm);
        return;
    }
    CU_ASSERT_TRUE_FATAL(model_weight(g->model, TRANSECT_LN1_GAIN, 0, -1,
                                      &gain));
    model_weight(g->model, TRANSECT_LN1_BIAS, 0, -1, &bias);
    for (int64_t j = 0; j < config->d_model; j++)
        CU_ASSERT_DOUBLE_EQUAL(
            y[j], normalized(config, x, &gain, j) +
                      (bias.data ? (double)bias.data[j] : 0), 1e-5);
}

static void test_weights(void)
{
    for_each_golden(check_weights);
    for_each_golden(check_gains);
}

static void test_values(void)
{
    for_each_golden(check_values);
}

static void test_identities(void)
{
    for_each_golden(check_identities);
    for_each_golden(check_long);
}

static void test_neutral(void)
{
    for_each_golden(check_neutral);
}

static void test_edits(void)
{
    for_each_golden(check_edits);
    for_each_golden(check_edited_stream);
    for_each_golden(check_window);
}

static void test_packed(void)
{
    for_each_golden(check_packed);
}

static size_t n_seen;
static const char *seen[GOLDEN_MAX];

static void note_family(struct golden *g)
{
    seen[n_seen++] = g->model->arch->model_type;
}

/* GPT-2 has a reference of its own. */
static void test_complete(void)
{
    const char *const *names;
    size_t n;

    n_seen = 0;
    for_each_golden(note_family);
    names = arch_names(&n);
    for (size_t i = 0; i < n; i++) {
        bool found = strcmp(names[i], "gpt2") == 0;

        for (size_t k = 0; k < n_seen; k++)
            found = found || strcmp(names[i], seen[k]) == 0;
        if (!found)
            fprintf(stderr, "# no golden model of %s\n", names[i]);
        CU_ASSERT(found);
    }
}

CU_ErrorCode add_families_tests(void)
{
    CU_pSuite suite = CU_add_suite("families", NULL, NULL);

    CU_add_test(suite, "every family has a golden model", test_complete);
    CU_add_test(suite, "hook points and logits are Hugging Face's",
                test_values);
    CU_add_test(suite, "identities between points", test_identities);
    CU_add_test(suite, "weights that plugins see", test_weights);
    CU_add_test(suite, "observers change nothing", test_neutral);
    CU_add_test(suite, "an edit of any point", test_edits);
    CU_add_test(suite, "a packed sample is the sample", test_packed);
    return CU_get_error();
}
