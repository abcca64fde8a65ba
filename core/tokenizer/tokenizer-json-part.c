/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-json-part.c - reads what normalizers and pre_tokenizers of a
 * tokenizer.json have in common. */
#include "tokenizer/tokenizer-json-part.h"

#include <string.h>

int part_read(struct part *part, json_t *json,
                      const struct part_kind *kinds, size_t n_kinds,
                      const char *right)
{
    const char *type = tokenizer_load_type(json);
    size_t i;

    if (!json || json_is_null(json))
        return ST_OK;
    for (i = 0; i < n_kinds; i++)
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].read(part, json);
    return tokenizer_load_refuse(part->load, part->name, type, right);
}

int part_sequence(struct part *part, json_t *list, part_fn read)
{
    json_t *json;
    size_t i;
    int status = ST_OK;

    if (!json_is_array(list))
        return error_set(part->load->err, ST_DATA, "%s: %s: a Sequence "
                         "without its list", part->load->path, part->name);
    json_array_foreach(list, i, json) {
        if (!status)
            status = read(part, json);
    }
    return status;
}

/* A boolean member that must be there. */
int part_switch(struct part *part, json_t *json, const char *key,
                       bool *value)
{
    json_t *is = json_object_get(json, key);

    *value = json_is_true(is);
    if (json_is_boolean(is))
        return ST_OK;
    return error_set(part->load->err, ST_DATA, "%s: %s: %s is neither true "
                     "nor false", part->load->path, part->name, key);
}

int part_optional(struct part *part, json_t *json, const char *key,
                         bool *value)
{
    return json_get_bool(json, part->load->path, key, value,
                         part->load->err);
}

int part_text(struct part *part, json_t *json, const char *key,
                     const char **text)
{
    *text = json_string_value(json_object_get(json, key));
    if (*text)
        return ST_OK;
    return error_set(part->load->err, ST_DATA, "%s: %s: %s is not a string",
                     part->load->path, part->name, key);
}

int part_make_pattern(struct part *part, const char *text,
                      enum pattern_kind kind, struct regex **pattern)
{
    if (!*text)
        return error_set(part->load->err, ST_DATA, "%s: %s: an empty "
                         "pattern", part->load->path, part->name);
    if (regex_new(text, kind, pattern, part->load->err))
        return error_within(part->load->err, "%s: %s", part->load->path,
                            part->name);
    return ST_OK;
}

/* {"String": ...} or {"Regex": ...} */
int part_pattern(struct part *part, json_t *json, struct regex **pattern)
{
    json_t *is = json_object_get(json, "pattern");
    const char *text = json_string_value(json_object_get(is, "String"));
    const char *regex = json_string_value(json_object_get(is, "Regex"));

    if (regex && *regex)
        return part_make_pattern(part, regex, PATTERN_REGEX, pattern);
    if (text && *text)
        return part_make_pattern(part, text, PATTERN_LITERAL, pattern);
    return error_set(part->load->err, ST_DATA, "%s: %s: no pattern; it must "
                     "be a String or a Regex", part->load->path, part->name);
}
