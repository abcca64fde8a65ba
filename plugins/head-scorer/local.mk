# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/head-scorer.la
plugins_head_scorer_la_SOURCES = \
	plugins/head-scorer/figures.c \
	plugins/head-scorer/head-scorer.c \
	plugins/head-scorer/head-scorer.h
plugins_head_scorer_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_head_scorer_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/head-scorer/transect-head-scorer.7
