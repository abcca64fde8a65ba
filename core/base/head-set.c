/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* head-set.c - a set of heads over all layers. */
#include "base/head-set.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static size_t size_of(const struct head_set *set)
{
    return (size_t)set->n_layer * (size_t)set->n_head;
}

struct head_set *head_set_new(int n_layer, int n_head)
{
    struct head_set *set = mem_new(1, sizeof *set);

    set->n_layer = n_layer > 0 ? n_layer : 0;
    set->n_head = n_head > 0 ? n_head : 0;
    set->has = mem_new(size_of(set), sizeof *set->has);
    return set;
}

struct head_set *head_set_copy(const struct head_set *set)
{
    struct head_set *copy = head_set_new(set->n_layer, set->n_head);

    head_set_add_all(copy, set);
    return copy;
}

void head_set_free(struct head_set *set)
{
    if (!set)
        return;
    free(set->has);
    free(set);
}

void head_set_add(struct head_set *set, int layer, int head)
{
    set->has[(size_t)layer * (size_t)set->n_head + (size_t)head] = true;
}

void head_set_add_all(struct head_set *set, const struct head_set *other)
{
    for (size_t i = 0; i < size_of(set); i++)
        set->has[i] |= other->has[i];
}

const bool *head_set_layer(const struct head_set *set, int layer)
{
    return set->has + (size_t)layer * (size_t)set->n_head;
}

bool head_set_any(const struct head_set *set, int layer)
{
    return memchr(head_set_layer(set, layer), true, (size_t)set->n_head);
}

size_t head_set_count(const struct head_set *set)
{
    size_t n = 0;

    for (size_t i = 0; i < size_of(set); i++)
        n += set->has[i];
    return n;
}
