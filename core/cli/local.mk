# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/cli/cli.c \
	core/cli/cli.h \
	core/cli/cmd-check-plugin.c \
	core/cli/cmd-check.c \
	core/cli/cmd-doctor.c \
	core/cli/cmd-model.c \
	core/cli/cmd-new-plugin.c \
	core/cli/cmd-plugins.c \
	core/cli/cmd-points.c \
	core/cli/cmd-report.c \
	core/cli/cmd-run.c \
	core/cli/cmd-tokenize.c \
	core/cli/cmd.h \
	core/cli/load-trial.c \
	core/cli/load-trial.h \
	core/cli/rows-text.c \
	core/cli/rows-text.h \
	core/cli/run-options.c \
	core/cli/run-options.h \
	core/cli/templates.h
EXTRA_DIST += core/cli/README.md

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
