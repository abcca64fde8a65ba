# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/path-patcher.la
plugins_path_patcher_la_SOURCES = \
	plugins/path-patcher/path-patcher.c \
	plugins/path-patcher/path-patcher.h \
	plugins/path-patcher/receivers.c \
	plugins/path-patcher/senders.c
plugins_path_patcher_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_path_patcher_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/path-patcher/transect-path-patcher.7
