/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-options.c - a plugin's option table against the settings of an
 * instance. */
#include "plugin/plugin-options.h"

#include "base/mem.h"
#include "base/nearest-name.h"
#include "base/parse.h"
#include "plugin/list-syntax.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 64 /* of choices */
#define SHOWN 60     /* bytes of a wrong value in a message */

const char *option_type_name(int type)
{
    static const char *const names[] = {
        [TRANSECT_BOOL] = "bool",     [TRANSECT_INT] = "int",
        [TRANSECT_REAL] = "real",     [TRANSECT_STRING] = "string",
        [TRANSECT_ENUM] = "enum",     [TRANSECT_PATH] = "path",
        [TRANSECT_LAYERS] = "layers", [TRANSECT_HEADS] = "heads",
        [TRANSECT_DIMS] = "dims",     [TRANSECT_POINTS] = "points",
        [TRANSECT_GROUPS] = "groups", [TRANSECT_POSITIONS] = "positions",
        [TRANSECT_TOKENS] = "tokens", [TRANSECT_UNITS] = "units",
    };

    if (type < 0 || (size_t)type >= sizeof names / sizeof *names)
        return "unknown";
    return names[type];
}

/* The words of `choices` into words, as pointers into a copy to be freed. */
static char *split_words(const char *choices, const char **words, size_t *n)
{
    char *copy = mem_strdup(choices ? choices : ""), *rest = copy, *word;

    *n = 0;
    while (*n < MAX_WORDS && (word = strtok_r(rest, " ", &rest)))
        words[(*n)++] = word;
    return copy;
}

static bool is_choice(const struct transect_option *decl, const char *text)
{
    const char *words[MAX_WORDS];
    bool found = false;
    size_t n;
    char *copy = split_words(decl->choices, words, &n);

    for (size_t i = 0; i < n; i++)
        found = found || strcmp(words[i], text) == 0;
    free(copy);
    return found;
}

bool option_has_range(const struct transect_option *decl)
{
    return (decl->type == TRANSECT_INT || decl->type == TRANSECT_REAL) &&
           !(decl->min == 0 && decl->max == 0);
}

void option_range(char buf[64], const struct transect_option *decl)
{
    buf[0] = '\0';
    if (!option_has_range(decl))
        return;
    if (isfinite(decl->min) && isfinite(decl->max))
        snprintf(buf, 64, " from %.9g to %.9g", decl->min, decl->max);
    else if (isfinite(decl->min))
        snprintf(buf, 64, " of at least %.9g", decl->min);
    else if (isfinite(decl->max))
        snprintf(buf, 64, " of at most %.9g", decl->max);
}

static bool in_range(const struct transect_option *decl, double value)
{
    return !option_has_range(decl) ||
           (value >= decl->min && value <= decl->max);
}

static int parse_number(struct option_value *value, struct error *err)
{
    bool whole = value->decl.type == TRANSECT_INT;
    char range[64];

    if (whole ? parse_int(value->text, &value->integer)
              : parse_real(value->text, &value->real)) {
        if (whole)
            value->real = (double)value->integer;
        if (in_range(&value->decl, value->real))
            return ST_OK;
    }
    option_range(range, &value->decl);
    return error_set(err, ST_USAGE, "'%.*s' is not what it takes; write a "
                     "%snumber%s", SHOWN, value->text, whole ? "whole " : "",
                     range);
}

static int parse_enum(const struct option_value *value, struct error *err)
{
    const char *words[MAX_WORDS];
    char phrase[512], *copy;
    size_t n;

    if (is_choice(&value->decl, value->text))
        return ST_OK;
    copy = split_words(value->decl.choices, words, &n);
    error_set(
        err, ST_USAGE, "'%.*s' is not one of its words%s", SHOWN, value->text,
        nearest_name_phrase(phrase, sizeof phrase, value->text, words, n));
    free(copy);
    return err->status;
}

/* "*" is what there is; a point by name is left for the plugin to be told
 * that the model lacks it. */
static void drop_absent_points(struct option_value *value,
                               const struct option_limits *limits)
{
    const char *why;
    size_t n = 0;

    for (size_t i = 0; i < value->n; i++)
        if (model_has_point(limits->config, limits->arch, value->list[i],
                            &why))
            value->list[n++] = value->list[i];
    value->n = n;
}

static int parse_heads(struct option_value *value,
                       const struct option_limits *limits, struct error *err)
{
    bool groups = value->decl.type == TRANSECT_GROUPS;
    struct head_set *set;
    int status = groups ? list_groups(value->text, limits->n_layer,
                                      limits->n_kv_head, &set, err)
                        : list_heads(value->text, limits->n_layer,
                                     limits->n_head, &set, err);

    if (status)
        return status;
    value->heads = list_of_heads(set, &value->n);
    head_set_free(set);
    return ST_OK;
}

/* Whether the samples have them is found once those are known. */
static int parse_positions(const char *text, struct error *err)
{
    struct sample_positions *positions;
    int status = sample_positions_parse(text, &positions, err);

    if (!status)
        sample_positions_free(positions);
    return status;
}

static int select_list(struct option_value *value,
                       const struct option_limits *limits, struct error *err)
{
    switch (value->decl.type) {
    case TRANSECT_POINTS:
        return list_points(value->text, &value->list, &value->n, err);
    case TRANSECT_POSITIONS:
        return parse_positions(value->text, err);
    case TRANSECT_HEADS:
    case TRANSECT_GROUPS:
        return parse_heads(value, limits, err);
    case TRANSECT_TOKENS:
        return list_tokens(value->text, limits->tokenizer, limits->n_vocab,
                           &value->list, &value->n, err);
    case TRANSECT_LAYERS:
        return list_numbers(value->text, "layer", limits->n_layer,
                            &value->list, &value->n, err);
    case TRANSECT_UNITS:
        return list_numbers(value->text, "unit", limits->d_mlp, &value->list,
                            &value->n, err);
    default:
        return list_numbers(value->text, "dim", limits->d_model, &value->list,
                            &value->n, err);
    }
}

/* Layers, heads, dims and tokens can be known only with a model at hand. */
static int parse_list(struct option_value *value,
                      const struct option_limits *limits, struct error *err)
{
    struct error inner;

    value->is_word = is_choice(&value->decl, value->text);
    if (value->is_word ||
        (!limits && value->decl.type != TRANSECT_POINTS &&
         value->decl.type != TRANSECT_POSITIONS) ||
        select_list(value, limits, &inner) == ST_OK) {
        if (value->decl.type == TRANSECT_POINTS && limits && limits->arch &&
            strcmp(value->text, "*") == 0)
            drop_absent_points(value, limits);
        return ST_OK;
    }
    return error_set(err, ST_USAGE, "%s%s%s", inner.text,
                     value->decl.choices ? "; or one of the words " : "",
                     value->decl.choices ? value->decl.choices : "");
}

/* A file that is called like one of the words is ./WORD. */
static int parse_path(struct option_value *value, struct error *err)
{
    char *path;

    if (!*value->text)
        return error_set(err, ST_USAGE, "the path is empty; give one");
    value->is_word = is_choice(&value->decl, value->text);
    if (value->is_word)
        return ST_OK;
    path = ini_resolve(value->place, value->text);
    free(value->text);
    value->text = path;
    return ST_OK;
}

/* Makes sense of value->text. Messages carry neither place nor option. */
static int parse_value(struct option_value *value,
                       const struct option_limits *limits, struct error *err)
{
    switch (value->decl.type) {
    case TRANSECT_BOOL:
        if (parse_truth(value->text, &value->truth))
            return ST_OK;
        return error_set(err, ST_USAGE, "'%.*s' is neither yes nor no; write "
                         "one of them", SHOWN, value->text);
    case TRANSECT_INT:
    case TRANSECT_REAL:
        return parse_number(value, err);
    case TRANSECT_STRING:
        return ST_OK;
    case TRANSECT_ENUM:
        return parse_enum(value, err);
    case TRANSECT_PATH:
        return parse_path(value, err);
    default:
        return parse_list(value, limits, err);
    }
}

static const struct setting *find_setting(const struct plugin_spec *spec,
                                          const char *name)
{
    for (size_t i = 0; spec && i < spec->n_settings; i++)
        if (strcmp(spec->settings[i].key, name) == 0)
            return &spec->settings[i];
    return NULL;
}

/* A value from the settings, or else the fallback, which is the plugin's own
 * business if it is wrong. */
static int fill(struct option_value *value,
                const struct transect_plugin *plugin,
                const struct plugin_spec *spec,
                const struct plugin_spec *defaults,
                const struct option_limits *limits, struct error *err)
{
    const struct setting *setting = find_setting(spec, value->decl.name);
    const char *text = value->decl.fallback;
    struct error inner;

    if (!setting)
        setting = find_setting(defaults, value->decl.name);
    if (setting)
        text = setting->value;
    if (!text)
        return ST_OK;
    value->set = true;
    value->given = setting != NULL;
    value->place = setting ? setting->place : spec->place;
    value->text = mem_strdup(text);
    if (setting && setting->heads) {
        value->heads = list_of_heads(setting->heads, &value->n);
        return ST_OK;
    }
    if (parse_value(value, limits, &inner) == ST_OK)
        return ST_OK;
    if (setting)
        return error_at(err, ST_USAGE, setting->place, "%s.%s: %s", spec->id,
                        value->decl.name, inner.text);
    return error_set(err, ST_PLUGIN, "plugin %s: the default of its option "
                     "'%s' does not hold here; set it, or mend the plugin: "
                     "%s", plugin->name, value->decl.name, inner.text);
}

/* The table's rows may be shorter or longer than this host's. */
static int copy_declarations(const struct transect_plugin *plugin,
                             struct options *out, struct error *err)
{
    const char *row = (const char *)plugin->options;
    struct transect_option *decl;
    size_t size = plugin->option_size;

    out->values = mem_new(plugin->n_options, sizeof *out->values);
    for (; out->n < plugin->n_options; out->n++, row += plugin->option_size) {
        decl = &out->values[out->n].decl;
        memcpy(decl, row, size < sizeof *decl ? size : sizeof *decl);
        if (!decl->name)
            return error_set(err, ST_PLUGIN, "plugin %s: option %zu of its "
                             "table, counted from 0, has no name; mend the "
                             "plugin", plugin->name, out->n);
        if (decl->type < 0 || decl->type > TRANSECT_UNITS)
            return error_set(err, ST_PLUGIN, "plugin %s: its option '%s' is "
                             "of type %d, which this transect does not know; "
                             "mend the plugin, or use a newer transect",
                             plugin->name, decl->name, (int)decl->type);
    }
    return ST_OK;
}

/* Every setting must be for a declared option. */
static int check_names(const struct transect_plugin *plugin,
                       const struct options *options,
                       const struct plugin_spec *spec, struct error *err)
{
    const char **names = mem_new(options->n, sizeof *names);
    const struct setting *setting;
    char phrase[512];
    int status = ST_OK;

    for (size_t i = 0; i < options->n; i++)
        names[i] = options->values[i].decl.name;
    for (size_t i = 0; i < spec->n_settings && status == ST_OK; i++) {
        setting = &spec->settings[i];
        if (!options_find(options, setting->key))
            status = error_at(err, ST_USAGE, setting->place,
                              "plugin %s has no option '%.*s'%s", plugin->name,
                              SHOWN, setting->key,
                              nearest_name_phrase(phrase, sizeof phrase,
                                                  setting->key, names,
                                                  options->n));
    }
    free(names);
    return status;
}

int options_parse(const struct transect_plugin *plugin,
                  const struct plugin_spec *spec,
                  const struct plugin_spec *defaults,
                  const struct option_limits *limits, struct options *out,
                  struct error *err)
{
    int status;

    *out = (struct options){NULL, 0};
    status = copy_declarations(plugin, out, err);
    if (status == ST_OK)
        status = check_names(plugin, out, spec, err);
    if (status == ST_OK && defaults)
        status = check_names(plugin, out, defaults, err);
    for (size_t i = 0; status == ST_OK && i < out->n; i++)
        status = fill(&out->values[i], plugin, spec, defaults, limits, err);
    if (status != ST_OK)
        options_clear(out);
    return status;
}

const struct option_value *options_find(const struct options *options,
                                        const char *name)
{
    for (size_t i = 0; i < options->n; i++)
        if (strcmp(options->values[i].decl.name, name) == 0)
            return &options->values[i];
    return NULL;
}

bool options_declared(const struct transect_plugin *plugin, const char *name,
                      struct transect_option *decl)
{
    const char *row = (const char *)plugin->options;
    size_t size = plugin->option_size;

    for (uint32_t i = 0; i < plugin->n_options; i++, row += size) {
        *decl = (struct transect_option){0};
        memcpy(decl, row, size < sizeof *decl ? size : sizeof *decl);
        if (decl->name && strcmp(decl->name, name) == 0)
            return true;
    }
    return false;
}

void options_clear(struct options *options)
{
    for (size_t i = 0; i < options->n; i++) {
        free(options->values[i].text);
        free(options->values[i].list);
        free(options->values[i].heads);
    }
    free(options->values);
    *options = (struct options){NULL, 0};
}
