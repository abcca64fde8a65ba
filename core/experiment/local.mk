# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/experiment/experiment-drawing.c \
	core/experiment/experiment-figures.c \
	core/experiment/experiment-input.c \
	core/experiment/experiment-internal.h \
	core/experiment/experiment-plugins.c \
	core/experiment/experiment-records.c \
	core/experiment/experiment.c \
	core/experiment/experiment.h \
	core/experiment/ini-file.c \
	core/experiment/ini-file.h \
	core/experiment/ini-read.c \
	core/experiment/sweep-section.c \
	core/experiment/sweep-section.h
EXTRA_DIST += core/experiment/README.md
