/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-subscribe.c - who may listen where, in a variant or in the survey. */
#include "plugin/host-internal.h"

#include "hooks/hook-points.h"

#include <stddef.h>
#include <string.h>

/* All members that ABI 1.0 has. */
#define LEAST_SIZE offsetof(struct transect_subscription, user)

static bool declared(const struct transect_plugin *desc, int point)
{
    for (uint32_t i = 0; i < desc->n_points; i++)
        if (desc->points[i] == point)
            return true;
    return desc->n_points == 0;
}

static bool sides(int point)
{
    return point == TRANSECT_Q || point == TRANSECT_K ||
           point == TRANSECT_V || point == TRANSECT_Z;
}

/* Why a subscription cannot be accepted, whatever the model; or NULL. */
static const char *objection(const transect_ctx *ctx,
                             const struct transect_subscription *sub)
{
    const struct transect_plugin *desc = &ctx->plugin->desc;

    if (!declared(desc, sub->point))
        return "its descriptor does not declare this point";
    if (!sub->on_event)
        return "on_event is missing";
    if (sub->flags & ~(TRANSECT_EDIT | TRANSECT_ALL_HEADS))
        return "it has flags that this host does not know";
    if (sub->flags & TRANSECT_EDIT && !(desc->capabilities &
                                        TRANSECT_CAP_EDITS))
        return "it wants to edit without declaring TRANSECT_CAP_EDITS";
    if (sub->flags & TRANSECT_ALL_HEADS && !sides(sub->point))
        return "TRANSECT_ALL_HEADS is for q, k, v and z only";
    if (sub->heads && !point_info(sub->point)->per_head)
        return "heads are given, but this point is not per head";
    if (sub->heads && sub->layers)
        return "both heads and layers are given";
    if (sub->n_positions < 0)
        return "n_positions is negative";
    if (sub->position && (sub->first_position || sub->n_positions))
        return "positions are given by name and by number";
    return NULL;
}

/* Records positions that no sample has. */
static bool has_positions(transect_ctx *ctx,
                          const struct transect_subscription *sub)
{
    struct error err = {0};

    if (sub->position)
        host_check_positions(ctx, sub->position, &err);
    else if (sub->first_position >= ctx->n_token)
        error_set(&err, ST_USAGE, "no sample is long enough to have "
                  "first_position %d; the longest has %d tokens",
                  (int)sub->first_position, (int)ctx->n_token);
    if (err.status)
        host_record(ctx, ST_USAGE, "cannot subscribe to %s: %s",
                    point_name(sub->point), err.text);
    return !err.status;
}

/* Records the first layer or head that the model does not have. */
static void check_range(transect_ctx *ctx,
                        const struct transect_subscription *sub)
{
    const struct config *config = &ctx->model->config;
    int n_layer = config->n_layer, n_head = point_heads(sub->point, config);
    const char *name = point_name(sub->point);

    for (size_t i = 0; sub->layers && i < sub->n_layers; i++)
        if (sub->layers[i] < 0 || sub->layers[i] >= n_layer) {
            host_record(ctx, ST_USAGE, "cannot subscribe to %s: layer %d "
                        "does not exist; layers are 0 to %d", name,
                        (int)sub->layers[i], n_layer - 1);
            return;
        }
    for (size_t i = 0; sub->heads && i < sub->n_heads; i++) {
        int layer = sub->heads[i].layer, head = sub->heads[i].head;

        if (layer < 0 || layer >= n_layer || head < 0 || head >= n_head) {
            host_record(ctx, ST_USAGE, "cannot subscribe to %s: head %d of "
                        "layer %d does not exist; layers are 0 to %d, heads "
                        "0 to %d", name, head, layer, n_layer - 1,
                        n_head - 1);
            return;
        }
    }
}

static int untimely(transect_ctx *ctx, const char *what)
{
    host_record(ctx, ST_PLUGIN, "%s", what);
    return TRANSECT_FAILED;
}

/* Mistakes of the plugin; but what the model lacks, the experiment may have
 * asked for. The size is the caller's: what a newer host knows beyond it is
 * zero. */
int host_check_subscription(transect_ctx *ctx,
                            const struct transect_subscription *given,
                            struct transect_subscription *sub)
{
    const char *why;

    if (ctx->phase != PHASE_READY && ctx->phase != PHASE_SURVEYED)
        return untimely(ctx, "subscribe is for ready and surveyed only");

    *sub = (struct transect_subscription){0};
    memcpy(sub, given, given->size < sizeof *sub ? given->size : sizeof *sub);
    if (given->size < LEAST_SIZE)
        host_record(ctx, ST_PLUGIN, "cannot subscribe: the subscription's "
                    "size is %u, which leaves out members; set it to "
                    "sizeof(struct transect_subscription)",
                    (unsigned)given->size);
    else if (sub->point < 0 || sub->point >= TRANSECT_N_POINTS)
        host_record(ctx, ST_PLUGIN, "cannot subscribe to point %d: it is "
                    "unknown to this host", sub->point);
    else if ((why = objection(ctx, sub)))
        host_record(ctx, ST_PLUGIN, "cannot subscribe to %s: %s",
                    point_name(sub->point), why);
    else if (!model_has_point(&ctx->model->config, ctx->model->arch,
                              sub->point, &why))
        host_record(ctx, ST_USAGE, "cannot subscribe to %s: %s",
                    point_name(sub->point), why);
    else if (has_positions(ctx, sub))
        check_range(ctx, sub);
    return ctx->error.status ? TRANSECT_FAILED : TRANSECT_OK;
}

static void accept(transect_ctx *ctx, bool survey,
                   const struct transect_subscription *sub,
                   const struct transect_reduction *reduction)
{
    if (ctx->keep)
        ctx->keep(ctx, survey, sub, reduction);
    else
        hooks_add_as(survey ? ctx->survey : ctx->hooks, &ctx->owner, sub,
                     reduction, NULL);
}

int host_subscribe(transect_ctx *ctx,
                   const struct transect_subscription *given)
{
    struct transect_subscription sub;

    if (host_check_subscription(ctx, given, &sub))
        return TRANSECT_FAILED;
    accept(ctx, false, &sub, NULL);
    return TRANSECT_OK;
}

/* Whole matrices, from which alone a largest or a median can be made. */
static bool comes_whole(int point)
{
    enum point_width width = point_info(point)->width;

    return width != WIDTH_KEYS && width != WIDTH_VOCAB;
}

/* Why a reduction cannot be made, whatever the model; or NULL. */
static const char *irreducible(const struct transect_subscription *sub,
                               const struct transect_reduction *reduction)
{
    if (sub->flags)
        return "flags are not for reductions";
    if (reduction->kind < TRANSECT_REDUCE_COLUMN ||
        reduction->kind > TRANSECT_REDUCE_MEDIAN)
        return "this host does not know it";
    if (reduction->kind == TRANSECT_REDUCE_TOP &&
        (reduction->n < 1 || reduction->n > TRANSECT_REDUCE_TOP_MAX))
        return "so many largest are not to be had";
    if (reduction->kind != TRANSECT_REDUCE_COLUMN &&
        sub->point == TRANSECT_ATTN_SCORES)
        return "keys that are not seen make all but columns minus infinity";
    if (reduction->kind > TRANSECT_REDUCE_MEAN && !comes_whole(sub->point))
        return "the point comes in blocks of rows, which do not have it";
    return NULL;
}

static bool has_column(const transect_ctx *ctx, int point, int column)
{
    return column >= 0 && column < point_columns(point, &ctx->model->config,
                                                 ctx->n_token);
}

int host_reduce(transect_ctx *ctx, const struct transect_subscription *given,
                const struct transect_reduction *wanted)
{
    struct transect_reduction reduction = {0};
    struct transect_subscription sub;
    const char *why;

    if (host_check_subscription(ctx, given, &sub))
        return TRANSECT_FAILED;
    memcpy(&reduction, wanted, wanted->size < sizeof reduction
                                   ? wanted->size
                                   : sizeof reduction);
    why = irreducible(&sub, &reduction);
    if (why)
        host_record(ctx, ST_PLUGIN, "cannot subscribe to a reduction of %s: "
                    "%s (kind %d, n %d)", point_name(sub.point), why,
                    (int)reduction.kind, (int)reduction.n);
    else if (reduction.kind == TRANSECT_REDUCE_COLUMN &&
             !has_column(ctx, sub.point, reduction.n))
        host_record(ctx, ST_USAGE, "cannot subscribe to column %d of %s: "
                    "there is none", (int)reduction.n,
                    point_name(sub.point));
    else
        accept(ctx, false, &sub, &reduction);
    return ctx->error.status ? TRANSECT_FAILED : TRANSECT_OK;
}

int host_survey(transect_ctx *ctx, const struct transect_subscription *given,
                int (*surveyed)(void *state))
{
    struct transect_subscription sub;

    if (ctx->phase != PHASE_READY)
        return untimely(ctx, "survey is for ready only");
    if (instance_must_declare(ctx, TRANSECT_CAP_SURVEY, "a survey",
                              "TRANSECT_CAP_SURVEY") ||
        host_check_subscription(ctx, given, &sub))
        return TRANSECT_FAILED;
    if (sub.flags & TRANSECT_EDIT)
        return untimely(ctx, "a survey observes the unedited model: "
                             "TRANSECT_EDIT is not for it");
    accept(ctx, true, &sub, NULL);
    ctx->surveys = true;
    if (surveyed)
        ctx->surveyed = surveyed;
    return TRANSECT_OK;
}
