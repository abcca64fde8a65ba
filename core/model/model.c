/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model.c - opening and closing a model. */
#include "model/model.h"

#include "base/file-digests.h"
#include "base/mem.h"
#include "model/arch.h"
#include "tensor/float32-cache.h"

#include <stdlib.h>
#include <string.h>

int model_configure(const char *path, struct model **out, struct error *err)
{
    struct model *model = mem_new(1, sizeof *model);
    int status = model_files_open(path, &model->files, err);

    model->copies = float32_cache_new();
    if (!status)
        status = model_files_config(model->files, err);
    if (!status)
        status = config_read(model->files->config, model->files->config_path,
                             &model->config, &model->arch, err);
    if (status)
        model_close(model);
    else
        *out = model;
    return status;
}

/* What MLPs do beside their products, the same in all layers. */
static void set_mlps(struct model *model)
{
    const struct config *config = &model->config;

    for (int l = 0; l < config->n_layer; l++) {
        model->blocks[l].mlp.activation = config->activation;
        model->blocks[l].mlp.gated = config->gated;
    }
}

int model_load(struct model *model, struct error *err)
{
    const struct mapped_file *mapped;
    size_t n;

    if (model_files_map(model->files, err))
        return err->status;
    mapped = model_files_mapped(model->files, &n);
    model->digests = file_digests_new(mapped, n);
    model->blocks = mem_new((size_t)model->config.n_layer,
                            sizeof *model->blocks);
    set_mlps(model);
    return arch_bind(model, err);
}

int model_open(const char *path, struct model **out, struct error *err)
{
    struct model *model;
    int status = model_configure(path, &model, err);

    if (status)
        return status;
    status = model_load(model, err);
    if (status)
        model_close(model);
    else
        *out = model;
    return status;
}

void model_close(struct model *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < model->n_owned; i++)
        free(model->owned[i]);
    free(model->owned);
    free(model->ignored);
    float32_cache_free(model->copies);
    model_free_split(model);
    free(model->blocks);
    file_digests_free(model->digests);
    model_files_close(model->files);
    free(model);
}

static void add_digest(json_t *list, const char *name, const char *sha256,
                       size_t size)
{
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:I}", "path", name, "sha256", sha256,
                        "bytes", (json_int_t)size));
}

/* The file's name within the model's folder, or the one that it lies in. */
static const char *relative(const struct model *model, const char *path)
{
    const char *slash = strrchr(path, '/'), *folder = model->files->path;
    size_t n = strlen(folder);

    if (strncmp(path, folder, n) == 0 && path[n] == '/')
        return path + n + 1;
    return slash ? slash + 1 : path;
}

void model_start_digests(const struct model *model)
{
    file_digests_start(model->digests);
}

/* Paths without the folder: a model keeps its identity when it moves. */
int model_digests(const struct model *model, json_t **out, struct error *err)
{
    const struct model_files *files = model->files;
    const struct mapped_file *mapped;
    json_t *list;
    size_t n;

    if (file_digests_finish(model->digests, err))
        return err->status;
    list = json_array();
    if (files->config_bytes)
        add_digest(list, "config.json", files->config_sha256,
                   files->config_bytes);
    mapped = model_files_mapped(files, &n);
    for (size_t i = 0; i < n; i++)
        add_digest(list, relative(model, mapped[i].path),
                   file_digests_hex(model->digests, i), mapped[i].size);
    *out = list;
    return ST_OK;
}
