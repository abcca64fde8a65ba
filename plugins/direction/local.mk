# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/direction.la
plugins_direction_la_SOURCES = \
	plugins/direction/direction.c \
	plugins/direction/direction.h \
	plugins/direction/figures.c \
	plugins/direction/fit.c \
	plugins/direction/labels.c \
	plugins/direction/logistic.c \
	plugins/direction/logistic.h \
	plugins/direction/places.c \
	plugins/direction/tables.c \
	plugins/direction/vectors.c
plugins_direction_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_direction_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/direction/transect-direction.7
