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
#include "format/safetensors.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct model_format {
    bool (*is)(const struct stat *info);
    int (*open)(struct model_files *files, struct error *err); /* or NULL */
    int (*config)(struct model_files *files, struct error *err);
    int (*map)(struct model_files *files, struct error *err);
    const char *(*tokenizer)(const struct model_files *files);
};

static bool is_folder(const struct stat *info)
{
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
    status = json_parse_object(bytes, files->config_bytes,
                               files->config_path, &files->config, err);
    free(bytes);
    return status;
}

static int map_folder(struct model_files *files, struct error *err)
{
    return safetensors_open(files->path, &files->tensors, err);
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
    return NULL;
}

/* Whatever its name is: what is no GGUF file is told apart when it is read. */
static bool is_gguf(const struct stat *info)
{
    return S_ISREG(info->st_mode);
}

static int open_gguf(struct model_files *files, struct error *err)
{
    return gguf_open(files->path, &files->gguf, err);
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

static const char *gguf_tokenizer(const struct model_files *files)
{
    return gguf_find(files->gguf, "tokenizer.ggml.model") ? "in the file"
                                                          : NULL;
}

static const struct model_format formats[] = {
    {is_folder, NULL, read_folder_config, map_folder, folder_tokenizer},
    {is_gguf, open_gguf, read_gguf_config, map_gguf, gguf_tokenizer},
};

static int find_format(struct model_files *files, struct error *err)
{
    struct stat info;

    if (stat(files->path, &info) < 0)
        return error_errno(err, ST_DATA, files->path,
                           "cannot open the model");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].is(&info)) {
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
    if (!files->tensors) {
        *n = 0;
        return NULL;
    }
    *n = files->gguf ? 1 : files->tensors->n_mappings;
    return files->gguf ? &files->gguf->mapping : files->tensors->mappings;
}

const char *model_files_tokenizer(const struct model_files *files)
{
    return files->format->tokenizer(files);
}

/* A GGUF file's tensors lie in its mapping. */
void model_files_close(struct model_files *files)
{
    if (!files)
        return;
    tensors_close(files->tensors);
    gguf_close(files->gguf);
    json_decref(files->config);
    free(files->config_path);
    free(files->path);
    free(files);
}
