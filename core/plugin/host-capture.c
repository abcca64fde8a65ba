/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-capture.c - rows of other passes, for the events of instances. */
#include "plugin/host-internal.h"

#include <stddef.h>
#include <string.h>

static int nobody(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    return TRANSECT_OK;
}

static int refuse(transect_ctx *ctx, int status, const char *why)
{
    host_record(ctx, status, "cannot keep rows of other passes: %s", why);
    return TRANSECT_FAILED;
}

/* Why nobody can ask so, and whose mistake that is; NULL: one can. */
static const char *objection(const transect_ctx *ctx, int32_t source,
                             const struct transect_subscription *given,
                             int *status)
{
    *status = ST_USAGE;
    if (ctx->keep)
        return "the plugin is in a process of its own; remove isolation = "
               "process";
    *status = ST_PLUGIN;
    if (source < 0 || source >= TRANSECT_N_SOURCES)
        return "this host does not know the source";
    if (given->on_event || given->flags)
        return "on_event and flags of the subscription are not for them";
    return NULL;
}

/* Rows are asked for as events are; who hears of them is the host itself. */
int host_capture_keep(transect_ctx *ctx, int32_t source,
                      const struct transect_subscription *given)
{
    struct transect_subscription places = {0}, sub;
    const char *why;
    int status;

    memcpy(&places, given,
           given->size < sizeof places ? given->size : sizeof places);
    why = objection(ctx, source, &places, &status);
    if (why)
        return refuse(ctx, status, why);
    places.on_event = nobody;
    if (host_check_subscription(ctx, &places, &sub))
        return TRANSECT_FAILED;
    if (!ctx->captures)
        return refuse(ctx, ST_PLUGIN, "they lie beside the prompts, and this "
                      "variant runs the pairs; look at role() first");
    why = captures_refusal(ctx->captures[source]);
    if (why)
        return refuse(ctx, ST_USAGE, why);
    captures_want(ctx->captures[source], &sub);
    return TRANSECT_OK;
}

const float *host_capture_row(transect_ctx *ctx, int32_t source,
                              const struct transect_place *place, int64_t *n)
{
    *n = 0;
    if (!ctx->captures || ctx->phase != PHASE_RUN || source < 0 ||
        source >= TRANSECT_N_SOURCES)
        return NULL;
    return captures_row(ctx->captures[source], place, n);
}

int32_t host_capture_partner(transect_ctx *ctx, int32_t source, int32_t sample,
                             int32_t position)
{
    const struct prompt_table *prompts = ctx->prompts;

    if (!ctx->captures || !prompts || source < 0 ||
        source >= TRANSECT_N_SOURCES || sample < 0 ||
        sample >= prompts->n_sample || position < 0 ||
        position >= prompts->n_token[sample])
        return -1;
    return captures_partner(ctx->captures[source], sample, position);
}

int host_capture_unedited(transect_ctx *ctx)
{
    return ctx->captures && ctx->unedited;
}
