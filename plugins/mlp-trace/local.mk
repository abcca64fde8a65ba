# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/mlp-trace.la
plugins_mlp_trace_la_SOURCES = \
	plugins/mlp-trace/figures.c \
	plugins/mlp-trace/mlp-trace.c \
	plugins/mlp-trace/mlp-trace.h \
	plugins/mlp-trace/tables.c \
	plugins/mlp-trace/units.c
plugins_mlp_trace_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_mlp_trace_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/mlp-trace/transect-mlp-trace.7
