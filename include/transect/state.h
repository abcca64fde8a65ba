/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/state.h - the extension "transect.state/1": what the samples left
 * in an instance, so that a run that was killed can go on, that what was seen
 * in several runs can be put together, and that variants can look at the
 * baseline. A plugin with a state, even of nothing, says TRANSECT_CAP_STATE.
 *
 *   const struct transect_state_host *states =
 *       host->extension(ctx, TRANSECT_STATE);
 *
 * [1.1] The plain way: all that samples add to is in arrays that keep() gives
 * out in ready, with a rule for what the sum of two states is. The host saves,
 * restores and merges them; other() is the same array of another instance.
 *
 * The other way is to declare functions that make bytes of a state, and back:
 *
 *   create ---> ready ---> (surveyed) ---> begin, events, end ---> finish
 *   (declare   (keep            |             |         ^          (other:
 *    here)      here)        restore         save    merge     baseline's)
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
    /* [1.1] Of a plugin that keeps arrays instead, and is the only member: the
     * part of a merge that rules cannot say. Adds what other() gives to the
     * arrays of TRANSECT_MERGE_OWN; the others are as they were. */
    int (*merge_own)(void *state);
};

/* [1.1] Elements of an array, and what a merge makes of x and another's y. */
enum transect_element { TRANSECT_INT32, TRANSECT_INT64, TRANSECT_FLOAT32,
                        TRANSECT_FLOAT64 };
enum transect_merge {
    TRANSECT_MERGE_SUM, /* x + y */
    TRANSECT_MERGE_MAX, /* the larger */
    TRANSECT_MERGE_MIN, /* the smaller */
    TRANSECT_MERGE_BEST, /* FLOAT64, records of `record` elements: all of that
                            with the larger first element; of equals of that
                            with the smaller second */
    TRANSECT_MERGE_OWN  /* merge_own() does it */
};

struct transect_array {
    uint32_t size;    /* sizeof(struct transect_array) */
    const char *name; /* no other array of the plugin has it; copied */
    int32_t element, merge;
    size_t n;         /* elements */
    size_t record;    /* BEST */
};

struct transect_state_host {
    uint32_t size;
    /* Declares that the instance's state can be saved. A plugin that keeps
     * nothing of samples says so by a save() that puts nothing. create. */
    int (*declare)(transect_ctx *, const struct transect_state *);
    /* Appends to the bytes that are being saved. save. */
    void (*put)(transect_ctx *, const void *bytes, size_t size);
    /* [1.1] Zeroed, freed after destroy, never NULL. ready. */
    void *(*keep)(transect_ctx *, const struct transect_array *);
    /* [1.1] An array of the same name and size: in finish the baseline's, in
     * merge_own that which is merged. NULL where there is none: in the
     * baseline itself, in a run without one, for editors. Until it returns. */
    const void *(*other)(transect_ctx *, const char *name);
    /* [1.2] In finish, the array of the same observer in the variant that
     * runs the records' pairs. NULL where there is none, and in itself. */
    const void *(*pair)(transect_ctx *, const char *name);
};

#ifdef __cplusplus
}
#endif

#endif
