# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/executor/attention-core.c \
	core/executor/attention.c \
	core/executor/fork-workers.c \
	core/executor/fork-workers.h \
	core/executor/forward-workspace.c \
	core/executor/forward.c \
	core/executor/forward.h \
	core/executor/kernels.c \
	core/executor/kernels.h \
	core/executor/position-encoding.c \
	core/executor/position-encoding.h \
	core/executor/row-kernels.c \
	core/executor/row-kernels.h
EXTRA_DIST += core/executor/README.md
