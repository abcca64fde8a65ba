# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/logit-attribution.la
plugins_logit_attribution_la_SOURCES = \
	plugins/logit-attribution/attribution.h \
	plugins/logit-attribution/figures.c \
	plugins/logit-attribution/logit-attribution.c \
	plugins/logit-attribution/parts.c \
	plugins/logit-attribution/rows.c \
	plugins/logit-attribution/tables.c \
	plugins/logit-attribution/tokens.c \
	plugins/logit-attribution/trace.c
plugins_logit_attribution_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_logit_attribution_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/logit-attribution/transect-logit-attribution.7
