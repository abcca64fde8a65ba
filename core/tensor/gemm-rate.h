/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gemm-rate.h - how fast this machine multiplies matrices right now. */
#ifndef CORE_TENSOR_GEMM_RATE_H
#define CORE_TENSOR_GEMM_RATE_H

/* Operations a second of float32 products, of so many threads together, each
 * with products of its own for some hundredths of a second. What else the
 * machine does meanwhile makes it less. */
double gemm_rate(int threads);

#endif
