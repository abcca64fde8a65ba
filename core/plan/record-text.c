/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* record-text.c - fields and templates of records. */
#include "plan/record-text.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

bool record_text_is_template(const char *setting)
{
    return strpbrk(setting, "{}") != NULL;
}

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

int record_text_check(const char *setting, struct error *err)
{
    struct piece piece;
    const char *wrong = NULL;

    if (!record_text_is_template(setting))
        return ST_OK;
    for (const char *p = setting; *p && !wrong;)
        wrong = next_piece(&p, &piece);
    return wrong ? error_set(err, ST_USAGE, "%s", wrong) : ST_OK;
}

static int find(const struct records *records, const struct record *record,
                const char *name, const json_t **value, struct error *err)
{
    *value = json_object_get(record->fields, name);
    if (*value && !json_is_null(*value))
        return ST_OK;
    error_set(err, ST_DATA, "has no field '%s'", name);
    return record_error(records, record, err);
}

static bool is_ids(const json_t *value)
{
    size_t n = json_array_size(value);

    for (size_t i = 0; i < n; i++)
        if (!json_is_integer(json_array_get(value, i)))
            return false;
    return n > 0;
}

static bool add_value(const json_t *value, struct buffer *text)
{
    char *digits;

    if (json_is_string(value)) {
        buffer_add(text, json_string_value(value),
                   json_string_length(value));
        return true;
    }
    if (!json_is_integer(value))
        return false;
    digits = json_dumps(value, JSON_ENCODE_ANY);
    buffer_add(text, digits, strlen(digits));
    free(digits);
    return true;
}

static int fill(const struct records *records, const struct record *record,
                const struct piece *piece, struct buffer *text,
                struct error *err)
{
    char *name = mem_strndup(piece->text, piece->n);
    const json_t *value;
    int status = find(records, record, name, &value, err);

    if (!status && !add_value(value, text)) {
        error_set(err, ST_DATA, "field '%s' is neither text nor a whole "
                  "number, as a template needs it; write other numbers in "
                  "quotes", name);
        status = record_error(records, record, err);
    }
    free(name);
    return status;
}

static int fill_all(const struct records *records,
                    const struct record *record, const char *template,
                    struct buffer *text, struct error *err)
{
    struct piece piece;
    int status = ST_OK;

    while (*template && !status) {
        next_piece(&template, &piece);
        if (piece.is_field)
            status = fill(records, record, &piece, text, err);
        else
            buffer_add(text, piece.text, piece.n);
    }
    return status;
}

int record_text(const struct records *records, const struct record *record,
                const char *setting, struct buffer *text,
                const json_t **ids, struct error *err)
{
    const json_t *value;
    int status;

    *ids = NULL;
    if (record_text_is_template(setting))
        return fill_all(records, record, setting, text, err);
    status = find(records, record, setting, &value, err);
    if (status || add_value(value, text))
        return status;
    if (is_ids(value)) {
        *ids = value;
        return ST_OK;
    }
    error_set(err, ST_DATA, "field '%s' is neither text, a whole number nor "
              "a list of token ids", setting);
    return record_error(records, record, err);
}
