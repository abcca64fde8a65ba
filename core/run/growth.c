/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* growth.c - the place of the files that instances write while a run goes on.
 */
#include "run/growth.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>

/* Is there room for all of them? What an earlier run wrote is there. */
static int check_room(const struct run *run, uint64_t bytes,
                      struct error *err)
{
    struct statvfs disk;
    double room;

    if (run->samples.first > 0 || fstatvfs(run->growing.fd, &disk) != 0)
        return ST_OK;
    room = (double)disk.f_bavail * (double)disk.f_frsize;
    if ((double)bytes <= room)
        return ST_OK;
    return error_set(err, ST_FAILED, "%s: its plugins will write %.4g MB "
                     "while it runs, and the disk has room for %.4g MB; make "
                     "room there or choose another place with --output",
                     run->growing.dir, (double)bytes / 1e6, room / 1e6);
}

static int begin_files(struct run *run, const struct variant_run *variant,
                       size_t *number, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < variant->n_instances && !status; i++) {
        struct transect_ctx *instance = variant->instances[i];
        char *prefix = mem_path(variant->name, instance->owner.id);

        status = growing_begin(&instance->growing, &run->growing, (*number)++,
                               prefix, run->samples.first > 0, err);
        free(prefix);
    }
    return status;
}

int growth_begin(struct run *run, struct error *err)
{
    const struct plan *plan = run->plan;
    size_t n = 0, number = 0;
    uint64_t bytes = 0;
    int status;

    for (size_t i = 0; i < plan->n_instances; i++) {
        n += plan->instances[i]->growing.n;
        bytes += growing_expected(&plan->instances[i]->growing);
    }
    if (!n)
        return ST_OK;
    run->growing.stays = run->checkpoint != NULL;
    status = results_growing(run->results, run->growing.stays,
                             run->samples.first > 0, &run->growing.fd, err);
    if (!status)
        status = check_room(run, bytes, err);
    for (size_t i = 0; i < plan->n_variants && !status; i++)
        status = begin_files(run, &plan->variants[i], &number, err);
    return status;
}
