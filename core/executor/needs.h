/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* needs.h - which rows of a sample a pass has to have, found by going through
 * its stages backwards. */
#ifndef CORE_EXECUTOR_NEEDS_H
#define CORE_EXECUTOR_NEEDS_H

#include "hooks/hook-set.h"
#include "model/config.h"

/* The least run of positions with all rows of a span's sample that somebody
 * hears or edits at the stages from..to-1; empty (0, 0): nobody does. */
struct position_span needs_heard(const struct config *config,
                                 const struct hook_set *set, int from, int to,
                                 const struct span *span);
/* Leaves a span the rows first..end-1 of its own. */
void needs_cut(struct span *span, int first, int end);
/* Leaves it those from the first one on that somebody hears or edits at the
 * stage or later: of a fork the others are the shared pass's. All, if nobody
 * does. */
void needs_begin(const struct config *config, const struct hook_set *set,
                 int stage, struct span *span);
/* One step back. rows: those of the span that the stage behind has to have,
 * empty behind the last; becomes those of the stage, which hold them: the
 * least run with all that are heard or edited at it or later, with all before
 * them where attention is still to come, and with all of a span that keeps
 * its keys. */
void needs_step(const struct config *config, const struct hook_set *set,
                int stage, const struct span *span,
                struct position_span *rows);
/* Those that a pass from the stage on needs. */
struct position_span needs_from(const struct config *config,
                                const struct hook_set *set, int stage,
                                const struct span *span);
/* Widens the rows to have others, unless those are none. */
void needs_add(struct position_span *rows, struct position_span others);
/* Those of each span of a batch (rows: n_span) at a stage. Returns the first
 * stage behind it that needs fewer of a span; or the number of stages. */
int needs_rows(const struct config *config, const struct hook_set *set,
               int stage, const struct batch *batch,
               struct position_span *rows);

#endif
