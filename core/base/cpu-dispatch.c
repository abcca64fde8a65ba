/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cpu-dispatch.c - which instruction set the kernels use. */
#include "base/cpu-dispatch.h"

const char *cpu_dispatch_chosen(void)
{
#ifdef CLONES_CHOSEN
    if (__builtin_cpu_supports("x86-64-v4"))
        return "x86-64-v4";
    if (__builtin_cpu_supports("x86-64-v3"))
        return "x86-64-v3";
#endif
    return "portable";
}

int cpu_dispatch_lacking(void)
{
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 2;
    if (!__builtin_cpu_supports("avx512f"))
        return 1;
#endif
    return 0;
}
