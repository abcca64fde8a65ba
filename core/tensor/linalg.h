/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* linalg.h - products, eigenvalues and equations, by BLAS and LAPACK. */
#ifndef CORE_TENSOR_LINALG_H
#define CORE_TENSOR_LINALG_H

#include "base/error.h"
#include <transect/plugin.h>

/* As transect/linalg.h promises them. ST_FAILED with the reason. */
int linalg_product(const struct transect_view *a,
                   const struct transect_view *b, float *c,
                   struct error *err);
int linalg_eigenvalues(const struct transect_view *a, double *re, double *im,
                       struct error *err);
int linalg_solve(int64_t n, double *a, int64_t k, double *b,
                 struct error *err);

#endif
