# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/head-detector.la
plugins_head_detector_la_SOURCES = \
	plugins/head-detector/circuits.c \
	plugins/head-detector/composition.c \
	plugins/head-detector/copying.c \
	plugins/head-detector/figures.c \
	plugins/head-detector/head-detector.c \
	plugins/head-detector/head-detector.h \
	plugins/head-detector/patterns.c \
	plugins/head-detector/tables.c
plugins_head_detector_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_head_detector_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/head-detector/transect-head-detector.7
