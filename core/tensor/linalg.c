/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* linalg.c - products, eigenvalues and equations, by OpenBLAS. */
#include "tensor/linalg.h"

#include "tensor/thread-team.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Declared as in svd.c: eigenvalues of a matrix (n, n) by columns; solutions
 * by Cholesky's decomposition. */
extern void dgeev_(const char *jobvl, const char *jobvr, const blasint *n,
                   double *a, const blasint *lda, double *wr, double *wi,
                   double *vl, const blasint *ldvl, double *vr,
                   const blasint *ldvr, double *work, const blasint *lwork,
                   blasint *info, size_t jobvl_length, size_t jobvr_length);
extern void dposv_(const char *uplo, const blasint *n, const blasint *nrhs,
                   double *a, const blasint *lda, double *b,
                   const blasint *ldb, blasint *info, size_t uplo_length);

/* With more threads BLAS splits where its kernels do not always give the same
 * bits. Returns how many there were, for team_set_blas(). */
static int one_thread(void)
{
    int threads = openblas_get_num_threads();

    team_set_blas(1);
    return threads;
}

/* A factor as BLAS takes it. */
struct factor {
    const float *data;
    float *copy; /* NULL: the view itself is as BLAS takes it */
    enum CBLAS_TRANSPOSE transpose;
    blasint leading;
};

/* Does BLAS take lines of n elements that are `step` apart, the lines
 * `stride`? Of a single line or element they do not matter. */
static bool lines_fit(int64_t lines, int64_t n, int64_t step, int64_t stride)
{
    return (step == 1 || n == 1) &&
           (lines == 1 || (stride >= n && stride <= INT_MAX));
}

static bool factor_make(struct factor *factor, const struct transect_view *a)
{
    *factor = (struct factor){a->data, NULL, CblasNoTrans, (blasint)a->cols};
    if (lines_fit(a->rows, a->cols, a->col_stride, a->row_stride)) {
        if (a->rows > 1)
            factor->leading = (blasint)a->row_stride;
        return true;
    }
    if (lines_fit(a->cols, a->rows, a->row_stride, a->col_stride)) {
        factor->transpose = CblasTrans;
        factor->leading = (blasint)(a->cols > 1 ? a->col_stride : a->rows);
        return true;
    }
    if ((size_t)a->rows > SIZE_MAX / sizeof(float) / (size_t)a->cols)
        return false;
    factor->copy = malloc((size_t)a->rows * (size_t)a->cols * sizeof(float));
    factor->data = factor->copy;
    for (int64_t i = 0; factor->copy && i < a->rows; i++)
        for (int64_t j = 0; j < a->cols; j++)
            factor->copy[i * a->cols + j] =
                a->data[i * a->row_stride + j * a->col_stride];
    return factor->copy != NULL;
}

static bool has_size(const struct transect_view *a)
{
    return a->rows > 0 && a->cols > 0 && a->rows <= INT_MAX &&
           a->cols <= INT_MAX;
}

int linalg_product(const struct transect_view *a,
                   const struct transect_view *b, float *c,
                   struct error *err)
{
    struct factor left = {0}, right = {0};
    int status = ST_OK, threads;

    if (!has_size(a) || !has_size(b) || a->cols != b->rows)
        return error_set(err, ST_FAILED, "matrices of %lld x %lld and %lld x "
                         "%lld have no product here", (long long)a->rows,
                         (long long)a->cols, (long long)b->rows,
                         (long long)b->cols);
    threads = one_thread();
    if (factor_make(&left, a) && factor_make(&right, b))
        cblas_sgemm(CblasRowMajor, left.transpose, right.transpose,
                    (blasint)a->rows, (blasint)b->cols, (blasint)a->cols, 1,
                    left.data, left.leading, right.data, right.leading, 0, c,
                    (blasint)b->cols);
    else
        status = error_set(err, ST_FAILED, "no memory for a product");
    team_set_blas(threads);
    free(left.copy);
    free(right.copy);
    return status;
}

/* The view by columns, NULL without memory; *finite: are all values? */
static double *square_copy(const struct transect_view *a, bool *finite)
{
    size_t n = (size_t)a->rows;
    double *copy = n > SIZE_MAX / sizeof *copy / n
                       ? NULL
                       : malloc(n * n * sizeof *copy);

    *finite = true;
    for (int64_t i = 0; copy && i < a->rows; i++)
        for (int64_t j = 0; j < a->cols; j++) {
            float x = a->data[i * a->row_stride + j * a->col_stride];

            copy[i + j * a->rows] = (double)x;
            *finite = *finite && isfinite(x);
        }
    return copy;
}

static int by_magnitude(const void *a, const void *b)
{
    const double *x = a, *y = b;
    double difference = hypot(y[0], y[1]) - hypot(x[0], x[1]);

    if (difference == 0)
        difference = y[0] - x[0];
    if (difference == 0)
        difference = y[1] - x[1];
    return (difference > 0) - (difference < 0);
}

/* Eigenvalues in the order that LAPACK finds them in, sorted; pairs: (n) pairs
 * of numbers to sort in. */
static void sort_values(double *re, double *im, size_t n, double (*pairs)[2])
{
    for (size_t i = 0; i < n; i++) {
        pairs[i][0] = re[i];
        pairs[i][1] = im[i];
    }
    qsort(pairs, n, sizeof *pairs, by_magnitude);
    for (size_t i = 0; i < n; i++) {
        re[i] = pairs[i][0];
        im[i] = pairs[i][1];
    }
}

static blasint find_values(double *a, blasint n, double *re, double *im,
                           double *work, blasint lwork)
{
    const blasint one = 1;
    const int threads = one_thread();
    blasint info = 0;

    dgeev_("N", "N", &n, a, &n, re, im, NULL, &one, NULL, &one, work, &lwork,
           &info, 1, 1);
    team_set_blas(threads);
    return info;
}

int linalg_eigenvalues(const struct transect_view *a, double *re, double *im,
                       struct error *err)
{
    double best = 0, *copy = NULL, *work = NULL;
    size_t n_work;
    bool finite;
    int status = ST_OK;

    if (!has_size(a) || a->rows != a->cols)
        return error_set(err, ST_FAILED, "a matrix of %lld x %lld has no "
                         "eigenvalues here", (long long)a->rows,
                         (long long)a->cols);
    copy = square_copy(a, &finite);
    find_values(copy, (blasint)a->rows, re, im, &best, -1); /* work's size */
    n_work = (size_t)best > 2 * (size_t)a->rows ? (size_t)best
                                                : 2 * (size_t)a->rows;
    work = malloc(n_work * sizeof *work);
    if (!copy || !work)
        status = error_set(err, ST_FAILED, "no memory for eigenvalues");
    else if (!finite)
        status = error_set(err, ST_FAILED, "a matrix with values that are "
                           "not finite has no eigenvalues");
    else if (find_values(copy, (blasint)a->rows, re, im, work,
                         (blasint)n_work))
        status = error_set(err, ST_FAILED, "the eigenvalues of a matrix did "
                           "not converge");
    else
        sort_values(re, im, (size_t)a->rows, (double (*)[2])work);
    free(copy);
    free(work);
    return status;
}

/* OpenBLAS takes a pivot that is no number for positive. */
static bool all_finite(int64_t n, const double *a, int64_t k, const double *b)
{
    bool finite = true;

    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++)
            finite = finite && isfinite(a[i * n + j]);
    for (int64_t i = 0; i < k * n; i++)
        finite = finite && isfinite(b[i]);
    return finite;
}

/* The lower triangle by rows is the upper one by columns, and a row for each
 * right side is a column for each. */
int linalg_solve(int64_t n, double *a, int64_t k, double *b,
                 struct error *err)
{
    const blasint size = (blasint)n, sides = (blasint)k;
    blasint info = 0;
    int threads;

    if (n < 1 || k < 1 || n > INT_MAX || k > INT_MAX)
        return error_set(err, ST_FAILED, "%lld equations with %lld right "
                         "sides cannot be solved here", (long long)n,
                         (long long)k);
    if (!all_finite(n, a, k, b))
        return error_set(err, ST_FAILED, "equations with values that are not "
                         "finite have no solution");
    threads = one_thread();
    dposv_("U", &size, &sides, a, &size, b, &size, &info, 1);
    team_set_blas(threads);
    if (info)
        return error_set(err, ST_FAILED, "a matrix of %lld equations is not "
                         "positive definite", (long long)n);
    return ST_OK;
}
