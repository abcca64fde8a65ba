/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model.c - opening and closing a model's folder. */
#include "model/model.h"

#include "base/json.h"
#include "base/mapped-file.h"
#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"
#include "format/model-format.h"
#include "model/arch.h"
#include "tensor/float32-cache.h"

#include <stdlib.h>
#include <string.h>

/* The family first: it decides what the other keys mean. */
static int configure(json_t *json, const char *path, struct config *config,
                     const struct arch **arch, struct error *err)
{
    const char *type = NULL;
    int status = json_get_word(json, path, "model_type", &type, err);
    char known[400] = "";
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
    if (!*arch && arch_refusal(type))
        return error_set(err, ST_DATA, "%s: 'model_type' is '%s', which %s, "
                         "and not supported; supported: %s", path, type,
                         arch_refusal(type), known);
    if (!*arch)
        return error_set(err, ST_DATA, "%s: 'model_type' is '%.100s', which "
                         "is not supported; supported: %s", path, type,
                         known);
    return arch_configure(*arch, json, path, config, err);
}

int model_read_config(const char *path, struct config *config,
                      const struct arch **arch, struct error *err)
{
    json_t *json;
    char *place;
    int status = model_format_config(path, &json, &place, err);

    if (status)
        return status;
    status = configure(json, place, config, arch, err);
    json_decref(json);
    free(place);
    return status;
}

static int digest_config(struct model *model, struct error *err)
{
    char *path = model_format_config_file(model->path), *bytes;
    int status = ST_OK;

    if (!path)
        return ST_OK;
    status = read_file(path, &bytes, &model->config_bytes, err);
    if (!status) {
        sha256_bytes(bytes, model->config_bytes, model->config_sha256);
        free(bytes);
    }
    free(path);
    return status;
}

int model_open(const char *path, struct model **out, struct error *err)
{
    struct model *model = mem_new(1, sizeof *model);
    int status = model_read_config(path, &model->config, &model->arch, err);

    model->path = mem_strdup(path);
    model->copies = float32_cache_new();
    if (!status)
        status = digest_config(model, err);
    if (!status)
        status = model_format_tensors(path, &model->tensors, err);
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
    float32_cache_free(model->copies);
    free(model->blocks);
    tensors_close(model->tensors);
    free(model->path);
    free(model);
}

static void add_digest(json_t *list, const char *name, const char *sha256,
                       size_t size)
{
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:I}", "path", name, "sha256", sha256,
                        "bytes", (json_int_t)size));
}

/* The file's name within the folder that the model is in. */
static const char *relative(const struct model *model, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (strcmp(path, model->path) == 0)
        return slash ? slash + 1 : path;
    return path + strlen(model->path) + 1;
}

/* Paths without the folder: a model keeps its identity when it moves. Weights
 * are read again only now, but from what was mapped then. */
json_t *model_digests(const struct model *model)
{
    json_t *list = json_array();

    if (model->config_bytes)
        add_digest(list, "config.json", model->config_sha256,
                   model->config_bytes);
    for (size_t i = 0; i < model->tensors->n_mappings; i++) {
        const struct mapped_file *mapping = &model->tensors->mappings[i];
        char hex[65];

        sha256_bytes(mapping->bytes, mapping->size, hex);
        add_digest(list, relative(model, mapping->path), hex, mapping->size);
    }
    return list;
}
