/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-tokenizer.h - the one tokenizer of a model, built when somebody first
 * needs it and shared by all: samples, token labels, plugins. */
#ifndef CORE_TOKENIZER_MODEL_TOKENIZER_H
#define CORE_TOKENIZER_MODEL_TOKENIZER_H

#include "format/model-files.h"
#include "tokenizer/tokenizer.h"

struct model_tokenizer;

/* The files are borrowed and must outlast it. */
struct model_tokenizer *model_tokenizer_new(const struct model_files *files);
/* Borrowed. Whoever asks after a failure gets the same error. ST_DATA. */
int model_tokenizer_get(struct model_tokenizer *shared,
                        struct tokenizer **tokenizer, struct error *err);
void model_tokenizer_free(struct model_tokenizer *shared); /* NULL: allowed */

#endif
