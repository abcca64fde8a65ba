/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* list.c - the texts of `value` and `coordinates`. */
#include "editor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define SEPARATORS " \t,"

int editor_parse_value(struct editor *self, const char *text)
{
    char *end;
    double number;

    if (strcmp(text, "zero") == 0 || strcmp(text, "mean") == 0) {
        self->value = text[0] == 'z' ? VALUE_ZERO : VALUE_MEAN;
        return TRANSECT_OK;
    }
    number = strtod(text, &end);
    /* No nan, inf or hexadecimals. */
    if (!*text || *end || text[strspn(text, DIGITS "+-.eE")] ||
        !isfinite((float)number))
        return self->host->fail(self->ctx,
                                "value: '%.60s' is neither zero nor mean nor "
                                "a number", text);
    self->value = VALUE_NUMBER;
    self->number = (float)number;
    return TRANSECT_OK;
}

/* Digits at *text as a number, which they end behind; false: there are none.
 * What is too large for any model is INT32_MAX. */
static bool parse_count(const char **text, int32_t *out)
{
    size_t n = strspn(*text, DIGITS);
    long value = strtol(*text, NULL, 10);

    *text += n;
    *out = value < INT32_MAX ? (int32_t)value : INT32_MAX;
    return n > 0;
}

/* POSITION:DIM, or *:DIM, of `length` bytes. */
static bool parse_item(const char *item, size_t length,
                       struct coordinate *out)
{
    const char *at = item;

    out->position = ALL_POSITIONS;
    if (*at == '*')
        at++;
    else if (!parse_count(&at, &out->position))
        return false;
    return *at++ == ':' && parse_count(&at, &out->dim) &&
           at == item + length;
}

static int check_item(struct editor *self, const char *item, int length,
                      struct coordinate at)
{
    if (at.position >= self->model.n_token)
        return self->host->fail(self->ctx,
                                "coordinates: '%.*s' is beyond the samples, "
                                "which have the positions 0-%d", length, item,
                                (int)self->model.n_token - 1);
    if (at.dim >= self->model.d_model)
        return self->host->fail(self->ctx,
                                "coordinates: '%.*s' is beyond the model, "
                                "which has the dims 0-%d", length, item,
                                (int)self->model.d_model - 1);
    return TRANSECT_OK;
}

int editor_parse_coordinates(struct editor *self, const char *text)
{
    self->given = self->host->alloc(self->ctx, strlen(text) / 2 + 1,
                                    sizeof *self->given);
    for (text += strspn(text, SEPARATORS); *text;
         text += strspn(text, SEPARATORS)) {
        size_t length = strcspn(text, SEPARATORS);
        int shown = length < 60 ? (int)length : 60;
        struct coordinate at;

        if (!parse_item(text, length, &at))
            return self->host->fail(self->ctx,
                                    "coordinates: '%.*s' is not "
                                    "POSITION:DIM; right are auto, control, "
                                    "or a list such as 0:447 *:138", shown,
                                    text);
        if (check_item(self, text, shown, at))
            return TRANSECT_FAILED;
        self->given[self->n_given++] = at;
        text += length;
    }
    if (!self->n_given)
        return self->host->fail(self->ctx,
                                "coordinates: nothing is listed");
    return TRANSECT_OK;
}
