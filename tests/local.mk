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
	COVERAGE='$(COVERAGE)'; export COVERAGE; \
	CC='$(CC)'; export CC; \
	UBSAN_OPTIONS=print_stacktrace=1; export UBSAN_OPTIONS; \
	LSAN_OPTIONS='suppressions=$(abs_top_srcdir)/tests/lsan.supp:print_suppressions=0'; \
	export LSAN_OPTIONS; \
	TSAN_OPTIONS='suppressions=$(abs_top_srcdir)/tests/tsan.supp:halt_on_error=1'; \
	export TSAN_OPTIONS; \
	LC_ALL=C.UTF-8; export LC_ALL;
AM_TESTS_ENVIRONMENT = $(TEST_ENVIRONMENT)

# Command line tests, run under valgrind as well.
cli_tests = \
	tests/cli/abi.test \
	tests/cli/activation-export.test \
	tests/cli/answer-scorer.test \
	tests/cli/arithmetic.test \
	tests/cli/book.test \
	tests/cli/bos.test \
	tests/cli/check-plugin.test \
	tests/cli/checkpoint.test \
	tests/cli/commands.test \
	tests/cli/completion.test \
	tests/cli/config-keys.test \
	tests/cli/crash.test \
	tests/cli/direction.test \
	tests/cli/doctor.test \
	tests/cli/edits.test \
	tests/cli/errors.test \
	tests/cli/families.test \
	tests/cli/figures.test \
	tests/cli/forks.test \
	tests/cli/gguf.test \
	tests/cli/growing-files.test \
	tests/cli/inputs.test \
	tests/cli/isolation.test \
	tests/cli/lists.test \
	tests/cli/loading.test \
	tests/cli/logit-lens.test \
	tests/cli/manuals.test \
	tests/cli/many-records.test \
	tests/cli/memory.test \
	tests/cli/neutral.test \
	tests/cli/option-files.test \
	tests/cli/outside.test \
	tests/cli/pairs.test \
	tests/cli/patcher.test \
	tests/cli/path-patcher.test \
	tests/cli/plugins.test \
	tests/cli/positions.test \
	tests/cli/quickstart.test \
	tests/cli/records.test \
	tests/cli/replace.test \
	tests/cli/schema.test \
	tests/cli/signals.test \
	tests/cli/survey.test \
	tests/cli/sweeps.test \
	tests/cli/terminal.test

# Valgrind needs hundreds of times as long for products, so that models of real
# sizes are too much for it, and the demo model; and so are compilers and the
# many runs of new plugins' own tests.
slow_tests = tests/cli/browser.test tests/cli/conf-models.test \
	tests/cli/conf.test \
	tests/cli/faults.test tests/cli/gpt2.test \
	tests/cli/head-detector.test tests/cli/languages.test \
	tests/cli/logit-attribution.test \
	tests/cli/coordinate-ledger.test \
	tests/cli/new-plugin.test tests/cli/patching.test \
	tests/cli/report.test tests/cli/run.test \
	tests/cli/smollm2.test tests/cli/tutorial.test
TESTS += $(unit_tests) $(cli_tests) $(slow_tests) tests/configure.test \
	tests/debian.test tests/lint.sh
EXTRA_DIST += $(cli_tests) $(slow_tests) tests/cli/lib.sh \
	tests/configure.test tests/debian.test tests/lint.sh \
	tests/lint/layers.awk \
	tests/lint/names.awk tests/lint/portable.awk tests/lint/prints.awk \
	tests/threads.test tests/valgrind.sh \
	tests/lsan.supp tests/tsan.supp tests/valgrind.supp \
	tests/json-paths.awk tests/options-json.awk tests/options-mdoc.awk \
	tests/data/blocks.gguf tests/data/gemma-0.gguf \
	tests/data/gpt_neox-0.gguf tests/data/mistral-0.gguf \
	tests/data/split-00001-of-00003.gguf \
	tests/data/split-00002-of-00003.gguf \
	tests/data/split-00003-of-00003.gguf \
	tests/data/added-tokens.json tests/data/attribution.csv \
	tests/data/character-classes.json tests/data/direction.json \
	tests/data/head-detector.csv \
	tests/data/logit-lens.csv tests/data/nasty-unicode.txt \
	tests/data/normalizers.json \
	tests/data/paired-statistics.json tests/data/patching.csv \
	tests/data/sentencepiece/ids.json \
	tests/data/sentencepiece/tokenizer.model tests/data/tokenizers.json \
	tests/unit/no-cunit.test

# Models with random weights, for any test.
check_PROGRAMS += tests/make-model
tests_make_model_CPPFLAGS = $(HOST_CPPFLAGS)
tests_make_model_SOURCES = \
	tests/make-model-main.c
tests_make_model_LDADD = core/libtransect.la

# The C library's words for errors, which are not the same everywhere.
check_PROGRAMS += tests/error-text
tests_error_text_SOURCES = tests/error-text.c

# make check-faults: every call of a small run fails once. Twenty minutes.
check-faults: all tests/preload/inject.la tests/make-model$(EXEEXT) \
	tests/plugins/mode.stamp
	@$(TEST_ENVIRONMENT) $(SHELL) $(srcdir)/tests/cli/faults.test 1

# make check-tries: check-plugin with all plugins and all options, in a build
# with sanitizers as well, where make check leaves out those with most options.
check-tries: all tests/make-model$(EXEEXT) tests/plugins/mode.stamp
	@ALL_TRIES=yes; export ALL_TRIES; $(TEST_ENVIRONMENT) $(SHELL) \
		$(srcdir)/tests/cli/check-plugin.test

# make check-chaos: kills, signals, full disks, and files that change, at random
# moments, for so long.
MINUTES = 2
EXTRA_DIST += tests/chaos.sh
check-chaos: all tests/preload/inject.la tests/make-model$(EXEEXT) \
	tests/plugins/mode.stamp
	@$(TEST_ENVIRONMENT) $(SHELL) $(srcdir)/tests/chaos.sh $(MINUTES)

# Plugins for tests only, each of the one file of its name, which is
# automake's default. -rpath makes libtool build shared objects that are never
# installed. outside.c is for a test to build as a stranger would.
TEST_PLUGIN_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere
check_LTLIBRARIES += \
	tests/plugins/abi-major.la \
	tests/plugins/abi-minor.la \
	tests/plugins/abi-older.la \
	tests/plugins/bump.la \
	tests/plugins/contrasts.la \
	tests/plugins/crashes.la \
	tests/plugins/fails.la \
	tests/plugins/first-event.la \
	tests/plugins/foresees.la \
	tests/plugins/frozen-editor.la \
	tests/plugins/frozen.la \
	tests/plugins/frozen11.la \
	tests/plugins/grows.la \
	tests/plugins/hash.la \
	tests/plugins/misbehaves.la \
	tests/plugins/misnamed.la \
	tests/plugins/misuses.la \
	tests/plugins/no-magic.la \
	tests/plugins/no-symbol.la \
	tests/plugins/oversteps.la \
	tests/plugins/picky.la \
	tests/plugins/places.la \
	tests/plugins/raises.la \
	tests/plugins/reads.la \
	tests/plugins/replaces.la \
	tests/plugins/shares.la \
	tests/plugins/slots.la \
	tests/plugins/starts.la \
	tests/plugins/tampers.la
tests_plugins_abi_major_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_abi_minor_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_abi_older_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_bump_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_contrasts_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_crashes_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_fails_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_first_event_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_foresees_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_foresees_la_LIBADD = $(PLUGIN_LIBS)
tests_plugins_frozen_editor_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_frozen_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_frozen_la_LIBADD = $(PLUGIN_LIBS)
tests_plugins_frozen11_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_frozen11_la_LIBADD = $(PLUGIN_LIBS)
tests_plugins_grows_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_hash_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_misbehaves_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_misnamed_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_misuses_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_no_magic_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
# A linker script without a symbol to export would be wrong.
tests_plugins_no_symbol_la_LDFLAGS = -module -avoid-version -shared \
	-rpath /nowhere
tests_plugins_oversteps_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_picky_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_places_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_raises_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_reads_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_replaces_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_shares_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_slots_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_slots_la_LIBADD = -lm
tests_plugins_starts_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugins_starts_la_LIBADD = -lm
tests_plugins_tampers_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)

# Loaded before the C library, to stop the program at one of its calls.
check_LTLIBRARIES += tests/preload/raise-at.la
tests_preload_raise_at_la_CPPFLAGS = -include config.h
tests_preload_raise_at_la_LDFLAGS = -module -avoid-version -shared \
	-rpath /nowhere
# Lets one of its calls fail. It stands in for functions of the C library.
check_LTLIBRARIES += tests/preload/inject.la
tests_preload_inject_la_CPPFLAGS = -include config.h
tests_preload_inject_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
tests_preload_inject_la_LDFLAGS = -module -avoid-version -shared \
	-rpath /nowhere
tests_preload_inject_la_LIBADD = $(SYSTEM_LIBS)
EXTRA_DIST += tests/plugins/outside.c tests/plugins/plain.h

# The headers of ABI 1.0 and 1.1 as they were; nothing else is on the path of
# what stands for old binaries, and nobody can mend what compilers warn of in
# them. The layouts are for them and for tests/unit/test-abi.c.
tests_plugins_frozen_editor_la_CPPFLAGS = \
	-isystem $(top_srcdir)/tests/abi/1.0
tests_plugins_frozen_la_CPPFLAGS = -isystem $(top_srcdir)/tests/abi/1.0 \
	-I$(top_srcdir)/tests
tests_plugins_frozen11_la_CPPFLAGS = -isystem $(top_srcdir)/tests/abi/1.1 \
	-I$(top_srcdir)/tests
EXTRA_DIST += \
	tests/abi/1.1/transect/figure.h \
	tests/abi/1.1/transect/kit/arrays.h \
	tests/abi/1.1/transect/kit/describe.h \
	tests/abi/1.1/transect/kit/drawing.h \
	tests/abi/1.1/transect/kit/statistics.h \
	tests/abi/1.1/transect/kit/text.h \
	tests/abi/1.1/transect/linalg.h \
	tests/abi/1.1/transect/model.h \
	tests/abi/1.1/transect/plugin.h \
	tests/abi/1.1/transect/reduce.h \
	tests/abi/1.1/transect/state.h \
	tests/abi/1.1/transect/survey.h \
	tests/abi/1.1/transect/text.h \
	tests/abi/1.1/transect/verdict.h \
	tests/abi/1.1/transect/workers.h \
	tests/abi/layout11.h \
	tests/abi/1.0/transect/figure.h \
	tests/abi/1.0/transect/linalg.h \
	tests/abi/1.0/transect/plugin.h \
	tests/abi/1.0/transect/reduce.h \
	tests/abi/1.0/transect/state.h \
	tests/abi/1.0/transect/survey.h \
	tests/abi/1.0/transect/text.h \
	tests/abi/1.0/transect/verdict.h \
	tests/abi/1.0/transect/workers.h \
	tests/abi/layout.h

check_DATA += tests/plugins/mode.stamp
CLEANFILES += tests/plugins/mode.stamp
tests/plugins/mode.stamp: $(check_LTLIBRARIES)
	$(AM_V_at)chmod go-w tests tests/plugins tests/plugins/.libs \
	    tests/plugins/.libs/*.so
	$(AM_V_at)touch $@

unit_sources = \
	tests/unit/main.c \
	tests/unit/suites.h \
	tests/unit/test-abi.c \
	tests/unit/test-added-tokens.c \
	tests/unit/test-attention-rows.c \
	tests/unit/test-attention.c \
	tests/unit/test-dtype.c \
	tests/unit/test-experiment.c \
	tests/unit/test-families.c \
	tests/unit/test-file-digests.c \
	tests/unit/test-figure-plan.c \
	tests/unit/test-figure-png.c \
	tests/unit/test-figure-style.c \
	tests/unit/test-figure-texts.c \
	tests/unit/test-figure.c \
	tests/unit/test-float-environment.c \
	tests/unit/test-forward.c \
	tests/unit/test-gguf-model.c \
	tests/unit/test-gguf-quant.c \
	tests/unit/test-gguf-rope.c \
	tests/unit/test-gguf-tokenizer.c \
	tests/unit/test-gguf.c \
	tests/unit/test-gpt2.c \
	tests/unit/test-hooks.c \
	tests/unit/test-html-writer.c \
	tests/unit/test-ini.c \
	tests/unit/test-row-product.c \
	tests/unit/test-samples.c \
	tests/unit/test-json.c \
	tests/unit/test-kernels.c \
	tests/unit/test-kv-store.c \
	tests/unit/test-lengths.c \
	tests/unit/test-needs.c \
	tests/unit/test-linalg.c \
	tests/unit/test-svd.c \
	tests/unit/test-plugin-loader.c \
	tests/unit/test-model-weights.c \
	tests/unit/test-model.c \
	tests/unit/test-plugin-options.c \
	tests/unit/test-kept-arrays.c \
	tests/unit/test-normalizers.c \
	tests/unit/test-open-once.c \
	tests/unit/test-order-statistics.c \
	tests/unit/test-paired-statistics.c \
	tests/unit/test-bfloat16.c \
	tests/unit/test-panel-product.c \
	tests/unit/test-panels.c \
	tests/unit/test-sample-positions.c \
	tests/unit/test-regex.c \
	tests/unit/test-plugin-outputs.c \
	tests/unit/test-plugin-trust.c \
	tests/unit/test-random-normal.c \
	tests/unit/test-read-file.c \
	tests/unit/test-config-reader.c \
	tests/unit/test-prompts.c \
	tests/unit/test-windows.c \
	tests/unit/test-records.c \
	tests/unit/test-readout-back.c \
	tests/unit/test-readout.c \
	tests/unit/test-reductions.c \
	tests/unit/test-report.c \
	tests/unit/test-results-place.c \
	tests/unit/test-results.c \
	tests/unit/test-safetensors.c \
	tests/unit/test-list-syntax.c \
	tests/unit/test-sentencepiece.c \
	tests/unit/test-source-alignment.c \
	tests/unit/test-sources.c \
	tests/unit/test-stages.c \
	tests/unit/test-states.c \
	tests/unit/test-nearest-name.c \
	tests/unit/test-sweep.c \
	tests/unit/test-table-choice.c \
	tests/unit/test-table.c \
	tests/unit/test-text.c \
	tests/unit/test-tokenizer-classes.c \
	tests/unit/test-tokenizer-families.c \
	tests/unit/test-tokenizer-files.c \
	tests/unit/test-tokenizer-ggml.c \
	tests/unit/test-tokenizer.c \
	tests/unit/test-thread-team.c \
	tests/unit/test-batches.c \
	tests/unit/test-position-runs.c \
	tests/unit/test-unembed.c \
	tests/unit/test-plan.c \
	tests/unit/test-thread-policy.c \
	tests/unit/test-cost-estimate.c \
	tests/unit/test-memory-budget.c \
	tests/unit/test-character-classes.c \
	tests/unit/test-checkpoint-file.c \
	tests/unit/test-checkpoint.c \
	tests/unit/test-host.c \
	tests/unit/test-sweep-effects.c \
	tests/unit/test-sweep-figure.c \
	tests/unit/test-outcome.c \
	tests/unit/test-manifest.c \
	tests/unit/test-isolate.c \
	tests/unit/test-run.c \
	tests/unit/test-trains.c \
	tests/unit/test-twins.c \
	tests/unit/test-token-labels.c \
	tests/unit/tests.h \
	tests/unit/tokenizer-folder.h \
	tests/unit/twin-body.h \
	tests/unit/twin-chosen.c \
	tests/unit/twin-portable.c \
	tests/unit/twin-table.h \
	tests/unit/twin-v3.c \
	tests/unit/twin-v4.c \
	tests/unit/twin.h \
	tests/capture-check.c \
	tests/capture-queries.c \
	tests/capture.c \
	tests/capture.h \
	tests/checkpoint-fixture.c \
	tests/checkpoint-fixture.h \
	tests/experiment-fixture.c \
	tests/experiment-fixture.h \
	tests/experiment-watch.c \
	tests/gguf-bytes.c \
	tests/gguf-bytes.h \
	tests/gguf-fixture.c \
	tests/gguf-fixture.h \
	tests/golden-models.c \
	tests/golden-models.h \
	tests/mixed-lengths.c \
	tests/mixed-lengths.h \
	tests/pairs-fixture.c \
	tests/pairs-fixture.h \
	tests/pass-fixture.c \
	tests/pass-fixture.h \
	tests/model-fixture.c \
	tests/model-fixture.h \
	tests/results-fixture.c \
	tests/results-fixture.h \
	tests/reference.c \
	tests/reference.h \
	tests/xml.c \
	tests/xml.h \
	plugins/3d-exporter/mesh.c \
	plugins/3d-exporter/mesh.h \
	plugins/3d-exporter/sites.c \
	plugins/3d-exporter/surface.h \
	plugins/3d-exporter/test-3d-exporter.c \
	plugins/3d-exporter/test-mesh.c \
	plugins/activation-export/activation-export.h \
	plugins/activation-export/convert.c \
	plugins/activation-export/test-activation-export.c \
	plugins/answer-scorer/answer-scorer.h \
	plugins/answer-scorer/row.c \
	plugins/answer-scorer/test-answer-scorer.c \
	plugins/attention-map/test-attention-map.c \
	plugins/coordinate-editor/test-coordinate-editor.c \
	plugins/coordinate-ledger/test-coordinate-ledger.c \
	plugins/head-detector/test-head-circuits.c \
	plugins/head-detector/test-head-detector.c \
	plugins/direction/direction.h \
	plugins/direction/fit.c \
	plugins/direction/labels.c \
	plugins/direction/logistic.c \
	plugins/direction/logistic.h \
	plugins/direction/test-direction.c \
	plugins/head-scorer/test-head-scorer.c \
	plugins/layerwise-stats/verdict.c \
	plugins/layerwise-stats/verdict.h \
	plugins/layerwise-stats/test-layerwise-stats.c \
	plugins/logit-attribution/attribution-trials.h \
	plugins/logit-attribution/test-attribution-families.c \
	plugins/logit-attribution/test-logit-attribution.c \
	plugins/logit-lens/test-logit-lens.c \
	plugins/mlp-trace/test-mlp-trace.c \
	plugins/null/test-null.c \
	plugins/patcher/test-patcher-sources.c \
	plugins/patcher/test-patcher.c \
	plugins/path-patcher/path-trials.h \
	plugins/path-patcher/test-path-families.c \
	plugins/path-patcher/test-path-patcher.c \
	plugins/perplexity/test-perplexity.c \
	plugins/pruner/test-pruner-random.c \
	plugins/pruner/test-pruner-sources.c \
	plugins/pruner/test-pruner-table.c \
	plugins/pruner/test-pruner.c \
	plugins/svd-alignment/test-svd-alignment-refusals.c \
	plugins/svd-alignment/test-svd-alignment-words.c \
	plugins/svd-alignment/test-svd-alignment.c \
	plugins/svd-alignment/words.c \
	plugins/svd-alignment/words.h
if HAVE_CUNIT
unit_tests = tests/unit/unit
check_PROGRAMS += tests/unit/unit
tests_unit_unit_CPPFLAGS = $(HOST_CPPFLAGS) $(CUNIT_CFLAGS) \
	-I$(top_srcdir)/tests
tests_unit_unit_SOURCES = $(unit_sources)
tests_unit_unit_LDADD = core/libtransect.la $(CUNIT_LIBS)
# test-open-once.c counts what is opened.
tests_unit_unit_LDFLAGS = -Wl,--wrap=open,--wrap=openat,--wrap=fopen
else
unit_tests = tests/unit/no-cunit.test
EXTRA_DIST += $(unit_sources)
endif

# The configurations whose keys are edited, and what comes of it; by
# tests/parity/config_keys.py --golden.
EXTRA_DIST += \
	tests/golden-keys/expected.txt \
	tests/golden-keys/bloom.json \
	tests/golden-keys/falcon.json \
	tests/golden-keys/falcon-1.json \
	tests/golden-keys/gemma.json \
	tests/golden-keys/gemma2.json \
	tests/golden-keys/gemma3_text.json \
	tests/golden-keys/glm4.json \
	tests/golden-keys/gpt2.json \
	tests/golden-keys/gpt_neo.json \
	tests/golden-keys/gpt_neox.json \
	tests/golden-keys/gptj.json \
	tests/golden-keys/llama.json \
	tests/golden-keys/llama-4.json \
	tests/golden-keys/mistral.json \
	tests/golden-keys/olmo2.json \
	tests/golden-keys/opt-4.json \
	tests/golden-keys/olmo3.json \
	tests/golden-keys/opt.json \
	tests/golden-keys/phi.json \
	tests/golden-keys/phi3.json \
	tests/golden-keys/phi3-2.json \
	tests/golden-keys/qwen2.json \
	tests/golden-keys/qwen3.json \
	tests/golden-keys/stablelm.json

# Models of all families, and what transformers makes of them; by
# tests/parity/families.py --golden. Of each there are three files.
EXTRA_DIST += \
	tests/golden/bloom-1/config.json \
	tests/golden/bloom-1/model.safetensors \
	tests/golden/bloom-1/expected/model.safetensors \
	tests/golden/falcon-1/config.json \
	tests/golden/falcon-1/model.safetensors \
	tests/golden/falcon-1/expected/model.safetensors \
	tests/golden/falcon-3/config.json \
	tests/golden/falcon-3/model.safetensors \
	tests/golden/falcon-3/expected/model.safetensors \
	tests/golden/gemma-0/config.json \
	tests/golden/gemma-0/model.safetensors \
	tests/golden/gemma-0/expected/model.safetensors \
	tests/golden/gemma2-0/config.json \
	tests/golden/gemma2-0/model.safetensors \
	tests/golden/gemma2-0/expected/model.safetensors \
	tests/golden/gemma3_text-1/config.json \
	tests/golden/gemma3_text-1/model.safetensors \
	tests/golden/gemma3_text-1/expected/model.safetensors \
	tests/golden/glm4-0/config.json \
	tests/golden/glm4-0/model.safetensors \
	tests/golden/glm4-0/expected/model.safetensors \
	tests/golden/gpt_neo-0/config.json \
	tests/golden/gpt_neo-0/model.safetensors \
	tests/golden/gpt_neo-0/expected/model.safetensors \
	tests/golden/gpt_neox-0/config.json \
	tests/golden/gpt_neox-0/model.safetensors \
	tests/golden/gpt_neox-0/expected/model.safetensors \
	tests/golden/gptj-0/config.json \
	tests/golden/gptj-0/model.safetensors \
	tests/golden/gptj-0/expected/model.safetensors \
	tests/golden/llama-1/config.json \
	tests/golden/llama-1/model.safetensors \
	tests/golden/llama-1/expected/model.safetensors \
	tests/golden/llama-3/config.json \
	tests/golden/llama-3/model.safetensors \
	tests/golden/llama-3/expected/model.safetensors \
	tests/golden/llama-5/config.json \
	tests/golden/llama-5/model.safetensors \
	tests/golden/llama-5/expected/model.safetensors \
	tests/golden/mistral-0/config.json \
	tests/golden/mistral-0/model.safetensors \
	tests/golden/mistral-0/expected/model.safetensors \
	tests/golden/olmo2-0/config.json \
	tests/golden/olmo2-0/model.safetensors \
	tests/golden/olmo2-0/expected/model.safetensors \
	tests/golden/olmo3-1/config.json \
	tests/golden/olmo3-1/model.safetensors \
	tests/golden/olmo3-1/expected/model.safetensors \
	tests/golden/opt-0/config.json \
	tests/golden/opt-0/model.safetensors \
	tests/golden/opt-0/expected/model.safetensors \
	tests/golden/opt-4/config.json \
	tests/golden/opt-4/model.safetensors \
	tests/golden/opt-4/expected/model.safetensors \
	tests/golden/opt-5/config.json \
	tests/golden/opt-5/model.safetensors \
	tests/golden/opt-5/expected/model.safetensors \
	tests/golden/phi-1/config.json \
	tests/golden/phi-1/model.safetensors \
	tests/golden/phi-1/expected/model.safetensors \
	tests/golden/phi3-2/config.json \
	tests/golden/phi3-2/model.safetensors \
	tests/golden/phi3-2/expected/model.safetensors \
	tests/golden/qwen2-1/config.json \
	tests/golden/qwen2-1/model.safetensors \
	tests/golden/qwen2-1/expected/model.safetensors \
	tests/golden/qwen3-0/config.json \
	tests/golden/qwen3-0/model.safetensors \
	tests/golden/qwen3-0/expected/model.safetensors \
	tests/golden/stablelm-1/config.json \
	tests/golden/stablelm-1/model.safetensors \
	tests/golden/stablelm-1/expected/model.safetensors

# make bench: speed, as ratios; docs/benchmarks.md says more. The sweep takes
# many minutes.
check_PROGRAMS += tests/bench/bench
tests_bench_bench_CPPFLAGS = $(HOST_CPPFLAGS)
tests_bench_bench_SOURCES = \
	tests/bench/bench.h \
	tests/bench/ceiling.c \
	tests/bench/machine.c \
	tests/bench/main.c \
	tests/bench/panels.c \
	tests/bench/pass.c \
	tests/bench/rate.c \
	tests/bench/serve.c \
	tests/bench/short.c \
	tests/bench/split.c \
	tests/bench/start.c \
	tests/bench/sweep.c \
	tests/bench/tools.c
tests_bench_bench_LDADD = core/libtransect.la
BENCH = $(TEST_ENVIRONMENT) tests/bench/bench
BENCH_FLAGS =
bench: all tests/bench/bench$(EXEEXT) tests/plugins/mode.stamp
	@for what in machine pass short start panels split; do \
	    $(BENCH) $$what $(BENCH_FLAGS) || exit 1; \
	    echo; \
	done
bench-sweep: all tests/bench/bench$(EXEEXT)
	@$(BENCH) sweep $(BENCH_FLAGS)

# The same work in other programs; PEERS_FLAGS as of peers.py.
EXTRA_DIST += \
	tests/bench/document.sh \
	tests/bench/grid_worker.py \
	tests/bench/grids.py \
	tests/bench/grids_model.py \
	tests/bench/peer_lens.py \
	tests/bench/peer_lens_grids.py \
	tests/bench/peer_nnsight.py \
	tests/bench/peer_nnsight_grids.py \
	tests/bench/peer_transformers.py \
	tests/bench/peer_worker.py \
	tests/bench/peers.py \
	tests/bench/turns.py
PEERS_FLAGS =
bench-peers: all tests/bench/bench$(EXEEXT) tests/make-model$(EXEEXT)
	@if test -z '$(PEERS_PYTHON)'; then \
	    echo 'The peers need Python with them:'; \
	    echo '  python3 -m venv DIR'; \
	    echo '  DIR/bin/pip install torch transformers transformer_lens nnsight'; \
	    echo '  make bench-peers PEERS_PYTHON=DIR/bin/python'; \
	    exit 1; \
	fi
	@$(TEST_ENVIRONMENT) '$(PEERS_PYTHON)' \
	    "$$srcdir/tests/bench/peers.py" $(PEERS_FLAGS)

# Patching grids on short prompts, there too; GRIDS_FLAGS as of grids.py.
GRIDS_FLAGS =
bench-grids: all tests/bench/bench$(EXEEXT) tests/make-model$(EXEEXT)
	@if test -z '$(PEERS_PYTHON)'; then \
	    echo 'Python is needed, as for bench-peers:'; \
	    echo '  make bench-grids PEERS_PYTHON=DIR/bin/python'; \
	    exit 1; \
	fi
	@$(TEST_ENVIRONMENT) '$(PEERS_PYTHON)' \
	    "$$srcdir/tests/bench/grids.py" $(GRIDS_FLAGS)

# All of it into docs/benchmarks.md, or the PARTS of it alone.
PARTS = machine pass short start sweep panels split peers grids
bench-document: all tests/bench/bench$(EXEEXT) tests/make-model$(EXEEXT) \
	tests/plugins/mode.stamp
	@$(TEST_ENVIRONMENT) BENCH_FLAGS='$(BENCH_FLAGS)' \
	    PEERS_FLAGS='$(PEERS_FLAGS)' GRIDS_FLAGS='$(GRIDS_FLAGS)' \
	    $(SHELL) "$$srcdir/tests/bench/document.sh" \
	    '$(PEERS_PYTHON)' '$(PEERS_LENS)' $(PARTS)

# tests/figure-gallery DIR: pictures of all kinds, for people to look at.
check_PROGRAMS += tests/figure-gallery
tests_figure_gallery_CPPFLAGS = $(HOST_CPPFLAGS)
tests_figure_gallery_SOURCES = tests/figure-gallery.c
tests_figure_gallery_LDADD = core/libtransect.la

# Parsers and any bytes. The files in tests/data/fuzz/TARGET, which take
# different ways through a parser, or took one that was wrong, are read again
# by each check.
fuzz_sources = \
	tests/fuzz/byte-edits.c \
	tests/fuzz/byte-edits.h \
	tests/fuzz/fuzz-checkpoint.c \
	tests/fuzz/fuzz-config.c \
	tests/fuzz/fuzz-csv.c \
	tests/fuzz/fuzz-experiment.c \
	tests/fuzz/fuzz-gguf.c \
	tests/fuzz/fuzz-index.c \
	tests/fuzz/fuzz-input.c \
	tests/fuzz/fuzz-records.c \
	tests/fuzz/fuzz-regex.c \
	tests/fuzz/fuzz-reply.c \
	tests/fuzz/fuzz-report.c \
	tests/fuzz/fuzz-safetensors.c \
	tests/fuzz/fuzz-sentencepiece.c \
	tests/fuzz/fuzz-state.c \
	tests/fuzz/fuzz-texts.c \
	tests/fuzz/fuzz-texts.h \
	tests/fuzz/fuzz-tokenizer.c \
	tests/fuzz/fuzz-vocab.c \
	tests/fuzz/harness.c \
	tests/fuzz/harness.h \
	tests/fuzz/json-edits.c \
	tests/fuzz/json-edits.h \
	tests/fuzz/random-weights.c \
	tests/fuzz/random-weights.h
TESTS += tests/fuzz/replay
check_PROGRAMS += tests/fuzz/replay
tests_fuzz_replay_CPPFLAGS = $(HOST_CPPFLAGS)
tests_fuzz_replay_SOURCES = $(fuzz_sources)
tests_fuzz_replay_LDADD = core/libtransect.la
EXTRA_DIST += tests/data/fuzz tests/fuzz/base tests/fuzz/dictionaries \
	tests/fuzz/fuzz.sh

# make fuzz SECONDS=60 TARGETS='csv regex' looks for more, with clang and
# libFuzzer, for so long with each of them. It builds in a copy of the
# sources, as make mutate does. FUZZ_MERGE=yes takes what is new, minimised,
# into tests/data/fuzz.
EXTRA_PROGRAMS = tests/fuzz/fuzz
CLEANFILES += tests/fuzz/fuzz$(EXEEXT)
tests_fuzz_fuzz_CPPFLAGS = $(HOST_CPPFLAGS) -DFUZZ_ENGINE
tests_fuzz_fuzz_SOURCES = $(fuzz_sources)
tests_fuzz_fuzz_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_LDADD = core/libtransect.la
FUZZ_CC = clang
SECONDS = 60
TARGETS = checkpoint config csv experiment gguf index input records regex \
	reply report safetensors sentencepiece state tokenizer vocab
fuzz_folder = $(abs_top_builddir)/fuzz
fuzz_sanitizers = address,undefined
fuzz:
	$(MKDIR_P) $(fuzz_folder)/build
	$(MAKE) distdir distdir='$(fuzz_folder)/source'
	test -e $(fuzz_folder)/build/Makefile || \
	    { cd $(fuzz_folder)/build && \
	      ../source/configure -q CC='$(FUZZ_CC)' \
	          --enable-sanitizer=$(fuzz_sanitizers) \
	          CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,$(fuzz_sanitizers)'; }
	$(MAKE) -C $(fuzz_folder)/build all tests/fuzz/fuzz
	@$(TEST_ENVIRONMENT) TRANSECT_PLUGIN_PATH= \
	    $(SHELL) '$(srcdir)/tests/fuzz/fuzz.sh' $(fuzz_folder) \
	    $(SECONDS) $(TARGETS)

# Another user swaps folders, links and files while plugins are loaded; as root
# only. A short time in each check; make check-swap-race takes its time.
TESTS += tests/swap-race
check_PROGRAMS += tests/swap-race
tests_swap_race_CPPFLAGS = $(HOST_CPPFLAGS)
tests_swap_race_SOURCES = tests/swap-race.c
tests_swap_race_LDADD = core/libtransect.la
SWAP_RACE_LOADS = 10000
check-swap-race: tests/swap-race$(EXEEXT) tests/plugins/mode.stamp
	@$(TEST_ENVIRONMENT) tests/swap-race $(SWAP_RACE_LOADS)

# tests/gguf-values FILE TENSOR: what a GGUF file's tensor holds.
check_PROGRAMS += tests/gguf-values
tests_gguf_values_CPPFLAGS = $(HOST_CPPFLAGS)
tests_gguf_values_SOURCES = tests/gguf-values.c
tests_gguf_values_LDADD = core/libtransect.la

# tests/config-edits: what keys of config.json do.
check_PROGRAMS += tests/config-edits
tests_config_edits_CPPFLAGS = $(HOST_CPPFLAGS)
tests_config_edits_SOURCES = tests/config-edits.c
tests_config_edits_LDADD = core/libtransect.la

# make check-parity: hook points and token ids against Hugging Face's.
check_PROGRAMS += tests/parity-dump
tests_parity_dump_CPPFLAGS = $(HOST_CPPFLAGS)
tests_parity_dump_SOURCES = tests/parity-dump.c
tests_parity_dump_LDADD = core/libtransect.la
check_PROGRAMS += tests/regex-parts
tests_regex_parts_CPPFLAGS = $(HOST_CPPFLAGS)
tests_regex_parts_SOURCES = tests/regex-parts.c
tests_regex_parts_LDADD = core/libtransect.la
EXTRA_DIST += \
	tests/parity/added_tokens.py \
	tests/parity/attribution.py \
	tests/parity/bos.py \
	tests/parity/config_keys.py \
	tests/parity/direction.py \
	tests/parity/families.py \
	tests/parity/family_record.py \
	tests/parity/family_table.py \
	tests/parity/gguf-blocks.py \
	tests/parity/gguf-models.py \
	tests/parity/gguf_reference.py \
	tests/parity/head_detector.py \
	tests/parity/hooks.py \
	tests/parity/logit_lens.py \
	tests/parity/mlp_tables.py \
	tests/parity/normalizers.py \
	tests/parity/paired_statistics.py \
	tests/parity/patcher.py \
	tests/parity/patching.py \
	tests/parity/plugins.py \
	tests/parity/real_models.py \
	tests/parity/regexes.py \
	tests/parity/sentencepiece_models.py \
	tests/parity/smollm2.py \
	tests/parity/split_bfloat16.py \
	tests/parity/study.py \
	tests/parity/study_coordinates.py \
	tests/parity/study_tables.py \
	tests/parity/tokenizer.py \
	tests/parity/tokenizer_families.py \
	tests/parity/tokenizer_golden.py \
	tests/parity/unicode_tables.py
check-parity: all tests/parity-dump$(EXEEXT) tests/config-edits$(EXEEXT) \
	tests/make-model$(EXEEXT) tests/gguf-values$(EXEEXT) \
	tests/regex-parts$(EXEEXT)
	@if test -z '$(PARITY_PYTHON)'; then \
	    echo 'Parity tests need Python with PyTorch, transformers and SciPy,'; \
	    echo 'and of patching with TransformerLens:'; \
	    echo '  python3 -m venv DIR'; \
	    echo '  DIR/bin/pip install gguf numpy scikit-learn scipy torch \'; \
	    echo '      transformers transformer_lens'; \
	    echo '  make check-parity PARITY_PYTHON=DIR/bin/python'; \
	    exit 1; \
	fi
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' "$$srcdir/tests/parity/hooks.py"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' "$$srcdir/tests/parity/study.py"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' "$$srcdir/tests/parity/plugins.py"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' "$$srcdir/tests/parity/patcher.py"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/patching.py" "$$TRANSECT" \
	    || test $$? -eq 77
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/attribution.py" "$$TRANSECT" \
	    || test $$? -eq 77
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/head_detector.py" "$$TRANSECT" \
	    "$$srcdir/tests/parity/logit_lens.py" "$$TRANSECT" \
	    || test $$? -eq 77
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' "$$srcdir/tests/parity/families.py" \
	    --table "$$srcdir/docs/parity.md"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/split_bfloat16.py" \
	    --table "$$srcdir/docs/parity.md" || test $$? -eq 77
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/config_keys.py"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/gguf-blocks.py" check tests/gguf-values
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/gguf-models.py" check tests/parity-dump
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/regexes.py" tests/regex-parts
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/normalizers.py" "$$TRANSECT"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/paired_statistics.py" \
	    "$$srcdir/tests/data/paired-statistics.json"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/direction.py"
	@if test -n "$$TRANSECT_SMOLLM2"; then \
	    $(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	        "$$srcdir/tests/parity/smollm2.py" "$$TRANSECT" \
	        tests/parity-dump "$$TRANSECT_SHARED/data/books"; \
	else \
	    echo 'SmolLM2: skipped; TRANSECT_SMOLLM2 names no GGUF file'; \
	fi
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/real_models.py" "$$TRANSECT" \
	    "$$TRANSECT_SHARED/data/books" || test $$? -eq 77
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/added_tokens.py" "$$TRANSECT" 2>/dev/null
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' \
	    "$$srcdir/tests/parity/sentencepiece_models.py" "$$TRANSECT" \
	    "$$TRANSECT_SHARED/data/books"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' "$$srcdir/tests/parity/tokenizer.py" \
	    "$$TRANSECT" "$$srcdir/models/demo" "$$TRANSECT_SHARED/data/books"
	@$(TEST_ENVIRONMENT) '$(PARITY_PYTHON)' "$$srcdir/tests/parity/bos.py" \
	    "$$TRANSECT" tests/make-model "$$srcdir/data/sample.txt"

# make check-valgrind: the same tests; errors and leaks make them fail.
VALGRIND = valgrind
VALGRIND_FLAGS = --quiet --error-exitcode=99 --leak-check=full \
	--errors-for-leak-kinds=definite --show-leak-kinds=definite \
	--suppressions=$(abs_top_srcdir)/tests/valgrind.supp
check-valgrind: all
	$(MAKE) check TESTS='$(unit_tests) $(cli_tests)' \
	    LOG_COMPILER='env OPENBLAS_NUM_THREADS=1 $(VALGRIND) $(VALGRIND_FLAGS)' \
	    VALGRIND_COMMAND='$(VALGRIND) $(VALGRIND_FLAGS)' \
	    TRANSECT='$(abs_top_srcdir)/tests/valgrind.sh'

# make check-tsan: the same tests, of what was built with
# --enable-sanitizer=thread; a race ends the program that has it.
# make check-threads: those alone in which threads and processes share work.
thread_tests = tests/threads.test tests/cli/forks.test \
	tests/cli/isolation.test
# Addresses at random may be where the sanitizer wants its own.
TSAN_START = `setarch -R true 2>/dev/null && echo setarch -R`
check-threads: all
	@case '$(SANITIZER)' in \
	*thread*) ;; \
	*) echo 'Threads are watched in a build of their own:'; \
	   echo "  ./configure --enable-sanitizer=thread CFLAGS='-O1 -g'"; \
	   exit 1 ;; \
	esac
	$(TSAN_START) $(MAKE) check TESTS='$(thread_tests)'
check-tsan:
	$(MAKE) check-threads \
	    thread_tests='$(unit_tests) $(cli_tests)'

# make coverage: which lines and branches the tests run, in a build with
# --enable-coverage; into docs/coverage.md as well if all of them passed.
EXTRA_DIST += tests/coverage.sh
coverage:
	@test '$(COVERAGE)' != no || { \
	    echo 'Lines are counted in a build of their own:'; \
	    echo '  ./configure --enable-coverage'; \
	    exit 1; \
	}
	rm -f coverage.errors
	find . -name '*.gcda' -exec rm -f {} +
	@status=0; document='$(srcdir)/docs/coverage.md'; \
	GCOV_ERROR_FILE='$(abs_top_builddir)/coverage.errors' \
	    $(MAKE) check || { status=1; document=; }; \
	GCOV='$(GCOV)' srcdir='$(srcdir)' \
	    $(SHELL) '$(srcdir)/tests/coverage.sh' $$document || status=1; \
	exit $$status

# Not beside what removes folders: find fails where one goes under its feet.
clean-local: clean-libtool
	rm -f coverage.errors
	rm -rf html-docs html-docs.partial
	find . '(' -name '*.gcda' -o -name '*.gcno' ')' -exec rm -f {} +

# make mutate: do the tests notice mistakes? MUTANTS names some of those in
# tests/mutate/mutants. It builds in a copy of the sources, which stays, so
# that the next time is faster; not with sanitizers or for coverage.
EXTRA_DIST += tests/mutate/mutants tests/mutate/mutate.sh
MUTANTS =
mutate_folder = $(abs_top_builddir)/mutate
mutate_flags = CFLAGS='-O2'
mutate:
	$(MKDIR_P) $(mutate_folder)/build
	$(MAKE) distdir distdir='$(mutate_folder)/source'
	test -e $(mutate_folder)/build/Makefile || \
	    { cd $(mutate_folder)/build && \
	      ../source/configure -q CC='$(CC)' $(mutate_flags); }
	$(MAKE) -C $(mutate_folder)/build check TESTS=
	@$(TEST_ENVIRONMENT) \
	    $(MAKE) -C $(mutate_folder)/build mutate-here MUTANTS='$(MUTANTS)'
mutate-here:
	@$(TEST_ENVIRONMENT) MAKE='$(MAKE)' \
	    $(SHELL) '$(srcdir)/tests/mutate/mutate.sh' $(MUTANTS)
distclean-local:
	for folder in mutate fuzz; do \
	    test ! -d $$folder || \
	    { chmod -R u+w $$folder && rm -rf $$folder; } || exit 1; \
	done

# make installcheck: what is installed, by itself.
EXTRA_DIST += tests/installcheck.sh
installcheck-local:
	@env -u TRANSECT_PLUGIN_PATH TRANSECT='$(DESTDIR)$(bindir)/transect' \
	    plugindir='$(DESTDIR)$(pluginexecdir)' \
	    pkgdatadir='$(DESTDIR)$(pkgdatadir)' \
	    mandir='$(DESTDIR)$(mandir)' \
	    PKG_CONFIG_PATH='$(DESTDIR)$(pkgconfigdir)' \
	    completion='$(DESTDIR)$(bashcompletiondir)/transect' CC='$(CC)' \
	    $(SHELL) $(top_srcdir)/tests/installcheck.sh

# make check-newcomer: from the Debian package to an own plugin's table.
EXTRA_DIST += tests/newcomer.sh
newcomer = newcomer-package
check-newcomer:
	rm -rf $(newcomer) && mkdir $(newcomer)
	$(MAKE) distdir distdir=$(newcomer)/transect
	cd $(newcomer)/transect && env -u MAKEFLAGS -u MAKELEVEL \
	    DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -us -uc -b
	$(SHELL) $(srcdir)/tests/newcomer.sh $(newcomer)/transect_*.deb
	rm -rf $(newcomer)

# make check-portable: on bare systems of these, with clang, and for another
# machine; the script tells what it needs.
PORTABLE_SUITES = bookworm trixie aarch64
EXTRA_DIST += tests/portable.sh
check-portable:
	@$(SHELL) $(srcdir)/tests/portable.sh $(PORTABLE_SUITES)

.PHONY: bench bench-grids check-chaos check-faults check-newcomer \
	check-parity check-portable check-swap-race check-threads check-tries \
	check-tsan check-valgrind coverage fuzz mutate mutate-here
