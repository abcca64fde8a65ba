/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* linalg.h - what needs LAPACK. */
#ifndef CORE_LINALG_H
#define CORE_LINALG_H

#include "base/error.h"
#include <transect/plugin.h>

/* The singular value decomposition, as transect/linalg.h promises it.
 * ST_FAILED with the reason. */
int linalg_svd(const struct transect_view *a, int64_t k, double *s,
               double *u, double *vt, struct error *err);

#endif
