/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* checkpoint.c - how far a run has come, in a file beside its results. */
#include "run/checkpoint.h"

#include "base/folder.h"
#include "base/mem.h"
#include "base/read-file.h"
#include "base/serialize.h"
#include "base/sha256.h"
#include "results/results-folder.h"
#include "tensor/arithmetic.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct checkpoint {
    char *path;
    char *identity;
    bool ours; /* the file at path is one of transect */
    bool current; /* and of this run, or of the one that it goes on with */
    int every, last; /* samples: between two writes; at the last one */
    struct serializer found; /* what was read; bytes NULL: nothing */
};

#define KIND "transect checkpoint "
#define MAGIC KIND "3\n"

/* The file: MAGIC, the digest of what follows it, and that. */
enum { HEAD = sizeof MAGIC - 1 + 64 };

static int check_instances(const struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances; j++) {
            const struct transect_ctx *instance = plan->variants[i]
                                                      .instances[j];

            if (!instance_saves(instance) && !instance->owner.disabled)
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

/* Identity, what computed, and number of samples, in front. */
struct head {
    char *identity;
    char *which[ARITHMETIC_N];
    int done;
};

static void carry_head(struct serializer *serial, struct head *head)
{
    serialize_word(serial, &head->identity);
    for (int i = 0; i < ARITHMETIC_N; i++)
        serialize_word(serial, &head->which[i]);
    serialize_int32(serial, &head->done);
}

static void clear_head(struct head *head)
{
    free(head->identity);
    for (int i = 0; i < ARITHMETIC_N; i++)
        free(head->which[i]);
}

/* Other code rounds in other ways: what both would have computed in part would
 * be the results of neither. */
static int check_arithmetic(const struct checkpoint *checkpoint,
                            const struct head *head, struct error *err)
{
    struct arithmetic parts[ARITHMETIC_N];

    arithmetic_in_use(parts);
    for (int i = 0; i < ARITHMETIC_N; i++)
        if (strcmp(head->which[i], parts[i].which) != 0)
            return error_set(err, ST_USAGE, "%s: was written with the %s "
                             "'%s', not '%s' as here; go on where it was "
                             "written, or start over with --force",
                             checkpoint->path, parts[i].what, head->which[i],
                             parts[i].which);
    return ST_OK;
}

static int check_head(struct checkpoint *checkpoint, const struct plan *plan,
                      struct error *err)
{
    struct head head = {0};
    int done, status = ST_OK;

    carry_head(&checkpoint->found, &head);
    done = head.done;
    if (checkpoint->found.bad)
        status = damaged(checkpoint, err);
    else if (strcmp(head.identity, checkpoint->identity) != 0)
        status = error_set(err, ST_USAGE, "%s: is of another experiment, "
                           "model, input or plugin; start over with --force",
                           checkpoint->path);
    else if (done < 1 || done >= plan->samples->n_sample)
        status = damaged(checkpoint, err);
    else
        status = check_arithmetic(checkpoint, &head, err);
    if (!status) {
        checkpoint->last = done;
        checkpoint->current = true;
    }
    clear_head(&head);
    return status;
}

static int restore_file(struct checkpoint *checkpoint, const struct plan *plan,
                        struct error *err)
{
    char *bytes, hex[65];
    size_t size;
    int status = read_unwatched(checkpoint->path, SIZE_MAX, &bytes, &size,
                                err);

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

/* What the file begins with; returns how many bytes, 0 also on failure. */
static size_t read_begin(const char *path, void *bytes, size_t size)
{
    struct error ignored;
    struct stat info;
    int fd = read_open(path, &info, &ignored);
    ssize_t n = fd < 0 ? 0 : read(fd, bytes, size);

    if (fd >= 0)
        close(fd);
    return n < 0 ? 0 : (size_t)n;
}

/* Does the file begin as one, of whatever version? Others are the user's. */
static bool is_checkpoint(const char *path)
{
    char head[sizeof KIND - 1];

    return read_begin(path, head, sizeof head) == sizeof head &&
           memcmp(head, KIND, sizeof head) == 0;
}

static int foreign(const struct checkpoint *checkpoint, int status,
                   struct error *err)
{
    return error_set(err, status, "%s: is no checkpoint of transect, so it "
                     "is never replaced; choose another place with --output",
                     checkpoint->path);
}

/* A file that is there already. */
static int open_old(struct checkpoint *checkpoint, const struct plan *plan,
                    enum checkpoint_mode mode, struct error *err)
{
    checkpoint->ours = is_checkpoint(checkpoint->path);
    if (!checkpoint->ours)
        return foreign(checkpoint, ST_USAGE, err);
    if (mode == CHECKPOINT_NEW)
        return error_set(err, ST_USAGE,
                         "%s: a run was not finished; go on "
                         "with --resume, or start over with --force",
                         checkpoint->path);
    if (mode == CHECKPOINT_RESUME)
        return restore_file(checkpoint, plan, err);
    return ST_OK;
}

/* Beside the results, whether their name ends with slashes or not. */
static char *path_of(const char *dir)
{
    size_t n = strlen(dir);

    while (n > 1 && dir[n - 1] == '/')
        n--;
    return mem_printf("%.*s" RESULTS_CHECKPOINT, (int)n, dir);
}

int checkpoint_open(const struct plan *plan,
                    const struct checkpoint_settings *settings,
                    struct checkpoint **out, struct error *err)
{
    struct checkpoint *checkpoint = mem_new(1, sizeof *checkpoint);
    struct stat info;
    int status = check_instances(plan, err);

    checkpoint->path = path_of(settings->dir);
    checkpoint->identity = mem_strdup(settings->identity);
    checkpoint->every = plan->experiment->checkpoint;
    if (!status && lstat(checkpoint->path, &info) == 0)
        status = open_old(checkpoint, plan, settings->mode, err);
    if (status)
        checkpoint_free(checkpoint);
    else
        *out = checkpoint;
    return status;
}

int checkpoint_samples(const struct checkpoint *checkpoint)
{
    return checkpoint->found.bytes ? checkpoint->last : 0;
}

/* An instance that was disabled stays so, with the reason and without a
 * state. A save that fails may be what disables it: the flags are read behind
 * it. */
static int carry_instance(struct serializer *serial, struct transect_ctx *ctx,
                          struct error *err)
{
    unsigned char disabled, counts;
    struct serializer state = {0};
    char *why = ctx->error.text;
    int status = ST_OK;

    if (!serial->unpacking && !ctx->owner.disabled)
        status = instance_save(ctx, &state, err);
    if (ctx->owner.disabled)
        serialize_clear(&state);
    disabled = ctx->owner.disabled;
    counts = ctx->failure_counts;
    serialize_bytes(serial, &disabled, 1);
    serialize_bytes(serial, &counts, 1);
    serialize_word(serial, &why);
    serialize_block(serial, (void **)&state.bytes, &state.size);
    if (serial->unpacking && !serial->bad) {
        ctx->failure_counts = counts;
        ctx->owner.disabled = disabled;
        if (disabled)
            error_set(&ctx->error, ST_FAILED, "%s", why);
        else
            status = instance_restore(ctx, &state, err);
    }
    if (serial->unpacking)
        free(why);
    serialize_clear(&state);
    return status ? status : growing_carry(serial, &ctx->growing, err);
}

/* What edits have done so far; places and their order are the plan's. */
static void carry_edit_records(struct serializer *serial,
                          const struct variant_run *variant)
{
    size_t n, here;
    struct edit_record *records = hooks_edit_records_to_fill(variant->hooks,
                                                             &here);

    n = here;
    serialize_count(serial, &n);
    if (n != here)
        serial->bad = true;
    for (size_t i = 0; i < here && !serial->bad; i++) {
        serialize_bytes(serial, &records[i].fired, sizeof records[i].fired);
        serialize_bytes(serial, &records[i].changed,
                        sizeof records[i].changed);
        serialize_real(serial, &records[i].max_change);
        serialize_real(serial, &records[i].sum_squares);
    }
}

static int carry_variants(struct serializer *serial, const struct plan *plan,
                          struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];

        for (size_t j = 0; j < variant->n_instances && !status; j++)
            status = carry_instance(serial, variant->instances[j], err);
        carry_edit_records(serial, variant);
    }
    return status;
}

int checkpoint_restore(struct checkpoint *checkpoint, const struct plan *plan,
                       struct error *err)
{
    if (!checkpoint->found.bytes)
        return ST_OK;
    if (carry_variants(&checkpoint->found, plan, err)) {
        err->status = ST_USAGE; /* it is the file's fault: nothing has run */
        return error_within(err, "%s", checkpoint->path);
    }
    if (checkpoint->found.bad ||
        checkpoint->found.at != checkpoint->found.size)
        return damaged(checkpoint, err);
    return ST_OK;
}

/* There is always a whole one. What came there during the run is not ours. */
static int write_file(struct checkpoint *checkpoint, const void *bytes,
                      size_t size, struct error *err)
{
    const char *slash = strrchr(checkpoint->path, '/');
    const char *base = slash ? slash + 1 : checkpoint->path;
    int parent = folder_make_parents(checkpoint->path, err);
    int status = parent < 0 ? err->status : ST_OK;
    struct stat info;

    if (status)
        return status;
    if (!checkpoint->ours &&
        fstatat(parent, base, &info, AT_SYMLINK_NOFOLLOW) == 0)
        status = foreign(checkpoint, ST_FAILED, err);
    else if (folder_replace(parent, base, bytes, size) != 0)
        status = error_errno(err, ST_FAILED, checkpoint->path,
                             "cannot write");
    else
        checkpoint->ours = checkpoint->current = true;
    close(parent);
    return status;
}

static int save(struct checkpoint *checkpoint, const struct plan *plan,
                int done, struct error *err)
{
    struct serializer serial = {0};
    char head[HEAD] = MAGIC, hex[65];
    struct head first = {.identity = checkpoint->identity, .done = done};
    struct arithmetic parts[ARITHMETIC_N];
    int status;

    /* A checkpoint has nothing that a power cut takes away. */
    for (size_t i = 0; i < plan->n_instances; i++)
        if (growing_sync(&plan->instances[i]->growing, err))
            return err->status;
    arithmetic_in_use(parts);
    for (int i = 0; i < ARITHMETIC_N; i++)
        first.which[i] = (char *)(uintptr_t)parts[i].which;
    serialize_bytes(&serial, head, sizeof head);
    carry_head(&serial, &first);
    status = carry_variants(&serial, plan, err);
    if (!status) {
        sha256_bytes(serial.bytes + HEAD, serial.size - HEAD, hex);
        memcpy(serial.bytes + HEAD - 64, hex, 64);
        status = write_file(checkpoint, serial.bytes, serial.size, err);
    }
    serialize_clear(&serial);
    return status;
}

int checkpoint_reach(struct checkpoint *checkpoint, const struct plan *plan,
                     int done, struct error *err)
{
    if (done - checkpoint->last < checkpoint->every)
        return ST_OK;
    checkpoint->last = done;
    /* Nor is a checkpoint made of two states of a model. */
    if (file_watch_check(err))
        return err->status;
    return save(checkpoint, plan, done, err);
}

bool checkpoint_is_there(const struct checkpoint *checkpoint)
{
    return checkpoint->current;
}

void checkpoint_remove(struct checkpoint *checkpoint)
{
    if (checkpoint->ours)
        unlink(checkpoint->path);
}

char *checkpoint_identity(const char *dir)
{
    unsigned char bytes[HEAD + 128]; /* a length, 64 digits, and more */
    char *path = path_of(dir), *identity = NULL;
    size_t n = read_begin(path, bytes, sizeof bytes);
    struct serializer serial = {.bytes = bytes, .size = n, .at = HEAD,
                                .unpacking = true};

    free(path);
    if (n < HEAD || memcmp(bytes, MAGIC, sizeof MAGIC - 1) != 0)
        return NULL;
    serialize_word(&serial, &identity);
    if (!serial.bad)
        return identity;
    free(identity);
    return NULL;
}

void checkpoint_discard(const char *dir)
{
    char *path = path_of(dir);

    if (is_checkpoint(path))
        unlink(path);
    free(path);
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
