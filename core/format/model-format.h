/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-format.h - where a model comes from. Whatever the format of its files,
 * it is a configuration as Hugging Face's config.json has it, and tensors
 * under Hugging Face's names; the rest of the program knows nothing else. A
 * format is a row of the table in source.c. */
#ifndef CORE_FORMAT_MODEL_FORMAT_H
#define CORE_FORMAT_MODEL_FORMAT_H

#include "base/error.h"
#include "tensor/tensor-table.h"
#include <jansson.h>

/* A new reference; *place, which the caller frees, is what messages about a
 * key name as its file. ST_DATA. */
int model_format_config(const char *path, json_t **config, char **place,
                        struct error *err);
/* The path of the file that holds the configuration alone, which the caller
 * frees; NULL if it is in that of the tensors. */
char *model_format_config_file(const char *path);
/* What the model's tokenizer is in, for people; NULL: there is none. Presence
 * only; transect tokenize says whether it can be read. */
const char *model_format_tokenizer(const char *path);
/* tensors_close() them. ST_DATA. */
int model_format_tensors(const char *path, struct tensors **tensors,
                         struct error *err);

#endif
