/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* svd.h - the singular value decomposition, by LAPACK. */
#ifndef CORE_TENSOR_SVD_H
#define CORE_TENSOR_SVD_H

#include "base/error.h"
#include <transect/plugin.h>

/* The singular value decomposition, as transect/linalg.h promises it.
 * ST_FAILED with the reason. */
int svd_decompose(const struct transect_view *a, int64_t k, double *s,
                  double *u, double *vt, struct error *err);

#endif
