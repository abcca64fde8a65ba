/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* rows-text.h - how many rows a pass makes where, in words. */
#ifndef CORE_CLI_ROWS_TEXT_H
#define CORE_CLI_ROWS_TEXT_H

#include "plan/plan.h"

/* "rows: 120 of 120, 8 from attn_scores of layer 11 on", over all samples, for
 * a pass of these hooks from a stage to the end; NULL: it makes all in all
 * layers. The caller frees. */
char *rows_text(const struct plan *plan, struct hooks *hooks, int from_stage);

#endif
