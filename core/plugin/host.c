/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host.c - the table of functions that plugins call. */
#include "plugin/host-internal.h"

#include "base/mem.h"
#include "base/random-normal.h"
#include "hooks/hook-points.h"

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

static const struct option_value *option(transect_ctx *ctx, const char *name,
                                         const char *reader)
{
    const struct option_value *value = options_find(&ctx->options, name);

    if (!value)
        host_record(ctx, ST_PLUGIN, "%s asks for option '%s', which its "
                    "table does not declare", reader, name);
    return value;
}

/* A declared option of the right type, or NULL with the mistake recorded. */
static const struct option_value *typed(transect_ctx *ctx, const char *name,
                                        int type, const char *reader)
{
    const struct option_value *value = option(ctx, name, reader);

    if (value && value->decl.type != type) {
        host_record(ctx, ST_PLUGIN, "%s asks for option '%s', which is of "
                    "type %s", reader, name,
                    option_type_name(value->decl.type));
        return NULL;
    }
    return value;
}

static int host_is_set(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = option(ctx, name, "is_set");

    return value && value->set;
}

static int host_get_bool(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = typed(ctx, name, TRANSECT_BOOL,
                                             "get_bool");

    return value && value->truth;
}

static int64_t host_get_int(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = typed(ctx, name, TRANSECT_INT,
                                             "get_int");

    return value ? value->integer : 0;
}

static double host_get_real(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = typed(ctx, name, TRANSECT_REAL,
                                             "get_real");

    return value ? value->real : 0;
}

static const char *host_get_string(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = option(ctx, name, "get_string");

    return value && value->set ? value->text : "";
}

static size_t host_get_list(transect_ctx *ctx, const char *name,
                            const int32_t **list)
{
    const struct option_value *value = option(ctx, name, "get_list");
    int type = value ? value->decl.type : -1;

    *list = NULL;
    if (type != TRANSECT_LAYERS && type != TRANSECT_DIMS &&
        type != TRANSECT_POINTS) {
        host_record(ctx, ST_PLUGIN, "get_list asks for option '%s', which "
                    "is no list of numbers", name);
        return 0;
    }
    *list = value->list;
    return value->n;
}

static size_t host_get_heads(transect_ctx *ctx, const char *name,
                             const struct transect_head **heads)
{
    const struct option_value *value = option(ctx, name, "get_heads");
    int type = value ? value->decl.type : -1;

    *heads = NULL;
    if (type != TRANSECT_HEADS && type != TRANSECT_GROUPS) {
        host_record(ctx, ST_PLUGIN, "get_heads asks for option '%s', which "
                    "is no list of heads", name);
        return 0;
    }
    *heads = value->heads;
    return value->n;
}

static bool weight_in_range(const struct config *config, int32_t weight,
                            int32_t layer, int32_t head)
{
    bool kv = weight >= TRANSECT_W_K && weight <= TRANSECT_B_V;

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
    bool per_head = weight >= TRANSECT_W_Q && weight <= TRANSECT_W_O;

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
};
