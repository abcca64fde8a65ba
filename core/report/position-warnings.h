/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* position-warnings.h - edits at positions that some samples do not have. */
#ifndef CORE_REPORT_POSITION_WARNINGS_H
#define CORE_REPORT_POSITION_WARNINGS_H

#include "plan/plan.h"
#include <jansson.h>

/* A text for each option of an editor whose positions some samples lack, which
 * then count as unchanged, of a sweep one for all its values; and for each
 * sweep over numbers of positions in samples of several lengths. A new
 * reference. */
json_t *position_warnings(const struct plan *plan);

#endif
