# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/regex/regex-oniguruma.c \
	core/regex/regex.c \
	core/regex/regex.h \
	core/regex/unicode.c \
	core/regex/unicode.h
EXTRA_DIST += core/regex/README.md
