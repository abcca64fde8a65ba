/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* svd.c - the singular value decomposition, by OpenBLAS' LAPACK. */
#include "tensor/svd.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Divide and conquer. LAPACK's headers are a package of their own, so this
 * is declared here: A (m, n), U (m, min), VT (min, n), all by columns. The
 * last argument is the length of jobz, which Fortran compilers pass. */
extern void dgesdd_(const char *jobz, const blasint *m, const blasint *n,
                    double *a, const blasint *lda, double *s, double *u,
                    const blasint *ldu, double *vt, const blasint *ldvt,
                    double *work, const blasint *lwork, blasint *iwork,
                    blasint *info, size_t jobz_length);

/* The matrices of one call. */
struct svd {
    blasint m, n, least; /* least: of m and n */
    bool vectors;
    double *a;  /* (m, n) by columns; LAPACK destroys it */
    double *u;  /* (m, least) by columns */
    double *vt; /* (least, n) by columns */
    double *work;
    blasint *iwork;
};

static void svd_free(struct svd *svd)
{
    free(svd->a);
    free(svd->u);
    free(svd->vt);
    free(svd->work);
    free(svd->iwork);
}

static double *matrix(blasint rows, blasint cols)
{
    size_t n = (size_t)rows * (size_t)cols;

    return n > SIZE_MAX / sizeof(double) ? NULL : malloc(n * sizeof(double));
}

static bool svd_make(struct svd *svd, const struct transect_view *a, int64_t k)
{
    *svd = (struct svd){.m = (blasint)a->rows, .n = (blasint)a->cols};
    svd->least = svd->m < svd->n ? svd->m : svd->n;
    svd->vectors = k > 0;
    svd->a = matrix(svd->m, svd->n);
    svd->iwork = calloc(8 * (size_t)svd->least, sizeof *svd->iwork);
    if (svd->vectors) {
        svd->u = matrix(svd->m, svd->least);
        svd->vt = matrix(svd->least, svd->n);
    }
    return svd->a && svd->iwork &&
           (!svd->vectors || (svd->u && svd->vt));
}

/* Copies the view; false if a value is not finite. */
static bool fill(struct svd *svd, const struct transect_view *a)
{
    bool finite = true;

    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t j = 0; j < a->cols; j++) {
            float x = a->data[i * a->row_stride + j * a->col_stride];

            svd->a[i + j * svd->m] = (double)x;
            finite = finite && isfinite(x);
        }
    return finite;
}

static blasint decompose(struct svd *svd, double *s, double *work,
                         blasint lwork)
{
    const char *jobz = svd->vectors ? "S" : "N";
    const blasint ldvt = svd->vectors ? svd->least : 1;
    blasint info = 0;

    dgesdd_(jobz, &svd->m, &svd->n, svd->a, &svd->m, s, svd->u, &svd->m,
            svd->vt, &ldvt, work, &lwork, svd->iwork, &info, 1);
    return info;
}

/* The sign of left vector c. */
static double sign_of(const struct svd *svd, int64_t c)
{
    const double *vector = svd->u + c * svd->m;
    double largest = 0;

    for (blasint i = 0; i < svd->m; i++)
        if (fabs(vector[i]) > fabs(largest))
            largest = vector[i];
    return largest < 0 ? -1 : 1;
}

static void take_vectors(const struct svd *svd, int64_t k, double *u,
                         double *vt)
{
    for (int64_t c = 0; c < k; c++) {
        double sign = sign_of(svd, c);

        for (int64_t i = 0; i < svd->m; i++)
            u[i * k + c] = sign * svd->u[c * svd->m + i];
        for (int64_t j = 0; j < svd->n; j++)
            vt[c * svd->n + j] = sign * svd->vt[j * svd->least + c];
    }
}

static int check(const struct transect_view *a, int64_t k, struct error *err)
{
    int64_t least = a->rows < a->cols ? a->rows : a->cols;

    if (least < 1 || a->rows > INT_MAX || a->cols > INT_MAX)
        return error_set(err, ST_FAILED, "a matrix of %lld x %lld has no "
                         "singular value decomposition here",
                         (long long)a->rows, (long long)a->cols);
    if (k < 0 || k > least)
        return error_set(err, ST_FAILED, "%lld singular vectors of a matrix "
                         "of %lld x %lld; it has %lld", (long long)k,
                         (long long)a->rows, (long long)a->cols,
                         (long long)least);
    return ST_OK;
}

int svd_decompose(const struct transect_view *a, int64_t k, double *s,
                  double *u, double *vt, struct error *err)
{
    struct svd svd;
    double best_lwork = 0;
    int status = check(a, k, err);

    if (status)
        return status;
    if (!svd_make(&svd, a, k)) {
        status = error_set(err, ST_FAILED, "no memory for a singular value "
                           "decomposition");
        goto out;
    }
    if (!fill(&svd, a)) {
        status = error_set(err, ST_FAILED, "a matrix with values that are "
                           "not finite has no singular value "
                           "decomposition");
        goto out;
    }
    decompose(&svd, s, &best_lwork, -1); /* asks for the size of work */
    svd.work = matrix((blasint)best_lwork, 1);
    if (!svd.work)
        status = error_set(err, ST_FAILED, "no memory for a singular value "
                           "decomposition");
    else if (decompose(&svd, s, svd.work, (blasint)best_lwork))
        status = error_set(err, ST_FAILED, "the singular value decomposition "
                           "did not converge");
    else if (svd.vectors)
        take_vectors(&svd, k, u, vt);
out:
    svd_free(&svd);
    return status;
}
