/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* config-reader.c - what a family's configure function reads config.json with.
 */
#include "model/config-reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reader_fail(struct reader *reader, const char *format, ...)
{
    char text[400];
    va_list args;

    if (reader->status)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    reader->status = error_set(reader->err, ST_DATA, "%s: %s", reader->path,
                               text);
}

/* A key that no table has is a mistake of the family's. */
static const struct config_key *find_row(struct reader *reader,
                                         const char *key)
{
    const struct config_key *row = config_keys_find(
        reader->arch->keys, reader->arch->n_keys, key);

    if (!row || row->use != KEY_IS_USED) {
        reader_fail(reader, "'%s' is read, but not in the table of the keys "
                    "of %s", key, reader->arch->model_type);
        return NULL;
    }
    return row;
}

/* Of a default that is a value; null is a rule. */
static void note_assumption(struct config *config,
                            const struct config_key *row)
{
    if (strcmp(row->fallback, "null") == 0)
        return;
    for (int i = 0; i < config->n_assumed; i++)
        if (config->assumed[i] == row)
            return;
    if (config->n_assumed < MAX_ASSUMED)
        config->assumed[config->n_assumed++] = row;
}

/* Parsed, and kept in reader->defaults. */
static json_t *default_of(struct reader *reader, const struct config_key *row)
{
    json_t *value = json_object_get(reader->defaults, row->name);

    if (!value) {
        value = json_loads(row->fallback, JSON_DECODE_ANY, NULL);
        json_object_set_new(reader->defaults, row->name, value);
    }
    note_assumption(reader->config, row);
    return value;
}

json_t *reader_value(struct reader *reader, const char *key)
{
    const struct config_key *row = find_row(reader, key);
    json_t *value;

    if (reader->status || !row)
        return NULL;
    value = config_keys_given(reader->json, row);
    if (!value)
        value = default_of(reader, row);
    if (!json_is_null(value))
        return value;
    if (!row->nullable)
        reader_fail(reader, "'%s' is null, which it must not be; without "
                    "the key it is %s", key, row->fallback);
    return NULL;
}

bool reader_is_null(struct reader *reader, const char *key)
{
    return !reader_value(reader, key);
}

bool reader_bool(struct reader *reader, const char *key)
{
    json_t *value = reader_value(reader, key);
    bool truth = false;

    if (value)
        reader->status = json_as_bool(value, reader->path, key, &truth,
                                       reader->err);
    return truth;
}

int reader_int(struct reader *reader, const char *key, int min, int max)
{
    json_t *value = reader_value(reader, key);
    int64_t whole = 0;

    if (value)
        reader->status = json_as_int(value, reader->path, key, min, max,
                                     &whole, reader->err);
    return (int)whole;
}

static double check_real(struct reader *reader, const char *key, double value)
{
    if (!reader->status && !(value > 0 && value < 1e30))
        reader_fail(reader, "'%s' is %g; it must be above 0", key, value);
    return reader->status ? 0 : value;
}

double reader_real(struct reader *reader, const char *key)
{
    json_t *value = reader_value(reader, key);
    double real = 0;

    if (!value)
        return 0;
    reader->status = json_as_real(value, reader->path, key, &real,
                                   reader->err);
    return check_real(reader, key, real);
}

double reader_real_in(struct reader *reader, json_t *object, const char *key,
                      double fallback)
{
    double value = fallback;

    if (!reader->status)
        reader->status = json_get_real(object, reader->path, key, &value,
                                       reader->err);
    if (reader->status || value == fallback)
        return fallback;
    return check_real(reader, key, value);
}

json_t *reader_object(struct reader *reader, const char *key)
{
    json_t *value = reader_value(reader, key);

    if (value && !json_is_object(value))
        reader_fail(reader, "'%s' is not an object {...}", key);
    return value;
}

void reader_refuse(struct reader *reader, const struct config_key *row)
{
    const json_t *value = config_keys_given(reader->json, row);
    char *text;

    if (!value || json_is_null(value))
        return;
    text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
                                 JSON_ENSURE_ASCII);
    if (!text || strcmp(text, row->fallback) != 0)
        reader_fail(reader, "'%s' is %.60s, which is not supported: %s",
                    row->name, text ? text : "not text", row->note);
    free(text);
}

/* Names of transformers' ACT2FN. */
void reader_activation(struct reader *reader, const char *key)
{
    static const struct {
        const char *name;
        enum activation activation;
    } known[] = {
        {"gelu_new", ACT_GELU_TANH},  {"gelu_pytorch_tanh", ACT_GELU_TANH},
        {"gelu_fast", ACT_GELU_TANH}, {"gelu", ACT_GELU_ERF},
        {"gelu_python", ACT_GELU_ERF}, {"relu", ACT_RELU},
        {"silu", ACT_SILU},           {"swish", ACT_SILU},
    };

    const json_t *value = reader_value(reader, key);
    const char *name = json_string_value(value);

    for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0) {
            reader->config->activation = known[i].activation;
            return;
        }
    reader_fail(reader, "'%s' is '%.100s', which is not supported; supported "
                "are gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu, "
                "silu", key, name ? name : "null");
}

bool reader_layers(struct reader *reader, const char *key,
                   const char *global, const char *local)
{
    const json_t *list = reader_value(reader, key), *kind;
    struct config *config = reader->config;
    size_t i;

    if (!list)
        return false;
    if (!json_is_array(list) ||
        json_array_size(list) != (size_t)config->n_layer)
        reader_fail(reader, "'%s' is not a list of %d words, one a layer",
                    key, config->n_layer);
    json_array_foreach (list, i, kind) {
        const char *word = json_string_value(kind);

        if (reader->status)
            return false;
        config->local[i] = word && strcmp(word, local) == 0;
        if (!config->local[i] && (!word || strcmp(word, global) != 0))
            reader_fail(reader, "entry %zu of '%s' is not %s or %s, which "
                        "are supported", i + 1, key, global, local);
    }
    return true;
}

bool reader_layer_types(struct reader *reader)
{
    return reader_layers(reader, "layer_types", "full_attention",
                         "sliding_attention");
}

void reader_same_width(struct reader *reader)
{
    int given = reader_int(reader, "head_dim", 1, INT32_MAX);

    if (given && given != reader->config->d_head)
        reader_fail(reader, "'head_dim' is %d, but heads are %d wide, which "
                    "is not supported for this 'model_type'", given,
                    reader->config->d_head);
}

void reader_window(struct reader *reader, const char *key)
{
    struct config *config = reader->config;

    config->window = reader_int(reader, key, 1, INT32_MAX);
    for (int i = 0; i < config->n_layer && !config->window; i++)
        if (config->local[i])
            reader_fail(reader, "'%s' is null, but layer %d is local; a "
                        "number of tokens expected", key, i);
}
