# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/logit-lens.la
plugins_logit_lens_la_SOURCES = \
	plugins/logit-lens/figures.c \
	plugins/logit-lens/lens.h \
	plugins/logit-lens/logit-lens.c \
	plugins/logit-lens/rows.c \
	plugins/logit-lens/sites.c \
	plugins/logit-lens/tables.c \
	plugins/logit-lens/translators.c
plugins_logit_lens_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_logit_lens_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/logit-lens/transect-logit-lens.7
