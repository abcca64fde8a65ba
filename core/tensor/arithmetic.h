/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arithmetic.h - what the last digits of results depend on beside the program
 * itself: which code computes here. */
#ifndef CORE_TENSOR_ARITHMETIC_H
#define CORE_TENSOR_ARITHMETIC_H

enum {
    ARITHMETIC_BLAS_KERNELS, /* OpenBLAS has some for many processors */
    ARITHMETIC_BLAS, ARITHMETIC_KERNELS, ARITHMETIC_PRODUCTS,
    ARITHMETIC_C_LIBRARY,
    ARITHMETIC_N
};

struct arithmetic {
    const char *what, *which; /* such as "kernels of OpenBLAS", "Haswell" */
};

/* Borrowed, as long as the program runs, in which they do not change. */
void arithmetic_in_use(struct arithmetic parts[ARITHMETIC_N]);

#endif
