/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-bind.c - finds a tensor for each rule of the architecture, and checks
 * it; none may be missing, none left over. */
#include "arch.h"
#include "mem.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIM 2 /* of weights */

struct binding {
    struct model *model;
    const char *prefix;
    bool *used; /* one for each tensor of the files */
    struct error *err;
};

/* "[2, 3]" into buf; returns buf. */
static const char *shape_text(char *buf, size_t size, const int64_t *dim,
                              int n)
{
    size_t at = (size_t)snprintf(buf, size, "[");

    for (int i = 0; i < n && at < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%lld", i ? ", " : "",
                               (long long)dim[i]);
    if (at < size)
        snprintf(buf + at, size - at, "]");
    return buf;
}

/* The caller frees. */
static char *full_name(const char *prefix, const char *name, int layer)
{
    const char *mark = strstr(name, "%d");

    if (!mark)
        return mem_printf("%s%s", prefix, name);
    return mem_printf("%s%.*s%d%s", prefix, (int)(mark - name), name, layer,
                      mark + 2);
}

/* Is `name` the pattern with a number (no leading zeros) for its "%d" or
 * '*'? Numbers beyond INT_MAX - 1 count as that. */
static bool match_number(const char *pattern, const char *name, int *number)
{
    size_t before = strcspn(pattern, "%*"), digits;
    const char *rest = pattern + before;
    long value;

    if (!*rest || strncmp(pattern, name, before) != 0)
        return false;
    rest += *rest == '%' ? 2 : 1;
    name += before;
    digits = strspn(name, "0123456789");
    if (!digits || (digits > 1 && name[0] == '0') ||
        strcmp(name + digits, rest) != 0)
        return false;
    value = strtol(name, NULL, 10); /* LONG_MAX on overflow */
    *number = value < INT_MAX ? (int)value : INT_MAX - 1;
    return true;
}

/* The config decides; a tensor of another shape contradicts it. */
static int check_shape(const struct binding *binding,
                       const struct tensor_rule *rule,
                       const struct tensor *tensor)
{
    int64_t dim[MAX_DIM];
    int n = (int)strlen(rule->shape);
    bool same = tensor->n_dim == n;
    char is[200], right[60];

    for (int i = 0; i < n; i++) {
        dim[i] = arch_size(&binding->model->config, rule->shape[i]);
        same = same && tensor->dim[i] == dim[i];
    }
    if (same)
        return ST_OK;
    return error_set(binding->err, ST_DATA, "%s: tensor '%s' has the shape "
                     "%s; config.json makes it %s", tensor->path,
                     tensor->name,
                     shape_text(is, sizeof is, tensor->dim, tensor->n_dim),
                     shape_text(right, sizeof right, dim, n));
}

static int missing(const struct binding *binding,
                   const struct tensor_rule *rule, const char *name)
{
    int64_t dim[MAX_DIM];
    int n = (int)strlen(rule->shape);
    char text[60];

    for (int i = 0; i < n; i++)
        dim[i] = arch_size(&binding->model->config, rule->shape[i]);
    return error_set(binding->err, ST_DATA, "%s: tensor '%s' is missing; "
                     "config.json asks for it, with the shape %s",
                     binding->model->path, name,
                     shape_text(text, sizeof text, dim, n));
}

/* A NaN would spread over all that follows, far from its cause. */
static int check_finite(const struct binding *binding,
                        const struct tensor *tensor, const float *values,
                        size_t n)
{
    size_t i = dtype_find_nonfinite(values, n);
    int64_t at[MAX_DIM] = {(int64_t)i};
    char text[60];

    if (i == n)
        return ST_OK;
    if (tensor->n_dim == 2) {
        at[0] = (int64_t)i / tensor->dim[1];
        at[1] = (int64_t)i % tensor->dim[1];
    }
    return error_set(binding->err, ST_DATA, "%s: element %s of tensor '%s' "
                     "is %s; weights must be finite", tensor->path,
                     shape_text(text, sizeof text, at, tensor->n_dim),
                     tensor->name, isnan(values[i]) ? "nan" : "infinite");
}

/* The tensor as finite floats: in the mapping where that can be, else a copy
 * that the model owns. */
static int values_of(const struct binding *binding,
                     const struct tensor *tensor, const float **values)
{
    struct model *model = binding->model;
    size_t n = tensor_count(tensor);
    float *copy;

    if (tensor->dtype == DTYPE_F32 &&
        (uintptr_t)tensor->data % sizeof(float) == 0) {
        *values = tensor->data;
    } else {
        copy = mem_tensor(1, n, binding->err);
        if (!copy)
            return binding->err->status;
        MEM_PUSH(model->owned, model->n_owned);
        model->owned[model->n_owned++] = copy;
        tensor_read(tensor, copy);
        *values = copy;
    }
    return check_finite(binding, tensor, *values, n);
}

/* Files often hold a tied head a second time. Its values must not differ, or
 * the config would lie. */
static int check_tied(const struct binding *binding,
                      const struct tensor *head)
{
    const struct arch *arch = binding->model->arch;
    char *name = full_name(binding->prefix, arch->rules[0].name, 0);
    const struct tensor *embedding = tensors_find(binding->model->tensors,
                                                  name);
    int status = ST_OK;

    if (!embedding || embedding->dtype != head->dtype ||
        embedding->size != head->size ||
        memcmp(embedding->data, head->data, head->size) != 0)
        status = error_set(binding->err, ST_DATA, "%s: '%s' differs from "
                           "'%s'; 'tie_word_embeddings' must be false in "
                           "config.json if the model has a head of its own",
                           head->path, head->name, name);
    free(name);
    return status;
}

/* Checks come in the order in which they explain each other: a dtype that
 * cannot be read, then a wrong shape, then wrong values. */
static int bind_tensor(struct binding *binding,
                       const struct tensor_rule *rule,
                       const struct tensor *tensor, struct block *block)
{
    struct model *model = binding->model;
    const float *values = NULL;
    int status;

    binding->used[tensor - model->tensors->tensors] = true;
    if (tensor->dtype == DTYPE_OTHER)
        return error_set(binding->err, ST_DATA, "%s: tensor '%s' is %s, "
                         "which is not supported; supported are F32, F16, "
                         "BF16", tensor->path, tensor->name,
                         tensor->dtype_text);
    status = check_shape(binding, rule, tensor);
    if (status)
        return status;
    if (rule->slot == SLOT_UNEMBED && model->config.tied)
        return check_tied(binding, tensor);
    status = values_of(binding, tensor, &values);
    if (!status)
        arch_place(model, rule, block, values);
    return status;
}

/* layer 0 where the rule is for no block. */
static int bind_rule(struct binding *binding, const struct tensor_rule *rule,
                     int layer)
{
    struct model *model = binding->model;
    bool head = rule->slot == SLOT_UNEMBED;
    char *name = full_name(head ? "" : binding->prefix, rule->name, layer);
    const struct tensor *tensor = tensors_find(model->tensors, name);
    int status = ST_OK;

    if (tensor)
        status = bind_tensor(binding, rule, tensor, &model->blocks[layer]);
    else if (!rule->optional && !(head && model->config.tied))
        status = missing(binding, rule, name);
    free(name);
    return status;
}

/* The first prefix under which the files have the first rule's tensor. */
static const char *find_prefix(const struct model *model)
{
    const char *const *prefix = model->arch->prefixes;
    const char *found = NULL;

    for (; *prefix && !found; prefix++) {
        char *name = full_name(*prefix, model->arch->rules[0].name, 0);

        if (tensors_find(model->tensors, name))
            found = *prefix;
        free(name);
    }
    return found ? found : model->arch->prefixes[0];
}

/* name comes without prefix, here and below. */
static bool is_ignored(const struct arch *arch, const char *name)
{
    int layer;

    for (const char *const *p = arch->ignored; *p; p++)
        if (match_number(*p, name, &layer))
            return true;
    return false;
}

/* The layer that the architecture would give the tensor, or -1. */
static int layer_of(const struct arch *arch, const char *name)
{
    int layer;

    for (size_t i = 0; i < arch->n_rules; i++)
        if (match_number(arch->rules[i].name, name, &layer))
            return layer;
    return -1;
}

/* Every tensor must have been used, or the numbers would come from a model
 * other than the file's. */
static int check_surplus(const struct binding *binding)
{
    const struct model *model = binding->model;
    const struct tensors *tensors = model->tensors;
    const struct tensor *deepest = NULL;
    size_t length = strlen(binding->prefix);
    int most = -1;

    for (size_t i = 0; i < tensors->n; i++) {
        const struct tensor *tensor = &tensors->tensors[i];
        const char *name = tensor->name;
        int layer;

        if (strncmp(name, binding->prefix, length) == 0)
            name += length;
        if (binding->used[i] || is_ignored(model->arch, name))
            continue;
        layer = layer_of(model->arch, name);
        if (layer < 0)
            return error_set(binding->err, ST_DATA, "%s: tensor '%s' is one "
                             "too many; a %s model has none of this name",
                             tensor->path, tensor->name,
                             model->arch->model_type);
        if (layer > most) {
            most = layer;
            deepest = tensor;
        }
    }
    if (!deepest)
        return ST_OK;
    return error_set(binding->err, ST_DATA, "%s: config.json contradicts the "
                     "tensors: it says %d layers, but there is '%s', which "
                     "needs %d", deepest->path, model->config.n_layer,
                     deepest->name, most + 1);
}

int arch_bind(struct model *model, struct error *err)
{
    const struct arch *arch = model->arch;
    struct binding binding = {model, find_prefix(model), NULL, err};
    int status = ST_OK;

    binding.used = mem_new(model->tensors->n, sizeof *binding.used);
    for (size_t i = 0; !status && i < arch->n_rules; i++) {
        const struct tensor_rule *rule = &arch->rules[i];
        int n = strstr(rule->name, "%d") ? model->config.n_layer : 1;

        for (int layer = 0; !status && layer < n; layer++)
            status = bind_rule(&binding, rule, layer);
    }
    if (!status)
        status = check_surplus(&binding);
    if (!status && model->config.tied)
        arch_tie(model);
    free(binding.used);
    return status;
}
