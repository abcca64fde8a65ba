# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/plan/batches.c \
	core/plan/batches.h \
	core/plan/computed-lists.c \
	core/plan/cost-estimate.c \
	core/plan/cost-estimate.h \
	core/plan/memory-budget.c \
	core/plan/memory-budget.h \
	core/plan/option-files.c \
	core/plan/plan-internal.h \
	core/plan/plan-plugins.c \
	core/plan/plan.c \
	core/plan/plan.h \
	core/plan/record-text.c \
	core/plan/record-text.h \
	core/plan/records.c \
	core/plan/records.h \
	core/plan/samples-answers.c \
	core/plan/samples-digest.c \
	core/plan/samples-front.c \
	core/plan/samples-front.h \
	core/plan/samples-internal.h \
	core/plan/samples-pair.c \
	core/plan/samples-records.c \
	core/plan/samples-repeat.c \
	core/plan/samples-spans.c \
	core/plan/samples-windows.c \
	core/plan/samples.c \
	core/plan/samples.h \
	core/plan/sources.c \
	core/plan/sources.h \
	core/plan/sweep-axis.c \
	core/plan/sweep-cumulative.c \
	core/plan/sweep-list.c \
	core/plan/sweep.c \
	core/plan/sweep.h \
	core/plan/thread-policy.c \
	core/plan/thread-policy.h \
	core/plan/variant-run.c \
	core/plan/variant-run.h
EXTRA_DIST += core/plan/README.md
