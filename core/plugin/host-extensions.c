/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-extensions.c - tables of functions beside the host's own, by id. */
#include "plugin/host-internal.h"

#include "tensor/linalg.h"
#include "tensor/svd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <transect/capture.h>
#include <transect/columns.h>
#include <transect/figure.h>
#include <transect/files.h>
#include <transect/linalg.h>
#include <transect/prompts.h>
#include <transect/readout.h>
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

static int linalg_host_product(transect_ctx *ctx,
                               const struct transect_view *a,
                               const struct transect_view *b, float *c)
{
    struct error err = {0};

    return linalg_product(a, b, c, &err) ? host_fail(ctx, "%s", err.text)
                                         : TRANSECT_OK;
}

static int linalg_host_eigenvalues(transect_ctx *ctx,
                                   const struct transect_view *a, double *re,
                                   double *im)
{
    struct error err = {0};

    return linalg_eigenvalues(a, re, im, &err) ? host_fail(ctx, "%s", err.text)
                                               : TRANSECT_OK;
}

static int linalg_host_solve(transect_ctx *ctx, int64_t n, double *a,
                             int64_t k, double *b)
{
    struct error err = {0};

    return linalg_solve(n, a, k, b, &err) ? host_fail(ctx, "%s", err.text)
                                          : TRANSECT_OK;
}

/* Statistics are of rows without gaps: a copy of others, or NULL. */
static float *close_gaps(transect_ctx *ctx, struct transect_view *view)
{
    float *copy;

    if (view->col_stride == 1 || view->cols <= 1)
        return NULL;
    copy = host_memory(ctx, (size_t)(view->rows * view->cols), sizeof *copy);
    for (int64_t i = 0; i < view->rows; i++)
        for (int64_t j = 0; j < view->cols; j++)
            copy[i * view->cols + j] = view->data[i * view->row_stride +
                                                  j * view->col_stride];
    view->data = copy;
    view->row_stride = view->cols;
    view->col_stride = 1;
    return copy;
}

static void reduce_top(transect_ctx *ctx, const struct transect_view *view,
                       int32_t n, float *top)
{
    struct transect_view rows = *view;
    float *copy = close_gaps(ctx, &rows);

    if (n > 0)
        statistics_top(&rows, n, top);
    free(copy);
}

static float reduce_median(transect_ctx *ctx, const struct transect_view *view)
{
    struct transect_view rows = *view;
    float *copy = close_gaps(ctx, &rows);
    float median = NAN;

    if (rows.rows > 0 && rows.cols > 0)
        median = statistics_median(&rows, &ctx->median);
    free(copy);
    return median;
}

static int declare_workers(transect_ctx *ctx, uint32_t threads)
{
    if (ctx->phase != PHASE_CREATE)
        return host_fail(ctx, "threads are declared in create only");
    if (threads & ~TRANSECT_ANY_THREAD)
        return host_fail(ctx, "this host does not know the thread model %u",
                         (unsigned)threads);
    if (threads && instance_must_declare(ctx, TRANSECT_CAP_THREADS,
                                         "events on any thread",
                                         "TRANSECT_CAP_THREADS"))
        return TRANSECT_FAILED;
    ctx->any_thread = threads & TRANSECT_ANY_THREAD;
    return TRANSECT_OK;
}

const void *host_extension(transect_ctx *ctx, const char *id)
{
    static const struct transect_capture_host capture = {
        .size = sizeof capture,
        .keep = host_capture_keep,
        .row = host_capture_row,
        .partner = host_capture_partner,
        .unedited = host_capture_unedited,
    };
    static const struct transect_columns_host columns = {
        .size = sizeof columns,
        .describe = table_describe,
    };
    static const struct transect_figure_host figure = {
        .size = sizeof figure,
        .figure = host_figure,
    };
    static const struct transect_linalg_host linalg = {
        .size = sizeof linalg,
        .svd = linalg_host_svd,
        .product = linalg_host_product,
        .eigenvalues = linalg_host_eigenvalues,
        .solve = linalg_host_solve,
    };
    static const struct transect_readout_host readout = {
        .size = sizeof readout,
        .project = host_project,
        .pull = host_pull,
        .unembed = host_unembed,
        .logits = host_logits,
    };
    static const struct transect_reduce_host reduce = {
        .size = sizeof reduce,
        .subscribe = host_reduce,
        .top = reduce_top,
        .median = reduce_median,
    };
    static const struct transect_state_host state = {
        .size = sizeof state,
        .declare = host_declare_state,
        .put = host_put_state,
        .keep = host_keep,
        .other = host_other,
        .pair = host_pair,
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
        .verdict_text = host_verdict_text,
    };
    static const struct transect_workers_host workers = {
        .size = sizeof workers,
        .declare = declare_workers,
    };
    static const struct {
        const char *id;
        const void *table;
    } extensions[] = {
        {TRANSECT_CAPTURE, &capture},
        {TRANSECT_COLUMNS, &columns},
        {TRANSECT_FIGURE, &figure},
        {TRANSECT_FILES, &host_files},
        {TRANSECT_LINALG, &linalg},
        {TRANSECT_PROMPTS, &host_prompts},
        {TRANSECT_READOUT, &readout},
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
