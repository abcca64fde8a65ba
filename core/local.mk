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
	core/tokenizer/added-tokens.c \
	core/tokenizer/added-tokens.h \
	core/model/weight-bind.c \
	core/model/arch-bloom.c \
	core/model/arch-falcon.c \
	core/model/arch-gemma.c \
	core/model/arch-glm4.c \
	core/model/arch-gpt-neo.c \
	core/model/arch-gpt-neox.c \
	core/model/arch-gpt2.c \
	core/model/arch-gptj.c \
	core/model/arch-llama.c \
	core/model/arch-olmo2.c \
	core/model/arch-opt.c \
	core/model/arch-phi.c \
	core/model/arch-phi3.c \
	core/model/weight-slots.c \
	core/model/arch-stablelm.c \
	core/model/arch.c \
	core/model/arch.h \
	core/executor/attention-core.c \
	core/executor/attention.c \
	core/hooks/edit-record.c \
	core/hooks/edit-record.h \
	core/hooks/hooks-set.c \
	core/hooks/hooks-set.h \
	core/hooks/batch.h \
	core/tokenizer/bpe.c \
	core/tokenizer/bpe.h \
	core/base/buffer.c \
	core/base/buffer.h \
	core/base/text.c \
	core/base/text.h \
	core/run/checkpoint.c \
	core/run/checkpoint.h \
	core/conformance/option-set.c \
	core/conformance/option-set.h \
	core/cli/cli.c \
	core/cli/cli.h \
	core/base/cpu-dispatch.c \
	core/base/cpu-dispatch.h \
	core/cli/cmd-check-plugin.c \
	core/cli/cmd-check.c \
	core/cli/cmd-model.c \
	core/cli/cmd-new-plugin.c \
	core/cli/cmd-plugins.c \
	core/cli/cmd-points.c \
	core/cli/cmd-report.c \
	core/cli/cmd-run.c \
	core/cli/cmd-tokenize.c \
	core/sandbox/resource-limits.c \
	core/sandbox/resource-limits.h \
	core/tensor/float32-cache.c \
	core/tensor/float32-cache.h \
	core/plan/cost-estimate.c \
	core/plan/cost-estimate.h \
	core/sandbox/crash-report.c \
	core/sandbox/crash-report.h \
	core/executor/fork-workers.c \
	core/executor/fork-workers.h \
	core/tensor/gemm-split.c \
	core/tensor/gemm-split.h \
	core/base/csv-reader.c \
	core/base/csv-reader.h \
	core/base/sha256.c \
	core/base/sha256.h \
	core/tensor/dtype.c \
	core/tensor/dtype.h \
	core/run/sweep-effects-figure.c \
	core/run/sweep-effects.c \
	core/run/sweep-effects.h \
	core/base/error.c \
	core/base/error.h \
	core/run/execute-variants.c \
	core/run/execute-variants.h \
	core/run/execute.c \
	core/run/execute.h \
	core/experiment/experiment-figures.c \
	core/experiment/experiment-input.c \
	core/experiment/experiment-internal.h \
	core/experiment/experiment-plugins.c \
	core/experiment/experiment.c \
	core/experiment/experiment.h \
	core/figure/figure-3d-axes.c \
	core/figure/figure-3d.c \
	core/figure/figure-axes.c \
	core/figure/figure-bars.c \
	core/figure/figure-serialize.c \
	core/figure/figure-colour-bar.c \
	core/figure/figure-colour.c \
	core/figure/figure-heatmap.c \
	core/figure/figure-internal.h \
	core/figure/figure-label.c \
	core/figure/figure-layout.c \
	core/figure/figure-legend.c \
	core/figure/figure-lines.c \
	core/figure/figure-names.c \
	core/figure/figure-number.c \
	core/figure/figure-png.c \
	core/figure/figure-scale.c \
	core/figure/figure-series.c \
	core/figure/figure-svg.c \
	core/figure/figure-text.c \
	core/figure/figure-views.c \
	core/figure/figure.c \
	core/figure/figure.h \
	core/base/read-file.c \
	core/base/read-file.h \
	core/base/directory.c \
	core/base/directory.h \
	core/executor/forward-workspace.c \
	core/executor/forward.c \
	core/executor/forward.h \
	core/format/gguf-config-builder.h \
	core/format/gguf-config.c \
	core/format/gguf-cursor.c \
	core/format/gguf-names.c \
	core/format/gguf-cursor.h \
	core/format/gguf-metadata.c \
	core/format/gguf-model.h \
	core/format/gguf-quant.c \
	core/format/gguf-quant.h \
	core/format/gguf-unsupported.c \
	core/format/gguf-rope.c \
	core/format/gguf-tensors.c \
	core/format/gguf-tokenizer.c \
	core/format/gguf-tokenizer.h \
	core/format/gguf-metadata-get.c \
	core/format/gguf.c \
	core/format/gguf.h \
	core/sandbox/guard-pages.c \
	core/sandbox/guard-pages.h \
	core/hooks/hook-callback.c \
	core/hooks/hook-callback.h \
	core/hooks/hooks-dispatch.c \
	core/hooks/hooks-internal.h \
	core/hooks/hooks.c \
	core/hooks/hooks.h \
	core/plugin/host-extensions.c \
	core/plugin/host-outputs.c \
	core/plugin/host-internal.h \
	core/plugin/host-state.c \
	core/plugin/host-subscribe.c \
	core/plugin/host.c \
	core/base/html-writer.c \
	core/base/html-writer.h \
	core/tokenizer/token-ids.c \
	core/tokenizer/token-ids.h \
	core/experiment/ini-file.c \
	core/experiment/ini-file.h \
	core/experiment/ini-read.c \
	core/plan/samples.c \
	core/plan/samples.h \
	core/plugin/plugin-instance.c \
	core/plugin/plugin-instance.h \
	core/plugin/isolate-call.c \
	core/plugin/isolate-child.c \
	core/plugin/isolate-internal.h \
	core/plugin/isolate-proxy.c \
	core/plugin/isolate.c \
	core/plugin/isolate.h \
	core/base/json.c \
	core/base/json.h \
	core/executor/kernels.c \
	core/executor/kernels.h \
	core/tensor/svd.c \
	core/tensor/svd.h \
	core/tensor/linear.c \
	core/tensor/linear.h \
	core/plugin/plugin-loader.c \
	core/plugin/plugin-loader.h \
	core/conformance/make-model.c \
	core/conformance/make-model.h \
	core/tensor/order-statistics.c \
	core/tensor/order-statistics.h \
	core/report/manifest-internal.h \
	core/report/manifest-sweep.c \
	core/report/manifest.c \
	core/report/manifest.h \
	core/base/mapped-file.c \
	core/base/mapped-file.h \
	core/base/alloc.c \
	core/base/alloc.h \
	core/plan/memory-budget.c \
	core/plan/memory-budget.h \
	core/model/model-convert.c \
	core/model/weight-view.c \
	core/model/model.c \
	core/model/model.h \
	core/conformance/option-search.c \
	core/conformance/option-search.h \
	core/conformance/probe-options.c \
	core/conformance/option-values.c \
	core/conformance/option-values.h \
	core/plugin/plugin-options.c \
	core/plugin/plugin-options.h \
	core/report/write-outputs.c \
	core/report/outcome-internal.h \
	core/report/write-sweeps.c \
	core/report/outcome.c \
	core/report/outcome.h \
	core/plugin/plugin-outputs.c \
	core/base/serialize.c \
	core/base/serialize.h \
	core/base/scalar.c \
	core/base/scalar.h \
	core/tokenizer/regex-oniguruma.c \
	core/tokenizer/regex.c \
	core/tokenizer/regex.h \
	core/tokenizer/pretokenize.c \
	core/tokenizer/pretokenize.h \
	core/plan/plan.c \
	core/plan/plan.h \
	core/conformance/static-checks.c \
	core/conformance/static-checks.h \
	core/conformance/probe-suite.c \
	core/conformance/probe-suite.h \
	core/hooks/hook-points.c \
	core/hooks/hook-points.h \
	core/executor/position-encoding.c \
	core/executor/position-encoding.h \
	core/conformance/probe-kinds.c \
	core/conformance/probe-repeat.c \
	core/conformance/probe-threads.c \
	core/conformance/probe.c \
	core/conformance/probe.h \
	core/sandbox/stdio-capture.c \
	core/sandbox/stdio-capture.h \
	core/run/progress.c \
	core/run/progress.h \
	core/base/random-normal.c \
	core/base/random-normal.h \
	core/model/config-reader-rope.c \
	core/model/config-reader.c \
	core/model/config-reader.h \
	core/hooks/reductions.c \
	core/hooks/reductions.h \
	core/report/report-edits.c \
	core/report/report-files.c \
	core/report/report-instances.c \
	core/report/report-internal.h \
	core/report/report-run.c \
	core/report/report-sweep.c \
	core/report/report-table.c \
	core/report/report-verdicts.c \
	core/report/report.c \
	core/report/report.h \
	core/results/results-reopen.c \
	core/results/results-folder.c \
	core/results/results-folder.h \
	core/model/rope.c \
	core/model/rope.h \
	core/executor/row-kernels.c \
	core/executor/row-kernels.h \
	core/cli/run-options.c \
	core/cli/run-options.h \
	core/format/safetensors-header.c \
	core/format/safetensors-header.h \
	core/format/safetensors.c \
	core/format/safetensors.h \
	core/plugin/list-syntax.c \
	core/plugin/list-syntax.h \
	core/format/model-format.c \
	core/format/model-format.h \
	core/tokenizer/pretokenize-split.c \
	core/tokenizer/pretokenize-split.h \
	core/hooks/pass-stages.c \
	core/hooks/pass-stages.h \
	core/base/nearest-name.c \
	core/base/nearest-name.h \
	core/plan/sweep-axis.c \
	core/plan/sweep-cumulative.c \
	core/plan/sweep-list.c \
	core/plan/sweep.c \
	core/plan/sweep.h \
	core/conformance/symbols.c \
	core/conformance/symbols.h \
	core/results/table-compare.c \
	core/results/table.c \
	core/results/table.h \
	core/cli/templates.h \
	core/tensor/thread-team.c \
	core/tensor/thread-team.h \
	core/tensor/tensor-table.c \
	core/tensor/tensor-table.h \
	core/tokenizer/token-map.c \
	core/tokenizer/token-map.h \
	core/tokenizer/tokenizer-decoder.c \
	core/tokenizer/tokenizer-files.c \
	core/tokenizer/tokenizer-ggml-pre.c \
	core/tokenizer/tokenizer-ggml.c \
	core/tokenizer/tokenizer-ggml.h \
	core/tokenizer/tokenizer-internal.h \
	core/tokenizer/tokenizer-json.c \
	core/tokenizer/tokenizer-builder.c \
	core/tokenizer/tokenizer-normalizer.c \
	core/tokenizer/tokenizer-json-part.c \
	core/tokenizer/tokenizer-json-part.h \
	core/tokenizer/tokenizer-pretokenizer.c \
	core/tokenizer/tokenizer-config.c \
	core/tokenizer/special-tokens.c \
	core/tokenizer/tokenizer.c \
	core/tokenizer/tokenizer.h \
	core/tokenizer/normalize.c \
	core/tokenizer/normalize.h \
	core/tokenizer/unicode.c \
	core/tokenizer/unicode.h \
	core/tokenizer/token-labels.c \
	core/tokenizer/token-labels.h \
	core/plan/thread-policy.c \
	core/plan/thread-policy.h

# The style sheet and the script of the report, as strings of C.
nodist_core_libtransect_la_SOURCES = core/report/report-assets.c
EXTRA_DIST += core/report/report.css core/report/report.js
CLEANFILES += core/report/report-assets.c
core/report/report-assets.c: core/report/report.css core/report/report.js core/local.mk
	$(AM_V_GEN)$(MKDIR_P) core/report && { \
	    echo '#include "report/report-internal.h"'; \
	    for type in css js; do \
	        echo "const char report_$$type[] ="; \
	        sed -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' \
	            "$(srcdir)/core/report/report.$$type"; \
	        echo '    ;'; \
	    done; \
	} >$@-t && mv $@-t $@

bin_PROGRAMS += core/transect
core_transect_CPPFLAGS = $(HOST_CPPFLAGS)
core_transect_SOURCES = core/cli/main.c
core_transect_LDADD = core/libtransect.la

# What transect new-plugin writes, as C strings.
template_files = \
	core/cli/templates/autotools/Makefile.am \
	core/cli/templates/autotools/README.md \
	core/cli/templates/autotools/configure.ac \
	core/cli/templates/editor/NAME.c \
	core/cli/templates/editor/example.ini \
	core/cli/templates/editor/test.sh \
	core/cli/templates/editor/transect-NAME.7 \
	core/cli/templates/make/Makefile \
	core/cli/templates/make/README.md \
	core/cli/templates/observer/NAME.c \
	core/cli/templates/observer/example.ini \
	core/cli/templates/observer/test.sh \
	core/cli/templates/observer/transect-NAME.7
nodist_core_libtransect_la_SOURCES += core/cli/template-files.c
core/cli/template-files.c: $(template_files) core/cli/templates/embed.awk
	$(AM_V_at)$(MKDIR_P) core/cli
	$(AM_V_GEN)for file in $(template_files); do \
	    echo "$(srcdir)/$$file"; \
	done | xargs $(AWK) -f $(srcdir)/core/cli/templates/embed.awk >$@.tmp
	$(AM_V_at)mv $@.tmp $@
CLEANFILES += core/cli/template-files.c
EXTRA_DIST += $(template_files) core/cli/templates/embed.awk
