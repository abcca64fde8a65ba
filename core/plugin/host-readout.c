/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-readout.c - the extension transect/readout.h: passes questions on to
 * who knows passes. */
#include "plugin/host-internal.h"

static int unready(transect_ctx *ctx, const char *what)
{
    return ctx->model && ctx->readout
               ? TRANSECT_OK
               : host_fail(ctx, "%s is for ready or later", what);
}

static int answer(transect_ctx *ctx, int status, const struct error *err)
{
    if (status == ST_OK)
        return TRANSECT_OK;
    host_record(ctx, err->status, "%s", err->text);
    return TRANSECT_FAILED;
}

int host_project(transect_ctx *ctx, int32_t point, int32_t layer,
                 int32_t head, int32_t first, int64_t n, const float *x,
                 float *out)
{
    struct error err = {0};
    const struct projection projection = {
        .point = point,
        .layer = layer,
        .head = head,
        .first = first,
        .longest = ctx->n_token,
        .n = n,
        .x = x,
        .out = out,
    };

    if (unready(ctx, "project"))
        return TRANSECT_FAILED;
    return answer(ctx, ctx->readout->project(ctx->model, &projection, &err),
                  &err);
}

int host_pull(transect_ctx *ctx, int32_t point, int32_t layer, int64_t n,
              const float *x, const float *u, float *out, double *constant)
{
    struct error err = {0};
    const struct pull pull = {
        .point = point,
        .layer = layer,
        .n = n,
        .x = x,
        .u = u,
        .out = out,
        .constant = constant,
    };

    if (unready(ctx, "pull"))
        return TRANSECT_FAILED;
    return answer(ctx, ctx->readout->pull(ctx->model, &pull, &err), &err);
}

int host_unembed(transect_ctx *ctx, const int32_t *tokens,
                 const double *weights, size_t n_tokens, float *out,
                 double *constant)
{
    struct error err = {0};
    const struct unembedding unembedding = {
        .tokens = tokens,
        .weights = weights,
        .n_tokens = n_tokens,
        .out = out,
        .constant = constant,
    };

    if (unready(ctx, "unembed"))
        return TRANSECT_FAILED;
    return answer(ctx, ctx->readout->unembed(ctx->model, &unembedding, &err),
                  &err);
}

int host_logits(transect_ctx *ctx, int64_t n, const float *x,
                const int32_t *tokens, size_t n_tokens, float *out)
{
    struct error err = {0};
    const struct token_logits logits = {
        .n = n,
        .x = x,
        .tokens = tokens,
        .n_tokens = n_tokens,
        .out = out,
    };

    if (unready(ctx, "logits"))
        return TRANSECT_FAILED;
    return answer(ctx, ctx->readout->logits(ctx->model, &logits, &err), &err);
}
