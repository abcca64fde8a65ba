/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* record-text.c - fields and templates of records. */
#include "plan/record-text.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A template is a row of pieces: a run of text, or the name of a field. */
struct piece {
    const char *text;
    size_t n;
    bool is_field;
};

/* The piece at *p, which is moved behind it. NULL, or what is wrong. */
static const char *next_piece(const char **p, struct piece *piece)
{
    size_t n;

    *piece = (struct piece){.text = *p};
    if ((*p)[0] == '{' && (*p)[1] != '{') {
        n = strcspn(++*p, "{}");
        *piece = (struct piece){*p, n, true};
        if ((*p)[n] != '}')
            return "'{' is not closed; write {FIELD}, or {{ for a brace";
        *p += n + 1;
        return n ? NULL : "{} names no field; write {FIELD}";
    }
    if ((*p)[0] == '}' && (*p)[1] != '}')
        return "'}' closes nothing; write {FIELD}, or }} for a brace";
    piece->n = **p == '{' || **p == '}' ? 1 : strcspn(*p, "{}");
    *p += **p == '{' || **p == '}' ? 2 : piece->n;
    return NULL;
}

int record_text_check(const struct record_key *key, struct error *err)
{
    struct piece piece;
    const char *wrong = NULL;

    if (!key->is_template)
        return ST_OK;
    for (const char *p = key->text; *p && !wrong;)
        wrong = next_piece(&p, &piece);
    return wrong ? error_at(err, ST_USAGE, key->place, "%s", wrong) : ST_OK;
}

int record_text_field(const struct record *record, const char *name,
                      const json_t **value, struct error *err)
{
    *value = json_object_get(record->fields, name);
    if (*value && !json_is_null(*value))
        return ST_OK;
    return error_set(err, ST_DATA, "has no field '%s'", name);
}

static bool is_ids(const json_t *value)
{
    size_t n = json_array_size(value);

    for (size_t i = 0; i < n; i++)
        if (!json_is_integer(json_array_get(value, i)))
            return false;
    return n > 0;
}

bool record_text_value(const json_t *value, struct buffer *text,
                       const json_t **ids)
{
    char *digits;

    *ids = is_ids(value) ? value : NULL;
    if (json_is_string(value)) {
        buffer_add(text, json_string_value(value),
                   json_string_length(value));
    } else if (json_is_integer(value)) {
        digits = json_dumps(value, JSON_ENCODE_ANY);
        buffer_add(text, digits, strlen(digits));
        free(digits);
    } else {
        return *ids != NULL;
    }
    return true;
}

static int fill(const struct record *record, const struct piece *piece,
                struct buffer *text, struct error *err)
{
    char *name = mem_strndup(piece->text, piece->n);
    const json_t *value, *ids = NULL;
    int status = record_text_field(record, name, &value, err);

    if (!status && (!record_text_value(value, text, &ids) || ids))
        status = error_set(err, ST_DATA, "field '%s' is neither text nor a "
                           "whole number, as a template needs it; write "
                           "other numbers in quotes", name);
    free(name);
    return status;
}

static int fill_all(const struct record *record, const char *template,
                    struct buffer *text, struct error *err)
{
    struct piece piece;
    int status = ST_OK;

    while (*template && !status) {
        next_piece(&template, &piece);
        if (piece.is_field)
            status = fill(record, &piece, text, err);
        else
            buffer_add(text, piece.text, piece.n);
    }
    return status;
}

int record_text(const struct record *record, const struct record_key *key,
                struct buffer *text, const json_t **ids, struct error *err)
{
    const json_t *value;

    *ids = NULL;
    if (key->is_template)
        return fill_all(record, key->text, text, err);
    if (record_text_field(record, key->text, &value, err))
        return err->status;
    if (record_text_value(value, text, ids))
        return ST_OK;
    return error_set(err, ST_DATA, "field '%s' is neither text, a whole "
                     "number nor a list of token ids", key->text);
}
