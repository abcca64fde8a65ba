# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/layerwise-stats.la
plugins_layerwise_stats_la_SOURCES = \
	plugins/layerwise-stats/figures.c \
	plugins/layerwise-stats/layerwise-stats.c \
	plugins/layerwise-stats/layerwise.h \
	plugins/layerwise-stats/verdict.c \
	plugins/layerwise-stats/verdict.h
plugins_layerwise_stats_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_layerwise_stats_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/layerwise-stats/transect-layerwise-stats.7
