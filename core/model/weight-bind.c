/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* weight-bind.c - finds a tensor for each rule of the architecture, and checks
 * it; none may be missing, none left over. */
#include "base/mem.h"
#include "model/arch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIM 2 /* of weights */

struct binding {
    struct model *model;
    const char *prefix;
    bool *used; /* one for each tensor of the files */
    float *gathered; /* what all heads of a rule go to */
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
static char *full_name(const char *prefix, const char *name, int layer,
                       int head)
{
    char *full = mem_strdup(prefix);

    while (*name) {
        size_t n = strcspn(name, "%");
        char *longer;

        if (n)
            longer = mem_printf("%s%.*s", full, (int)n, name);
        else
            longer = mem_printf("%s%d", full, name[1] == 'h' ? head : layer);
        free(full);
        full = longer;
        name += n ? n : 2;
    }
    return full;
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
                     "%s; %s makes it %s", tensor->path, tensor->name,
                     shape_text(is, sizeof is, tensor->dim, tensor->n_dim),
                     arch_config_name(binding->model),
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
                     "%s asks for it, with the shape %s",
                     binding->model->files->path, name,
                     arch_config_name(binding->model),
                     shape_text(text, sizeof text, dim, n));
}

/* A NaN would spread over all that follows, far from its cause. Values from a
 * row on. */
static int check_finite(const struct binding *binding,
                        const struct tensor *tensor, const float *values,
                        size_t n, int64_t row)
{
    size_t i = dtype_find_nonfinite(values, n);
    int64_t at[MAX_DIM] = {(int64_t)i};
    char text[60];

    if (i == n)
        return ST_OK;
    if (tensor->n_dim == 2) {
        at[0] = row + (int64_t)i / tensor->dim[1];
        at[1] = (int64_t)i % tensor->dim[1];
    }
    return error_set(binding->err, ST_DATA, "%s: element %s of tensor '%s' "
                     "is %s; weights must be finite", tensor->path,
                     shape_text(text, sizeof text, at, tensor->n_dim),
                     tensor->name, isnan(values[i]) ? "nan" : "infinite");
}

static bool fits_in_place(const struct tensor *tensor)
{
    return tensor->dtype == DTYPE_F32 &&
           (uintptr_t)tensor->data % sizeof(float) == 0;
}

/* Matrices that are no floats yet, or not in one piece. */
static bool stays_stored(const struct tensor_rule *rule,
                         const struct tensor *tensor)
{
    return arch_is_matrix(rule->slot) && tensor_has_rows(tensor) &&
           (rule->layout == GROUPED || !fits_in_place(tensor));
}

/* Row by row, what check_finite() is for; no copy is left. */
static int check_rows(const struct binding *binding,
                      const struct tensor *tensor)
{
    int64_t rows = tensor->dim[0], cols = tensor->dim[1];
    struct error *err = binding->err;
    float *row = mem_tensor(1, (size_t)cols, err);
    int status = row ? ST_OK : err->status;

    for (int64_t i = 0; i < rows && !status; i++) {
        tensor_read_row(tensor, i, 0, cols, row);
        status = check_finite(binding, tensor, row, (size_t)cols, i);
    }
    free(row);
    return status;
}

/* n floats that the model owns, or NULL. */
static float *own(const struct binding *binding, size_t n)
{
    struct model *model = binding->model;
    float *copy = mem_tensor(1, n, binding->err);

    if (!copy)
        return NULL;
    MEM_PUSH(model->owned, model->n_owned);
    model->owned[model->n_owned++] = copy;
    model->owned_bytes += n * sizeof *copy;
    return copy;
}

/* The tensor as finite floats: in the mapping where that can be, else a copy
 * that the model owns. */
static int values_of(const struct binding *binding,
                     const struct tensor *tensor, const float **values)
{
    size_t n = tensor_count(tensor);
    float *copy;

    if (fits_in_place(tensor)) {
        *values = tensor->data;
    } else {
        copy = own(binding, n);
        if (!copy)
            return binding->err->status;
        tensor_read(tensor, copy);
        *values = copy;
    }
    return check_finite(binding, tensor, *values, n, 0);
}

/* The same in the order in which the executor wants it. What is a tensor for
 * each head becomes one for all. */
static int arrange(struct binding *binding, const struct tensor_rule *rule,
                   const struct tensor *tensor, int head,
                   const float **values)
{
    struct model *model = binding->model;
    const struct config *config = &model->config;
    size_t n_owned = model->n_owned, room = arch_room(config, rule);
    bool converted;

    if (values_of(binding, tensor, values))
        return binding->err->status;
    if (!room)
        return ST_OK;
    converted = model->n_owned > n_owned;
    if (head == 0)
        binding->gathered = own(binding, room);
    if (!binding->gathered)
        return binding->err->status;
    arch_arrange(config, rule, *values,
                 binding->gathered + (int64_t)head * config->d_head);
    if (converted) { /* has served */
        free(model->owned[n_owned]);
        model->owned_bytes -= tensor_count(tensor) * sizeof **model->owned;
        model->owned[n_owned] = model->owned[--model->n_owned];
    }
    *values = binding->gathered;
    return ST_OK;
}

/* As float32, bit for bit. They have one shape. */
static bool same_values(const struct tensor *a, const struct tensor *b)
{
    int64_t rows = a->dim[0], cols = a->dim[1];
    float *x, *y;
    bool same = a->dtype == b->dtype && a->size == b->size &&
                memcmp(a->data, b->data, a->size) == 0;

    if (same || !tensor_has_rows(a) || !tensor_has_rows(b))
        return same;
    x = mem_new((size_t)cols, sizeof *x);
    y = mem_new((size_t)cols, sizeof *y);
    same = true;
    for (int64_t i = 0; i < rows && same; i++) {
        tensor_read_row(a, i, 0, cols, x);
        tensor_read_row(b, i, 0, cols, y);
        same = memcmp(x, y, (size_t)cols * sizeof *x) == 0;
    }
    free(x);
    free(y);
    return same;
}

/* Files often hold a tied head a second time, some in another dtype. Its
 * values must not differ, or the config would lie. */
static int check_tied(const struct binding *binding,
                      const struct tensor *head)
{
    const struct arch *arch = binding->model->arch;
    char *name = full_name(binding->prefix, arch->rules[0].name, 0, 0);
    const struct tensor *embedding =
        tensors_find(binding->model->files->tensors, name);
    int status = ST_OK;

    if (!embedding || !same_values(embedding, head))
        status = error_set(binding->err, ST_DATA, "%s: '%s' differs from "
                           "'%s'; 'tie_word_embeddings' must be false in "
                           "%s if the model has a head of its own",
                           head->path, head->name, name,
                           arch_config_name(binding->model));
    free(name);
    return status;
}

/* Checks come in the order in which they explain each other: a dtype that
 * cannot be read, then a wrong shape, then wrong values. */
static int bind_tensor(struct binding *binding,
                       const struct tensor_rule *rule,
                       const struct tensor *tensor, struct block *block,
                       int head)
{
    struct model *model = binding->model;
    const float *values = NULL;
    int status;

    binding->used[tensor - model->files->tensors->tensors] = true;
    if (tensor->dtype == DTYPE_OTHER)
        return error_set(binding->err, ST_DATA, "%s: tensor '%s' is %s, "
                         "which is not supported; supported are "
                         DTYPE_NAMES, tensor->path, tensor->name,
                         tensor->dtype_text);
    status = check_shape(binding, rule, tensor);
    if (status)
        return status;
    if (rule->slot == SLOT_UNEMBED && model->config.tied)
        return check_tied(binding, tensor);
    model->n_parameters += (int64_t)tensor_count(tensor);
    if (stays_stored(rule, tensor)) {
        status = check_rows(binding, tensor);
        if (!status)
            arch_store(model, rule, block, tensor);
        return status;
    }
    status = arrange(binding, rule, tensor, head, &values);
    if (!status)
        arch_place(model, rule, block, values);
    return status;
}

/* layer 0 where the rule is for no block, head 0 where it is for no head. */
static int bind_rule(struct binding *binding, const struct tensor_rule *rule,
                     int layer, int head)
{
    struct model *model = binding->model;
    bool is_head = rule->slot == SLOT_UNEMBED ||
                   rule->slot == SLOT_UNEMBED_BIAS;
    const char *prefix = is_head ? "" : binding->prefix;
    char *name = full_name(prefix, rule->name, layer, head), *other = NULL;
    const struct tensor *tensor = tensors_find(model->files->tensors, name);
    int status = ST_OK;

    if (!tensor && rule->other) {
        other = full_name(prefix, rule->other, layer, head);
        tensor = tensors_find(model->files->tensors, other);
    }
    if (tensor)
        status = bind_tensor(binding, rule, tensor, &model->blocks[layer],
                             head);
    else if (!rule->optional &&
             !(rule->slot == SLOT_UNEMBED && model->config.tied))
        status = missing(binding, rule, name);
    free(name);
    free(other);
    return status;
}

static bool applies(const struct config *config,
                    const struct tensor_rule *rule)
{
    return (config->traits & rule->when) == rule->when &&
           !(config->traits & rule->unless);
}

/* In all layers and heads that the rule is for. */
static int bind_everywhere(struct binding *binding,
                           const struct tensor_rule *rule)
{
    const struct config *config = &binding->model->config;
    int layers = strstr(rule->name, "%d") ? config->n_layer : 1;
    int heads = strstr(rule->name, "%h") ? arch_heads(config, rule->slot)
                                         : 1;
    int status = ST_OK;

    if (!applies(config, rule))
        return ST_OK;
    for (int layer = 0; !status && layer < layers; layer++)
        for (int head = 0; !status && head < heads; head++)
            status = bind_rule(binding, rule, layer, head);
    return status;
}

/* The first prefix under which the files have the first rule's tensor. */
static const char *find_prefix(const struct model *model)
{
    const char *const *prefix = model->arch->prefixes;
    const char *found = NULL;

    for (; *prefix && !found; prefix++) {
        char *name = full_name(*prefix, model->arch->rules[0].name, 0, 0);

        if (tensors_find(model->files->tensors, name))
            found = *prefix;
        free(name);
    }
    return found ? found : model->arch->prefixes[0];
}

/* The token embedding is the unembedding as well; its bias stays. */
static void tie(struct model *model)
{
    const float *bias = model->unembed.b;

    model->unembed = model->embedding;
    model->unembed.b = bias;
}

int arch_bind(struct model *model, struct error *err)
{
    const struct arch *arch = model->arch;
    struct binding binding = {model, find_prefix(model), NULL, NULL, err};
    int status = ST_OK;

    binding.used = mem_new(model->files->tensors->n, sizeof *binding.used);
    for (size_t i = 0; !status && i < arch->n_rules; i++)
        status = bind_everywhere(&binding, &arch->rules[i]);
    if (!status)
        status = arch_check_surplus(model, binding.prefix, binding.used,
                                    err);
    if (!status && model->config.tied)
        tie(model);
    free(binding.used);
    return status;
}
