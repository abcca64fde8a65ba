/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* capture-check.c - what must hold between the parts of a forward pass. */
#include "capture.h"

#include "hooks/hook-points.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* a + b is c, bit for bit. */
static void check_sum(const struct capture *c, int layer, int a, int b,
                      int sum)
{
    const float *x = capture_tensor(c, a, layer, -1);
    const float *y = capture_tensor(c, b, layer, -1);
    const float *z = capture_tensor(c, sum, layer, -1);

    for (size_t i = 0; i < (size_t)c->n_token * capture_columns(c, a); i++)
        if (x[i] + y[i] != z[i]) {
            CU_FAIL("a residual sum is not the sum of its parts");
            return;
        }
}

/* y is the LayerNorm of a + b, with the norm's gain and bias, in float64. A
 * mean of D terms is behind each value. */
static void check_norm_of_sum(const struct capture *c, int layer, int a, int b,
                              int out, const struct norm *norm)
{
    const struct config *config = c->config;
    int d = config->d_model;

    for (int i = 0; i < c->n_token; i++) {
        const float *x = capture_tensor(c, a, layer, -1) + i * d;
        const float *y = capture_tensor(c, b, layer, -1) + i * d;
        const float *z = capture_tensor(c, out, layer, -1) + i * d;
        double mean = 0, squares = 0, worst = 0;

        for (int j = 0; j < d; j++)
            mean += ((double)x[j] + (double)y[j]) / d;
        for (int j = 0; j < d; j++)
            squares += pow((double)x[j] + (double)y[j] - mean, 2) / d;
        for (int j = 0; j < d; j++) {
            double want = ((double)x[j] + (double)y[j] - mean) /
                          sqrt(squares + config->norm_epsilon);

            want = want * (norm->gain ? (double)norm->gain[j] : 1) +
                   (norm->bias ? (double)norm->bias[j] : 0);
            worst = fmax(worst, fabs(want - (double)z[j]));
        }
        CU_ASSERT(worst <= 1e-5);
    }
}

/* What a layer's branches add is added to the stream, which may then be
 * normalized. */
static void check_layer(const struct capture *c, const struct block *block,
                        int layer)
{
    if (c->config->stream_norm) {
        check_norm_of_sum(c, layer, TRANSECT_RESID_PRE, TRANSECT_ATTN_OUT,
                          TRANSECT_RESID_MID, &block->attn_post);
        check_norm_of_sum(c, layer, TRANSECT_RESID_MID, TRANSECT_MLP_OUT,
                          TRANSECT_RESID_POST, &block->mlp_post);
        return;
    }
    check_sum(c, layer, TRANSECT_RESID_PRE, TRANSECT_ATTN_OUT,
              TRANSECT_RESID_MID);
    check_sum(c, layer, TRANSECT_RESID_MID, TRANSECT_MLP_OUT,
              TRANSECT_RESID_POST);
}

void capture_check_stream(const struct capture *c, const struct model *model)
{
    for (int l = 0; l < c->config->n_layer; l++)
        check_layer(c, &model->blocks[l], l);
}

/* Press et al.: 2^(-8/n), 2^(-16/n)... for n heads, a power of two; for the
 * others every second one of the sequence for twice as many. */
static double slope_of(int head, int n_head)
{
    int n = 1;

    while (n * 2 <= n_head)
        n *= 2;
    return head < n ? pow(2, -8.0 * (head + 1) / n)
                    : pow(2, -4.0 * (2 * (head - n) + 1) / n);
}

/* A score from its query and key, by definition. */
static double score_of(const struct capture *c, int layer, int head, int i,
                       int j, double *largest)
{
    const struct config *config = c->config;
    const int group = config->n_head / config->n_kv_head, d = config->d_head;
    const float *q = capture_tensor(c, TRANSECT_Q, layer, head) + i * d;
    const float *k = capture_tensor(c, TRANSECT_K, layer, head / group) +
                     j * d;
    double score = 0, scale = config->score_scale, cap = config->score_cap;

    if (config->scale_by_layer)
        scale /= layer + 1;
    for (int n = 0; n < d; n++) {
        score += (double)q[n] * (double)k[n] * scale;
        *largest += fabs((double)q[n] * (double)k[n] * scale);
    }
    if (cap > 0)
        score = cap * tanh(score / cap);
    if (config->alibi > 0) {
        double bias = config->alibi * slope_of(head, config->n_head) *
                      (j - i);

        score += bias;
        *largest += fabs(bias);
    }
    return score;
}

/* Scores are those of q and k; the pattern is their softmax over the keys
 * that a query may see. Falcon rounds its biases to bfloat16. */
static void check_scores(const struct capture *c, int layer, int head)
{
    const int n = c->n_token, window = config_window(c->config, layer);
    const float *scores = capture_tensor(c, TRANSECT_ATTN_SCORES, layer,
                                         head);
    const float *pattern = capture_tensor(c, TRANSECT_PATTERN, layer, head);

    for (int i = 0; i < n; i++) {
        double sum = 0, worst = 0;

        for (int j = 0; j < n; j++) {
            bool seen = j <= i && (!window || j > i - window);
            double got = (double)scores[i * n + j], largest = 1e-3, want;

            CU_ASSERT_EQUAL(isinf(got) && got < 0, !seen);
            if (!seen)
                continue;
            sum += exp(got - (double)scores[i * n + i]);
            want = score_of(c, layer, head, i, j, &largest);
            if (!c->config->alibi_bf16)
                worst = fmax(worst, fabs(got - want) / largest);
        }
        CU_ASSERT(worst <= 1e-5);
        CU_ASSERT_DOUBLE_EQUAL((double)pattern[i * n + i] * sum, 1, 1e-4);
    }
}

/* Rows sum to 1 over the keys that they may see, and z is their mean of v,
 * to the rounding of its terms, which may be larger than their sum. */
static void check_pattern_rows(const struct capture *c, int layer, int head)
{
    const int group = c->config->n_head / c->config->n_kv_head;
    const float *pattern = capture_tensor(c, TRANSECT_PATTERN, layer, head);
    const float *v = capture_tensor(c, TRANSECT_V, layer, head / group);
    const float *z = capture_tensor(c, TRANSECT_Z, layer, head);
    int n = c->n_token, d = c->config->d_head;
    int window = config_window(c->config, layer);

    for (int i = 0; i < n; i++) {
        double sum = 0, norm = 0, worst = 0;

        for (int j = 0; j < n; j++) {
            sum += (double)pattern[i * n + j];
            if (j > i || (window && j <= i - window))
                CU_ASSERT_EQUAL(pattern[i * n + j], 0);
        }
        /* Without vectors, a tile's sum is one of up to 512 terms. */
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-6 + 3e-9 * n);
        for (int k = 0; k < d; k++) {
            double mixed = 0, size = 0;

            for (int j = 0; j <= i; j++) {
                double term = (double)pattern[i * n + j] *
                              (double)v[j * d + k];

                mixed += term;
                size += fabs(term);
            }
            norm += size * size;
            worst = fmax(worst, fabs(mixed - (double)z[i * d + k]));
        }
        CU_ASSERT(worst <= 1e-6 * sqrt(norm));
    }
}

/* Sum over heads of head_out, plus b_O, is attn_out. */
static void check_head_sum(const struct capture *c, const float *b_o,
                           int layer)
{
    const float *out = capture_tensor(c, TRANSECT_ATTN_OUT, layer, -1);
    int d = c->config->d_model;

    for (int i = 0; i < c->n_token; i++) {
        double norm = 0, worst = 0;

        for (int j = 0; j < d; j++) {
            double sum = b_o ? (double)b_o[j] : 0;
            double want = (double)out[i * d + j];

            for (int h = 0; h < c->config->n_head; h++)
                sum += (double)capture_tensor(c, TRANSECT_HEAD_OUT, layer,
                                              h)[i * d + j];
            norm += want * want;
            worst = fmax(worst, fabs(sum - want));
        }
        CU_ASSERT(worst <= 2e-6 * sqrt(norm));
    }
}

void capture_check_identities(const struct capture *c,
                              const struct model *model)
{
    capture_check_queries(c, model);
    capture_check_stream(c, model);
    for (int l = 0; l < c->config->n_layer; l++) {
        for (int h = 0; h < c->config->n_head; h++) {
            check_scores(c, l, h);
            check_pattern_rows(c, l, h);
        }
        if (capture_has(c->config, TRANSECT_HEAD_OUT))
            check_head_sum(c, model->blocks[l].o.b, l);
    }
    if (capture_has(c->config, TRANSECT_POS_EMBED))
        check_sum(c, 0, TRANSECT_EMBED, TRANSECT_POS_EMBED,
                  TRANSECT_RESID_PRE);
}

/* Adds 1 to the first element of every row. */
static int bump(void *state, const struct transect_event *event)
{
    (void)state;
    for (int64_t i = 0; i < event->view.rows; i++)
        event->edit[i * event->view.row_stride] += 1;
    return TRANSECT_OK;
}

static void check_attested(const struct hooks *hooks)
{
    size_t n, changed = 0;
    const struct edit_record *records = hooks_edit_records(hooks, &n);

    for (size_t i = 0; i < n; i++) {
        changed += records[i].changed;
        CU_ASSERT(records[i].fired > 0);
        CU_ASSERT(records[i].max_change > 0.99 &&
                  records[i].max_change < 1.01);
    }
    CU_ASSERT(changed > 0);
}

void capture_check_edit(const struct model *model, const int32_t *tokens,
                        int n, int point, const struct capture *before)
{
    struct error err = {0};
    struct capture after;
    struct hook_owner editor = {.id = "bump", .error = &capture_error};
    struct hook_owner observer = {.id = "see", .error = &capture_error};
    struct hooks *hooks = hooks_new(&model->config);

    capture_init(&after, &model->config, n, 0);
    observer.state = &after;
    capture_listen(hooks, &observer, point, capture_event, 0);
    capture_listen(hooks, &observer, TRANSECT_LOGITS, capture_event, 0);
    capture_listen(hooks, &editor, point, bump, TRANSECT_EDIT);
    CU_ASSERT_EQUAL(capture_batch(model, hooks, tokens, 1, n, &err), ST_OK);
    check_attested(hooks);
    /* Row 0, where an edit of earlier layers cannot have mixed in. */
    CU_ASSERT_DOUBLE_EQUAL((double)after.tensors[point][0],
                           (double)before->tensors[point][0] + 1, 1e-3);
    if (memcmp(after.tensors[TRANSECT_LOGITS],
               before->tensors[TRANSECT_LOGITS],
               (size_t)n * capture_columns(&after, TRANSECT_LOGITS) *
                   sizeof(float)) == 0) {
        fprintf(stderr, "# an edit of %s of %s\n", point_name(point),
                model->files->path);
        CU_FAIL("an edit does not reach the logits");
    }
    capture_clear(&after);
    hooks_free(hooks);
}

void capture_check_neutral(const struct model *model, const int32_t *tokens,
                           const struct capture *all)
{
    struct error err = {0};
    struct capture alone;
    struct hook_owner owner = {.id = "alone", .state = &alone,
                               .error = &capture_error};
    struct hooks *hooks = hooks_new(&model->config);
    const int n = all->n_token;

    capture_init(&alone, &model->config, n, 0);
    capture_listen(hooks, &owner, TRANSECT_RESID_POST, capture_event, 0);
    CU_ASSERT_EQUAL(capture_batch(model, hooks, tokens, 1, n, &err), ST_OK);
    CU_ASSERT_EQUAL(memcmp(all->tensors[TRANSECT_RESID_POST],
                           alone.tensors[TRANSECT_RESID_POST],
                           (size_t)model->config.n_layer * (size_t)n *
                               (size_t)model->config.d_model *
                               sizeof(float)), 0);
    capture_clear(&alone);
    hooks_free(hooks);
}
