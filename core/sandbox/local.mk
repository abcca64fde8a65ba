# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/sandbox/crash-report.c \
	core/sandbox/crash-report.h \
	core/sandbox/exit-report.c \
	core/sandbox/exit-report.h \
	core/sandbox/float-environment.c \
	core/sandbox/float-environment.h \
	core/sandbox/guard-pages.c \
	core/sandbox/guard-pages.h \
	core/sandbox/resource-limits.c \
	core/sandbox/resource-limits.h \
	core/sandbox/stdio-capture.c \
	core/sandbox/stdio-capture.h \
	core/sandbox/trial.c \
	core/sandbox/trial.h
EXTRA_DIST += core/sandbox/README.md
