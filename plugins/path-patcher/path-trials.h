/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* path-trials.h - what the tests of path-patcher share. */
#ifndef PLUGINS_PATH_TRIALS_H
#define PLUGINS_PATH_TRIALS_H

#include "experiment-fixture.h"

enum { PATH_SAMPLES = 3, PATH_TOKENS = 9, PATH_VOCAB = 60, PATH_WIDTH = 16 };

/* Every sender that there is. */
#define PATH_ALL                                                             \
    "path-patcher.senders = *\npath-patcher.sender_mlps = *\n"               \
    "path-patcher.sender_embed = yes\n"

/* Samples and their pairs, of these lengths (NULL: all of PATH_TOKENS). */
struct samples *path_trial_pairs(const int *lengths);
/* Three layers, four heads. */
bool path_trial_make(struct trial *trial, int kv_heads);
/* The largest error of a row of one layer and head, over its norm. */
double path_trial_worst(const struct watch *got, const struct watch *want,
                        int layer, int head);

#endif
