/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* weight-surplus.c - tensors for which the architecture has no rule: those
 * that change no logit are left out, and said; any other is refused. */
#include "base/buffer.h"
#include "base/mem.h"
#include "model/arch.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Whatever the family. Buffers that follow from the configuration, which
 * older files hold, and heads that read the last hidden states for something
 * else than the next token. */
static const char *const ignored_everywhere[] = {
    "*.rotary_emb.inv_freq", "rotary_emb.inv_freq", /* frequencies */
    "v_head.*", "value_head.*",      /* values of states: reinforcement */
    "score.*", "classifier.*",       /* classes of texts or tokens */
    "qa_outputs.*",                  /* begin and end of an answer */
};

/* Numbers beyond INT_MAX - 1 count as that; no leading zeros. */
static const char *skip_number(const char *text, int *number)
{
    size_t digits = strspn(text, "0123456789");
    long value = strtol(text, NULL, 10); /* LONG_MAX on overflow */

    if (!digits || (digits > 1 && text[0] == '0'))
        return NULL;
    *number = value < INT_MAX ? (int)value : INT_MAX - 1;
    return text + digits;
}

/* Is `name` the pattern with numbers for "%d", whose number is the layer (-1
 * if it has none), "%h" and '*'? */
static bool match_name(const char *pattern, const char *name, int *layer)
{
    *layer = -1;
    while (*pattern) {
        int number;

        if (*pattern != '%' && *pattern != '*') {
            if (*pattern++ != *name++)
                return false;
            continue;
        }
        name = skip_number(name, &number);
        if (!name)
            return false;
        if (pattern[0] == '%' && pattern[1] == 'd')
            *layer = number;
        pattern += *pattern == '%' ? 2 : 1;
    }
    return *name == '\0';
}

const char *arch_config_name(const struct model *model)
{
    return model->files->config_bytes ? "config.json" : "metadata";
}

/* Does the architecture have a tensor of this name? Its layer, or -1. */
static bool is_known(const struct arch *arch, const char *name, int *layer)
{
    for (size_t i = 0; i < arch->n_rules; i++)
        if (match_name(arch->rules[i].name, name, layer) ||
            (arch->rules[i].other &&
             match_name(arch->rules[i].other, name, layer)))
            return true;
    return false;
}

static void note_ignored(struct model *model, const struct tensor *tensor)
{
    MEM_PUSH(model->ignored, model->n_ignored);
    model->ignored[model->n_ignored++] = tensor;
}

/* By the family, by the list above, or by the experiment, which knows the
 * name as it is in the file. name comes without prefix, here and below. */
static bool is_ignored(const struct model *model, const struct tensor *tensor,
                       const char *name)
{
    int layer;

    for (const char *const *p = model->arch->ignored; *p; p++)
        if (match_name(*p, name, &layer))
            return true;
    for (size_t i = 0; i < ARCH_N(ignored_everywhere); i++)
        if (fnmatch(ignored_everywhere[i], name, 0) == 0)
            return true;
    for (size_t i = 0; i < model->n_ignore; i++)
        if (fnmatch(model->ignore[i], tensor->name, 0) == 0)
            return true;
    return false;
}

/* A tensor that the model's configuration has no place for. One of a layer
 * too deep is only noted: the deepest of them tells most. */
static int check_unused(struct model *model, const struct tensor *tensor,
                        const char *name, const struct tensor **deepest,
                        int *most, struct error *err)
{
    const char *type = model->arch->model_type;
    int layer;

    if (!is_known(model->arch, name, &layer)) {
        if (!is_ignored(model, tensor, name))
            return error_set(err, ST_DATA, "%s: tensor '%s' is one too many; "
                             "a %s model has none of this name; if it "
                             "changes no logit, name it by 'ignore' in "
                             "[model]", tensor->path, tensor->name, type);
        note_ignored(model, tensor);
        return ST_OK;
    }
    if (layer < model->config.n_layer)
        return error_set(err, ST_DATA, "%s: tensor '%s' is one too "
                         "many; by its %s this %s model has none of this "
                         "name", tensor->path, tensor->name,
                         arch_config_name(model), type);
    if (layer > *most) {
        *most = layer;
        *deepest = tensor;
    }
    return ST_OK;
}

/* Every tensor must have been used, or the numbers would come from a model
 * other than the file's. */
int arch_check_surplus(struct model *model, const char *prefix,
                       const bool *used, struct error *err)
{
    const struct tensors *tensors = model->files->tensors;
    const struct tensor *deepest = NULL;
    size_t length = strlen(prefix);
    int most = -1, status = ST_OK;

    for (size_t i = 0; i < tensors->n && !status; i++) {
        const struct tensor *tensor = &tensors->tensors[i];
        const char *name = tensor->name;

        if (strncmp(name, prefix, length) == 0)
            name += length;
        if (!used[i])
            status = check_unused(model, tensor, name, &deepest, &most, err);
    }
    if (status || !deepest)
        return status;
    return error_set(err, ST_DATA, "%s: %s contradicts the "
                     "tensors: it says %d layers, but there is '%s', which "
                     "needs %d",
                     deepest->path, arch_config_name(model),
                     model->config.n_layer, deepest->name, most + 1);
}

void model_ignore(struct model *model, char *const *patterns, size_t n)
{
    model->ignore = patterns;
    model->n_ignore = n;
}

const char *model_idle_pattern(const struct model *model)
{
    for (size_t i = 0; i < model->n_ignore; i++) {
        bool idle = true;

        for (size_t j = 0; j < model->n_ignored && idle; j++)
            idle = fnmatch(model->ignore[i], model->ignored[j]->name, 0) != 0;
        if (idle)
            return model->ignore[i];
    }
    return NULL;
}

/* "h.*.attn.bias" of "h.11.attn.bias"; the caller frees. */
static char *any_layer(const char *name)
{
    char *text = mem_strdup(name), *to = text;

    while (*name) {
        size_t n = strspn(name, "0123456789");
        bool whole = n && (to == text || to[-1] == '.') &&
                     (name[n] == '.' || !name[n]);

        if (whole) {
            *to++ = '*';
            name += n;
        } else {
            *to++ = *name++;
        }
    }
    *to = '\0';
    return text;
}

static bool among(const json_t *list, const char *text)
{
    const json_t *one;
    size_t i;

    json_array_foreach (list, i, one)
        if (strcmp(json_string_value(one), text) == 0)
            return true;
    return false;
}

json_t *model_ignored(const struct model *model)
{
    json_t *list = json_array();

    for (size_t i = 0; i < model->n_ignored; i++) {
        char *name = any_layer(model->ignored[i]->name);

        if (!among(list, name))
            json_array_append_new(list, json_string(name));
        free(name);
    }
    return list;
}

char *model_ignored_text(const struct model *model)
{
    json_t *list = model_ignored(model), *name;
    struct buffer text = {0};
    size_t i;

    json_array_foreach (list, i, name) {
        buffer_add(&text, ", ", i ? 2 : 0);
        buffer_add(&text, json_string_value(name), json_string_length(name));
    }
    json_decref(list);
    if (text.n)
        buffer_add(&text, "", 1);
    return text.bytes;
}
