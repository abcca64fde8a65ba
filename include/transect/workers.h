/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/workers.h - the extension "transect.workers/1": events on worker
 * threads.
 *
 *   const struct transect_workers_host *workers =
 *       host->extension(ctx, TRANSECT_WORKERS);
 *
 * Variants that have forked can be computed side by side, by worker threads.
 * Without a declaration every event comes on the main thread, where an
 * experiment with a plugin like that has all its variants.
 */
#ifndef TRANSECT_WORKERS_H
#define TRANSECT_WORKERS_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_WORKERS "transect.workers/1"

/* Events of an instance may come on any thread, one after another: what one
 * callback wrote the next one reads. Two instances, which are two variants',
 * may have theirs at the same time. The instances must share nothing that is
 * written. All other callbacks stay on the main thread, with no event under
 * way. In events, weight and what is for any callback may be called as
 * ever. */
#define TRANSECT_ANY_THREAD 1u

struct transect_workers_host {
    uint32_t size;
    /* Declares TRANSECT_ANY_THREAD, as the descriptor's TRANSECT_CAP_THREADS
     * does [1.1] without a call. create. [main] */
    int (*declare)(transect_ctx *, uint32_t threads);
};

#ifdef __cplusplus
}
#endif

#endif
