/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* list-syntax.c - lists of layers, heads and dims as users write them. */
#include "plugin/list-syntax.h"

#include "base/mem.h"
#include "base/nearest-name.h"
#include "base/parse.h"
#include "hooks/hook-points.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS " \t\r\n,"
#define SHOWN 60 /* bytes of a wrong item in a message */

/* What of 0..limit-1 an item chooses. */
struct range {
    int first, last;
};

/* The next item, NUL-terminated for the caller to free, or NULL. */
static char *next_item(const char **text)
{
    const char *start = *text + strspn(*text, SEPARATORS);
    size_t n = strcspn(start, SEPARATORS);

    *text = start + n;
    return n ? mem_strndup(start, n) : NULL;
}

/* A number below limit, of the first n bytes of an item. */
static int parse_number(const char *item, size_t n, const char *noun,
                        int limit, int *out, struct error *err)
{
    char *digits = mem_strndup(item, n);
    uint64_t value = 0;
    bool valid = parse_unsigned(digits, &value);
    int status = ST_OK;

    if (n == 0 || strspn(digits, "0123456789") < n)
        status = error_set(err, ST_USAGE,
                           "'%.*s' is not a %s; write a number such as 3, a "
                           "range such as 0-3, or *", SHOWN, item, noun);
    else if (limit <= 0)
        status = error_set(err, ST_USAGE,
                           "there is no %s %.*s; the model has no %ss", noun,
                           SHOWN, digits, noun);
    else if (!valid || value >= (uint64_t)limit)
        status = error_set(err, ST_USAGE,
                           "there is no %s %.*s; the model has %ss 0 to %d",
                           noun, SHOWN, digits, noun, limit - 1);
    else
        *out = (int)value;
    free(digits);
    return status;
}

/* "3", "0-3" or "*" */
static int parse_range(const char *item, const char *noun, int limit,
                       struct range *range, struct error *err)
{
    const char *dash = strchr(item, '-');
    size_t n = dash ? (size_t)(dash - item) : strlen(item);

    if (strcmp(item, "*") == 0) {
        *range = (struct range){0, limit - 1};
        return ST_OK;
    }
    if (parse_number(item, n, noun, limit, &range->first, err) != ST_OK)
        return err->status;
    range->last = range->first;
    if (dash && parse_number(dash + 1, strlen(dash + 1), noun, limit,
                             &range->last, err) != ST_OK)
        return err->status;
    if (range->last < range->first)
        return error_set(err, ST_USAGE, "the range %.*s runs backwards; "
                         "write %d-%d", SHOWN, item, range->last,
                         range->first);
    return ST_OK;
}

/* The numbers that are chosen, ascending. */
static void collect(const bool *chosen, int limit, int32_t **list, size_t *n)
{
    *n = 0;
    for (int i = 0; i < limit; i++)
        *n += chosen[i];
    *list = mem_new(*n, sizeof **list);
    *n = 0;
    for (int i = 0; i < limit; i++)
        if (chosen[i])
            (*list)[(*n)++] = i;
}

int list_numbers(const char *text, const char *noun, int limit, int32_t **list,
                 size_t *n, struct error *err)
{
    bool *chosen = mem_new(limit > 0 ? (size_t)limit : 0, sizeof *chosen);
    struct range range;
    int status = ST_OK;
    char *item;

    while (status == ST_OK && (item = next_item(&text))) {
        status = parse_range(item, noun, limit, &range, err);
        for (int i = range.first; status == ST_OK && i <= range.last; i++)
            chosen[i] = true;
        free(item);
    }
    if (status == ST_OK)
        collect(chosen, limit, list, n);
    free(chosen);
    return status;
}

/* Heads, or key/value heads with those that they serve. */
struct head_kind {
    char letter;
    const char *noun;
    int limit;
};

/* "L2H7", either part a range or '*', or "*" */
static int parse_head(const char *item, int n_layer,
                      const struct head_kind *kind, struct range *layers,
                      struct range *heads, struct error *err)
{
    const char *h = strchr(item, kind->letter), c = kind->letter;
    char *layer;
    int status;

    if (strcmp(item, "*") == 0) {
        *layers = (struct range){0, n_layer - 1};
        *heads = (struct range){0, kind->limit - 1};
        return ST_OK;
    }
    if (*item != 'L' || !h || h == item + 1 || !h[1])
        return error_set(err, ST_USAGE, "'%.*s' is not a %s; write L2%c7, "
                         "L2%c*, L*%c0, L0-3%c1 or *", SHOWN, item,
                         kind->noun, c, c, c, c);
    layer = mem_strndup(item + 1, (size_t)(h - item - 1));
    status = parse_range(layer, "layer", n_layer, layers, err);
    free(layer);
    if (status == ST_OK)
        status = parse_range(h + 1, kind->noun, kind->limit, heads, err);
    return status == ST_OK ? ST_OK
                           : error_within(err, "in '%.*s'", SHOWN, item);
}

struct transect_head *list_of_heads(const struct head_set *set, size_t *n)
{
    struct transect_head *list = mem_new(head_set_count(set), sizeof *list);

    *n = 0;
    for (int l = 0; l < set->n_layer; l++)
        for (int h = 0; h < set->n_head; h++)
            if (head_set_layer(set, l)[h])
                list[(*n)++] = (struct transect_head){l, h};
    return list;
}

static int parse_set(const char *text, int n_layer,
                     const struct head_kind *kind, struct head_set **out,
                     struct error *err)
{
    struct head_set *set = head_set_new(n_layer, kind->limit);
    struct range layers, heads;
    int status = ST_OK;
    char *item;

    while (status == ST_OK && (item = next_item(&text))) {
        status = parse_head(item, n_layer, kind, &layers, &heads, err);
        for (int l = layers.first; status == ST_OK && l <= layers.last; l++)
            for (int h = heads.first; h <= heads.last; h++)
                head_set_add(set, l, h);
        free(item);
    }
    if (status == ST_OK)
        *out = set;
    else
        head_set_free(set);
    return status;
}

int list_heads(const char *text, int n_layer, int n_head,
               struct head_set **heads, struct error *err)
{
    const struct head_kind kind = {'H', "head", n_head};

    return parse_set(text, n_layer, &kind, heads, err);
}

int list_groups(const char *text, int n_layer, int n_kv_head,
                struct head_set **groups, struct error *err)
{
    const struct head_kind kind = {'G', "group", n_kv_head};

    return parse_set(text, n_layer, &kind, groups, err);
}

/* Names are few: looking through them all costs less than an index. */
static int find_point(const char *item, int *point, struct error *err)
{
    const char *names[TRANSECT_N_POINTS];
    char phrase[512];

    for (int i = 0; i < TRANSECT_N_POINTS; i++) {
        names[i] = point_name(i);
        if (strcmp(item, names[i]) == 0) {
            *point = i;
            return ST_OK;
        }
    }
    return error_set(err, ST_USAGE, "'%.*s' is not a hook point%s", SHOWN,
                     item,
                     nearest_name_phrase(phrase, sizeof phrase, item, names,
                                         TRANSECT_N_POINTS));
}

int list_points(const char *text, int32_t **list, size_t *n, struct error *err)
{
    bool chosen[TRANSECT_N_POINTS] = {false};
    int status = ST_OK, point = 0;
    char *item;

    while (status == ST_OK && (item = next_item(&text))) {
        if (strcmp(item, "*") == 0)
            memset(chosen, true, sizeof chosen);
        else if ((status = find_point(item, &point, err)) == ST_OK)
            chosen[point] = true;
        free(item);
    }
    if (status == ST_OK)
        collect(chosen, TRANSECT_N_POINTS, list, n);
    return status;
}
