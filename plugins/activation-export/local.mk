# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/activation-export.la
plugins_activation_export_la_SOURCES = \
	plugins/activation-export/activation-export.c \
	plugins/activation-export/activation-export.h \
	plugins/activation-export/convert.c \
	plugins/activation-export/places.c \
	plugins/activation-export/report.c \
	plugins/activation-export/writer.c
plugins_activation_export_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_activation_export_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/activation-export/transect-activation-export.7
