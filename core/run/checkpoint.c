/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* checkpoint.c - how far a run has come, in a file beside its results. */
#include "run/checkpoint.h"

#include "base/folder.h"
#include "base/mem.h"
#include "base/read-file.h"
#include "base/serialize.h"
#include "base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct checkpoint {
    char *path;
    char *identity;
    int every, last;     /* samples */
    struct serializer found; /* what was read; bytes NULL: nothing */
};

#define MAGIC "transect checkpoint 1\n"

/* The file: MAGIC, the digest of what follows it, and that. */
enum { HEAD = sizeof MAGIC - 1 + 64 };

static int check_instances(const struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->n_lanes; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances; j++) {
            const struct transect_ctx *instance =
                plan->lanes[i].instances[j];

            if (!instance->state.save && !instance->owner.disabled)
                return error_at(err, ST_USAGE, instance->place,
                                "[run] checkpoint: plugin '%s' cannot save "
                                "its state; remove one of the two",
                                instance->owner.id);
        }
    return ST_OK;
}

static int damaged(const struct checkpoint *checkpoint, struct error *err)
{
    return error_set(err, ST_USAGE, "%s: is damaged; start over with --force",
                     checkpoint->path);
}

/* Identity and number of samples, in front. */
static void carry_head(struct serializer *parcel, char **identity, int *done)
{
    serialize_word(parcel, identity);
    serialize_int32(parcel, done);
}

static int check_head(struct checkpoint *checkpoint, struct plan *plan,
                      struct error *err)
{
    char *identity = NULL;
    int done = 0, status = ST_OK;

    carry_head(&checkpoint->found, &identity, &done);
    if (checkpoint->found.bad || done < 1 || done >= plan->end)
        status = damaged(checkpoint, err);
    else if (strcmp(identity, checkpoint->identity) != 0)
        status = error_set(err, ST_USAGE, "%s: is of another experiment, "
                           "model, input or plugin; start over with --force",
                           checkpoint->path);
    else
        plan->first = checkpoint->last = done;
    free(identity);
    return status;
}

static int restore_file(struct checkpoint *checkpoint, struct plan *plan,
                        struct error *err)
{
    char *bytes, hex[65];
    size_t size;
    int status = read_file(checkpoint->path, &bytes, &size, err);

    if (status)
        return status;
    if (size >= HEAD)
        sha256_bytes(bytes + HEAD, size - HEAD, hex);
    if (size < HEAD || memcmp(bytes, MAGIC, sizeof MAGIC - 1) != 0 ||
        memcmp(bytes + HEAD - 64, hex, 64) != 0) {
        free(bytes);
        return damaged(checkpoint, err);
    }
    memmove(bytes, bytes + HEAD, size - HEAD);
    checkpoint->found = (struct serializer){.bytes = (unsigned char *)bytes,
                                            .size = size - HEAD,
                                            .unpacking = true};
    return check_head(checkpoint, plan, err);
}

int checkpoint_open(struct plan *plan, const char *dir,
                    enum checkpoint_mode mode, const char *identity,
                    struct checkpoint **out, struct error *err)
{
    struct checkpoint *checkpoint = mem_new(1, sizeof *checkpoint);
    size_t n = strlen(dir);
    int status = check_instances(plan, err);

    while (n > 1 && dir[n - 1] == '/')
        n--;
    checkpoint->path = mem_printf("%.*s.checkpoint", (int)n, dir);
    checkpoint->identity = mem_strdup(identity);
    checkpoint->every = plan->experiment->checkpoint;
    if (!status && access(checkpoint->path, F_OK) == 0) {
        if (mode == CHECKPOINT_NEW)
            status = error_set(err, ST_USAGE, "%s: a run was not finished; "
                               "go on with --resume, or start over with "
                               "--force", checkpoint->path);
        else if (mode == CHECKPOINT_RESUME)
            status = restore_file(checkpoint, plan, err);
    }
    if (status)
        checkpoint_free(checkpoint);
    else
        *out = checkpoint;
    return status;
}

/* An instance that was disabled stays so, with the reason. */
static int carry_instance(struct serializer *parcel, struct transect_ctx *ctx,
                          struct error *err)
{
    unsigned char disabled = ctx->owner.disabled;
    unsigned char counts = ctx->failure_counts;
    struct serializer state = {0};
    char *why = ctx->error.text;
    int status = ST_OK;

    if (!parcel->unpacking && !disabled)
        status = instance_save(ctx, &state, err);
    serialize_bytes(parcel, &disabled, 1);
    serialize_bytes(parcel, &counts, 1);
    serialize_word(parcel, &why);
    serialize_count(parcel, &state.size);
    serialize_array(parcel, (void **)&state.bytes, state.size, 1);
    if (parcel->unpacking && !parcel->bad) {
        ctx->failure_counts = counts;
        ctx->owner.disabled = disabled;
        if (disabled)
            error_set(&ctx->error, ST_FAILED, "%s", why);
        else
            status = instance_restore(ctx, &state, err);
    }
    if (parcel->unpacking)
        free(why);
    serialize_clear(&state);
    return status;
}

/* What edits have done so far; places and their order are the plan's. */
static void carry_attests(struct serializer *parcel, const struct lane *lane)
{
    size_t n, here;
    struct edit_record *attests = hooks_edit_records_to_fill(lane->hooks,
                                                             &here);

    n = here;
    serialize_count(parcel, &n);
    if (n != here)
        parcel->bad = true;
    for (size_t i = 0; i < here && !parcel->bad; i++) {
        serialize_bytes(parcel, &attests[i].fired, sizeof attests[i].fired);
        serialize_bytes(parcel, &attests[i].changed,
                        sizeof attests[i].changed);
        serialize_real(parcel, &attests[i].max_change);
        serialize_real(parcel, &attests[i].sum_squares);
    }
}

static int carry_lanes(struct serializer *parcel, const struct plan *plan,
                       struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_lanes; i++) {
        const struct lane *lane = &plan->lanes[i];

        for (size_t j = 0; j < lane->n_instances && !status; j++)
            status = carry_instance(parcel, lane->instances[j], err);
        carry_attests(parcel, lane);
    }
    return status;
}

int checkpoint_restore(struct checkpoint *checkpoint, struct plan *plan,
                       struct error *err)
{
    int status;

    if (!checkpoint->found.bytes)
        return ST_OK;
    status = carry_lanes(&checkpoint->found, plan, err);
    if (!status && checkpoint->found.bad)
        status = damaged(checkpoint, err);
    return status;
}

/* Under another name, then renamed: there is always a whole one. */
static int write_file(const struct checkpoint *checkpoint, const void *bytes,
                      size_t size, struct error *err)
{
    const char *slash = strrchr(checkpoint->path, '/');
    const char *base = slash ? slash + 1 : checkpoint->path;
    char *part = mem_printf(".%s.part", base);
    int parent = folder_make_parents(checkpoint->path, err);
    int status = parent < 0 ? err->status : ST_OK;

    if (!status) {
        folder_remove(parent, part);
        if (folder_write(parent, part, bytes, size) != 0 ||
            renameat(parent, part, parent, base) != 0)
            status = error_errno(err, ST_FAILED, checkpoint->path,
                                 "cannot write");
        close(parent);
    }
    free(part);
    return status;
}

static int save(const struct checkpoint *checkpoint, struct plan *plan,
                int done, struct error *err)
{
    struct serializer parcel = {0};
    char head[HEAD] = MAGIC, hex[65];
    char *identity = checkpoint->identity;
    int status;

    serialize_bytes(&parcel, head, sizeof head);
    carry_head(&parcel, &identity, &done);
    status = carry_lanes(&parcel, plan, err);
    if (!status) {
        sha256_bytes(parcel.bytes + HEAD, parcel.size - HEAD, hex);
        memcpy(parcel.bytes + HEAD - 64, hex, 64);
        status = write_file(checkpoint, parcel.bytes, parcel.size, err);
    }
    serialize_clear(&parcel);
    return status;
}

int checkpoint_reach(struct checkpoint *checkpoint, struct plan *plan,
                     int done, struct error *err)
{
    if (done - checkpoint->last < checkpoint->every || done >= plan->end)
        return ST_OK;
    checkpoint->last = done;
    return save(checkpoint, plan, done, err);
}

void checkpoint_remove(struct checkpoint *checkpoint)
{
    unlink(checkpoint->path);
}

void checkpoint_free(struct checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    serialize_clear(&checkpoint->found);
    free(checkpoint->identity);
    free(checkpoint->path);
    free(checkpoint);
}
