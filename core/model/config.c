/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* config.c - from config.json to the sizes of a model. */
#include "model/config.h"

#include "base/json.h"
#include "model/arch.h"

#include <string.h>

int config_read(json_t *json, const char *path, struct config *config,
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

int config_window(const struct config *config, int layer)
{
    return config->local[layer] ? config->window : 0;
}
