/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model.c - opening and closing a model's folder. */
#include "model.h"

#include "arch.h"
#include "digest.h"
#include "json.h"
#include "mapping.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int check_folder(const char *path, struct error *err)
{
    struct stat info;

    if (stat(path, &info) < 0)
        return error_errno(err, ST_DATA, path, "cannot open the model");
    if (!S_ISDIR(info.st_mode))
        return error_set(err, ST_DATA, "%s: is not a folder; a Hugging Face "
                         "folder with config.json and model.safetensors "
                         "expected", path);
    return ST_OK;
}

/* The family first: it decides what the other keys mean. */
static int configure(json_t *json, const char *path, struct config *config,
                     const struct arch **arch, struct error *err)
{
    const char *type = NULL;
    int status = json_get_word(json, path, "model_type", &type, err);
    char known[200] = "";
    const char *const *names;
    size_t n;

    if (status)
        return status;
    names = arch_names(&n);
    for (size_t i = 0; i < n; i++) {
        strncat(known, i ? ", " : "", sizeof known - strlen(known) - 1);
        strncat(known, names[i], sizeof known - strlen(known) - 1);
    }
    if (!type)
        return error_set(err, ST_DATA, "%s: no 'model_type'; supported: %s",
                         path, known);
    *arch = arch_find(type);
    if (!*arch)
        return error_set(err, ST_DATA, "%s: 'model_type' is '%.100s', which "
                         "is not supported; supported: %s", path, type,
                         known);
    *config = (struct config){.model_type = (*arch)->model_type};
    return (*arch)->configure(json, path, config, err);
}

int model_read_config(const char *path, struct config *config,
                      const struct arch **arch, struct error *err)
{
    json_t *json;
    char *file;
    int status = check_folder(path, err);

    if (status)
        return status;
    file = mem_path(path, "config.json");
    status = json_load_object(file, &json, err);
    if (!status) {
        status = configure(json, file, config, arch, err);
        json_decref(json);
    }
    free(file);
    return status;
}

int model_open(const char *path, struct model **out, struct error *err)
{
    struct model *model = mem_new(1, sizeof *model);
    int status = model_read_config(path, &model->config, &model->arch, err);

    model->path = mem_strdup(path);
    if (!status)
        status = tensors_open(path, &model->tensors, err);
    if (!status) {
        model->blocks = mem_new((size_t)model->config.n_layer,
                                sizeof *model->blocks);
        status = arch_bind(model, err);
    }
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
    free(model->blocks);
    tensors_close(model->tensors);
    free(model->path);
    free(model);
}

/* Paths without the folder: a model keeps its identity when it moves. */
static int add_digest(json_t *list, const struct model *model,
                      const char *path, struct error *err)
{
    char hex[65];
    struct stat info;
    int status = digest_file(path, hex, err);

    if (status)
        return status;
    if (stat(path, &info) < 0)
        return error_errno(err, ST_DATA, path, "cannot stat");
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:I}", "path",
                        path + strlen(model->path) + 1, "sha256", hex,
                        "bytes", (json_int_t)info.st_size));
    return ST_OK;
}

json_t *model_digests(const struct model *model, struct error *err)
{
    json_t *list = json_array();
    char *config = mem_path(model->path, "config.json");
    int status = add_digest(list, model, config, err);

    for (size_t i = 0; !status && i < model->tensors->n_mappings; i++)
        status = add_digest(list, model, model->tensors->mappings[i].path,
                            err);
    free(config);
    if (status) {
        json_decref(list);
        return NULL;
    }
    return list;
}
