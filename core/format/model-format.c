/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-format.c - where a model comes from: the formats. */
#include "format/model-format.h"

#include "base/json.h"
#include "base/mem.h"
#include "format/gguf-model.h"
#include "format/safetensors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct format {
    const char *config_file; /* in the folder, or NULL */
    bool (*is)(const char *path, const struct stat *info);
    int (*config)(const char *path, json_t **config, char **place,
                  struct error *err);
    int (*tensors)(const char *path, struct tensors **tensors,
                   struct error *err);
    const char *(*tokenizer)(const char *path); /* NULL: there is none */
};

static bool is_folder(const char *path, const struct stat *info)
{
    (void)path;
    return S_ISDIR(info->st_mode);
}

static int folder_config(const char *path, json_t **config, char **place,
                         struct error *err)
{
    char *file = mem_path(path, "config.json");
    int status = json_load_object(file, config, err);

    if (status)
        free(file);
    else
        *place = file;
    return status;
}

static bool has_file(const char *dir, const char *name)
{
    char *path = mem_path(dir, name);
    bool there = access(path, R_OK) == 0;

    free(path);
    return there;
}

static const char *folder_tokenizer(const char *path)
{
    if (has_file(path, "tokenizer.json"))
        return "tokenizer.json";
    if (has_file(path, "vocab.json") && has_file(path, "merges.txt"))
        return "vocab.json and merges.txt";
    return NULL;
}

static const char *file_tokenizer(const char *path)
{
    struct gguf *gguf;
    struct error ignored;
    bool there;

    if (gguf_open(path, &gguf, &ignored))
        return NULL;
    there = gguf_find(gguf, "tokenizer.ggml.model") != NULL;
    gguf_close(gguf);
    return there ? "in the file" : NULL;
}

/* Whatever its name is: what is no GGUF file is told apart when it is read. */
static bool is_file(const char *path, const struct stat *info)
{
    (void)path;
    return S_ISREG(info->st_mode);
}

static const struct format formats[] = {
    {"config.json", is_folder, folder_config, safetensors_open,
     folder_tokenizer},
    {NULL, is_file, gguf_source_config, gguf_source_tensors,
     file_tokenizer},
};

static int find_format(const char *path, const struct format **format,
                       struct error *err)
{
    struct stat info;

    if (stat(path, &info) < 0)
        return error_errno(err, ST_DATA, path, "cannot open the model");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].is(path, &info)) {
            *format = &formats[i];
            return ST_OK;
        }
    return error_set(err, ST_DATA, "%s: is neither a folder nor a file; a "
                     "Hugging Face folder with config.json and "
                     "model.safetensors, or a GGUF file, expected", path);
}

int model_format_config(const char *path, json_t **config, char **place,
                        struct error *err)
{
    const struct format *format;
    int status = find_format(path, &format, err);

    return status ? status : format->config(path, config, place, err);
}

int model_format_tensors(const char *path, struct tensors **tensors,
                         struct error *err)
{
    const struct format *format;
    int status = find_format(path, &format, err);

    return status ? status : format->tensors(path, tensors, err);
}

char *model_format_config_file(const char *path)
{
    const struct format *format = NULL;
    struct error ignored;

    if (find_format(path, &format, &ignored) || !format->config_file)
        return NULL;
    return mem_path(path, format->config_file);
}

const char *model_format_tokenizer(const char *path)
{
    const struct format *format = NULL;
    struct error ignored;

    if (find_format(path, &format, &ignored))
        return NULL;
    return format->tokenizer(path);
}
