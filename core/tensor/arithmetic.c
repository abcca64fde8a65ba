/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arithmetic.c - which code computes here: products, kernels, functions. */
#include "tensor/arithmetic.h"

#include "base/cpu-dispatch.h"
#include "tensor/row-tiles.h"

#include <cblas.h>
#include <string.h>
#include <unistd.h>

/* Of the exponential and its like. */
static const char *c_library(void)
{
#ifdef _CS_GNU_LIBC_VERSION
    static char version[64];

    if (confstr(_CS_GNU_LIBC_VERSION, version, sizeof version))
        return version;
#endif
    return "unknown";
}

void arithmetic_in_use(struct arithmetic parts[ARITHMETIC_N])
{
    const struct arithmetic all[ARITHMETIC_N] = {
        [ARITHMETIC_BLAS_KERNELS] = {"kernels of OpenBLAS",
                                     openblas_get_corename()},
        [ARITHMETIC_BLAS] = {"OpenBLAS", openblas_get_config()},
        [ARITHMETIC_KERNELS] = {"kernels of transect", cpu_dispatch_chosen()},
        [ARITHMETIC_PRODUCTS] = {"products of transect",
                                 row_tiles_of(0)->name},
        [ARITHMETIC_C_LIBRARY] = {"C library", c_library()},
    };

    memcpy(parts, all, sizeof all);
}
