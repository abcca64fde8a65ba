# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/pruner.la
plugins_pruner_la_SOURCES = \
	plugins/pruner/prune.c \
	plugins/pruner/pruner.c \
	plugins/pruner/pruner.h \
	plugins/pruner/sources.c
plugins_pruner_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_pruner_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/pruner/transect-pruner.7
