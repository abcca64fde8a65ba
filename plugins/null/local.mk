# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/null.la
plugins_null_la_SOURCES = plugins/null/null.c
plugins_null_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_null_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/null/transect-null.7
