/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/linalg.h - the extension "transect.linalg/1": what needs BLAS and
 * LAPACK, with which a plugin does not link.
 *
 *   const struct transect_linalg_host *linalg =
 *       host->extension(ctx, TRANSECT_LINALG);
 */
#ifndef TRANSECT_LINALG_H
#define TRANSECT_LINALG_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_LINALG "transect.linalg/1"

struct transect_linalg_host {
    uint32_t size;
    /* The singular value decomposition A = U S V^T of a view (m, n) of any
     * strides, in float64. Into what the caller owns go
     *   s:  (min(m, n)) all singular values, largest first;
     *   u:  (m, k) the first k left vectors, as columns;
     *   vt: (k, n) the first k right vectors, as rows;
     * both row-major; k is at most min(m, n), and with 0 only s is computed.
     * A pair of vectors may be negated together, so each is given the sign
     * that makes positive the component of largest magnitude of the left one
     * (of equals the first). Vectors of equal singular values are one basis
     * of many. Takes O(m n min(m, n)) time, and with k > 0 about
     * 8 (2 m n + 6 min(m, n)^2) bytes. Any callback.
     * TRANSECT_FAILED after host->fail(): an empty matrix, or one with
     * values that are not finite, no memory, no convergence. */
    int (*svd)(transect_ctx *, const struct transect_view *a, int64_t k,
               double *s, double *u, double *vt);
    /* [1.2] c (m, n), row-major, = A B of views (m, k) and (k, n) of any
     * strides. Any callback. Fails where the sizes do not fit. */
    int (*product)(transect_ctx *, const struct transect_view *a,
                   const struct transect_view *b, float *c);
    /* [1.2] The n eigenvalues of a view (n, n), by magnitude, largest first,
     * in float64: real and imaginary parts. Fails as svd(). */
    int (*eigenvalues)(transect_ctx *, const struct transect_view *a,
                       double *re, double *im);
    /* [1.2] Solves A X = B for a symmetric positive definite A (n, n), of
     * which the lower triangle is read and overwritten by its Cholesky factor,
     * and B (k, n), a row for each right side, which X takes the place of.
     * Fails where A is not positive definite. */
    int (*solve)(transect_ctx *, int64_t n, double *a, int64_t k, double *b);
};

#ifdef __cplusplus
}
#endif

#endif
