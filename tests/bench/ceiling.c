/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* ceiling.c - the matrix products of a forward pass, and nothing else: what
 * the machine's sgemm makes of them is the ceiling. */
#include "bench.h"

#include "plan/cost-estimate.h"
#include "executor/forward.h"
#include "base/mem.h"

#include <cblas.h>
#include <stdlib.h>

struct gemm {
    int m, n, k;
    bool transposed;
};

static void sgemm(const struct ceiling *ceiling, const struct gemm *g)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans,
                g->transposed ? CblasTrans : CblasNoTrans, g->m, g->n, g->k,
                1.0f, ceiling->a, g->k, ceiling->b,
                g->transposed ? g->k : g->n, 0.0f, ceiling->c, g->n);
}

void ceiling_linear(const struct ceiling *ceiling)
{
    const struct config *config = &ceiling->config;
    int d = config->d_model, f = config->d_mlp;
    int rows = ceiling->n_span * ceiling->n_token;
    struct gemm qkv = {rows, 3 * d, d, false}, o = {rows, d, d, false};
    struct gemm in = {rows, f, d, false}, out = {rows, d, f, false};

    for (int layer = 0; layer < config->n_layer; layer++) {
        sgemm(ceiling, &qkv);
        sgemm(ceiling, &o);
        sgemm(ceiling, &in);
        sgemm(ceiling, &out);
    }
}

/* Of one head of one sample: row blocks see their past only, in tiles. */
static void head_products(const struct ceiling *ceiling)
{
    int d = ceiling->config.d_head, n = ceiling->n_token;

    for (int first = 0; first < n; first += FORWARD_BLOCK) {
        int left = n - first;
        int rows = left < FORWARD_BLOCK ? left : FORWARD_BLOCK;

        for (int at = 0; at < first + rows; at += FORWARD_TILE) {
            int more = first + rows - at;
            int keys = more < FORWARD_TILE ? more : FORWARD_TILE;
            struct gemm scores = {rows, keys, d, true};
            struct gemm mix = {rows, d, keys, false};

            sgemm(ceiling, &scores);
            sgemm(ceiling, &mix);
        }
    }
}

void ceiling_attention(const struct ceiling *ceiling)
{
    const struct config *config = &ceiling->config;
    int n = config->n_layer * config->n_head * ceiling->n_span;

    for (int i = 0; i < n; i++)
        head_products(ceiling);
}

double ceiling_mlp_rate(const struct ceiling *ceiling)
{
    const struct config *config = &ceiling->config;
    int d = config->d_model, f = config->d_mlp;
    struct gemm out = {ceiling->n_span * ceiling->n_token, d, f, false};
    struct began began = begin();

    for (int layer = 0; layer < config->n_layer; layer++)
        sgemm(ceiling, &out);
    return 2.0 * out.m * out.n * out.k * config->n_layer / since(&began).wall;
}

double ceiling_flops(const struct ceiling *ceiling)
{
    return ceiling->n_span *
           cost_forward_flops(&ceiling->config, ceiling->n_token);
}

double ceiling_linear_flops(const struct ceiling *ceiling)
{
    const struct config *config = &ceiling->config;
    double d = config->d_model, f = config->d_mlp;

    return 2.0 * ceiling->n_span * ceiling->n_token * config->n_layer *
           (4 * d * d + 2 * d * f);
}

static struct config shape_of(const struct model_recipe *recipe)
{
    int inner = recipe->inner ? recipe->inner : 4 * recipe->width;

    return (struct config){
        .n_layer = recipe->layers,
        .n_head = recipe->heads,
        .n_kv_head = recipe->heads,
        .d_head = recipe->width / recipe->heads,
        .d_model = recipe->width,
        .d_mlp = inner,
    };
}

int ceiling_new(const struct bench *bench, int n_span, int n_token,
                struct ceiling *ceiling, struct error *err)
{
    struct config config = shape_of(&bench->shape);
    size_t f = (size_t)config.d_mlp, rows = (size_t)(n_span * n_token);
    size_t n_a, n_b;

    if (f < FORWARD_TILE) /* as wide as scores are at most */
        f = FORWARD_TILE;
    n_a = rows * f;
    n_b = f * (size_t)(config.d_model > FORWARD_TILE ? config.d_model
                                                     : FORWARD_TILE);
    *ceiling = (struct ceiling){config, n_span, n_token,
                                mem_tensor(n_a, 1, err),
                                mem_tensor(n_b, 1, err),
                                mem_tensor(n_a, 1, err)};
    if (!ceiling->a || !ceiling->b || !ceiling->c) {
        ceiling_free(ceiling);
        return err->status;
    }
    for (size_t i = 0; i < n_a; i++)
        ceiling->a[i] = (float)(i % 97) / 97 - 0.5f;
    for (size_t i = 0; i < n_b; i++)
        ceiling->b[i] = (float)(i % 89) / 89 - 0.5f;
    return ST_OK;
}

void ceiling_free(struct ceiling *ceiling)
{
    free(ceiling->a);
    free(ceiling->b);
    free(ceiling->c);
}
