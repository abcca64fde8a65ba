/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* kept-arrays.c - arrays in which an instance keeps what samples left. */
#include "plugin/kept-arrays.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

size_t kept_arrays_element_size(int element)
{
    return element == TRANSECT_INT32 || element == TRANSECT_FLOAT32 ? 4 : 8;
}

const struct kept_array *kept_arrays_find(const struct kept_arrays *arrays,
                                          const char *name)
{
    for (size_t i = 0; i < arrays->n; i++)
        if (strcmp(arrays->all[i].name, name) == 0)
            return &arrays->all[i];
    return NULL;
}

const char *kept_arrays_objection(const struct kept_arrays *arrays,
                                  const struct transect_array *array)
{
    if (!array->name || !array->name[0])
        return "it has no name";
    if (kept_arrays_find(arrays, array->name))
        return "there is one of that name";
    if (array->element < TRANSECT_INT32 || array->element > TRANSECT_FLOAT64)
        return "this host does not know its elements";
    if (array->merge < TRANSECT_MERGE_SUM ||
        array->merge > TRANSECT_MERGE_OWN)
        return "this host does not know how it is merged";
    if (array->merge == TRANSECT_MERGE_BEST &&
        (array->element != TRANSECT_FLOAT64 || array->record < 2 ||
         array->n % array->record))
        return "it is no number of records of two or more float64 elements";
    return NULL;
}

void kept_arrays_add(struct kept_arrays *arrays,
                     const struct transect_array *array, void *data)
{
    MEM_PUSH(arrays->all, arrays->n);
    arrays->all[arrays->n++] = (struct kept_array){
        .name = mem_strdup(array->name),
        .element = array->element,
        .merge = array->merge,
        .n = array->n,
        .record = array->record,
        .data = data,
    };
}

struct kept_arrays kept_arrays_like(const struct kept_arrays *arrays)
{
    struct kept_arrays like = {0};

    for (size_t i = 0; i < arrays->n; i++) {
        const struct kept_array *kept = &arrays->all[i];
        const struct transect_array array = {
            .name = kept->name, .element = kept->element,
            .merge = kept->merge, .n = kept->n, .record = kept->record};

        kept_arrays_add(&like, &array,
                        mem_new(kept->n,
                                kept_arrays_element_size(kept->element)));
    }
    return like;
}

/* A name and a number stand in front of each array's bytes. */
static bool serialize_head(struct serializer *serializer,
                           const struct kept_array *kept)
{
    char *name = kept->name;
    uint64_t n = kept->n;
    bool same;

    serialize_word(serializer, &name);
    serialize_bytes(serializer, &n, sizeof n);
    same = !serializer->bad && strcmp(name, kept->name) == 0 && n == kept->n;
    if (serializer->unpacking)
        free(name);
    return same;
}

/* Integers that are added to must be within half of what their type holds, so
 * that neither an instance that goes on from them nor the sum of two
 * overflows. */
static bool leaves_room(const struct kept_array *kept)
{
    const int32_t *small = kept->data;
    const int64_t *large = kept->data;

    for (size_t i = 0; kept->merge == TRANSECT_MERGE_SUM && i < kept->n; i++)
        if (kept->element == TRANSECT_INT32
                ? small[i] > INT32_MAX / 2 || small[i] < INT32_MIN / 2
                : kept->element == TRANSECT_INT64 &&
                      (large[i] > INT64_MAX / 2 || large[i] < INT64_MIN / 2))
            return false;
    return true;
}

int kept_arrays_serialize(struct kept_arrays *arrays,
                          struct serializer *serializer, struct error *err)
{
    for (size_t i = 0; i < arrays->n; i++) {
        struct kept_array *kept = &arrays->all[i];

        if (!serialize_head(serializer, kept))
            return error_set(err, ST_FAILED, "a state of another size: it has "
                             "not %zu elements of '%s'", kept->n, kept->name);
        serialize_bytes(serializer, kept->data,
                        kept->n * kept_arrays_element_size(kept->element));
        if (serializer->unpacking && !leaves_room(kept))
            return error_set(err, ST_FAILED, "a state with an integer of "
                             "'%s' beyond half of what its type holds; what "
                             "is summed must leave room", kept->name);
    }
    if (serializer->bad ||
        (serializer->unpacking && serializer->at != serializer->size))
        return error_set(err, ST_FAILED, "a state of another size");
    return ST_OK;
}

/* x[i] by x[i] and y[i], for each type of elements. A NaN in a sum stays one;
 * of a maximum or minimum the number counts that is there already. */
#define MERGE(type)                                                           \
    static void merge_##type(int rule, type *x, const type *y, size_t n)      \
    {                                                                         \
        for (size_t i = 0; i < n; i++)                                        \
            if (rule == TRANSECT_MERGE_SUM)                                   \
                x[i] += y[i];                                                 \
            else if (rule == TRANSECT_MERGE_MAX ? y[i] > x[i] : y[i] < x[i])  \
                x[i] = y[i];                                                  \
    }

MERGE(int32_t)
MERGE(int64_t)
MERGE(float)
MERGE(double)

static bool beats(const double *other, const double *mine)
{
    return other[0] > mine[0] ||
           (!(other[0] < mine[0]) && other[1] < mine[1]);
}

static void merge_best(struct kept_array *kept, const struct kept_array *from)
{
    double *mine = kept->data;
    const double *other = from->data;

    for (size_t i = 0; i < kept->n; i += kept->record)
        if (beats(other + i, mine + i))
            memcpy(mine + i, other + i, kept->record * sizeof *mine);
}

static void merge_array(struct kept_array *kept, const struct kept_array *from)
{
    if (kept->merge == TRANSECT_MERGE_OWN)
        return;
    if (kept->merge == TRANSECT_MERGE_BEST)
        merge_best(kept, from);
    else if (kept->element == TRANSECT_INT32)
        merge_int32_t(kept->merge, kept->data, from->data, kept->n);
    else if (kept->element == TRANSECT_INT64)
        merge_int64_t(kept->merge, kept->data, from->data, kept->n);
    else if (kept->element == TRANSECT_FLOAT32)
        merge_float(kept->merge, kept->data, from->data, kept->n);
    else
        merge_double(kept->merge, kept->data, from->data, kept->n);
}

void kept_arrays_merge(struct kept_arrays *arrays,
                       const struct kept_arrays *other)
{
    for (size_t i = 0; i < arrays->n; i++)
        merge_array(&arrays->all[i], &other->all[i]);
}

bool kept_arrays_merge_own(const struct kept_arrays *arrays)
{
    for (size_t i = 0; i < arrays->n; i++)
        if (arrays->all[i].merge == TRANSECT_MERGE_OWN)
            return true;
    return false;
}

void kept_arrays_clear(struct kept_arrays *arrays)
{
    for (size_t i = 0; i < arrays->n; i++) {
        free(arrays->all[i].name);
        free(arrays->all[i].data);
    }
    free(arrays->all);
    *arrays = (struct kept_arrays){0};
}
