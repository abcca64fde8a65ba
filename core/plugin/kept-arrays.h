/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* kept-arrays.h - the arrays in which an instance keeps what samples left, as
 * transect/state.h has them: saved, restored and merged by their rules. */
#ifndef CORE_PLUGIN_KEPT_ARRAYS_H
#define CORE_PLUGIN_KEPT_ARRAYS_H

#include "base/error.h"
#include "base/serialize.h"

#include <stdbool.h>
#include <transect/state.h>

struct kept_array {
    char *name;            /* owned */
    int32_t element, merge;
    size_t n, record;
    void *data;            /* (n) elements, owned */
};

struct kept_arrays {
    struct kept_array *all; /* (n), owned */
    size_t n;
};

/* Why this is no array that can be added, or NULL. */
const char *kept_arrays_objection(const struct kept_arrays *arrays,
                                  const struct transect_array *array);
size_t kept_arrays_element_size(int element);
/* Adds one and takes over its data, (n) elements. */
void kept_arrays_add(struct kept_arrays *arrays,
                     const struct transect_array *array, void *data);
/* By name; NULL: none. */
const struct kept_array *kept_arrays_find(const struct kept_arrays *arrays,
                                          const char *name);
/* Packs all of them, or unpacks into those that there are; of others than were
 * packed, ST_FAILED. */
int kept_arrays_serialize(struct kept_arrays *arrays,
                          struct serializer *serializer, struct error *err);
/* New ones like these, to unpack into. */
struct kept_arrays kept_arrays_like(const struct kept_arrays *arrays);
/* Adds those of `other`, which are like these, but for those that a plugin
 * merges itself. */
void kept_arrays_merge(struct kept_arrays *arrays,
                       const struct kept_arrays *other);
bool kept_arrays_merge_own(const struct kept_arrays *arrays); /* has such? */
void kept_arrays_clear(struct kept_arrays *arrays);

#endif
