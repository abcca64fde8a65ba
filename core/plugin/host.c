/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host.c - the table of functions that plugins call. */
#include "plugin/host-internal.h"

#include "base/mem.h"
#include "base/random-normal.h"
#include "hooks/hook-points.h"
#include "sandbox/crash-report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first failure is the cause; what follows from it is not recorded. */
void host_record(transect_ctx *ctx, int status, const char *format, ...)
{
    char text[1024];
    va_list args;

    if (ctx->error.status)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error_set(&ctx->error, status, "%s", text);
}

/* What went wrong before the run is the experiment's fault, not a result. */
static int fail_status(const transect_ctx *ctx)
{
    return ctx->phase <= PHASE_READY ? ST_USAGE : ST_FAILED;
}

int host_fail(transect_ctx *ctx, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    host_record(ctx, fail_status(ctx), "%s", text);
    return TRANSECT_FAILED;
}

static int host_fail_text(transect_ctx *ctx, const char *text)
{
    return host_fail(ctx, "%s", text);
}

/* Where memory is out, the run cannot go on: what has been computed so far is
 * in its last checkpoint. */
_Noreturn static void out_of_memory(transect_ctx *ctx, size_t bytes)
{
    char where[200], message[600];

    crash_where(where, sizeof where);
    snprintf(message, sizeof message,
             "plugin %.99s, variant %.99s: there is no memory for %zu bytes "
             "that it asks for%s", ctx->owner.id, ctx->owner.variant, bytes,
             where);
    mem_end(bytes, message);
}

void *host_memory(transect_ctx *ctx, size_t n, size_t size)
{
    void *memory = calloc(n ? n : 1, size ? size : 1);

    if (!memory)
        out_of_memory(ctx, size && n > SIZE_MAX / size ? SIZE_MAX : n * size);
    return memory;
}

void *host_alloc(transect_ctx *ctx, size_t n, size_t size)
{
    void *block = host_memory(ctx, n, size);

    MEM_PUSH(ctx->blocks, ctx->n_blocks);
    ctx->blocks[ctx->n_blocks++] = block;
    return block;
}

static void host_log_text(transect_ctx *ctx, int32_t level, const char *text)
{
    plugin_log_write(&ctx->log, level, text);
}

TRANSECT_PRINTF(3, 4)
static void host_log(transect_ctx *ctx, int32_t level, const char *format, ...)
{
    char text[1024];
    va_list args;

    if (!plugin_log_shows(&ctx->log, level))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    plugin_log_write(&ctx->log, level, text);
}

static void *host_user(transect_ctx *ctx)
{
    return ctx->plugin->desc.user;
}

static const char *host_point_name(int32_t point)
{
    return point >= 0 && point < TRANSECT_N_POINTS ? point_name(point) : NULL;
}

static int32_t host_point_by_name(const char *name)
{
    for (int32_t point = 0; point < TRANSECT_N_POINTS; point++)
        if (strcmp(point_name(point), name) == 0)
            return point;
    return -1;
}

int instance_must_declare(transect_ctx *ctx, uint32_t bit, const char *what,
                          const char *name)
{
    if (ctx->plugin->desc.abi_minor < 1 || instance_declares(ctx, bit))
        return TRANSECT_OK;
    host_record(ctx, ST_PLUGIN, "it has %s, which its descriptor does not "
                "declare; add %s to its capabilities", what, name);
    return TRANSECT_FAILED;
}

static bool weight_in_range(const struct config *config, int32_t weight,
                            int32_t layer, int32_t head)
{
    bool kv = (weight >= TRANSECT_W_K && weight <= TRANSECT_B_V) ||
              weight == TRANSECT_K_NORM_GAIN;

    return weight >= 0 && weight < TRANSECT_N_WEIGHTS && layer >= -1 &&
           layer < config->n_layer && head >= -1 &&
           head < (kv ? config->n_kv_head : config->n_head);
}

static int host_weight(transect_ctx *ctx, int32_t weight, int32_t layer,
                       int32_t head, struct transect_view *view)
{
    bool layered = (weight >= TRANSECT_LN1_GAIN &&
                    weight <= TRANSECT_B_OUT) ||
                   (weight >= TRANSECT_W_GATE && weight != TRANSECT_B_U);
    bool per_head = (weight >= TRANSECT_W_Q && weight <= TRANSECT_W_O) ||
                    weight == TRANSECT_Q_NORM_GAIN ||
                    weight == TRANSECT_K_NORM_GAIN;

    *view = (struct transect_view){0};
    if (!ctx->model)
        return host_fail(ctx, "weights are there from ready on");
    if (!weight_in_range(&ctx->model->config, weight, layer, head) ||
        layered != (layer >= 0) || per_head != (head >= 0))
        return host_fail(ctx, "no weight %d of layer %d, head %d", weight,
                         layer, head);
    return model_weight(ctx->model, (enum transect_weight)weight, layer,
                        head, view)
               ? TRANSECT_OK
               : TRANSECT_ABSENT;
}

static void host_normal(transect_ctx *ctx, uint64_t stream, float *out,
                        size_t n)
{
    random_normal(ctx->random_key, stream, out, n);
}

const struct transect_host host_table = {
    .size = sizeof(struct transect_host),
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .fail = host_fail,
    .extension = host_extension,
    .is_set = host_is_set,
    .get_bool = host_get_bool,
    .get_int = host_get_int,
    .get_real = host_get_real,
    .get_string = host_get_string,
    .get_list = host_get_list,
    .get_heads = host_get_heads,
    .subscribe = host_subscribe,
    .weight = host_weight,
    .normal = host_normal,
    .table = host_table_new,
    .put_int = table_put_int,
    .put_real = table_put_real,
    .put_text = table_put_text,
    .file = host_file,
    .say = host_say,
    .fail_text = host_fail_text,
    .say_text = host_say_text,
    .log = host_log,
    .log_text = host_log_text,
    .alloc = host_alloc,
    .get_enum = host_get_enum,
    .user = host_user,
    .point_name = host_point_name,
    .point_by_name = host_point_by_name,
};
