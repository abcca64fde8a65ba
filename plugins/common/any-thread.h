/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* any-thread.h - for plugins whose instances share nothing that is written. */
#ifndef COMMON_ANY_THREAD_H
#define COMMON_ANY_THREAD_H

#include <transect/workers.h>

/* Declares just that, to hosts that have workers; in create. A host that does
 * not like it makes create fail by itself. */
static inline void any_thread_declare(transect_ctx *ctx,
                                      const struct transect_host *host)
{
    const struct transect_workers_host *workers =
        host->extension(ctx, TRANSECT_WORKERS);

    if (workers)
        workers->declare(ctx, TRANSECT_ANY_THREAD);
}

#endif
