# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/perplexity.la
plugins_perplexity_la_SOURCES = \
	plugins/perplexity/compare.c \
	plugins/perplexity/perplexity.c \
	plugins/perplexity/perplexity.h
plugins_perplexity_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_perplexity_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/perplexity/transect-perplexity.7
