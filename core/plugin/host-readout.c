/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-readout.c - the extension transect/readout.h: passes a question on to
 * who knows passes. */
#include "plugin/host-internal.h"

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

    if (!ctx->model || !ctx->project)
        return host_fail(ctx, "project is for ready or later");
    if (ctx->project(ctx->model, &projection, &err) == ST_OK)
        return TRANSECT_OK;
    host_record(ctx, err.status, "%s", err.text);
    return TRANSECT_FAILED;
}
