#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# valgrind.sh - stands in for the program when tests run under valgrind, and
# ends with status 99 where that finds something.
OPENBLAS_NUM_THREADS=1
export OPENBLAS_NUM_THREADS
# Several words, to be split.
# shellcheck disable=SC2086
exec ${VALGRIND_COMMAND:-valgrind --quiet --error-exitcode=99} \
    "${top_builddir:-.}/core/transect" "$@"
