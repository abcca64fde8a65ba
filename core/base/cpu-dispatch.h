/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cpu-dispatch.h - one source, compiled for several instruction sets; which of
 * them runs is decided when the program starts. */
#ifndef CORE_BASE_CPU_DISPATCH_H
#define CORE_BASE_CPU_DISPATCH_H

#include <stdint.h> /* and __GLIBC__ */

/* Can this compiler make code for x86-64-v3 and -v4 and ask for them? */
#if defined(__x86_64__) && !defined(__clang__) && __GNUC__ >= 12
#define CLONES_X86
#endif

/* In front of a function: compiles it for each instruction set. The dynamic
 * loader takes the first that the processor has; its resolver runs before a
 * sanitizer is set up and cannot be instrumented. */
#if defined(CLONES_X86) && defined(__GLIBC__) && \
    !defined(TRANSECT_SANITIZED) && !defined(__SANITIZE_THREAD__)
#define CLONES_CHOSEN
#define CLONES \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", \
                                 "default")))
#else
#define CLONES
#endif

/* In front of a function that becomes a part of each that calls it, for that
 * one's instruction set. */
#define INLINE static inline __attribute__((always_inline))

/* In front of a loop that finds the largest in these. Clang does not vectorize
 * maxima, for the sake of NaN, and warns where it is asked to. */
#define SIMD_PRAGMA(text) _Pragma(#text)
#ifdef __clang__
#define SIMD_LARGEST(...)
#else
#define SIMD_LARGEST(...) SIMD_PRAGMA(omp simd reduction(max : __VA_ARGS__))
#endif

/* In front of the inner loops of products, which sanitizers would make many
 * times slower: they are not looked at there, and are made fast. Who calls one
 * has the ends of all rows looked at. */
#ifdef TRANSECT_SANITIZED
#define UNWATCHED \
    __attribute__((no_sanitize("address", "undefined", "thread")))
static inline void cpu_dispatch_watch(const float *rows, int64_t stride,
                                      int64_t n_row, int64_t n)
{
    for (int64_t i = 0; n > 0 && i < n_row; i++) {
        (void)*(const volatile float *)(rows + i * stride);
        (void)*(const volatile float *)(rows + i * stride + n - 1);
    }
}
#else
#define UNWATCHED
static inline void cpu_dispatch_watch(const float *rows, int64_t stride,
                                      int64_t n_row, int64_t n)
{
    (void)rows;
    (void)stride;
    (void)n_row;
    (void)n;
}
#endif

/* In front of such a function that is there for each instruction set: see
 * cpu_dispatch_lacking(). */
#ifdef __x86_64__
#define AVX512 UNWATCHED __attribute__((target("avx512f,avx2,fma")))
#define AVX2 UNWATCHED __attribute__((target("avx2,fma")))
#endif

/* The instruction set in use: "x86-64-v4", "x86-64-v3", or "portable". */
const char *cpu_dispatch_chosen(void);
/* Of code that on x86-64 is there for AVX-512, for AVX2 with FMA and for every
 * processor, the fastest first: how many this processor cannot run. Elsewhere
 * there is the last alone: 0. */
int cpu_dispatch_lacking(void);

#endif
