/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-internal.h - what the files of the host's table share. */
#ifndef CORE_PLUGIN_HOST_INTERNAL_H
#define CORE_PLUGIN_HOST_INTERNAL_H

#include "plugin/plugin-instance.h"

#include <transect/figure.h>
#include <transect/reduce.h>

/* host.c */
void host_record(transect_ctx *ctx, int status, const char *format, ...)
    PRINTF(3, 4);
int host_fail(transect_ctx *ctx, const char *format, ...) PRINTF(2, 3);

/* host-subscribe.c */
int host_subscribe(transect_ctx *ctx,
                   const struct transect_subscription *given);
int host_reduce(transect_ctx *ctx, const struct transect_subscription *given,
                const struct transect_reduction *wanted);
int host_survey(transect_ctx *ctx, const struct transect_subscription *given,
                int (*surveyed)(void *state));

/* host-outputs.c: as members of the same names in plugin.h and the headers
 * of the extensions. */
transect_table *host_table_new(transect_ctx *ctx, const char *name,
                               const struct transect_column *columns,
                               size_t n);
int host_file(transect_ctx *ctx, const char *name, const void *bytes,
              size_t size);
int host_figure(transect_ctx *ctx, const char *name, const char *title,
                const struct transect_panel *panels, size_t n,
                int32_t columns);
void host_say(transect_ctx *ctx, const char *format, ...) PRINTF(2, 3);
void host_verdict(transect_ctx *ctx, const char *rule, const char *format,
                  ...) PRINTF(3, 4);

/* host-state.c */
int host_declare_state(transect_ctx *ctx, const struct transect_state *given);
void host_put_state(transect_ctx *ctx, const void *bytes, size_t size);

/* host-extensions.c */
const void *host_extension(transect_ctx *ctx, const char *id);

#endif
