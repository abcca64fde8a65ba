/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* config-reader.c - what a family's configure function reads config.json with.
 */
#include "model/config-reader.h"

#include <stdarg.h>
#include <stdio.h>
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

bool reader_bool(struct reader *reader, const char *key, bool fallback)
{
    bool value = fallback;

    if (!reader->status)
        reader->status = json_get_bool(reader->json, reader->path, key,
                                       &value, reader->err);
    return reader->status ? fallback : value;
}

int reader_int(struct reader *reader, const char *key, int min, int max,
               int fallback)
{
    int64_t value = fallback;

    if (!reader->status)
        reader->status = json_get_int(reader->json, reader->path, key, min,
                                      max, &value, reader->err);
    return reader->status ? fallback : (int)value;
}

double reader_real(struct reader *reader, const char *key, double fallback)
{
    return reader_real_in(reader, reader->json, key, fallback);
}

double reader_real_in(struct reader *reader, json_t *object, const char *key,
                      double fallback)
{
    double value = fallback;

    if (!reader->status)
        reader->status = json_get_real(object, reader->path, key, &value,
                                       reader->err);
    if (!reader->status && !(value > 0 && value < 1e30) && value != fallback)
        reader_fail(reader, "'%s' is %g; it must be above 0", key, value);
    return reader->status ? fallback : value;
}

const char *reader_word(struct reader *reader, const char *key,
                        const char *fallback)
{
    const char *value = fallback;

    if (!reader->status)
        reader->status = json_get_word(reader->json, reader->path, key,
                                       &value, reader->err);
    return reader->status ? fallback : value;
}

void reader_refuse(struct reader *reader, const char *key, bool value,
                   bool fallback, const char *why)
{
    if (reader_bool(reader, key, fallback) == value)
        reader_fail(reader, "'%s' is %s, which is not supported: %s", key,
                    value ? "true" : "false", why);
}

int reader_size(struct reader *reader, const struct size_key *key)
{
    const char *source = NULL;
    int64_t value = key->fallback;

    for (size_t i = 0; i < 3 && key->names[i] && !reader->status; i++) {
        int64_t other = -1;

        reader->status = json_get_int(reader->json, reader->path,
                                      key->names[i], 1, key->max, &other,
                                      reader->err);
        if (reader->status || other < 0)
            continue;
        if (source && other != value)
            reader_fail(reader, "'%s' is %lld but '%s' is %lld; they mean "
                        "the same", source, (long long)value, key->names[i],
                        (long long)other);
        source = key->names[i];
        value = other;
    }
    return (int)value;
}

/* Names of transformers' ACT2FN. */
void reader_activation(struct reader *reader, const char *name,
                       const char *key)
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

    for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0) {
            reader->config->activation = known[i].activation;
            return;
        }
    reader_fail(reader, "'%s' is '%.100s', which is not supported; supported "
                "are gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu, "
                "silu", key, name ? name : "null");
}

bool reader_layer_types(struct reader *reader)
{
    const json_t *list = json_object_get(reader->json, "layer_types"), *type;
    struct config *config = reader->config;
    size_t i;

    if (!list || json_is_null(list) || reader->status)
        return false;
    if (!json_is_array(list) ||
        json_array_size(list) != (size_t)config->n_layer)
        reader_fail(reader, "'layer_types' is not a list of %d words, one a "
                    "layer", config->n_layer);
    json_array_foreach (list, i, type) {
        const char *word = json_string_value(type);

        if (reader->status)
            return false;
        config->local[i] = word && strcmp(word, "sliding_attention") == 0;
        if (!config->local[i] &&
            (!word || strcmp(word, "full_attention") != 0))
            reader_fail(reader, "entry %zu of 'layer_types' is not "
                        "full_attention or sliding_attention, which are "
                        "supported", i + 1);
    }
    return true;
}

void reader_window(struct reader *reader, const char *key, int fallback)
{
    const json_t *given = json_object_get(reader->json, key);
    struct config *config = reader->config;

    config->window = json_is_null(given)
                         ? 0
                         : reader_int(reader, key, 1, INT32_MAX, fallback);
    for (int i = 0; i < config->n_layer && !config->window; i++)
        if (config->local[i])
            reader_fail(reader, "'%s' is null, but layer %d is local; a "
                        "number of tokens expected", key, i);
}
