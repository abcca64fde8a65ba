/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-internal.h - what the files of the host's table share. */
#ifndef CORE_PLUGIN_HOST_INTERNAL_H
#define CORE_PLUGIN_HOST_INTERNAL_H

#include "plugin/plugin-instance.h"

#include <transect/figure.h>
#include <transect/files.h>
#include <transect/prompts.h>
#include <transect/reduce.h>

/* host.c */
void host_record(transect_ctx *ctx, int status, const char *format, ...)
    PRINTF(3, 4);
int host_fail(transect_ctx *ctx, const char *format, ...) PRINTF(2, 3);
void *host_alloc(transect_ctx *ctx, size_t n, size_t size);
/* The same, owned by the caller; never NULL. */
void *host_memory(transect_ctx *ctx, size_t n, size_t size);
/* A plugin of ABI 1.1 does something, `what`, that its descriptor has to
 * declare by the bit of that name: TRANSECT_FAILED if it does not. */
int instance_must_declare(transect_ctx *ctx, uint32_t bit, const char *what,
                          const char *name);

/* host-options.c: as members of the same names in plugin.h. */
int host_is_set(transect_ctx *ctx, const char *name);
int host_get_bool(transect_ctx *ctx, const char *name);
int64_t host_get_int(transect_ctx *ctx, const char *name);
double host_get_real(transect_ctx *ctx, const char *name);
const char *host_get_string(transect_ctx *ctx, const char *name);
int32_t host_get_enum(transect_ctx *ctx, const char *name);
size_t host_get_list(transect_ctx *ctx, const char *name,
                     const int32_t **list);
size_t host_get_heads(transect_ctx *ctx, const char *name,
                      const struct transect_head **heads);

/* A declared option of the right type, or NULL with the mistake of `reader`
 * recorded. */
const struct option_value *host_typed_option(transect_ctx *ctx,
                                             const char *name, int type,
                                             const char *reader);

/* host-prompts.c */
extern const struct transect_prompts_host host_prompts;
/* Is it a list of positions that the samples have? Without a place. */
int host_check_positions(const transect_ctx *ctx, const char *list,
                         struct error *err);
/* host-capture.c: as members of the same names in capture.h. */
int host_capture_keep(transect_ctx *ctx, int32_t source,
                      const struct transect_subscription *given);
const float *host_capture_row(transect_ctx *ctx, int32_t source,
                              const struct transect_place *place, int64_t *n);
int32_t host_capture_partner(transect_ctx *ctx, int32_t source, int32_t sample,
                             int32_t position);
int host_capture_unedited(transect_ctx *);

/* host-subscribe.c */
/* Is this the time for it, are layers, heads and positions right, may the
 * plugin, has the model the point? *sub is what it asks for. TRANSECT_FAILED,
 * with the reason recorded. */
int host_check_subscription(transect_ctx *ctx,
                            const struct transect_subscription *given,
                            struct transect_subscription *sub);
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
void host_say_text(transect_ctx *ctx, const char *text);
void host_verdict(transect_ctx *ctx, const char *rule, const char *format,
                  ...) PRINTF(3, 4);
void host_verdict_text(transect_ctx *ctx, const char *rule, const char *text);

/* host-files.c */
extern const struct transect_files_host host_files;

/* host-state.c */
int host_declare_state(transect_ctx *ctx, const struct transect_state *given);
void host_put_state(transect_ctx *ctx, const void *bytes, size_t size);
void *host_keep(transect_ctx *ctx, const struct transect_array *array);
const void *host_other(transect_ctx *ctx, const char *name);
const void *host_pair(transect_ctx *ctx, const char *name);
/* The work of instance_save() and the like, in whatever process. */
int host_save(transect_ctx *ctx, struct serializer *serializer);
int host_restore(transect_ctx *ctx, const void *bytes, size_t size);
int host_merge(transect_ctx *ctx, const void *bytes, size_t size);

/* host-readout.c: as members of the same names in readout.h. */
int host_project(transect_ctx *ctx, int32_t point, int32_t layer,
                 int32_t head, int32_t first, int64_t n, const float *x,
                 float *out);
int host_pull(transect_ctx *ctx, int32_t point, int32_t layer, int64_t n,
              const float *x, const float *u, float *out, double *constant);
int host_unembed(transect_ctx *ctx, const int32_t *tokens,
                 const double *weights, size_t n_tokens, float *out,
                 double *constant);
int host_logits(transect_ctx *ctx, int64_t n, const float *x,
                const int32_t *tokens, size_t n_tokens, float *out);

/* host-extensions.c */
const void *host_extension(transect_ctx *ctx, const char *id);

#endif
