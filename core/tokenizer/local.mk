# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/tokenizer/added-tokens.c \
	core/tokenizer/added-tokens.h \
	core/tokenizer/bpe.c \
	core/tokenizer/bpe.h \
	core/tokenizer/model-tokenizer.c \
	core/tokenizer/model-tokenizer.h \
	core/tokenizer/normalize.c \
	core/tokenizer/normalize.h \
	core/tokenizer/pretokenize-split.c \
	core/tokenizer/pretokenize-split.h \
	core/tokenizer/pretokenize.c \
	core/tokenizer/pretokenize.h \
	core/tokenizer/special-tokens.c \
	core/tokenizer/token-ids.c \
	core/tokenizer/token-ids.h \
	core/tokenizer/token-labels.c \
	core/tokenizer/token-labels.h \
	core/tokenizer/token-map.c \
	core/tokenizer/token-map.h \
	core/tokenizer/tokenizer-builder.c \
	core/tokenizer/tokenizer-config.c \
	core/tokenizer/tokenizer-decoder.c \
	core/tokenizer/tokenizer-files.c \
	core/tokenizer/tokenizer-ggml-pre.c \
	core/tokenizer/tokenizer-ggml.c \
	core/tokenizer/tokenizer-ggml.h \
	core/tokenizer/tokenizer-internal.h \
	core/tokenizer/tokenizer-json-part.c \
	core/tokenizer/tokenizer-json-part.h \
	core/tokenizer/tokenizer-json.c \
	core/tokenizer/tokenizer-normalizer.c \
	core/tokenizer/tokenizer-postprocessor.c \
	core/tokenizer/tokenizer-pretokenizer.c \
	core/tokenizer/tokenizer.c \
	core/tokenizer/tokenizer.h
EXTRA_DIST += core/tokenizer/README.md
