/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-forward.c - every hook point against the float64 reference, and the
 * identities that tie the points together. */
#include "tests.h"

#include "forward.h"
#include "make-model.h"
#include "mem.h"
#include "points.h"
#include "reference.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Everything that one pass over one sample showed, as the reference keeps
 * it: whole matrices, by point, layer and head. */
struct capture {
    const struct config *config;
    int n_token, sample;
    float *tensors[TRANSECT_N_POINTS]; /* (layers, heads, T, cols) */
};

static size_t heads_of(const struct capture *c, int point)
{
    int n = point_heads(point, c->config);

    return (size_t)(n ? n : 1);
}

static size_t columns_of(const struct capture *c, int point)
{
    return (size_t)point_columns(point, c->config, c->n_token);
}

static float *tensor_of(const struct capture *c, int point, int layer,
                        int head)
{
    size_t at = (size_t)(layer < 0 ? 0 : layer) * heads_of(c, point) +
                (size_t)(head < 0 ? 0 : head);

    return c->tensors[point] +
           at * (size_t)c->n_token * columns_of(c, point);
}

static int on_event(void *state, const struct transect_event *event)
{
    struct capture *c = state;
    const struct transect_view *view = &event->view;
    size_t cols = columns_of(c, event->point);
    float *to;

    if (event->sample != c->sample)
        return TRANSECT_OK;
    CU_ASSERT_PTR_NULL(event->edit);
    CU_ASSERT_EQUAL(event->n_token, c->n_token);
    to = tensor_of(c, event->point, event->layer, event->head);
    for (int64_t i = 0; i < view->rows; i++) {
        float *row = to + (size_t)(event->first + i) * cols;

        memcpy(row, view->data + i * view->row_stride,
               (size_t)view->cols * sizeof *row);
        for (size_t j = (size_t)view->cols; j < cols; j++)
            row[j] = event->point == TRANSECT_ATTN_SCORES ? -INFINITY : 0;
    }
    return TRANSECT_OK;
}

static struct error hook_error;

static void capture_init(struct capture *c, const struct config *config,
                         int n_token, int sample)
{
    *c = (struct capture){config, n_token, sample, {0}};
    for (int p = 0; p < TRANSECT_N_POINTS; p++) {
        size_t layers = point_info(p)->layered ? (size_t)config->n_layer : 1;

        c->tensors[p] = malloc(layers * heads_of(c, p) * (size_t)n_token *
                               columns_of(c, p) * sizeof(float));
    }
}

static void capture_clear(struct capture *c)
{
    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        free(c->tensors[p]);
}

static bool exists(int point)
{
    return point != TRANSECT_MLP_GATE;
}

static void listen(struct hooks *hooks, struct hook_owner *owner, int point,
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

/* Samples of n_token tokens each, in one batch. */
static int run(const struct model *model, struct hooks *hooks,
               const int32_t *tokens, int n_sample, int n_token,
               struct error *err)
{
    struct forward *forward;
    struct span spans[16];
    struct batch batch = {tokens, n_sample * n_token, spans, n_sample};
    int status;

    for (int i = 0; i < n_sample; i++)
        spans[i] = (struct span){i, i, i * n_token, n_token};
    if (forward_new(model, batch.n_row, n_token, &forward, err))
        return err->status;
    status = forward_run(forward, hooks, &batch, err);
    forward_free(forward);
    return status;
}

/* Captures all points of `sample` of the batch. */
static void run_captured(const struct model *model, struct capture *capture,
                         const int32_t *tokens, int n_sample)
{
    struct error err = {0};
    struct hook_owner owner = {.id = "capture", .state = capture,
                               .error = &hook_error};
    struct hooks *hooks = hooks_new(&model->config);

    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        if (exists(p))
            listen(hooks, &owner, p, on_event, 0);
    if (run(model, hooks, tokens, n_sample, capture->n_token, &err))
        CU_FAIL("forward pass failed");
    hooks_free(hooks);
}

static void random_tokens(int32_t *tokens, int n, int vocab, unsigned seed)
{
    for (int i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        tokens[i] = (int32_t)((seed >> 8) % (unsigned)vocab);
    }
}

/* Largest difference of a row over the norm of the reference's row (or over
 * norms[row]): where a row holds a massive activation, its rounding is that
 * of the large element, so absolute or elementwise bounds would mean
 * nothing. */
static double worst_row(const float *got, const double *want, int rows,
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
    worst = worst_row(tensor_of(capture, point, layer, head), want, rows,
                      cols, scores ? norms : NULL);
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

        for (int l = 0; exists(p) && l < layers; l++)
            for (size_t h = 0; h < heads_of(capture, p); h++)
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
        random_tokens(tokens, n, f.model->config.n_vocab, (unsigned)i);
        capture_init(&capture, &f.model->config, n, 0);
        run_captured(f.model, &capture, tokens, 1);
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

/* |a + b - c| <= eps * row scale, elementwise over D columns. */
static void check_sum(const struct capture *c, int layer, int a, int b,
                      int sum)
{
    const float *x = tensor_of(c, a, layer, -1);
    const float *y = tensor_of(c, b, layer, -1);
    const float *z = tensor_of(c, sum, layer, -1);

    for (size_t i = 0; i < (size_t)c->n_token * columns_of(c, a); i++)
        if (x[i] + y[i] != z[i]) {
            CU_FAIL("a residual sum is not the sum of its parts");
            return;
        }
}

static void check_pattern_rows(const struct capture *c, int layer, int head)
{
    const float *pattern = tensor_of(c, TRANSECT_PATTERN, layer, head);
    const float *v = tensor_of(c, TRANSECT_V, layer, head);
    const float *z = tensor_of(c, TRANSECT_Z, layer, head);
    int n = c->n_token, d = c->config->d_head;

    for (int i = 0; i < n; i++) {
        double sum = 0, norm = 0, worst = 0;

        for (int j = 0; j < n; j++) {
            sum += (double)pattern[i * n + j];
            if (j > i)
                CU_ASSERT_EQUAL(pattern[i * n + j], 0);
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-6);
        for (int k = 0; k < d; k++) {
            double mixed = 0;

            for (int j = 0; j <= i; j++)
                mixed += (double)pattern[i * n + j] * (double)v[j * d + k];
            norm += mixed * mixed;
            worst = fmax(worst, fabs(mixed - (double)z[i * d + k]));
        }
        CU_ASSERT(worst <= 1e-6 * sqrt(norm));
    }
}

/* Sum over heads of head_out, plus b_O, is attn_out. */
static void check_head_sum(const struct capture *c, const float *b_o,
                           int layer)
{
    const float *out = tensor_of(c, TRANSECT_ATTN_OUT, layer, -1);
    int d = c->config->d_model;

    for (int i = 0; i < c->n_token; i++) {
        double norm = 0, worst = 0;

        for (int j = 0; j < d; j++) {
            double sum = (double)b_o[j], want = (double)out[i * d + j];

            for (int h = 0; h < c->config->n_head; h++)
                sum += (double)tensor_of(c, TRANSECT_HEAD_OUT, layer,
                                         h)[i * d + j];
            norm += want * want;
            worst = fmax(worst, fabs(sum - want));
        }
        CU_ASSERT(worst <= 2e-6 * sqrt(norm));
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
        random_tokens(tokens, f.model->config.n_context,
                      f.model->config.n_vocab, 99);
        capture_init(&c, &f.model->config, f.model->config.n_context, 0);
        run_captured(f.model, &c, tokens, 1);
        for (int l = 0; l < c.config->n_layer; l++) {
            check_sum(&c, l, TRANSECT_RESID_PRE, TRANSECT_ATTN_OUT,
                      TRANSECT_RESID_MID);
            check_sum(&c, l, TRANSECT_RESID_MID, TRANSECT_MLP_OUT,
                      TRANSECT_RESID_POST);
            for (int h = 0; h < c.config->n_head; h++)
                check_pattern_rows(&c, l, h);
            check_head_sum(&c, f.model->blocks[l].o.b, l);
        }
        check_sum(&c, 0, TRANSECT_EMBED, TRANSECT_POS_EMBED,
                  TRANSECT_RESID_PRE);
        capture_clear(&c);
        fixture_remove(&f);
    }
}

/* resid_post alone, and resid_post with everything else observed. */
static void test_neutral(void)
{
    for (size_t i = 1; i < 5; i++) {
        struct fixture f;
        struct capture all, alone;
        struct error err = {0};
        struct hook_owner owner = {.id = "alone", .state = &alone,
                                   .error = &hook_error};
        struct hooks *hooks;
        int32_t tokens[256];
        int n;
        size_t bytes;

        if (!fixture_make(&f, &recipes[i]))
            return;
        n = f.model->config.n_context;
        random_tokens(tokens, n, f.model->config.n_vocab, 7);
        capture_init(&all, &f.model->config, n, 0);
        capture_init(&alone, &f.model->config, n, 0);
        run_captured(f.model, &all, tokens, 1);
        hooks = hooks_new(&f.model->config);
        listen(hooks, &owner, TRANSECT_RESID_POST, on_event, 0);
        CU_ASSERT_EQUAL(run(f.model, hooks, tokens, 1, n, &err), ST_OK);
        hooks_free(hooks);
        bytes = (size_t)f.model->config.n_layer * (size_t)n *
                (size_t)f.model->config.d_model * sizeof(float);
        CU_ASSERT_EQUAL(memcmp(all.tensors[TRANSECT_RESID_POST],
                               alone.tensors[TRANSECT_RESID_POST], bytes),
                        0);
        capture_clear(&all);
        capture_clear(&alone);
        fixture_remove(&f);
    }
}

/* The third of five packed samples against the same sample alone. */
static void test_packed(void)
{
    struct fixture f;
    struct capture packed, alone;
    int32_t tokens[5 * 16];

    if (!fixture_make(&f, &recipes[1]))
        return;
    random_tokens(tokens, 5 * 16, f.model->config.n_vocab, 3);
    capture_init(&packed, &f.model->config, 16, 2);
    capture_init(&alone, &f.model->config, 16, 0);
    run_captured(f.model, &packed, tokens, 5);
    run_captured(f.model, &alone, tokens + 2 * 16, 1);
    for (int p = 0; p < TRANSECT_N_POINTS; p++) {
        size_t layers = point_info(p)->layered ? 2 : 1;
        size_t rows = layers * heads_of(&alone, p) * 16;
        size_t cols = columns_of(&alone, p);
        double *want = malloc(rows * cols * sizeof *want);

        for (size_t j = 0; exists(p) && j < rows * cols; j++)
            want[j] = (double)alone.tensors[p][j];
        if (exists(p))
            CU_ASSERT(worst_row(packed.tensors[p], want, (int)rows,
                                (int)cols, NULL) <= 1e-5);
        free(want);
    }
    capture_clear(&packed);
    capture_clear(&alone);
    fixture_remove(&f);
}

/* Adds 1 to the first element of every row. */
static int bump(void *state, const struct transect_event *event)
{
    (void)state;
    for (int64_t i = 0; i < event->view.rows; i++)
        event->edit[i * event->view.row_stride] += 1;
    return TRANSECT_OK;
}

/* An edit at any point is seen there by observers, is attested, and reaches
 * what is computed after it: the logits. */
static void check_edit(const struct model *model, const int32_t *tokens,
                       int n, int point, const struct capture *before)
{
    struct error err = {0};
    struct capture after;
    struct hook_owner editor = {.id = "bump", .error = &hook_error};
    struct hook_owner observer = {.id = "see", .error = &hook_error};
    struct hooks *hooks = hooks_new(&model->config);
    const struct attest *attests;
    size_t n_attests, changed = 0, size;

    capture_init(&after, &model->config, n, 0);
    observer.state = &after;
    listen(hooks, &observer, point, on_event, 0);
    listen(hooks, &observer, TRANSECT_LOGITS, on_event, 0);
    listen(hooks, &editor, point, bump, TRANSECT_EDIT);
    CU_ASSERT_EQUAL(run(model, hooks, tokens, 1, n, &err), ST_OK);
    attests = hooks_attests(hooks, &n_attests);
    for (size_t i = 0; i < n_attests; i++) {
        changed += attests[i].changed;
        CU_ASSERT(attests[i].fired > 0);
        CU_ASSERT(attests[i].max_change > 0.99 &&
                  attests[i].max_change < 1.01);
    }
    CU_ASSERT(changed > 0);
    size = (size_t)n * columns_of(&after, point);
    /* Row 0, where an edit of earlier layers cannot have mixed in. */
    CU_ASSERT_DOUBLE_EQUAL((double)after.tensors[point][0],
                           (double)before->tensors[point][0] + 1, 1e-3);
    CU_ASSERT(size > 0);
    if (memcmp(after.tensors[TRANSECT_LOGITS],
               before->tensors[TRANSECT_LOGITS],
               (size_t)n * columns_of(&after, TRANSECT_LOGITS) *
                   sizeof(float)) == 0) {
        fprintf(stderr, "# an edit of %s\n", point_name(point));
        CU_FAIL("an edit does not reach the logits");
    }
    capture_clear(&after);
    hooks_free(hooks);
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
    random_tokens(tokens, 12, f.model->config.n_vocab, 5);
    capture_init(&before, &f.model->config, 12, 0);
    run_captured(f.model, &before, tokens, 1);
    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        if (exists(p))
            check_edit(f.model, tokens, 12, p, &before);
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
    struct hook_owner owner = {.id = "poison", .error = &hook_error};
    struct hooks *hooks;
    int32_t tokens[32];

    if (!fixture_make(&f, &recipes[1]))
        return;
    random_tokens(tokens, 32, f.model->config.n_vocab, 1);
    hooks = hooks_new(&f.model->config);
    listen(hooks, &owner, TRANSECT_MLP_OUT, poison, TRANSECT_EDIT);
    CU_ASSERT_EQUAL(run(f.model, hooks, tokens, 2, 16, &err), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "layer 0"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text,
                                  "sample 1, position 0, dim 3"));
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
    return CU_get_error();
}
