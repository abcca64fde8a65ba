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
    struct isolated_process *process = mem_new(1, sizeof *process);

    process->plugin = *real;
    isolate_stand_in(&process->plugin.desc);
    process->real = real;
    process->id = id;
    process->limits = limits;
    process->socket = -1;
    return process;
}

const struct plugin *isolate_plugin(const struct isolated_process *process)
{
    return &process->plugin;
}

void isolate_add(struct isolated_process *process,
                 struct transect_ctx *instance)
{
    MEM_PUSH(process->slots, process->n_slots);
    process->slots[process->n_slots++] = (struct isolate_slot){
        .ctx = instance};
    instance->process = process;
}

static int make_memory(struct isolated_process *process,
                       const struct config *config, int n_token,
                       struct error *err)
{
    struct isolate_request *request;

    process->request_size = sizeof *request +
                            process->n_slots * sizeof request->variants[0];
    request = mmap(NULL, process->request_size, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (request == MAP_FAILED)
        return error_errno(err, ST_FAILED, "shared memory", "cannot be had");
    process->request = request;
    return guard_open(&process->guard, point_view_bytes(config, n_token), err);
}

int isolate_start(struct isolated_process *process,
                  const struct config *config, int n_token,
                  struct error *err)
{
    int ends[2], threads = openblas_get_num_threads();

    if (make_memory(process, config, n_token, err))
        return err->status;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_errno(err, ST_FAILED, process->id, "cannot be isolated");
    fflush(NULL); /* or it would be written twice */
    team_set_blas(1); /* in the child, whose memory is limited */
    process->child = fork();
    if (process->child != 0)
        team_set_blas(threads);
    if (process->child < 0) {
        close(ends[0]);
        close(ends[1]);
        return error_errno(err, ST_FAILED, process->id, "cannot be isolated");
    }
    process->socket = ends[process->child ? 0 : 1];
    close(ends[process->child ? 1 : 0]);
    if (process->child == 0)
        isolate_child(process);
    return ST_OK;
}

const char *isolate_id(const struct isolated_process *process)
{
    return process->id;
}

void isolate_contain(struct isolated_process *process)
{
    if (process->lost)
        return; /* in create or ready, with what counts of that */
    for (size_t i = 0; i < process->n_slots; i++) {
        struct transect_ctx *ctx = process->slots[i].ctx;

        ctx->failure_counts = !ctx->owner.disable_on_error;
        ctx->owner.disable_on_error = true;
    }
}

void isolate_free(struct isolated_process *process)
{
    if (!process)
        return;
    isolate_end(process);
    guard_close(&process->guard);
    if (process->request)
        munmap(process->request, process->request_size);
    free(process->slots);
    free(process);
}
