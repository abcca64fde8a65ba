/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/state.h - the extension "transect.state/1": what the samples left
 * in an instance, as bytes, so that a run that was killed can go on, and so
 * that what was seen in several runs can be put together.
 *
 *   const struct transect_state_host *states =
 *       host->extension(ctx, TRANSECT_STATE);
 *
 *   create ---> ready ---> (surveyed) ---> begin, events, end ---> finish
 *   (declare                    |             |         ^
 *    here)                   restore         save    merge
 *
 * All three are called between samples, with none under way. The bytes are
 * the plugin's own, for machines of one kind; they come back only to the same
 * version of it, with the same options, model and samples. What options,
 * model and survey decide need not be among them. `transect check-plugin`
 * tries all three. [main]
 */
#ifndef TRANSECT_STATE_H
#define TRANSECT_STATE_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_STATE "transect.state/1"

struct transect_state {
    uint32_t size; /* sizeof(struct transect_state) */
    /* Hands over, by put(), what all samples so far have left. */
    int (*save)(void *state);
    /* Puts that into an instance that has seen no sample. What does not fit,
     * fails. The bytes are borrowed. */
    int (*restore)(void *state, const void *bytes, size_t size);
    /* Adds what another instance saw of other samples of the same input;
     * results are then those of one instance that saw both, but for the
     * rounding of sums. NULL: cannot be done. */
    int (*merge)(void *state, const void *bytes, size_t size);
};

struct transect_state_host {
    uint32_t size;
    /* Declares that the instance's state can be saved. A plugin that keeps
     * nothing of samples says so by a save() that puts nothing. create. */
    int (*declare)(transect_ctx *, const struct transect_state *);
    /* Appends to the bytes that are being saved. save. */
    void (*put)(transect_ctx *, const void *bytes, size_t size);
};

#ifdef __cplusplus
}
#endif

#endif
