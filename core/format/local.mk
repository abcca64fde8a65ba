# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/format/gguf-config-builder.h \
	core/format/gguf-config.c \
	core/format/gguf-cursor.c \
	core/format/gguf-cursor.h \
	core/format/gguf-metadata-get.c \
	core/format/gguf-metadata.c \
	core/format/gguf-model.h \
	core/format/gguf-names.c \
	core/format/gguf-quant.c \
	core/format/gguf-quant.h \
	core/format/gguf-rope.c \
	core/format/gguf-split.c \
	core/format/gguf-tensors.c \
	core/format/gguf-tokenizer.c \
	core/format/gguf-tokenizer.h \
	core/format/gguf-unsupported.c \
	core/format/gguf.c \
	core/format/gguf.h \
	core/format/model-files.c \
	core/format/model-files.h \
	core/format/python-json.c \
	core/format/python-json.h \
	core/format/safetensors-header.c \
	core/format/safetensors-header.h \
	core/format/safetensors.c \
	core/format/safetensors.h \
	core/format/sentencepiece.c \
	core/format/sentencepiece.h
EXTRA_DIST += core/format/README.md
