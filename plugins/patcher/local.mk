# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/patcher.la
plugins_patcher_la_SOURCES = \
	plugins/patcher/header.c \
	plugins/patcher/patch.c \
	plugins/patcher/patcher.c \
	plugins/patcher/patcher.h \
	plugins/patcher/places.c \
	plugins/patcher/report.c \
	plugins/patcher/rows.c \
	plugins/patcher/survey.c \
	plugins/patcher/values.c
plugins_patcher_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_patcher_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/patcher/transect-patcher.7
