# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/coordinate-editor.la
plugins_coordinate_editor_la_SOURCES = \
	plugins/coordinate-editor/choose.c \
	plugins/coordinate-editor/coordinate-editor.c \
	plugins/coordinate-editor/editor.h \
	plugins/coordinate-editor/list.c \
	plugins/coordinate-editor/report.c \
	plugins/coordinate-editor/survey.c
plugins_coordinate_editor_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_coordinate_editor_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/coordinate-editor/transect-coordinate-editor.7
