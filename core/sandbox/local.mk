# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/sandbox/crash-report.c \
	core/sandbox/crash-report.h \
	core/sandbox/guard-pages.c \
	core/sandbox/guard-pages.h \
	core/sandbox/resource-limits.c \
	core/sandbox/resource-limits.h \
	core/sandbox/stdio-capture.c \
	core/sandbox/stdio-capture.h
EXTRA_DIST += core/sandbox/README.md
