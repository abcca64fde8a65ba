/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gemm-split.h - where a matrix product can be split into pieces, and how rows
 * can be put together to one, without a change of any bit. BLAS' kernels add
 * in another order at the edges of their tiles, whose sizes differ from
 * processor to processor; so they are found by trying. */
#ifndef CORE_TENSOR_GEMM_SPLIT_H
#define CORE_TENSOR_GEMM_SPLIT_H

#include <stdint.h>

/* All pieces but the last have a multiple of this many rows, and of this many
 * outputs; 0: no split in this direction keeps the bits. */
struct gemm_split {
    int64_t rows, outputs;
};

/* The least rows * outputs * inputs of a piece: OpenBLAS has other kernels for
 * products up to 10^6 and, with AVX-512, for those up to 7.34 * 10^6 with beta
 * 0. */
#define GEMM_SPLIT_LEAST 1.5e6
#define GEMM_SPLIT_LEAST_ALONE 7.5e6

/* The least of 16, 32, 64 and 128 rows such that in a product of a multiple of
 * so many each row has the same bits wherever it stands and whatever the
 * others are, if the product is not below GEMM_SPLIT_LEAST_ALONE; 0: there is
 * none. The first call tries, in about 1 GFLOP. Any thread. */
int64_t gemm_split_alike(void);

/* The first call tries, which takes about 3 GFLOP and 5 MB on BLAS' threads,
 * of which there should be one then. Any thread. */
const struct gemm_split *gemm_split_of_blas(void);

#endif
