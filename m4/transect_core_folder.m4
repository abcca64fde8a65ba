# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# TRANSECT_CORE_FOLDER
# --------------------
# Lets a project have a folder called core. The clean-up of a configure script
# removes core dumps with `rm -f core ...`, which fails on a folder, and with
# it configure fails. Call this right after AC_INIT: it hides rm behind a
# shell function that leaves a literal `core` out. ($[]@ is "$@": m4 must not
# see it.)
AC_DEFUN([TRANSECT_CORE_FOLDER],
[rm ()
{
    for transect_arg
    do
        shift
        test "x$transect_arg" = xcore || set -- "$[]@" "$transect_arg"
    done
    command rm "$[]@"
}
])
