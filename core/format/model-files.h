/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-files.h - the files of a model, each opened and read once. Whatever
 * their format, they give a configuration as Hugging Face's config.json has
 * it, tensors under Hugging Face's names, and what a tokenizer is made of; the
 * rest of the program knows nothing else. A format is a row of the table in
 * model-files.c.
 *
 * The steps are apart so that a mistake is found where it is cheap to find:
 * the configuration is read, and options are checked against it, before
 * weights are mapped. A tokenizer needs neither. */
#ifndef CORE_FORMAT_MODEL_FILES_H
#define CORE_FORMAT_MODEL_FILES_H

#include "base/error.h"
#include "tensor/tensor-table.h"
#include <jansson.h>

struct gguf;
struct mapped_file;
struct model_format;

struct model_files {
    char *path; /* a folder or a file, as the user names it */
    const struct model_format *format;
    struct gguf *gguf; /* of that format: its header, read; else NULL */
    /* After model_files_config(). */
    json_t *config;
    char *config_path;      /* the file that messages about a key name */
    char config_sha256[65]; /* of config.json as it was read */
    size_t config_bytes;    /* 0: the weights' file holds it */
    /* After model_files_map(). */
    struct tensors *tensors;
};

/* Finds the format. A GGUF file is mapped and its header read; of a folder
 * nothing is opened yet. ST_DATA. */
int model_files_open(const char *path, struct model_files **files,
                     struct error *err);
/* Once each. ST_DATA. */
int model_files_config(struct model_files *files, struct error *err);
int model_files_map(struct model_files *files, struct error *err);
/* The mapped files that the weights are in; none before model_files_map(). */
const struct mapped_file *model_files_mapped(const struct model_files *files,
                                             size_t *n);
/* What the model's tokenizer is in, for people; NULL: there is none. Presence
 * only; transect tokenize says whether it can be read. */
const char *model_files_tokenizer(const struct model_files *files);
void model_files_close(struct model_files *files); /* NULL is allowed */

#endif
