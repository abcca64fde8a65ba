/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* needs.h - which rows of a sample a pass has to have. */
#ifndef CORE_EXECUTOR_NEEDS_H
#define CORE_EXECUTOR_NEEDS_H

#include "hooks/hook-set.h"
#include "model/config.h"

/* The least run of positions with all rows of a span's sample that somebody
 * hears or edits at the stages from..to-1; empty (0, 0): nobody does. */
struct position_span needs_heard(const struct config *config,
                                 const struct hook_set *set, int from, int to,
                                 const struct span *span);

#endif
