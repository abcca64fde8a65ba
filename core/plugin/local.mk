# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/plugin/host-capture.c \
	core/plugin/host-extensions.c \
	core/plugin/host-files.c \
	core/plugin/host-internal.h \
	core/plugin/host-options.c \
	core/plugin/host-outputs.c \
	core/plugin/host-prompts.c \
	core/plugin/host-readout.c \
	core/plugin/host-state.c \
	core/plugin/host-subscribe.c \
	core/plugin/host.c \
	core/plugin/isolate-call.c \
	core/plugin/isolate-child.c \
	core/plugin/isolate-internal.h \
	core/plugin/isolate-proxy.c \
	core/plugin/isolate.c \
	core/plugin/isolate.h \
	core/plugin/kept-arrays.c \
	core/plugin/kept-arrays.h \
	core/plugin/list-syntax.c \
	core/plugin/list-syntax.h \
	core/plugin/plugin-dlopen.c \
	core/plugin/plugin-instance.c \
	core/plugin/plugin-instance.h \
	core/plugin/plugin-loader.c \
	core/plugin/plugin-loader.h \
	core/plugin/plugin-log.c \
	core/plugin/plugin-log.h \
	core/plugin/plugin-options.c \
	core/plugin/plugin-options.h \
	core/plugin/plugin-outputs.c \
	core/plugin/plugin-provider.c \
	core/plugin/plugin-provider.h \
	core/plugin/plugin-trust.c \
	core/plugin/plugin-trust.h \
	core/plugin/prompt-table.c \
	core/plugin/prompt-table.h
EXTRA_DIST += core/plugin/README.md
