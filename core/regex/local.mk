# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/regex/alphabet.c \
	core/regex/alphabet.h \
	core/regex/charset.c \
	core/regex/charset.h \
	core/regex/regex-class.c \
	core/regex/regex-internal.h \
	core/regex/regex-oniguruma.c \
	core/regex/regex.c \
	core/regex/regex.h \
	core/regex/unicode-case.c \
	core/regex/unicode-category.c \
	core/regex/unicode-class.c \
	core/regex/unicode-form.c \
	core/regex/unicode-name.c \
	core/regex/unicode-property.c \
	core/regex/unicode-script.c \
	core/regex/unicode-tables.h \
	core/regex/unicode.c \
	core/regex/unicode.h
EXTRA_DIST += core/regex/README.md
