/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-state.c - saving, restoring and merging what samples left in an
 * instance: the arrays that it keeps here, or bytes of its own making. */
#include "base/serialize.h"
#include "plugin/host-internal.h"

#include <string.h>

static int undeclared(transect_ctx *ctx)
{
    return instance_must_declare(ctx, TRANSECT_CAP_STATE, "a state",
                                 "TRANSECT_CAP_STATE");
}

int host_declare_state(transect_ctx *ctx, const struct transect_state *given)
{
    struct transect_state state = {0};

    memcpy(&state, given,
           given->size < sizeof state ? given->size : sizeof state);
    if (ctx->phase != PHASE_CREATE)
        return host_fail(ctx, "a state is declared in create only");
    if (state.merge_own ? state.save || state.restore || state.merge
                        : !state.save || !state.restore)
        return host_fail(ctx, "a state is declared with save and restore, or "
                              "with merge_own alone");
    if (undeclared(ctx))
        return TRANSECT_FAILED;
    ctx->state = state;
    return TRANSECT_OK;
}

void host_put_state(transect_ctx *ctx, const void *bytes, size_t size)
{
    if (ctx->saving)
        serialize_bytes(ctx->saving, (void *)bytes, size);
    else
        host_record(ctx, ST_PLUGIN, "put is for save only");
}

/* Why an array cannot be kept, or NULL. */
static const char *objection(const transect_ctx *ctx,
                             const struct transect_array *array)
{
    if (ctx->phase != PHASE_READY)
        return "arrays are kept from ready on";
    if (ctx->state.save)
        return "it has declared functions that save its state";
    if (array->merge == TRANSECT_MERGE_OWN && !ctx->state.merge_own)
        return "it has not declared merge_own";
    return kept_arrays_objection(&ctx->arrays, array);
}

void *host_keep(transect_ctx *ctx, const struct transect_array *given)
{
    struct transect_array array = {0};
    const char *why;
    void *data;

    memcpy(&array, given,
           given->size < sizeof array ? given->size : sizeof array);
    why = objection(ctx, &array);
    if (why)
        host_record(ctx, ST_PLUGIN, "the array '%s' cannot be kept: %s",
                    array.name ? array.name : "", why);
    else
        undeclared(ctx);
    if (ctx->error.status) /* what it gets is as large all the same */
        return host_alloc(ctx, array.n, sizeof(double));
    data = host_memory(ctx, array.n, kept_arrays_element_size(array.element));
    kept_arrays_add(&ctx->arrays, &array, data);
    return data;
}

/* The array of that name among those of another instance, or NULL. */
static const void *same_array(transect_ctx *ctx, const char *function,
                              const struct kept_arrays *others,
                              const char *name)
{
    const struct kept_array *mine = kept_arrays_find(&ctx->arrays, name);
    const struct kept_array *other;

    if (!mine) {
        host_record(ctx, ST_PLUGIN, "%s asks for the array '%s', which it "
                    "does not keep", function, name);
        return NULL;
    }
    other = others ? kept_arrays_find(others, name) : NULL;
    return other && other->n == mine->n && other->element == mine->element
               ? other->data
               : NULL;
}

const void *host_other(transect_ctx *ctx, const char *name)
{
    return same_array(ctx, "other", ctx->other, name);
}

const void *host_pair(transect_ctx *ctx, const char *name)
{
    return same_array(ctx, "pair", ctx->pair ? &ctx->pair->arrays : NULL,
                      name);
}

bool instance_saves(const struct transect_ctx *instance)
{
    return instance->state.save ||
           instance_declares(instance, TRANSECT_CAP_STATE);
}

bool instance_merges(const struct transect_ctx *instance)
{
    return instance->state.save ? instance->state.merge != NULL
                                : instance_saves(instance);
}

int host_save(transect_ctx *ctx, struct serializer *serializer)
{
    int result;

    if (!ctx->state.save)
        return kept_arrays_serialize(&ctx->arrays, serializer, &ctx->error);
    ctx->saving = serializer;
    result = ctx->state.save(ctx->owner.state);
    ctx->saving = NULL;
    return result;
}

int host_restore(transect_ctx *ctx, const void *bytes, size_t size)
{
    struct serializer from = {.bytes = (unsigned char *)bytes, .size = size,
                              .unpacking = true};

    if (ctx->state.save)
        return ctx->state.restore(ctx->owner.state, bytes, size);
    return kept_arrays_serialize(&ctx->arrays, &from, &ctx->error);
}

/* The plugin's part first, for which all arrays are as they were. */
static int merge_arrays(transect_ctx *ctx, const void *bytes, size_t size)
{
    struct serializer from = {.bytes = (unsigned char *)bytes, .size = size,
                              .unpacking = true};
    struct kept_arrays other = kept_arrays_like(&ctx->arrays);
    int result = kept_arrays_serialize(&other, &from, &ctx->error);

    ctx->other = &other;
    if (!result && kept_arrays_merge_own(&ctx->arrays))
        result = ctx->state.merge_own(ctx->owner.state);
    ctx->other = NULL;
    if (!result)
        kept_arrays_merge(&ctx->arrays, &other);
    kept_arrays_clear(&other);
    return result;
}

int host_merge(transect_ctx *ctx, const void *bytes, size_t size)
{
    if (ctx->state.save)
        return ctx->state.merge(ctx->owner.state, bytes, size);
    return merge_arrays(ctx, bytes, size);
}

int instance_save(struct transect_ctx *instance, struct serializer *serial,
                  struct error *err)
{
    instance_enter(instance, "save");
    return instance_outcome(instance, host_save(instance, serial), "save",
                            err);
}

int instance_restore(struct transect_ctx *instance,
                     const struct serializer *serial, struct error *err)
{
    instance_enter(instance, "restore");
    return instance_outcome(instance,
                            host_restore(instance, serial->bytes,
                                         serial->size),
                            "restore", err);
}

int instance_merge(struct transect_ctx *instance,
                   const struct serializer *serial, struct error *err)
{
    instance_enter(instance, "merge");
    return instance_outcome(instance,
                            host_merge(instance, serial->bytes,
                                       serial->size),
                            "merge", err);
}
