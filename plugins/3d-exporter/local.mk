# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/3d-exporter.la
plugins_3d_exporter_la_SOURCES = \
	plugins/3d-exporter/3d-exporter.c \
	plugins/3d-exporter/figures.c \
	plugins/3d-exporter/mesh.c \
	plugins/3d-exporter/mesh.h \
	plugins/3d-exporter/sites.c \
	plugins/3d-exporter/surface.h \
	plugins/3d-exporter/tables.c
plugins_3d_exporter_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_3d_exporter_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/3d-exporter/transect-3d-exporter.7
