# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
pluginexec_LTLIBRARIES += plugins/answer-scorer.la
plugins_answer_scorer_la_SOURCES = \
	plugins/answer-scorer/answer-scorer.c \
	plugins/answer-scorer/answer-scorer.h \
	plugins/answer-scorer/compare.c \
	plugins/answer-scorer/row.c \
	plugins/answer-scorer/tables.c
plugins_answer_scorer_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_answer_scorer_la_LIBADD = $(PLUGIN_LIBS)
dist_man_MANS += plugins/answer-scorer/transect-answer-scorer.7
