# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/coordinate-ledger.la
plugins_coordinate_ledger_la_SOURCES = \
	plugins/coordinate-ledger/choose.c \
	plugins/coordinate-ledger/coordinate-ledger.c \
	plugins/coordinate-ledger/figures.c \
	plugins/coordinate-ledger/findings.c \
	plugins/coordinate-ledger/follow.c \
	plugins/coordinate-ledger/kept.c \
	plugins/coordinate-ledger/ledger.h \
	plugins/coordinate-ledger/tables.c \
	plugins/coordinate-ledger/writers.c
plugins_coordinate_ledger_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_coordinate_ledger_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/coordinate-ledger/transect-coordinate-ledger.7
