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
core_libtransect_la_SOURCES = \
	core/added.c \
	core/added.h \
	core/arch-bind.c \
	core/arch-bloom.c \
	core/arch-falcon.c \
	core/arch-gemma.c \
	core/arch-glm4.c \
	core/arch-gpt-neo.c \
	core/arch-gpt-neox.c \
	core/arch-gpt2.c \
	core/arch-gptj.c \
	core/arch-llama.c \
	core/arch-olmo2.c \
	core/arch-opt.c \
	core/arch-phi.c \
	core/arch-phi3.c \
	core/arch-slots.c \
	core/arch-stablelm.c \
	core/arch.c \
	core/arch.h \
	core/attention-mix.c \
	core/attention.c \
	core/attest.c \
	core/attest.h \
	core/audience.c \
	core/audience.h \
	core/batch.h \
	core/bpe.c \
	core/bpe.h \
	core/buffer.c \
	core/buffer.h \
	core/bytes.c \
	core/bytes.h \
	core/checkpoint.c \
	core/checkpoint.h \
	core/choice.c \
	core/choice.h \
	core/cli.c \
	core/cli.h \
	core/clones.c \
	core/clones.h \
	core/cmd-check-plugin.c \
	core/cmd-check.c \
	core/cmd-model.c \
	core/cmd-new-plugin.c \
	core/cmd-plugins.c \
	core/cmd-points.c \
	core/cmd-report.c \
	core/cmd-run.c \
	core/cmd-tokenize.c \
	core/confine.c \
	core/confine.h \
	core/copies.c \
	core/copies.h \
	core/cost.c \
	core/cost.h \
	core/crash.c \
	core/crash.h \
	core/crew.c \
	core/crew.h \
	core/cuts.c \
	core/cuts.h \
	core/csv.c \
	core/csv.h \
	core/digest.c \
	core/digest.h \
	core/dtype.c \
	core/dtype.h \
	core/effects-figure.c \
	core/effects.c \
	core/effects.h \
	core/error.c \
	core/error.h \
	core/execute-lanes.c \
	core/execute-lanes.h \
	core/execute.c \
	core/execute.h \
	core/experiment-figures.c \
	core/experiment-input.c \
	core/experiment-parts.h \
	core/experiment-uses.c \
	core/experiment.c \
	core/experiment.h \
	core/figure-3d-axes.c \
	core/figure-3d.c \
	core/figure-axes.c \
	core/figure-bars.c \
	core/figure-carry.c \
	core/figure-colour-bar.c \
	core/figure-colour.c \
	core/figure-heatmap.c \
	core/figure-impl.h \
	core/figure-label.c \
	core/figure-layout.c \
	core/figure-legend.c \
	core/figure-lines.c \
	core/figure-names.c \
	core/figure-number.c \
	core/figure-png.c \
	core/figure-scale.c \
	core/figure-series.c \
	core/figure-svg.c \
	core/figure-text.c \
	core/figure-views.c \
	core/figure.c \
	core/figure.h \
	core/file.c \
	core/file.h \
	core/folder.c \
	core/folder.h \
	core/forward-buffers.c \
	core/forward.c \
	core/forward.h \
	core/gguf-build.h \
	core/gguf-config.c \
	core/gguf-cursor.c \
	core/gguf-family.c \
	core/gguf-impl.h \
	core/gguf-metadata.c \
	core/gguf-model.h \
	core/gguf-quant.c \
	core/gguf-quant.h \
	core/gguf-refusals.c \
	core/gguf-rotation.c \
	core/gguf-tensors.c \
	core/gguf-tokenizer.c \
	core/gguf-tokenizer.h \
	core/gguf-values.c \
	core/gguf.c \
	core/gguf.h \
	core/guard.c \
	core/guard.h \
	core/hook-call.c \
	core/hook-call.h \
	core/hooks-deliver.c \
	core/hooks-impl.h \
	core/hooks.c \
	core/hooks.h \
	core/host-extensions.c \
	core/host-outputs.c \
	core/host-parts.h \
	core/host-state.c \
	core/host-subscribe.c \
	core/host.c \
	core/html.c \
	core/html.h \
	core/ids.c \
	core/ids.h \
	core/ini-file.c \
	core/ini-file.h \
	core/ini-read.c \
	core/input.c \
	core/input.h \
	core/instance.c \
	core/instance.h \
	core/isolate-call.c \
	core/isolate-child.c \
	core/isolate-impl.h \
	core/isolate-proxy.c \
	core/isolate.c \
	core/isolate.h \
	core/json.c \
	core/json.h \
	core/kernels.c \
	core/kernels.h \
	core/linalg.c \
	core/linalg.h \
	core/linear.c \
	core/linear.h \
	core/loader.c \
	core/loader.h \
	core/make-model.c \
	core/make-model.h \
	core/magnitudes.c \
	core/magnitudes.h \
	core/manifest-parts.h \
	core/manifest-sweep.c \
	core/manifest.c \
	core/manifest.h \
	core/mapping.c \
	core/mapping.h \
	core/mem.c \
	core/mem.h \
	core/memory.c \
	core/memory.h \
	core/model-copies.c \
	core/model-weight.c \
	core/model.c \
	core/model.h \
	core/option-search.c \
	core/option-search.h \
	core/option-tries.c \
	core/option-values.c \
	core/option-values.h \
	core/options.c \
	core/options.h \
	core/output-files.c \
	core/output-parts.h \
	core/output-sweep.c \
	core/output.c \
	core/output.h \
	core/outputs.c \
	core/parcel.c \
	core/parcel.h \
	core/parse.c \
	core/parse.h \
	core/pattern-syntax.c \
	core/pattern.c \
	core/pattern.h \
	core/pipeline.c \
	core/pipeline.h \
	core/plan.c \
	core/plan.h \
	core/plugin-checks.c \
	core/plugin-checks.h \
	core/plugin-tries.c \
	core/plugin-tries.h \
	core/points.c \
	core/points.h \
	core/positions.c \
	core/positions.h \
	core/probe-kinds.c \
	core/probe-tables.c \
	core/probe-threads.c \
	core/probe.c \
	core/probe.h \
	core/printed.c \
	core/printed.h \
	core/progress.c \
	core/progress.h \
	core/random.c \
	core/random.h \
	core/reader-rope.c \
	core/reader.c \
	core/reader.h \
	core/reduce.c \
	core/reduce.h \
	core/report-edits.c \
	core/report-files.c \
	core/report-outputs.c \
	core/report-parts.h \
	core/report-run.c \
	core/report-sweep.c \
	core/report-table.c \
	core/report-verdicts.c \
	core/report.c \
	core/report.h \
	core/results-revise.c \
	core/results.c \
	core/results.h \
	core/rope.c \
	core/rope.h \
	core/rows.c \
	core/rows.h \
	core/run-options.c \
	core/run-options.h \
	core/safetensors-header.c \
	core/safetensors-header.h \
	core/safetensors.c \
	core/safetensors.h \
	core/select.c \
	core/select.h \
	core/source.c \
	core/source.h \
	core/split.c \
	core/split.h \
	core/stages.c \
	core/stages.h \
	core/suggest.c \
	core/suggest.h \
	core/sweep-axis.c \
	core/sweep-cumulative.c \
	core/sweep-list.c \
	core/sweep.c \
	core/sweep.h \
	core/symbols.c \
	core/symbols.h \
	core/table-compare.c \
	core/table.c \
	core/table.h \
	core/templates.h \
	core/team.c \
	core/team.h \
	core/tensors.c \
	core/tensors.h \
	core/token-map.c \
	core/token-map.h \
	core/tokenizer-decoder.c \
	core/tokenizer-files.c \
	core/tokenizer-ggml-pre.c \
	core/tokenizer-ggml.c \
	core/tokenizer-ggml.h \
	core/tokenizer-impl.h \
	core/tokenizer-json.c \
	core/tokenizer-load.c \
	core/tokenizer-normalizer.c \
	core/tokenizer-part.c \
	core/tokenizer-part.h \
	core/tokenizer-pretokenizer.c \
	core/tokenizer-settings.c \
	core/tokenizer-special.c \
	core/tokenizer.c \
	core/tokenizer.h \
	core/transform.c \
	core/transform.h \
	core/unicode.c \
	core/unicode.h \
	core/vocabulary.c \
	core/vocabulary.h \
	core/workers.c \
	core/workers.h

# The style sheet and the script of the report, as strings of C.
nodist_core_libtransect_la_SOURCES = core/report-assets.c
EXTRA_DIST += core/report.css core/report.js
CLEANFILES += core/report-assets.c
core/report-assets.c: core/report.css core/report.js core/local.mk
	$(AM_V_GEN)$(MKDIR_P) core && { \
	    echo '#include "report-parts.h"'; \
	    for type in css js; do \
	        echo "const char report_$$type[] ="; \
	        sed -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' \
	            "$(srcdir)/core/report.$$type"; \
	        echo '    ;'; \
	    done; \
	} >$@-t && mv $@-t $@

bin_PROGRAMS += core/transect
core_transect_CPPFLAGS = $(HOST_CPPFLAGS)
core_transect_SOURCES = core/main.c
core_transect_LDADD = core/libtransect.la

# What transect new-plugin writes, as C strings.
template_files = \
	core/templates/autotools/Makefile.am \
	core/templates/autotools/README.md \
	core/templates/autotools/configure.ac \
	core/templates/editor/NAME.c \
	core/templates/editor/example.ini \
	core/templates/editor/test.sh \
	core/templates/editor/transect-NAME.7 \
	core/templates/make/Makefile \
	core/templates/make/README.md \
	core/templates/observer/NAME.c \
	core/templates/observer/example.ini \
	core/templates/observer/test.sh \
	core/templates/observer/transect-NAME.7
nodist_core_libtransect_la_SOURCES += core/template-files.c
core/template-files.c: $(template_files) core/templates/embed.awk
	$(AM_V_at)$(MKDIR_P) core
	$(AM_V_GEN)for file in $(template_files); do \
	    echo "$(srcdir)/$$file"; \
	done | xargs $(AWK) -f $(srcdir)/core/templates/embed.awk >$@.tmp
	$(AM_V_at)mv $@.tmp $@
CLEANFILES += core/template-files.c
EXTRA_DIST += $(template_files) core/templates/embed.awk
