# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/base/buffer.c \
	core/base/buffer.h \
	core/base/cpu-dispatch.c \
	core/base/cpu-dispatch.h \
	core/base/csv-reader.c \
	core/base/csv-reader.h \
	core/base/diagnostics.c \
	core/base/diagnostics.h \
	core/base/error.c \
	core/base/error.h \
	core/base/file-digests.c \
	core/base/file-digests.h \
	core/base/folder.c \
	core/base/folder.h \
	core/base/head-set.c \
	core/base/head-set.h \
	core/base/interrupt.c \
	core/base/interrupt.h \
	core/base/json.c \
	core/base/json.h \
	core/base/mapped-file.c \
	core/base/mapped-file.h \
	core/base/mem.c \
	core/base/mem.h \
	core/base/nearest-name.c \
	core/base/nearest-name.h \
	core/base/parse.c \
	core/base/parse.h \
	core/base/process.c \
	core/base/process.h \
	core/base/random-normal.c \
	core/base/random-normal.h \
	core/base/read-file.c \
	core/base/read-file.h \
	core/base/serialize.c \
	core/base/serialize.h \
	core/base/sha256.c \
	core/base/sha256.h \
	core/base/text.c \
	core/base/text.h
EXTRA_DIST += core/base/README.md
