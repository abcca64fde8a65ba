/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-files.c - the files of a model: the formats. */
#include "format/model-files.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"
#include "format/gguf-model.h"
#include "format/gguf.h"
#include "format/python-json.h"
#include "format/safetensors.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a format gives; see model-files.h. The first row whose is() says so
 * has the path. */
struct model_format {
    bool (*is)(const char *path, const struct stat *info);
    int (*open)(struct model_files *files, struct error *err); /* or NULL */
    int (*config)(struct model_files *files, struct error *err);
    int (*map)(struct model_files *files, struct error *err);
    /* After map. */
    const struct mapped_file *(*mapped)(const struct model_files *files,
                                        size_t *n);
    const char *(*tokenizer)(const struct model_files *files);
    void (*close)(struct model_files *files); /* what open made, or NULL */
};

static bool is_folder(const char *path, const struct stat *info)
{
    (void)path;
    return S_ISDIR(info->st_mode);
}

static int read_folder_config(struct model_files *files, struct error *err)
{
    char *bytes;
    int status;

    files->config_path = mem_path(files->path, "config.json");
    status = read_file(files->config_path, &bytes, &files->config_bytes, err);
    if (status)
        return status;
    sha256_bytes(bytes, files->config_bytes, files->config_sha256);
    status = python_json_parse(bytes, files->config_bytes,
                               files->config_path, &files->config, err);
    free(bytes);
    return status;
}

static int map_folder(struct model_files *files, struct error *err)
{
    return safetensors_open(files->path, &files->tensors, err);
}

static const struct mapped_file *
mapped_folder(const struct model_files *files, size_t *n)
{
    *n = files->tensors->n_mappings;
    return files->tensors->mappings;
}

static bool has_file(const struct model_files *files, const char *name)
{
    char *path = mem_path(files->path, name);
    bool there = access(path, R_OK) == 0;

    free(path);
    return there;
}

static const char *folder_tokenizer(const struct model_files *files)
{
    if (has_file(files, "tokenizer.json"))
        return "tokenizer.json";
    if (has_file(files, "vocab.json") && has_file(files, "merges.txt"))
        return "vocab.json and merges.txt";
    if (has_file(files, "tokenizer.model"))
        return "tokenizer.model";
    return NULL;
}

/* Every file that no row before it took, whatever its name is: what is wrong
 * with one that is no GGUF file is said by its reader. */
static bool is_gguf(const char *path, const struct stat *info)
{
    (void)path;
    return S_ISREG(info->st_mode);
}

static int open_gguf(struct model_files *files, struct error *err)
{
    return gguf_open_parts(files->path, &files->gguf, err);
}

static int read_gguf_config(struct model_files *files, struct error *err)
{
    files->config_path = mem_strdup(files->path);
    return gguf_config(files->gguf, &files->config, err);
}

static int map_gguf(struct model_files *files, struct error *err)
{
    return gguf_tensors(files->gguf, &files->tensors, err);
}

static const struct mapped_file *mapped_gguf(const struct model_files *files,
                                             size_t *n)
{
    *n = files->gguf->n_parts + 1;
    return files->gguf->mapped ? files->gguf->mapped
                               : &files->gguf->mapping;
}

static const char *gguf_tokenizer(const struct model_files *files)
{
    return gguf_find(files->gguf, "tokenizer.ggml.model") ? "in the file"
                                                          : NULL;
}

static void close_gguf(struct model_files *files)
{
    gguf_close(files->gguf);
}

static const struct model_format formats[] = {
    {is_folder, NULL, read_folder_config, map_folder, mapped_folder,
     folder_tokenizer, NULL},
    {is_gguf, open_gguf, read_gguf_config, map_gguf, mapped_gguf,
     gguf_tokenizer, close_gguf},
};

static int find_format(struct model_files *files, struct error *err)
{
    struct stat info;

    if (stat(files->path, &info) < 0)
        return error_errno(err, ST_DATA, files->path,
                           "cannot open the model");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].is(files->path, &info)) {
            files->format = &formats[i];
            return ST_OK;
        }
    return error_set(err, ST_DATA, "%s: is neither a folder nor a file; a "
                     "Hugging Face folder with config.json and "
                     "model.safetensors, or a GGUF file, expected",
                     files->path);
}

int model_files_open(const char *path, struct model_files **out,
                     struct error *err)
{
    struct model_files *files = mem_new(1, sizeof *files);
    int status;

    files->path = mem_strdup(path);
    status = find_format(files, err);
    if (!status && files->format->open)
        status = files->format->open(files, err);
    if (status)
        model_files_close(files);
    else
        *out = files;
    return status;
}

int model_files_config(struct model_files *files, struct error *err)
{
    return files->format->config(files, err);
}

int model_files_map(struct model_files *files, struct error *err)
{
    return files->format->map(files, err);
}

const struct mapped_file *model_files_mapped(const struct model_files *files,
                                             size_t *n)
{
    *n = 0;
    return files->tensors ? files->format->mapped(files, n) : NULL;
}

const char *model_files_tokenizer(const struct model_files *files)
{
    return files->format->tokenizer(files);
}

/* Tensors first: they may lie in what the format has mapped. */
void model_files_close(struct model_files *files)
{
    if (!files)
        return;
    tensors_close(files->tensors);
    if (files->format && files->format->close)
        files->format->close(files);
    json_decref(files->config);
    free(files->config_path);
    free(files->path);
    free(files);
}
