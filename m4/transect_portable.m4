# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# TRANSECT_BEYOND_POSIX
# ---------------------
# What not every Unix has, in the order of tests/lint/portable.awk, which
# refuses a use of it that HAVE_... does not guard. Without one of them the
# program keeps its promises in another way, or says what it does not keep.
# --disable-beyond-posix builds it so where they are there.
AC_DEFUN([TRANSECT_BEYOND_POSIX],
[AC_ARG_ENABLE([beyond-posix],
    [AS_HELP_STRING([--disable-beyond-posix],
        [use no call that only some systems have; for tests])],
    [], [enable_beyond_posix=yes])
AS_IF([test "x$enable_beyond_posix" != xno],
    [AC_CHECK_HEADERS([execinfo.h malloc.h stdio_ext.h sys/auxv.h sys/prctl.h])
     AC_CHECK_HEADERS([sys/syscall.h])
     AC_CHECK_FUNCS([backtrace getauxval gettid issetugid mallinfo2])
     AC_CHECK_FUNCS([memfd_create prctl renameat2 renameatx_np syscall])
     AC_CHECK_DECLS([RTLD_DI_LINKMAP], [], [], [[#include <dlfcn.h>]])],
    [AC_DEFINE([HAVE_DECL_RTLD_DI_LINKMAP], [0])])
])
