# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

# TRANSECT_REQUIRE(VARIABLE-PREFIX, PKG-CONFIG-MODULE, DEBIAN-PACKAGE)
# --------------------------------------------------------------------
# A library without which nothing can be built.
AC_DEFUN([TRANSECT_REQUIRE],
[PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 was not found; on Debian it is in the package $3
(./quickstart installs what is missing)])])
])

# TRANSECT_OPENBLAS_THREADS
# -------------------------
# Says in $transect_blas_threads how OpenBLAS was built. The OpenMP flavour
# beside other threads can be many times slower than the pthread flavour.
AC_DEFUN([TRANSECT_OPENBLAS_THREADS],
[AC_MSG_CHECKING([how OpenBLAS makes threads])
transect_cflags=$CFLAGS
transect_libs=$LIBS
CFLAGS="$CFLAGS $OPENBLAS_CFLAGS"
LIBS="$OPENBLAS_LIBS $LIBS"
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <cblas.h>]],
        [[cblas_sscal(0, 1.0f, (float *)0, 1);
          return openblas_get_parallel();]])],
    [],
    [AC_MSG_RESULT([unknown])
     AC_MSG_ERROR([a program with cblas.h does not link with OpenBLAS; see config.log])])
AC_LINK_IFELSE([AC_LANG_CALL([], [dgesdd_])],
    [],
    [AC_MSG_RESULT([unknown])
     AC_MSG_ERROR([this OpenBLAS was built without LAPACK, which svd-alignment needs])])
AC_RUN_IFELSE([AC_LANG_PROGRAM([[#include <cblas.h>]],
        [[return openblas_get_parallel() != 1;]])],
    [transect_blas_threads=pthread],
    [transect_blas_threads="not pthread"],
    [transect_blas_threads="unknown, cross-compiling"])
AC_MSG_RESULT([$transect_blas_threads])
dnl No function of its interface; see core/tensor/blas-room.c.
AC_CHECK_FUNCS([blas_memory_alloc])
AS_IF([test "x$transect_blas_threads" = "xnot pthread"],
    [AC_MSG_WARN([this OpenBLAS can be slow; prefer its pthread flavour (Debian: libopenblas-pthread-dev)])])
CFLAGS=$transect_cflags
LIBS=$transect_libs
])
