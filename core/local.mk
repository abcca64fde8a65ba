# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

# The host as a convenience library, for the program, the tests and the
# benchmark. Being linked in whole, it leaves core/transect a real program in
# the build tree, which gdb and valgrind can run.
HOST_CPPFLAGS = -include config.h $(AM_CPPFLAGS) -I$(top_srcdir)/core \
	-DTRANSECT_PLUGIN_DIR='"$(pluginexecdir)"' \
	-DTRANSECT_DATA_DIR='"$(pkgdatadir)"' \
	$(OPENBLAS_CFLAGS) $(INIH_CFLAGS) $(JANSSON_CFLAGS) $(PCRE2_CFLAGS) \
	$(UTF8PROC_CFLAGS) $(NETTLE_CFLAGS) $(PNG_CFLAGS) $(CAIRO_CFLAGS)

noinst_LTLIBRARIES += core/libtransect.la
core_libtransect_la_CPPFLAGS = $(HOST_CPPFLAGS)
core_libtransect_la_LIBADD = $(OPENBLAS_LIBS) $(INIH_LIBS) $(JANSSON_LIBS) \
	$(PCRE2_LIBS) $(UTF8PROC_LIBS) $(NETTLE_LIBS) $(PNG_LIBS) \
	$(CAIRO_LIBS) $(SYSTEM_LIBS) $(LIBM)
core_libtransect_la_SOURCES =
nodist_core_libtransect_la_SOURCES =
EXTRA_DIST += core/README.md

bin_PROGRAMS += core/transect
core_transect_CPPFLAGS = $(HOST_CPPFLAGS)
core_transect_SOURCES = core/cli/main.c
core_transect_LDADD = core/libtransect.la

# In the order of the data; see core/README.md.
include core/base/local.mk
include core/sandbox/local.mk
include core/tensor/local.mk
include core/format/local.mk
include core/regex/local.mk
include core/tokenizer/local.mk
include core/model/local.mk
include core/hooks/local.mk
include core/executor/local.mk
include core/figure/local.mk
include core/results/local.mk
include core/experiment/local.mk
include core/plugin/local.mk
include core/plan/local.mk
include core/run/local.mk
include core/report/local.mk
include core/conformance/local.mk
include core/cli/local.mk
