# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/hooks/batch.h \
	core/hooks/captures.c \
	core/hooks/captures.h \
	core/hooks/edit-record.c \
	core/hooks/edit-record.h \
	core/hooks/hook-callback.c \
	core/hooks/hook-callback.h \
	core/hooks/hook-points.c \
	core/hooks/hook-points.h \
	core/hooks/hook-set.c \
	core/hooks/hook-set.h \
	core/hooks/hooks-edit.c \
	core/hooks/hooks-internal.h \
	core/hooks/hooks.c \
	core/hooks/hooks.h \
	core/hooks/projection.h \
	core/hooks/reductions.c \
	core/hooks/reductions.h \
	core/hooks/sample-positions.c \
	core/hooks/sample-positions.h
EXTRA_DIST += core/hooks/README.md
