# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/run/checkpoint.c \
	core/run/checkpoint.h \
	core/run/execute-variants.c \
	core/run/execute-variants.h \
	core/run/growth.c \
	core/run/growth.h \
	core/run/progress.c \
	core/run/progress.h \
	core/run/run.c \
	core/run/run.h \
	core/run/source-pass.c \
	core/run/source-pass.h \
	core/run/sweep-effects-figure.c \
	core/run/sweep-effects.c \
	core/run/sweep-effects.h \
	core/run/train-stop.c \
	core/run/train-stop.h \
	core/run/train.c \
	core/run/train.h
EXTRA_DIST += core/run/README.md
