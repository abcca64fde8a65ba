/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate.c - observers in a process of their own: the child and what it
 * shares with the host. */
#include "plugin/isolate.h"

#include "base/mem.h"
#include "hooks/hook-points.h"
#include "plugin/isolate-internal.h"
#include "tensor/thread-team.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct isolated_process *isolate_new(const struct plugin *real, const char *id,
                                     struct isolation limits)
{
    struct isolated_process *pen = mem_new(1, sizeof *pen);

    pen->plugin = *real;
    isolate_stand_in(&pen->plugin.desc);
    pen->real = real;
    pen->id = id;
    pen->limits = limits;
    pen->socket = -1;
    return pen;
}

const struct plugin *isolate_plugin(const struct isolated_process *pen)
{
    return &pen->plugin;
}

void isolate_add(struct isolated_process *pen, struct transect_ctx *instance)
{
    MEM_PUSH(pen->seats, pen->n_seats);
    pen->seats[pen->n_seats++] = (struct isolate_slot){.ctx = instance};
    instance->pen = pen;
}

static int make_memory(struct isolated_process *pen,
                       const struct config *config, int n_token,
                       struct error *err)
{
    struct isolate_request *letter;

    pen->letter_size = sizeof *letter +
                       pen->n_seats * sizeof letter->variants[0];
    letter = mmap(NULL, pen->letter_size, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (letter == MAP_FAILED)
        return error_errno(err, ST_FAILED, "shared memory", "cannot be had");
    pen->letter = letter;
    return guard_open(&pen->guard, point_view_bytes(config, n_token), err);
}

int isolate_start(struct isolated_process *pen, const struct config *config,
                  int n_token, struct error *err)
{
    int ends[2], threads = openblas_get_num_threads();

    if (make_memory(pen, config, n_token, err))
        return err->status;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_errno(err, ST_FAILED, pen->id, "cannot be isolated");
    fflush(NULL); /* or it would be written twice */
    team_set_blas(1); /* in the child, whose memory is limited */
    pen->child = fork();
    if (pen->child != 0)
        team_set_blas(threads);
    if (pen->child < 0) {
        close(ends[0]);
        close(ends[1]);
        return error_errno(err, ST_FAILED, pen->id, "cannot be isolated");
    }
    pen->socket = ends[pen->child ? 0 : 1];
    close(ends[pen->child ? 1 : 0]);
    if (pen->child == 0)
        isolate_child(pen);
    return ST_OK;
}

const char *isolate_id(const struct isolated_process *pen)
{
    return pen->id;
}

void isolate_contain(struct isolated_process *pen)
{
    for (size_t i = 0; i < pen->n_seats; i++) {
        struct transect_ctx *ctx = pen->seats[i].ctx;

        ctx->failure_counts = !ctx->owner.disable_on_error;
        ctx->owner.disable_on_error = true;
    }
}

void isolate_free(struct isolated_process *pen)
{
    if (!pen)
        return;
    isolate_end(pen);
    guard_close(&pen->guard);
    if (pen->letter)
        munmap(pen->letter, pen->letter_size);
    free(pen->seats);
    free(pen);
}
