/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/kit/arrays.h - the arrays of a plugin's state, named in one
 * function that serves for its own and for those of another instance:
 *
 *   static void take_arrays(struct norms *self, struct transect_arrays *from)
 *   {
 *       self->sums = transect_array(from, "sums", TRANSECT_FLOAT64,
 *                                   TRANSECT_MERGE_SUM, self->n_layer);
 *   }
 *
 * In ready it takes new ones, which the host saves, restores and merges, from
 * transect_arrays_new(). In finish a copy of *self takes the baseline's from
 * transect_arrays_other(), and in merge_own those that are merged:
 *
 *   struct norms other = *self;
 *   struct transect_arrays from = transect_arrays_other(self->ctx, host);
 *
 *   take_arrays(&other, &from);
 *   if (!from.missing) ... other.sums ... which are not to be written to.
 */
#ifndef TRANSECT_KIT_ARRAYS_H
#define TRANSECT_KIT_ARRAYS_H

#include <transect/state.h>

#ifdef __cplusplus
extern "C" {
#endif

struct transect_arrays {
    transect_ctx *ctx;
    const struct transect_state_host *states;
    int other;   /* another instance's */
    int missing; /* it has not all of them: there is no such instance */
};

static inline struct transect_arrays
transect_arrays_new(transect_ctx *ctx, const struct transect_host *host)
{
    struct transect_arrays arrays;

    arrays.ctx = ctx;
    arrays.states = (const struct transect_state_host *)
        host->extension(ctx, TRANSECT_STATE);
    arrays.other = arrays.missing = 0;
    return arrays;
}

static inline struct transect_arrays
transect_arrays_other(transect_ctx *ctx, const struct transect_host *host)
{
    struct transect_arrays arrays = transect_arrays_new(ctx, host);

    arrays.other = 1;
    return arrays;
}

/* NULL of what is missing; new ones are zero. */
static inline void *transect_array_of(struct transect_arrays *from,
                                      const struct transect_array *array)
{
    const void *data;

    if (!from->other)
        return from->states->keep(from->ctx, array);
    data = from->states->other(from->ctx, array->name);
    from->missing |= !data;
    return (void *)data;
}

static inline void *transect_array(struct transect_arrays *from,
                                   const char *name, int32_t element,
                                   int32_t merge, size_t n)
{
    struct transect_array array;

    array.size = sizeof array;
    array.name = name;
    array.element = element;
    array.merge = merge;
    array.n = n;
    array.record = 0;
    return transect_array_of(from, &array);
}

/* n records of TRANSECT_MERGE_BEST, of `record` doubles each. */
static inline double *transect_array_best(struct transect_arrays *from,
                                          const char *name, size_t record,
                                          size_t n)
{
    struct transect_array array;

    array.size = sizeof array;
    array.name = name;
    array.element = TRANSECT_FLOAT64;
    array.merge = TRANSECT_MERGE_BEST;
    array.n = n * record;
    array.record = record;
    return (double *)transect_array_of(from, &array);
}

#ifdef __cplusplus
}
#endif

#endif
