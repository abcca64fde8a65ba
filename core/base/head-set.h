/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* head-set.h - a set of heads over all layers: what an option lists, a sweep
 * makes, and a subscription asks for. */
#ifndef CORE_BASE_HEAD_SET_H
#define CORE_BASE_HEAD_SET_H

#include <stdbool.h>
#include <stddef.h>

struct head_set {
    int n_layer, n_head; /* of the model; or its key/value heads */
    bool *has;           /* (n_layer, n_head) */
};

/* Empty. */
struct head_set *head_set_new(int n_layer, int n_head);
struct head_set *head_set_copy(const struct head_set *set);
void head_set_free(struct head_set *set);
void head_set_add(struct head_set *set, int layer, int head);
/* Adds what another one of the same sizes has. */
void head_set_add_all(struct head_set *set, const struct head_set *other);
/* (n_head) what it has in a layer; valid as long as the set is. */
const bool *head_set_layer(const struct head_set *set, int layer);
/* Has it any head in the layer? */
bool head_set_any(const struct head_set *set, int layer);
size_t head_set_count(const struct head_set *set);

#endif
