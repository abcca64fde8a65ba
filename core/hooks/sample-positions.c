/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sample-positions.c - lists of positions, and what they mean in a sample. */
#include "hooks/sample-positions.h"

#include "base/buffer.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS " \t\r\n,"
#define SHOWN 60 /* bytes of a wrong item in a message */
#define PROMPT_LAST "last"

enum part { WHOLE, FIRST, LAST };

/* first to last, either from the end where it is below 0; or a place that has
 * a name. */
struct item {
    int first, last;
    char *name; /* as written; NULL: numbers */
};

struct sample_positions {
    struct item *items;
    size_t n;
};

static struct item *add_item(struct sample_positions *positions)
{
    MEM_PUSH(positions->items, positions->n);
    positions->items[positions->n] = (struct item){0};
    return &positions->items[positions->n++];
}

/* A whole number with or without a minus; where it ends, or NULL. */
static const char *read_number(const char *text, int *number)
{
    size_t minus = *text == '-';
    char *end;
    long value;

    if (text[minus] < '0' || text[minus] > '9')
        return NULL;
    errno = 0;
    value = strtol(text, &end, 10);
    if (errno || value < -INT_MAX || value > INT_MAX || (minus && !value))
        return NULL;
    *number = (int)value;
    return end;
}

/* "3", "3-7", "-3--1", "3--1" */
static bool read_numbers(const char *text, struct item *item)
{
    const char *end = read_number(text, &item->first);

    item->last = item->first;
    if (end && *end == '-')
        end = read_number(end + 1, &item->last);
    return end && !*end;
}

static int parse_item(const char *text, struct item *item, struct error *err)
{
    if (strcmp(text, "*") == 0) {
        *item = (struct item){0, -1, NULL};
        return ST_OK;
    }
    if (*text != '-' && *text != '*' && (*text < '0' || *text > '9')) {
        item->name = mem_strdup(text);
        return ST_OK;
    }
    if (!read_numbers(text, item))
        return error_set(err, ST_USAGE,
                         "'%.*s' is no position; write a number such as 3, "
                         "or -1 from the end, a range such as 0-3, last, a "
                         "name, or *", SHOWN, text);
    if ((item->first < 0) == (item->last < 0) && item->last < item->first)
        return error_set(err, ST_USAGE, "the range %.*s runs backwards; "
                         "write %d-%d", SHOWN, text, item->last, item->first);
    return ST_OK;
}

int sample_positions_parse(const char *text,
                           struct sample_positions **positions,
                           struct error *err)
{
    struct sample_positions *all = mem_new(1, sizeof *all);
    int status = ST_OK;
    size_t n;

    while (!status && (n = strcspn(text += strspn(text, SEPARATORS),
                                   SEPARATORS)) > 0) {
        char *item = mem_strndup(text, n);

        status = parse_item(item, add_item(all), err);
        free(item);
        text += n;
    }
    if (!status && !all->n)
        status = error_set(err, ST_USAGE, "the list of positions is empty");
    if (status)
        sample_positions_free(all);
    else
        *positions = all;
    return status;
}

struct sample_positions *sample_positions_of(int first, int n)
{
    struct sample_positions *all = mem_new(1, sizeof *all);
    struct item *item = add_item(all);
    int64_t last = (int64_t)first + n - 1;

    item->first = first;
    item->last = -1;
    if (n && (first < 0) == (last < 0))
        item->last = last < INT_MAX ? (int)last : INT_MAX;
    return all;
}

void sample_positions_free(struct sample_positions *positions)
{
    if (!positions)
        return;
    for (size_t i = 0; i < positions->n; i++)
        free(positions->items[i].name);
    free(positions->items);
    free(positions);
}

/* The place of a name, of which "NAME.first" and "NAME.last" are parts; n:
 * there is none. */
static size_t find_name(const struct position_names *names, const char *name,
                        enum part *part)
{
    const char *dot = strrchr(name, '.');
    size_t n = names ? names->n : 0, i = 0;

    *part = WHOLE;
    while (i < n && strcmp(names->names[i], name) != 0)
        i++;
    if (i < n || !dot || (strcmp(dot, ".first") && strcmp(dot, ".last")))
        return i;
    *part = dot[1] == 'f' ? FIRST : LAST;
    for (i = 0; i < n; i++)
        if (strncmp(names->names[i], name, (size_t)(dot - name)) == 0 &&
            !names->names[i][dot - name])
            break;
    return i;
}

static struct position_span span_of_name(const char *name,
                                         const struct position_names *names,
                                         int sample, int n_token)
{
    struct position_span span = {0, 0};
    enum part part;
    size_t at;

    if (strcmp(name, PROMPT_LAST) == 0) {
        span.end = n_token;
        if (names && names->n_prompt && sample >= 0)
            span.end = names->n_prompt[sample];
        span.first = span.end - 1;
        return span;
    }
    at = find_name(names, name, &part);
    if (sample < 0 || !names || at == names->n)
        return span;
    span = names->spans[(size_t)sample * names->n + at];
    if (part == FIRST && span.first < span.end)
        span.end = span.first + 1;
    if (part == LAST && span.first < span.end)
        span.first = span.end - 1;
    return span;
}

/* Of one item; false: the sample has none of it. *begin is where it begins,
 * which may be in front of the sample. */
static bool find_from(const struct item *item,
                      const struct position_names *names, int sample,
                      int n_token, struct position_span *span, int64_t *begin)
{
    int64_t first = item->first, end = (int64_t)item->last + 1;

    if (item->name) {
        *span = span_of_name(item->name, names, sample, n_token);
        first = span->first;
        end = span->end;
    } else {
        first += item->first < 0 ? n_token : 0;
        end += item->last < 0 ? n_token : 0;
    }
    *begin = first;
    span->first = first > 0 ? (int)(first < n_token ? first : n_token) : 0;
    span->end = end > 0 ? (int)(end < n_token ? end : n_token) : 0;
    return span->first < span->end;
}

static bool find_item(const struct item *item,
                      const struct position_names *names, int sample,
                      int n_token, struct position_span *span)
{
    int64_t unused;

    return find_from(item, names, sample, n_token, span, &unused);
}

/* Adds a span that touches the run; false: it does not, or is in it. */
static bool join(struct position_span *run, struct position_span span)
{
    struct position_span was = *run;

    if (span.first > run->end || span.end < run->first)
        return false;
    if (span.first < run->first)
        run->first = span.first;
    if (span.end > run->end)
        run->end = span.end;
    return run->first != was.first || run->end != was.end;
}

bool sample_positions_next(const struct sample_positions *positions,
                           const struct position_names *names, int sample,
                           int n_token, int at, struct position_span *run)
{
    bool found = false, more = positions->n > 1;
    struct position_span span;

    for (size_t i = 0; i < positions->n; i++)
        if (find_item(&positions->items[i], names, sample, n_token, &span) &&
            span.end > at && (!found || span.first < run->first)) {
            *run = span;
            found = true;
        }
    while (found && more) {
        more = false;
        for (size_t i = 0; i < positions->n; i++)
            if (find_item(&positions->items[i], names, sample, n_token,
                          &span))
                more |= join(run, span);
    }
    return found;
}

size_t sample_positions_n_item(const struct sample_positions *positions)
{
    return positions->n;
}

void sample_positions_widen(const struct sample_positions *positions,
                            const struct position_names *names, int sample,
                            int n_token, int *widths)
{
    struct position_span span;
    int64_t begin;

    for (size_t i = 0; i < positions->n; i++)
        if (find_from(&positions->items[i], names, sample, n_token, &span,
                      &begin) &&
            span.end - begin > widths[i])
            widths[i] = (int)(span.end - begin);
}

int sample_positions_place(const struct sample_positions *positions,
                           const struct position_names *names, int sample,
                           int n_token, const int *widths, int position)
{
    struct position_span span;
    int64_t begin;
    int place = 0;

    for (size_t i = 0; i < positions->n; i++) {
        if (find_from(&positions->items[i], names, sample, n_token, &span,
                      &begin) &&
            position >= span.first && position < span.end)
            return place + (int)(position - begin);
        place += widths[i];
    }
    return -1;
}

bool sample_positions_vary(const struct sample_positions *positions,
                           const struct position_names *names)
{
    for (size_t i = 0; i < positions->n; i++) {
        const char *name = positions->items[i].name;

        if (name && (strcmp(name, PROMPT_LAST) != 0 ||
                     (names && names->n_prompt)))
            return true;
    }
    return false;
}

static int unknown_name(const char *name, const struct position_names *names,
                        struct error *err)
{
    struct buffer list = {0};
    int status;

    buffer_add(&list, "'" PROMPT_LAST "'", strlen(PROMPT_LAST) + 2);
    for (size_t i = 0; names && i < names->n; i++) {
        buffer_add(&list, ", '", 3);
        buffer_add(&list, names->names[i], strlen(names->names[i]));
        buffer_add(&list, "'", 1);
    }
    buffer_add(&list, "", 1);
    status = error_set(err, ST_USAGE,
                       "no sample has positions named '%.*s'; there %s %s",
                       SHOWN, name, names && names->n ? "are" : "is",
                       list.bytes);
    free(list.bytes);
    return status;
}

static int check_name(const char *name, const struct position_names *names,
                      int n_sample, struct error *err)
{
    enum part part;

    if (strcmp(name, PROMPT_LAST) == 0)
        return ST_OK;
    if (find_name(names, name, &part) == (names ? names->n : 0))
        return unknown_name(name, names, err);
    for (int i = 0; i < n_sample; i++) {
        struct position_span span = span_of_name(name, names, i, 0);

        if (span.first < span.end)
            return ST_OK;
    }
    return error_set(err, ST_USAGE, "no sample has the positions '%.*s'",
                     SHOWN, name);
}

static int check_number(int position, int longest, struct error *err)
{
    if (position < longest && position >= -longest)
        return ST_OK;
    return error_set(err, ST_USAGE, "no sample is long enough to have "
                     "position %d; the longest has %d tokens", position,
                     longest);
}

int sample_positions_check(const struct sample_positions *positions,
                           const struct position_names *names, int n_sample,
                           int longest, struct error *err)
{
    for (size_t i = 0; i < positions->n; i++) {
        const struct item *item = &positions->items[i];

        if (item->name ? check_name(item->name, names, n_sample, err)
                       : check_number(item->first, longest, err) ||
                             check_number(item->last, longest, err))
            return err->status;
    }
    return ST_OK;
}
