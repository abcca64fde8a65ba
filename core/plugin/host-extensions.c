/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-extensions.c - tables of functions beside the host's own, by id. */
#include "plugin/host-internal.h"

#include "tensor/svd.h"

#include <string.h>
#include <transect/figure.h>
#include <transect/linalg.h>
#include <transect/reduce.h>
#include <transect/state.h>
#include <transect/survey.h>
#include <transect/text.h>
#include <transect/verdict.h>
#include <transect/workers.h>

static const char *text_piece(transect_ctx *ctx, int32_t token, size_t *size)
{
    *size = 0;
    return ctx->labels ? token_labels_piece(ctx->labels, token, size) : NULL;
}

static const char *text_label(transect_ctx *ctx, int32_t token)
{
    return ctx->labels ? token_labels_label(ctx->labels, token) : "";
}

static int linalg_host_svd(transect_ctx *ctx, const struct transect_view *a,
                           int64_t k, double *s, double *u, double *vt)
{
    struct error err = {0};

    return svd_decompose(a, k, s, u, vt, &err) ? host_fail(ctx, "%s", err.text)
                                               : TRANSECT_OK;
}

static int declare_workers(transect_ctx *ctx, uint32_t threads)
{
    if (ctx->phase != PHASE_CREATE)
        return host_fail(ctx, "threads are declared in create only");
    if (threads & ~TRANSECT_ANY_THREAD)
        return host_fail(ctx, "this host does not know the thread model %u",
                         (unsigned)threads);
    ctx->any_thread = threads & TRANSECT_ANY_THREAD;
    return TRANSECT_OK;
}

const void *host_extension(transect_ctx *ctx, const char *id)
{
    static const struct transect_figure_host figure = {
        .size = sizeof figure,
        .figure = host_figure,
    };
    static const struct transect_linalg_host linalg = {
        .size = sizeof linalg,
        .svd = linalg_host_svd,
    };
    static const struct transect_reduce_host reduce = {
        .size = sizeof reduce,
        .subscribe = host_reduce,
    };
    static const struct transect_state_host state = {
        .size = sizeof state,
        .declare = host_declare_state,
        .put = host_put_state,
    };
    static const struct transect_survey_host survey = {
        .size = sizeof survey,
        .survey = host_survey,
    };
    static const struct transect_text_host text = {
        .size = sizeof text,
        .piece = text_piece,
        .label = text_label,
    };
    static const struct transect_verdict_host verdict = {
        .size = sizeof verdict,
        .verdict = host_verdict,
    };
    static const struct transect_workers_host workers = {
        .size = sizeof workers,
        .declare = declare_workers,
    };
    static const struct {
        const char *id;
        const void *table;
    } extensions[] = {
        {TRANSECT_FIGURE, &figure},
        {TRANSECT_LINALG, &linalg},
        {TRANSECT_REDUCE, &reduce},
        {TRANSECT_STATE, &state},
        {TRANSECT_SURVEY, &survey},
        {TRANSECT_TEXT, &text},
        {TRANSECT_VERDICT, &verdict},
        {TRANSECT_WORKERS, &workers},
    };

    (void)ctx;
    for (size_t i = 0; id && i < sizeof extensions / sizeof *extensions; i++)
        if (strcmp(id, extensions[i].id) == 0)
            return extensions[i].table;
    return NULL;
}
