# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

# TRANSECT_ADD_CFLAGS(VARIABLE, FLAGS)
# ------------------------------------
# Appends to VARIABLE those of FLAGS that the compiler knows.
AC_DEFUN([TRANSECT_ADD_CFLAGS],
[AC_LANG_ASSERT([C])
transect_cflags=$CFLAGS
for transect_flag in $2
do
    AC_MSG_CHECKING([whether $CC knows $transect_flag])
    # -Werror: clang only warns about flags that it does not know.
    CFLAGS="$transect_cflags -Werror $transect_flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
        [AC_MSG_RESULT([yes])
         $1="${$1:+$$1 }$transect_flag"],
        [AC_MSG_RESULT([no])])
done
CFLAGS=$transect_cflags
])

# TRANSECT_ADD_MODULE_LDFLAGS(VARIABLE, FLAGS)
# --------------------------------------------
# Appends to VARIABLE those of FLAGS with which a shared object links.
AC_DEFUN([TRANSECT_ADD_MODULE_LDFLAGS],
[AC_LANG_ASSERT([C])
transect_ldflags=$LDFLAGS
transect_cflags=$CFLAGS
CFLAGS="$CFLAGS -fPIC"
for transect_flag in $2
do
    AC_MSG_CHECKING([whether modules link with $transect_flag])
    LDFLAGS="$transect_ldflags -shared $transect_flag"
    AC_LINK_IFELSE([AC_LANG_SOURCE([[int answer(void); int answer(void) { return 42; }]])],
        [AC_MSG_RESULT([yes])
         $1="${$1:+$$1 }$transect_flag"],
        [AC_MSG_RESULT([no])])
done
CFLAGS=$transect_cflags
LDFLAGS=$transect_ldflags
])

# TRANSECT_SANITIZER
# ------------------
# --enable-sanitizer=LIST builds everything with -fsanitize=LIST, and lets
# what is found end the program, so that tests fail.
AC_DEFUN([TRANSECT_SANITIZER],
[AC_ARG_ENABLE([sanitizer],
    [AS_HELP_STRING([--enable-sanitizer=LIST],
        [build with sanitizers, such as address,undefined])],
    [], [enable_sanitizer=no])
AS_IF([test "x$enable_sanitizer" = xyes],
    [enable_sanitizer=address,undefined])
AS_IF([test "x$enable_sanitizer" != xno],
    [CFLAGS="$CFLAGS -fsanitize=$enable_sanitizer -fno-sanitize-recover=all"
     CFLAGS="$CFLAGS -fno-omit-frame-pointer"
     LDFLAGS="$LDFLAGS -fsanitize=$enable_sanitizer"
     AC_MSG_CHECKING([whether programs link with -fsanitize=$enable_sanitizer])
     AC_LINK_IFELSE([AC_LANG_PROGRAM()],
        [AC_MSG_RESULT([yes])],
        [AC_MSG_RESULT([no])
         AC_MSG_ERROR([$CC has no sanitizer "$enable_sanitizer"])])
     AC_DEFINE([TRANSECT_SANITIZED], [1],
        [Define to 1 if built with sanitizers.])])
AC_SUBST([SANITIZER], [$enable_sanitizer])
])

# TRANSECT_COVERAGE
# -----------------
# --enable-coverage builds everything with counters of lines and branches, for
# make coverage. Without optimization, so that each branch of the source is one
# of the code; atomic, since threads count as well.
AC_DEFUN([TRANSECT_COVERAGE],
[AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage],
        [count which lines and branches run, for make coverage])],
    [], [enable_coverage=no])
AS_IF([test "x$enable_coverage" != xno],
    [CFLAGS="$CFLAGS -O0 --coverage -fprofile-update=atomic"
     LDFLAGS="$LDFLAGS --coverage"
     AC_MSG_CHECKING([whether programs with --coverage can save their counts])
     AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <gcov.h>]],
            [[__gcov_dump();]])],
        [AC_MSG_RESULT([yes])],
        [AC_MSG_RESULT([no])
         AC_MSG_ERROR([coverage needs GCC 11 or newer])])
     AC_CHECK_PROGS([GCOV], [gcov])
     AS_IF([test "x$GCOV" = x], [AC_MSG_ERROR([gcov was not found])])
     AC_DEFINE([TRANSECT_COVERED], [1],
        [Define to 1 if built to count which lines run.])])
AC_SUBST([COVERAGE], [$enable_coverage])
])
