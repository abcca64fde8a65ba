/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gemm-split.h - where a matrix product may be cut into pieces without a
 * change of any bit. It is a property of BLAS' kernels, which have tiles, and
 * other orders of addition at their edges; it differs from processor to
 * processor and is found by trying. */
#ifndef CORE_TENSOR_GEMM_SPLIT_H
#define CORE_TENSOR_GEMM_SPLIT_H

#include <stdint.h>

/* Pieces but the last have a multiple of so many rows and outputs; 0: the
 * product is not to be cut in this direction. */
struct gemm_split {
    int64_t rows, outputs;
};

/* Multiplications of a piece, at least: OpenBLAS has other kernels for
 * products up to 10^6 and, with AVX-512, for those up to 7.34 * 10^6 that are
 * not added to anything. */
#define CUTS_LEAST 1.5e6
#define CUTS_LEAST_ALONE 7.5e6

/* Tries when it is first called, some 3 GFLOP with 5 MB, with as many threads
 * of BLAS as there are then: to be called when there is one. On any thread. */
const struct gemm_split *gemm_split_of_blas(void);

#endif
