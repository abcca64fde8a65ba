# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/executor/attention-core.c \
	core/executor/attention-core.h \
	core/executor/attention-events.c \
	core/executor/attention.c \
	core/executor/attention.h \
	core/executor/fork-workers.c \
	core/executor/fork-workers.h \
	core/executor/forward-internal.h \
	core/executor/forward-rows.c \
	core/executor/forward-stream.c \
	core/executor/forward-workspace.c \
	core/executor/forward.c \
	core/executor/forward.h \
	core/executor/kernels.c \
	core/executor/kernels.h \
	core/executor/kv-store.c \
	core/executor/kv-store.h \
	core/executor/mlp.c \
	core/executor/mlp.h \
	core/executor/needs.c \
	core/executor/needs.h \
	core/executor/panel-product.c \
	core/executor/panel-product.h \
	core/executor/position-encoding.c \
	core/executor/position-encoding.h \
	core/executor/readout-pull.c \
	core/executor/readout-tokens.c \
	core/executor/readout.c \
	core/executor/readout.h \
	core/executor/row-kernels.c \
	core/executor/row-kernels.h \
	core/executor/row-maps.c \
	core/executor/row-maps.h \
	core/executor/stage-rows.c \
	core/executor/stage-rows.h \
	core/executor/stages.c \
	core/executor/stages.h \
	core/executor/unembed.c
EXTRA_DIST += core/executor/README.md
