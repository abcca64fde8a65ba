/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* twin-v4.c - the kernels for x86-64-v4. */
#include "base/cpu-dispatch.h"

#ifdef CLONES_X86
#pragma GCC target("arch=x86-64-v4")
#define TWIN_SUFFIX v4
#include "twin-body.h"

const struct twin *twin_v4(void)
{
    static const struct twin twin = TWIN_TABLE("x86-64-v4");

    return __builtin_cpu_supports("x86-64-v4") ? &twin : NULL;
}
#else
#include "twin.h"

const struct twin *twin_v4(void)
{
    return NULL;
}
#endif
