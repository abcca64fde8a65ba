# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

TEST_EXTENSIONS = .sh .test
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP_DRIVER)
SH_LOG_DRIVER = $(TAP_DRIVER)
SH_LOG_COMPILER = $(SHELL)
TEST_LOG_DRIVER = $(TAP_DRIVER)
TEST_LOG_COMPILER = $(SHELL)

# TRANSECT is the program under test; check-valgrind puts a wrapper there.
# TRANSECT_SHARED may hold texts too large for the repository: tests that
# read them skip themselves where it is absent.
TRANSECT = $(abs_top_builddir)/core/transect
TEST_ENVIRONMENT = \
	srcdir='$(abs_top_srcdir)'; export srcdir; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	TRANSECT='$(TRANSECT)'; export TRANSECT; \
	TRANSECT_PLUGIN_PATH='$(abs_top_builddir)/plugins/.libs'; \
	export TRANSECT_PLUGIN_PATH; \
	TRANSECT_TEST_PLUGINS='$(abs_top_builddir)/tests/plugins/.libs'; \
	export TRANSECT_TEST_PLUGINS; \
	TRANSECT_SHARED="$${TRANSECT_SHARED-$(abs_top_srcdir)/../shared}"; \
	export TRANSECT_SHARED; \
	SANITIZER='$(SANITIZER)'; export SANITIZER; \
	CC='$(CC)'; export CC; \
	UBSAN_OPTIONS=print_stacktrace=1; export UBSAN_OPTIONS; \
	LC_ALL=C.UTF-8; export LC_ALL;
AM_TESTS_ENVIRONMENT = $(TEST_ENVIRONMENT)

# Command line tests, run under valgrind as well.
cli_tests =

TESTS += $(unit_tests) $(cli_tests) tests/lint.sh
EXTRA_DIST += $(cli_tests) tests/lint.sh tests/valgrind.sh \
	tests/data/nasty-unicode.txt tests/unit/no-cunit.test

# Models with random weights, for any test.
check_PROGRAMS += tests/make-model
tests_make_model_CPPFLAGS = $(HOST_CPPFLAGS)
tests_make_model_SOURCES = \
	tests/make-model-main.c \
	tests/make-model.c \
	tests/make-model.h
tests_make_model_LDADD = core/libtransect.la

# Plugins for tests only. -rpath makes libtool build shared objects that are
# never installed.
TEST_PLUGIN_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere
check_LTLIBRARIES += tests/plugins/capture.la
tests_plugins_capture_la_SOURCES = tests/plugins/capture.c
tests_plugins_capture_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_capture_la_LIBADD = $(PLUGIN_LIBS)

check_DATA += tests/plugins/mode.stamp
CLEANFILES += tests/plugins/mode.stamp
tests/plugins/mode.stamp: $(check_LTLIBRARIES)
	$(AM_V_at)chmod go-w tests tests/plugins tests/plugins/.libs \
	    tests/plugins/.libs/*.so
	$(AM_V_at)touch $@

unit_sources = \
	tests/unit/main.c \
	tests/unit/test-dtype.c \
	tests/unit/test-experiment.c \
	tests/unit/test-forward.c \
	tests/unit/test-hooks.c \
	tests/unit/test-ini.c \
	tests/unit/test-input.c \
	tests/unit/test-json.c \
	tests/unit/test-kernels.c \
	tests/unit/test-loader.c \
	tests/unit/test-model.c \
	tests/unit/test-options.c \
	tests/unit/test-results.c \
	tests/unit/test-safetensors.c \
	tests/unit/test-select.c \
	tests/unit/test-suggest.c \
	tests/unit/test-table.c \
	tests/unit/test-tokenizer.c \
	tests/unit/tests.h \
	tests/make-model.c \
	tests/make-model.h \
	tests/reference.c \
	tests/reference.h
if HAVE_CUNIT
unit_tests = tests/unit/unit
check_PROGRAMS += tests/unit/unit
tests_unit_unit_CPPFLAGS = $(HOST_CPPFLAGS) $(CUNIT_CFLAGS) \
	-I$(top_srcdir)/tests
tests_unit_unit_SOURCES = $(unit_sources)
tests_unit_unit_LDADD = core/libtransect.la $(CUNIT_LIBS)
else
unit_tests = tests/unit/no-cunit.test
EXTRA_DIST += $(unit_sources)
endif

# make bench: speed, against what the machine can do.
EXTRA_PROGRAMS += tests/bench
tests_bench_CPPFLAGS = $(HOST_CPPFLAGS)
tests_bench_SOURCES = tests/bench.c
tests_bench_LDADD = core/libtransect.la
bench: all tests/bench$(EXEEXT) tests/make-model$(EXEEXT)
	@$(TEST_ENVIRONMENT) tests/bench$(EXEEXT)

# make check-parity: hook points and token ids against Hugging Face's.
EXTRA_PROGRAMS += tests/parity-dump
tests_parity_dump_CPPFLAGS = $(HOST_CPPFLAGS)
tests_parity_dump_SOURCES = tests/parity-dump.c
tests_parity_dump_LDADD = core/libtransect.la
EXTRA_DIST += tests/parity/tokenizer.py
check-parity: all tests/parity-dump$(EXEEXT) tests/make-model$(EXEEXT)
	@if test -z '$(PARITY_PYTHON)'; then \
	    echo 'Parity tests need Python with PyTorch and transformers:'; \
	    echo '  python3 -m venv DIR'; \
	    echo '  DIR/bin/pip install numpy torch transformers'; \
	    echo '  make check-parity PARITY_PYTHON=DIR/bin/python'; \
	    exit 1; \
	fi
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' "$$srcdir/tests/parity/tokenizer.py" \
	    "$$TRANSECT" "$$srcdir/models/demo" "$$TRANSECT_SHARED/data/books"

# make check-valgrind: the same tests; errors and leaks make them fail.
VALGRIND = valgrind
VALGRIND_FLAGS = --quiet --error-exitcode=99 --leak-check=full \
	--errors-for-leak-kinds=definite --show-leak-kinds=definite
check-valgrind: all
	$(MAKE) check TESTS='$(unit_tests) $(cli_tests)' \
	    LOG_COMPILER='env OPENBLAS_NUM_THREADS=1 $(VALGRIND) $(VALGRIND_FLAGS)' \
	    VALGRIND_COMMAND='$(VALGRIND) $(VALGRIND_FLAGS)' \
	    TRANSECT='$(abs_top_srcdir)/tests/valgrind.sh'

.PHONY: bench check-parity check-valgrind

CLEANFILES += $(EXTRA_PROGRAMS)
