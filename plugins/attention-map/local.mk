# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/attention-map.la
plugins_attention_map_la_SOURCES = \
	plugins/attention-map/attention-map.c \
	plugins/attention-map/attention-map.h \
	plugins/attention-map/figures.c
plugins_attention_map_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_attention_map_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/attention-map/transect-attention-map.7
