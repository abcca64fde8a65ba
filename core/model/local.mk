# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
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
	core/model/arch-rows.h \
	core/model/arch-stablelm.c \
	core/model/arch.c \
	core/model/arch.h \
	core/model/config-keys.c \
	core/model/config-keys.h \
	core/model/config.c \
	core/model/config.h \
	core/model/config-reader-rope.c \
	core/model/config-reader.c \
	core/model/config-reader.h \
	core/model/model-convert.c \
	core/model/model-facts.c \
	core/model/model.c \
	core/model/model.h \
	core/model/rope.c \
	core/model/rope.h \
	core/model/weight-bind.c \
	core/model/weight-slots.c \
	core/model/weight-surplus.c \
	core/model/weight-view.c
EXTRA_DIST += core/model/README.md
