/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-state.c - saving, restoring and merging what samples left in an
 * instance. */
#include "base/serialize.h"
#include "plugin/host-internal.h"

#include <string.h>

int host_declare_state(transect_ctx *ctx, const struct transect_state *given)
{
    struct transect_state state = {0};

    memcpy(&state, given,
           given->size < sizeof state ? given->size : sizeof state);
    if (ctx->phase != PHASE_CREATE)
        return host_fail(ctx, "a state is declared in create only");
    if (!state.save || !state.restore)
        return host_fail(ctx, "a state is declared without save or restore");
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

int instance_save(struct transect_ctx *instance, struct serializer *parcel,
                  struct error *err)
{
    int result;

    instance->saving = parcel;
    instance_enter(instance, "save");
    result = instance->state.save(instance->owner.state);
    instance->saving = NULL;
    return instance_outcome(instance, result, "save", err);
}

int instance_restore(struct transect_ctx *instance,
                     const struct serializer *parcel, struct error *err)
{
    instance_enter(instance, "restore");
    return instance_outcome(instance,
                            instance->state.restore(instance->owner.state,
                                                    parcel->bytes,
                                                    parcel->size),
                            "restore", err);
}

int instance_merge(struct transect_ctx *instance,
                   const struct serializer *parcel, struct error *err)
{
    instance_enter(instance, "merge");
    return instance_outcome(instance,
                            instance->state.merge(instance->owner.state,
                                                  parcel->bytes,
                                                  parcel->size),
                            "merge", err);
}
