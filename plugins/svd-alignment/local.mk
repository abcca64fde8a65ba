# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/svd-alignment.la
plugins_svd_alignment_la_SOURCES = \
	plugins/svd-alignment/figures.c \
	plugins/svd-alignment/measure.c \
	plugins/svd-alignment/svd-alignment.c \
	plugins/svd-alignment/svd-alignment.h \
	plugins/svd-alignment/tables.c \
	plugins/svd-alignment/words.c \
	plugins/svd-alignment/words.h
plugins_svd_alignment_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_svd_alignment_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/svd-alignment/transect-svd-alignment.7
