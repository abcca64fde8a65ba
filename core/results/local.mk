# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/results/growing-files.c \
	core/results/growing-files.h \
	core/results/paired-statistics.c \
	core/results/paired-statistics.h \
	core/results/results-folder.c \
	core/results/results-folder.h \
	core/results/results-place.c \
	core/results/results-place.h \
	core/results/results-reader.c \
	core/results/results-reader.h \
	core/results/results-reopen.c \
	core/results/table-choice-text.c \
	core/results/table-choice.c \
	core/results/table-choice.h \
	core/results/table-compare.c \
	core/results/table-means.c \
	core/results/table-notes.c \
	core/results/table.c \
	core/results/table.h
EXTRA_DIST += core/results/README.md
