# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# TRANSECT_AMX
# ------------
# Defines HAVE_AMX_TILES if the compiler makes code for the products of
# bfloat16 tiles in single functions. Whether the processor has them is found
# out when the program runs.
AC_DEFUN([TRANSECT_AMX],
[AC_MSG_CHECKING([whether $CC has intrinsics of AMX])
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <cpuid.h>
#include <immintrin.h>
__attribute__((target("amx-tile,amx-bf16"))) static void add(void)
{
    _tile_dpbf16ps(0, 4, 6);
}]], [[unsigned int a, b, c, d;
if (__get_cpuid_count(7, 0, &a, &b, &c, &d))
    add();]])],
    [AC_MSG_RESULT([yes])
     AC_DEFINE([HAVE_AMX_TILES], [1], [Define to 1 if the compiler has AMX])],
    [AC_MSG_RESULT([no])])
])
