# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/report/html-writer.c \
	core/report/html-writer.h \
	core/report/inert-edits.c \
	core/report/inert-edits.h \
	core/report/manifest-input.c \
	core/report/manifest-internal.h \
	core/report/manifest-match.c \
	core/report/manifest-sweep.c \
	core/report/manifest-variants.c \
	core/report/manifest.c \
	core/report/manifest.h \
	core/report/outcome-failures.c \
	core/report/outcome-input.c \
	core/report/outcome-internal.h \
	core/report/outcome-summary.c \
	core/report/outcome.c \
	core/report/outcome.h \
	core/report/position-warnings.c \
	core/report/position-warnings.h \
	core/report/report-cite.c \
	core/report/report-edits.c \
	core/report/report-files.c \
	core/report/report-instances.c \
	core/report/report-internal.h \
	core/report/report-prompts.c \
	core/report/report-run.c \
	core/report/report-sweep.c \
	core/report/report-table.c \
	core/report/report-verdicts.c \
	core/report/report.c \
	core/report/report.h \
	core/report/schema.c \
	core/report/write-outputs.c \
	core/report/write-samples.c \
	core/report/write-sweeps.c
EXTRA_DIST += core/report/README.md

# The style sheet and the script of the report, as strings of C.
nodist_core_libtransect_la_SOURCES += core/report/report-assets.c
EXTRA_DIST += core/report/report.css core/report/report.js
CLEANFILES += core/report/report-assets.c
core/report/report-assets.c: core/report/report.css core/report/report.js \
    core/report/local.mk
	$(AM_V_GEN)$(MKDIR_P) core/report && { \
	    echo '#include "report/report-internal.h"'; \
	    for type in css js; do \
	        echo "const char report_$$type[] ="; \
	        sed -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' \
	            "$(srcdir)/core/report/report.$$type"; \
	        echo '    ;'; \
	    done; \
	} >$@-t && mv $@-t $@
