# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/conformance/make-model.c \
	core/conformance/make-model.h \
	core/conformance/option-search.c \
	core/conformance/option-search.h \
	core/conformance/option-set.c \
	core/conformance/option-set.h \
	core/conformance/option-values.c \
	core/conformance/option-values.h \
	core/conformance/probe-kinds.c \
	core/conformance/probe-options.c \
	core/conformance/probe-passes.c \
	core/conformance/probe-repeat.c \
	core/conformance/probe-suite.c \
	core/conformance/probe-suite.h \
	core/conformance/probe-threads.c \
	core/conformance/probe.c \
	core/conformance/probe.h \
	core/conformance/static-checks.c \
	core/conformance/static-checks.h \
	core/conformance/symbols.c \
	core/conformance/symbols.h
EXTRA_DIST += core/conformance/README.md
