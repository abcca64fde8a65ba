/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* reference.c - a second GPT-2, in float64 and plain loops, to test against.
 *
 * Radford et al. 2019, in the details of Hugging Face's GPT2LMHeadModel: its
 * tensor names, its Conv1D matrices (inputs x outputs) and its options. */
#include "reference.h"

#include "format/safetensors.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/plugin.h>

struct reference {
    int n_layer, n_head, n_embd, n_inner, n_vocab, d, n; /* n tokens */
    double eps;
    char act[32];
    int tied, scale, scale_by_layer;
    double **at; /* [(layer * N_POINTS + point) * n_head + head] */
    struct tensors *tensors;
};

static double *new_doubles(size_t n)
{
    double *doubles = calloc(n ? n : 1, sizeof *doubles);

    if (!doubles)
        abort();
    return doubles;
}

static double **slot(const struct reference *r, int point, int layer,
                     int head)
{
    return &r->at[((size_t)layer * TRANSECT_N_POINTS + (size_t)point) *
                      (size_t)r->n_head + (size_t)head];
}

static int is_per_head(int point)
{
    switch (point) {
    case TRANSECT_Q:
    case TRANSECT_K:
    case TRANSECT_V:
    case TRANSECT_ATTN_SCORES:
    case TRANSECT_PATTERN:
    case TRANSECT_Z:
    case TRANSECT_HEAD_OUT:
        return 1;
    default:
        return 0;
    }
}

static int n_cols(const struct reference *r, int point)
{
    switch (point) {
    case TRANSECT_Q:
    case TRANSECT_K:
    case TRANSECT_V:
    case TRANSECT_Z:
        return r->d;
    case TRANSECT_ATTN_SCORES:
    case TRANSECT_PATTERN:
        return r->n;
    case TRANSECT_MLP_PRE:
    case TRANSECT_MLP_POST:
        return r->n_inner;
    case TRANSECT_LOGITS:
        return r->n_vocab;
    default:
        return r->n_embd;
    }
}

/* Makes the tensor of a point. */
static double *make(struct reference *r, int point, int layer, int head)
{
    double **at = slot(r, point, layer, head);

    *at = new_doubles((size_t)r->n * (size_t)n_cols(r, point));
    return *at;
}

/* A tensor as doubles, which the caller frees; layer -1: no block's. */
static double *weights(const struct reference *r, int layer,
                       const char *name)
{
    char full[100], block[20] = "";
    const struct tensor *tensor;
    double *wide;
    float *narrow;
    size_t n;

    if (layer >= 0)
        snprintf(block, sizeof block, "h.%d.", layer);
    snprintf(full, sizeof full, "transformer.%s%s", block, name);
    tensor = tensors_find(r->tensors, full);
    if (!tensor)
        tensor = tensors_find(r->tensors, full + strlen("transformer."));
    if (!tensor) {
        fprintf(stderr, "reference: no tensor %s\n", full);
        abort();
    }
    n = tensor->size / dtype_size(tensor->dtype);
    narrow = malloc(n * sizeof *narrow);
    wide = new_doubles(n);
    if (!narrow)
        abort();
    dtype_to_f32(tensor->dtype, tensor->data, narrow, n);
    for (size_t i = 0; i < n; i++)
        wide[i] = narrow[i];
    free(narrow);
    return wide;
}

/* y (n x n_out) = x (n x n_in) w (n_in x n_out) + b */
static void conv1d(const struct reference *r, int layer, const char *module,
                   const double *x, int n_in, double *y, int n_out)
{
    char name[60];
    double *w, *b;

    snprintf(name, sizeof name, "%s.weight", module);
    w = weights(r, layer, name);
    snprintf(name, sizeof name, "%s.bias", module);
    b = weights(r, layer, name);
    for (int t = 0; t < r->n; t++) {
        double *row = y + (size_t)t * (size_t)n_out;

        memcpy(row, b, (size_t)n_out * sizeof *b);
        for (int i = 0; i < n_in; i++) {
            double factor = x[(size_t)t * (size_t)n_in + (size_t)i];

            for (int j = 0; j < n_out; j++)
                row[j] += factor * w[(size_t)i * (size_t)n_out + (size_t)j];
        }
    }
    free(w);
    free(b);
}

static void layer_norm(const struct reference *r, int layer,
                       const char *module, const double *x, double *y)
{
    char name[60];
    double *gain, *bias;
    const int width = r->n_embd;

    snprintf(name, sizeof name, "%s.weight", module);
    gain = weights(r, layer, name);
    snprintf(name, sizeof name, "%s.bias", module);
    bias = weights(r, layer, name);
    for (int t = 0; t < r->n; t++, x += width, y += width) {
        double mean = 0, variance = 0;

        for (int i = 0; i < width; i++)
            mean += x[i] / width;
        for (int i = 0; i < width; i++)
            variance += (x[i] - mean) * (x[i] - mean) / width;
        for (int i = 0; i < width; i++)
            y[i] = (x[i] - mean) / sqrt(variance + r->eps) * gain[i] +
                   bias[i];
    }
    free(gain);
    free(bias);
}

static void add_up(const struct reference *r, const double *a,
                   const double *b, double *sum)
{
    for (size_t i = 0; i < (size_t)r->n * (size_t)r->n_embd; i++)
        sum[i] = a[i] + b[i];
}

static void embed(struct reference *r, const int32_t *tokens)
{
    double *wte = weights(r, -1, "wte.weight");
    double *wpe = weights(r, -1, "wpe.weight");
    double *token = make(r, TRANSECT_EMBED, 0, 0);
    double *position = make(r, TRANSECT_POS_EMBED, 0, 0);
    const size_t width = (size_t)r->n_embd;

    for (int t = 0; t < r->n; t++)
        memcpy(token + (size_t)t * width, wte + (size_t)tokens[t] * width,
               width * sizeof *wte);
    memcpy(position, wpe, (size_t)r->n * width * sizeof *wpe);
    add_up(r, token, position, make(r, TRANSECT_RESID_PRE, 0, 0));
    free(wte);
    free(wpe);
}

/* Columns of qkv (n x 3 n_embd) into q, k and v of each head. */
static void split_heads(struct reference *r, int layer, const double *qkv)
{
    const int points[] = {TRANSECT_Q, TRANSECT_K, TRANSECT_V};

    for (int which = 0; which < 3; which++)
        for (int head = 0; head < r->n_head; head++) {
            double *x = make(r, points[which], layer, head);
            const double *from = qkv + which * r->n_embd + head * r->d;

            for (int t = 0; t < r->n; t++)
                memcpy(x + (size_t)t * (size_t)r->d,
                       from + (size_t)t * 3 * (size_t)r->n_embd,
                       (size_t)r->d * sizeof *x);
        }
}

/* Row t of scores and of pattern. */
static void attend(const struct reference *r, int layer, int head, int t)
{
    const size_t d = (size_t)r->d, n = (size_t)r->n;
    const double *q = *slot(r, TRANSECT_Q, layer, head) + (size_t)t * d;
    const double *k = *slot(r, TRANSECT_K, layer, head);
    double *scores = *slot(r, TRANSECT_ATTN_SCORES, layer, head) +
                     (size_t)t * n;
    double *pattern = *slot(r, TRANSECT_PATTERN, layer, head) + (size_t)t * n;
    double most = -INFINITY, sum = 0;

    for (size_t s = 0; s < n; s++) {
        double dot = 0;

        for (size_t i = 0; i < d; i++)
            dot += q[i] * k[s * d + i];
        if (r->scale)
            dot /= sqrt(r->d);
        if (r->scale_by_layer)
            dot /= layer + 1;
        scores[s] = s <= (size_t)t ? dot : -INFINITY;
        most = fmax(most, scores[s]);
    }
    for (size_t s = 0; s < n; s++)
        sum += pattern[s] = exp(scores[s] - most);
    for (size_t s = 0; s < n; s++)
        pattern[s] /= sum;
}

static void run_head(struct reference *r, int layer, int head)
{
    const size_t d = (size_t)r->d, n = (size_t)r->n;
    const double *v = *slot(r, TRANSECT_V, layer, head);
    const double *pattern;
    double *z;

    make(r, TRANSECT_ATTN_SCORES, layer, head);
    pattern = make(r, TRANSECT_PATTERN, layer, head);
    z = make(r, TRANSECT_Z, layer, head);
    for (size_t t = 0; t < n; t++) {
        attend(r, layer, head, (int)t);
        for (size_t s = 0; s <= t; s++)
            for (size_t i = 0; i < d; i++)
                z[t * d + i] += pattern[t * n + s] * v[s * d + i];
    }
}

/* head_out of each head, and attn_out from all heads side by side. */
static void project(struct reference *r, int layer)
{
    const size_t d = (size_t)r->d, width = (size_t)r->n_embd;
    const size_t n = (size_t)r->n;
    double *w = weights(r, layer, "attn.c_proj.weight");
    double *all = new_doubles(n * width);

    for (int head = 0; head < r->n_head; head++) {
        const double *z = *slot(r, TRANSECT_Z, layer, head);
        double *out = make(r, TRANSECT_HEAD_OUT, layer, head);

        for (size_t t = 0; t < n; t++)
            for (size_t i = 0; i < d; i++) {
                size_t row = (size_t)head * d + i;

                all[t * width + row] = z[t * d + i];
                for (size_t j = 0; j < width; j++)
                    out[t * width + j] += z[t * d + i] * w[row * width + j];
            }
    }
    conv1d(r, layer, "attn.c_proj", all, r->n_embd,
           make(r, TRANSECT_ATTN_OUT, layer, 0), r->n_embd);
    free(all);
    free(w);
}

static void attention(struct reference *r, int layer)
{
    double *qkv = new_doubles((size_t)r->n * 3 * (size_t)r->n_embd);
    double *x = make(r, TRANSECT_LN1, layer, 0);

    layer_norm(r, layer, "ln_1", *slot(r, TRANSECT_RESID_PRE, layer, 0), x);
    conv1d(r, layer, "attn.c_attn", x, r->n_embd, qkv, 3 * r->n_embd);
    split_heads(r, layer, qkv);
    free(qkv);
    for (int head = 0; head < r->n_head; head++)
        run_head(r, layer, head);
    project(r, layer);
}

static double activate(const struct reference *r, double x)
{
    if (strcmp(r->act, "relu") == 0)
        return x > 0 ? x : 0;
    if (strcmp(r->act, "gelu") == 0)
        return 0.5 * x * (1 + erf(x / sqrt(2)));
    return 0.5 * x *
           (1 + tanh(sqrt(2 / acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

static void mlp(struct reference *r, int layer)
{
    double *x = make(r, TRANSECT_LN2, layer, 0);
    double *pre = make(r, TRANSECT_MLP_PRE, layer, 0);
    double *post = make(r, TRANSECT_MLP_POST, layer, 0);

    layer_norm(r, layer, "ln_2", *slot(r, TRANSECT_RESID_MID, layer, 0), x);
    conv1d(r, layer, "mlp.c_fc", x, r->n_embd, pre, r->n_inner);
    for (size_t i = 0; i < (size_t)r->n * (size_t)r->n_inner; i++)
        post[i] = activate(r, pre[i]);
    conv1d(r, layer, "mlp.c_proj", post, r->n_inner,
           make(r, TRANSECT_MLP_OUT, layer, 0), r->n_embd);
}

static void run_block(struct reference *r, int layer)
{
    double *mid, *post;

    if (layer > 0)
        memcpy(make(r, TRANSECT_RESID_PRE, layer, 0),
               *slot(r, TRANSECT_RESID_POST, layer - 1, 0),
               (size_t)r->n * (size_t)r->n_embd * sizeof(double));
    attention(r, layer);
    mid = make(r, TRANSECT_RESID_MID, layer, 0);
    add_up(r, *slot(r, TRANSECT_RESID_PRE, layer, 0),
           *slot(r, TRANSECT_ATTN_OUT, layer, 0), mid);
    mlp(r, layer);
    post = make(r, TRANSECT_RESID_POST, layer, 0);
    add_up(r, mid, *slot(r, TRANSECT_MLP_OUT, layer, 0), post);
}

static void unembed(struct reference *r)
{
    double *x = make(r, TRANSECT_LN_FINAL, 0, 0);
    double *logits = make(r, TRANSECT_LOGITS, 0, 0);
    double *w = weights(r, -1, r->tied ? "wte.weight" : "lm_head.weight");
    const size_t width = (size_t)r->n_embd, vocab = (size_t)r->n_vocab;

    layer_norm(r, -1, "ln_f", *slot(r, TRANSECT_RESID_POST, r->n_layer - 1,
                                    0), x);
    for (size_t t = 0; t < (size_t)r->n; t++)
        for (size_t token = 0; token < vocab; token++)
            for (size_t i = 0; i < width; i++)
                logits[t * vocab + token] +=
                    x[t * width + i] * w[token * width + i];
    free(w);
}

static int int_of(const json_t *config, const char *key, int fallback)
{
    const json_t *value = json_object_get(config, key);

    return json_is_integer(value) ? (int)json_integer_value(value) : fallback;
}

static int bool_of(const json_t *config, const char *key, int fallback)
{
    const json_t *value = json_object_get(config, key);

    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

static int read_config(struct reference *r, const char *dir)
{
    char path[4096];
    json_t *config;
    const json_t *eps;
    const char *act;

    snprintf(path, sizeof path, "%s/config.json", dir);
    config = json_load_file(path, 0, NULL);
    if (!config)
        return -1;
    r->n_layer = int_of(config, "n_layer", 12);
    r->n_head = int_of(config, "n_head", 12);
    r->n_embd = int_of(config, "n_embd", 768);
    r->n_inner = int_of(config, "n_inner", 4 * r->n_embd);
    r->n_vocab = int_of(config, "vocab_size", 50257);
    r->d = r->n_embd / r->n_head;
    eps = json_object_get(config, "layer_norm_epsilon");
    r->eps = eps ? json_number_value(eps) : 1e-5;
    act = json_string_value(json_object_get(config, "activation_function"));
    snprintf(r->act, sizeof r->act, "%s", act ? act : "gelu_new");
    r->tied = bool_of(config, "tie_word_embeddings", 1);
    r->scale = bool_of(config, "scale_attn_weights", 1);
    r->scale_by_layer = bool_of(config, "scale_attn_by_inverse_layer_idx", 0);
    json_decref(config);
    return 0;
}

int reference_run(const char *dir, const int32_t *tokens, int n,
                  struct reference **out)
{
    return reference_run_edited(dir, tokens, n, NULL, NULL, out);
}

int reference_run_edited(const char *dir, const int32_t *tokens, int n,
                         reference_edit_fn *edit, void *user,
                         struct reference **out)
{
    struct reference *r = calloc(1, sizeof *r);
    struct error err;

    if (!r)
        abort();
    r->n = n;
    if (read_config(r, dir) || safetensors_open(dir, &r->tensors, &err)) {
        fprintf(stderr, "reference: cannot read %s\n", dir);
        free(r);
        return -1;
    }
    r->at = calloc((size_t)r->n_layer * TRANSECT_N_POINTS *
                       (size_t)r->n_head, sizeof *r->at);
    if (!r->at)
        abort();
    embed(r, tokens);
    for (int layer = 0; layer < r->n_layer; layer++) {
        run_block(r, layer);
        if (edit)
            edit(user, layer, *slot(r, TRANSECT_RESID_POST, layer, 0));
    }
    unembed(r);
    *out = r;
    return 0;
}

void reference_free(struct reference *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < (size_t)r->n_layer * TRANSECT_N_POINTS *
                               (size_t)r->n_head; i++)
        free(r->at[i]);
    free(r->at);
    tensors_close(r->tensors);
    free(r);
}

const double *reference_get(const struct reference *r, int point, int layer,
                            int head, int *rows, int *cols)
{
    const int global = point == TRANSECT_EMBED ||
                       point == TRANSECT_POS_EMBED ||
                       point == TRANSECT_LN_FINAL || point == TRANSECT_LOGITS;

    *rows = r->n;
    *cols = n_cols(r, point);
    return *slot(r, point, global ? 0 : layer, is_per_head(point) ? head : 0);
}
