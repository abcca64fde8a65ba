/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* capture.c - everything that a forward pass shows of one sample. */
#include "capture.h"

#include "model/arch.h"
#include "base/mem.h"
#include "hooks/hook-points.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct error capture_error;

size_t capture_heads(const struct capture *c, int point)
{
    int n = point_heads(point, c->config);

    return (size_t)(n ? n : 1);
}

size_t capture_columns(const struct capture *c, int point)
{
    return (size_t)point_columns(point, c->config, c->n_token);
}

float *capture_tensor(const struct capture *c, int point, int layer, int head)
{
    size_t at = (size_t)(layer < 0 ? 0 : layer) * capture_heads(c, point) +
                (size_t)(head < 0 ? 0 : head);

    return c->tensors[point] +
           at * (size_t)c->n_token * capture_columns(c, point);
}

bool capture_has(const struct config *config, int point)
{
    const char *why;

    return model_has_point(config, arch_find(config->model_type), point,
                           &why);
}

int capture_event(void *state, const struct transect_event *event)
{
    struct capture *c = state;
    const struct transect_view *view = &event->view;
    size_t cols = capture_columns(c, event->point);
    float *to;

    if (event->sample != c->sample)
        return TRANSECT_OK;
    CU_ASSERT_PTR_NULL(event->edit);
    CU_ASSERT_EQUAL(event->n_token, c->n_token);
    to = capture_tensor(c, event->point, event->layer, event->head);
    for (int64_t i = 0; i < view->rows; i++) {
        float *row = to + (size_t)(event->first + i) * cols;

        memcpy(row, view->data + i * view->row_stride,
               (size_t)view->cols * sizeof *row);
        for (size_t j = (size_t)view->cols; j < cols; j++)
            row[j] = event->point == TRANSECT_ATTN_SCORES ? -INFINITY : 0;
    }
    return TRANSECT_OK;
}

void capture_init(struct capture *c, const struct config *config, int n_token,
                  int sample)
{
    *c = (struct capture){config, n_token, sample, {0}};
    for (int p = 0; p < TRANSECT_N_POINTS; p++) {
        size_t layers = point_info(p)->layered ? (size_t)config->n_layer : 1;

        c->tensors[p] = mem_new(layers * capture_heads(c, p) *
                                    (size_t)n_token * capture_columns(c, p),
                                sizeof(float));
    }
}

void capture_clear(struct capture *c)
{
    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        free(c->tensors[p]);
}

void capture_listen(struct hooks *hooks, struct hook_owner *owner, int point,
                    transect_event_fn fn, uint32_t flags)
{
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = point,
        .flags = flags,
        .on_event = fn,
    };

    hooks_add(hooks, owner, &sub);
}

int capture_spans(const struct model *model, struct hooks *hooks,
                  struct thread_team *team, const struct batch *batch,
                  struct error *err)
{
    struct forward *forward;
    int n_token = 0, status;

    for (int i = 0; i < batch->n_span; i++)
        if (batch_span_length(&batch->spans[i]) > n_token)
            n_token = batch_span_length(&batch->spans[i]);
    if (forward_new(model, batch->n_row, n_token, team, &forward, err))
        return err->status;
    status = forward_run(forward, hooks, batch, err);
    forward_free(forward);
    return status;
}

int capture_batch(const struct model *model, struct hooks *hooks,
                  const int32_t *tokens, int n_sample, int n_token,
                  struct error *err)
{
    struct span spans[16];
    struct batch batch = {tokens, n_sample * n_token, spans, n_sample};

    for (int i = 0; i < n_sample; i++)
        spans[i] = (struct span){.sample = i, .slot = i, .row = i * n_token,
                                 .n_token = n_token};
    return capture_spans(model, hooks, NULL, &batch, err);
}

void capture_listen_all(struct hooks *hooks, struct hook_owner *owner,
                        transect_event_fn fn)
{
    const struct capture *c = owner->state;

    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        if (capture_has(c->config, p))
            capture_listen(hooks, owner, p, fn, 0);
}

void capture_run(const struct model *model, struct capture *capture,
                 const int32_t *tokens, int n_sample)
{
    struct error err = {0};
    struct hook_owner owner = {.id = "capture", .state = capture,
                               .error = &capture_error};
    struct hooks *hooks = hooks_new(&model->config);

    capture_listen_all(hooks, &owner, capture_event);
    if (capture_batch(model, hooks, tokens, n_sample, capture->n_token, &err))
        CU_FAIL("forward pass failed");
    hooks_free(hooks);
}

void capture_tokens(int32_t *tokens, int n, int vocab, unsigned seed)
{
    for (int i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        tokens[i] = (int32_t)((seed >> 8) % (unsigned)vocab);
    }
}

size_t capture_size(const struct capture *c, int point)
{
    return capture_heads(c, point) * (size_t)c->n_token *
           capture_columns(c, point);
}

bool capture_same(const struct capture *a, const struct capture *b, int point,
                  int layer)
{
    return memcmp(capture_tensor(a, point, layer, 0),
                  capture_tensor(b, point, layer, 0),
                  capture_size(a, point) * sizeof(float)) == 0;
}

/* A score is a sum of products that may cancel to nothing, and row 0 is a
 * single score. What it can be exact to is the norm of its factors: of the
 * query times that of all keys, times the scale; and its bias. */
static void score_norms(const struct capture *c, int layer, int head,
                        double *norms)
{
    const struct config *config = c->config;
    const int d = config->d_head, group = config->n_head / config->n_kv_head;
    const float *q = capture_tensor(c, TRANSECT_Q, layer, head);
    const float *k = capture_tensor(c, TRANSECT_K, layer, head / group);
    double scale = config->score_scale, keys = 0;

    if (config->scale_by_layer)
        scale /= layer + 1;
    for (int i = 0; i < c->n_token * d; i++)
        keys += (double)k[i] * (double)k[i];
    for (int i = 0; i < c->n_token; i++) {
        double query = 0;

        for (int j = 0; j < d; j++)
            query += (double)q[i * d + j] * (double)q[i * d + j];
        norms[i] = scale * sqrt(query * keys) + config->alibi * c->n_token;
    }
}

double capture_worst(const struct capture *got, const struct capture *want,
                     int point, int layer)
{
    int heads = (int)capture_heads(want, point), rows = want->n_token;
    int cols = (int)capture_columns(want, point);
    double *x = mem_new((size_t)(rows * cols), sizeof *x), worst = 0, one;
    double *norms = mem_new((size_t)rows, sizeof *norms);
    bool scores = point == TRANSECT_ATTN_SCORES;

    for (int h = 0; h < heads; h++) {
        const float *from = capture_tensor(want, point, layer, h);

        for (int i = 0; i < rows * cols; i++)
            x[i] = (double)from[i];
        if (scores)
            score_norms(want, layer, h, norms);
        one = capture_worst_row(capture_tensor(got, point, layer, h), x, rows,
                                cols, scores ? norms : NULL);
        if (!(one <= worst))
            worst = one;
    }
    free(x);
    free(norms);
    return worst;
}

double capture_worst_row(const float *got, const double *want, int rows,
                         int cols, const double *norms)
{
    double worst = 0;

    for (int i = 0; i < rows; i++) {
        double norm = norms ? norms[i] * norms[i] : 0, largest = 0;

        for (int j = 0; j < cols; j++) {
            double w = want[i * cols + j], g = (double)got[i * cols + j];

            if (isinf(w) && w == g)
                continue;
            norm += norms ? 0 : w * w;
            if (!(fabs(g - w) <= largest))
                largest = fabs(g - w);
        }
        if (!(largest <= worst * sqrt(norm)))
            worst = largest / sqrt(norm);
    }
    return worst;
}
