/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep-list.c - the elements of a list, each as a value of a sweep. */
#include "plan/sweep.h"

#include "base/mem.h"
#include "base/parse.h"
#include "hooks/hook-points.h"
#include "plugin/list-syntax.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that a range may stand for: of the size of what a sweep may make. */
#define MAX_RANGE 10000
#define SHOWN 60 /* bytes of a wrong item in a message */

struct sweep_value *sweep_add(struct sweep_axis *axis, char *text, char *name)
{
    MEM_PUSH(axis->values, axis->n);
    axis->values[axis->n] = (struct sweep_value){
        .text = text, .name = name, .layer = -1, .head = -1, .number = -1};
    return &axis->values[axis->n++];
}

/* A value for each of a set. */
static void add_members(struct sweep_axis *axis, char letter,
                        const struct head_set *set)
{
    size_t n;
    struct transect_head *heads = list_of_heads(set, &n);

    for (size_t i = 0; i < n; i++) {
        char *text = mem_printf("L%d%c%d", (int)heads[i].layer, letter,
                                (int)heads[i].head);
        struct sweep_value *value = sweep_add(axis, text, mem_strdup(text));

        value->layer = heads[i].layer;
        value->head = heads[i].head;
        value->heads = head_set_new(set->n_layer, set->n_head);
        head_set_add(value->heads, value->layer, value->head);
    }
    free(heads);
}

static int add_heads(struct sweep_axis *axis, bool groups, const char *list,
                     const struct option_limits *limits, struct error *err)
{
    struct head_set *set;
    int status = groups ? list_groups(list, limits->n_layer,
                                      limits->n_kv_head, &set, err)
                        : list_heads(list, limits->n_layer, limits->n_head,
                                     &set, err);

    if (status)
        return status;
    axis->places = SWEEP_HEADS;
    add_members(axis, groups ? 'G' : 'H', set);
    head_set_free(set);
    return ST_OK;
}

/* Layers, dims or hidden units. */
static int add_numbers(struct sweep_axis *axis, int type, const char *list,
                       const struct option_limits *limits, struct error *err)
{
    bool layers = type == TRANSECT_LAYERS;
    int limit = layers ? limits->n_layer
                       : type == TRANSECT_UNITS ? limits->d_mlp
                                                : limits->d_model;
    int32_t *numbers;
    size_t n;

    axis->places = layers ? SWEEP_LAYERS : SWEEP_NUMBERS;
    axis->label = layers ? "layer" : type == TRANSECT_UNITS ? "unit" : "dim";
    if (list_numbers(list, axis->label, limit, &numbers, &n, err))
        return err->status;
    for (size_t i = 0; i < n; i++) {
        char *text = mem_printf("%d", (int)numbers[i]);
        struct sweep_value *value = sweep_add(axis, text, mem_strdup(text));

        value->layer = layers ? numbers[i] : -1;
        value->number = layers ? -1 : numbers[i];
    }
    free(numbers);
    return ST_OK;
}

/* Of "*", those that the model has. */
static int add_points(struct sweep_axis *axis, const char *list,
                      const struct option_limits *limits, struct error *err)
{
    int32_t *points;
    const char *why;
    size_t n;

    if (list_points(list, &points, &n, err))
        return err->status;
    for (size_t i = 0; i < n; i++)
        if (strcmp(list, "*") != 0 ||
            model_has_point(limits->config, limits->arch, points[i], &why))
            sweep_add(axis, mem_strdup(point_name(points[i])),
                      mem_strdup(point_name(points[i])));
    free(points);
    return ST_OK;
}

static bool has_text(const struct sweep_axis *axis, const char *text)
{
    for (size_t i = 0; i < axis->n; i++)
        if (strcmp(axis->values[i].text, text) == 0)
            return true;
    return false;
}

/* Takes over the word. As in other lists, repeats do not count. */
static void add_word(struct sweep_axis *axis, char *word)
{
    if (has_text(axis, word))
        free(word);
    else
        sweep_add(axis, word, mem_strdup(word));
}

/* "3-7" or "-2-3", two integers and a dash between. */
static bool is_range(const char *word, int64_t *first, int64_t *last)
{
    const char *dash = *word ? strchr(word + 1, '-') : NULL;
    char *from = dash ? mem_strndup(word, (size_t)(dash - word)) : NULL;
    bool is = dash && parse_int(from, first) && parse_int(dash + 1, last);

    free(from);
    return is;
}

static int add_range(struct sweep_axis *axis, const char *word, int64_t first,
                     int64_t last, struct error *err)
{
    uint64_t n;

    if (last < first)
        return error_set(err, ST_USAGE, "the range %.*s runs backwards; "
                         "write %lld-%lld", SHOWN, word, (long long)last,
                         (long long)first);
    n = (uint64_t)last - (uint64_t)first;
    if (n >= MAX_RANGE)
        return error_set(err, ST_USAGE, "the range %.*s has more than %d "
                         "numbers", SHOWN, word, MAX_RANGE);
    for (uint64_t i = 0; i <= n; i++)
        add_word(axis, mem_printf("%lld", (long long)(first + (int64_t)i)));
    return ST_OK;
}

/* The next of a list, for the caller to free, or NULL. */
static char *next_word(const char **list)
{
    const char *word = *list + strspn(*list, " \t,");
    size_t n = strcspn(word, " \t,");

    *list = word + n;
    return n ? mem_strndup(word, n) : NULL;
}

/* Whether they are values at all is found when the variant's are read. */
static int add_words(struct sweep_axis *axis, bool integers, const char *list,
                     struct error *err)
{
    int64_t first, last;
    int status = ST_OK;
    char *word;

    while (!status && (word = next_word(&list))) {
        if (integers && is_range(word, &first, &last)) {
            status = add_range(axis, word, first, last, err);
            free(word);
        } else {
            add_word(axis, word);
        }
    }
    return status;
}

/* Numbers of one sign, or a word: a place that has a name. */
static int add_position(struct sweep_axis *axis, const char *word, int longest,
                        struct error *err)
{
    int64_t first, last;

    if (strcmp(word, "*") == 0)
        return add_range(axis, word, 0, longest - 1, err);
    if (!is_range(word, &first, &last)) {
        add_word(axis, mem_strdup(word));
        return ST_OK;
    }
    if ((first < 0) == (last < 0))
        return add_range(axis, word, first, last, err);
    return error_set(err, ST_USAGE, "the range %.*s has other positions in "
                     "each sample; write those that are meant, all from the "
                     "start or all from the end", SHOWN, word);
}

/* Are they all numbers from the start, they are places on a line. An option
 * of another name, as keys, says what its positions are of. */
static void place_positions(struct sweep_axis *axis, const char *option)
{
    int64_t number;

    axis->label = strcmp(option, "positions") == 0 ? "position" : option;
    axis->positions = true;
    for (size_t i = 0; i < axis->n; i++)
        if (!parse_int(axis->values[i].text, &number) || number < 0 ||
            number > INT_MAX)
            return;
    axis->places = SWEEP_NUMBERS;
    for (size_t i = 0; i < axis->n; i++) {
        parse_int(axis->values[i].text, &number);
        axis->values[i].number = (int)number;
    }
}

/* Whether samples have them is found when instances are ready. */
static int add_positions(struct sweep_axis *axis, const char *option,
                         const char *list, const struct option_limits *limits,
                         struct error *err)
{
    int status = ST_OK;
    char *word;

    while (!status && (word = next_word(&list))) {
        status = add_position(axis, word, limits->longest, err);
        free(word);
    }
    place_positions(axis, option);
    return status;
}

bool sweep_list_is_whole(const char *list)
{
    bool whole = false;
    char *word;

    while ((word = next_word(&list))) {
        whole |= strcmp(word, "*") == 0;
        free(word);
    }
    return whole;
}

int sweep_list(struct sweep_axis *axis, const struct transect_option *option,
               const char *list, const struct option_limits *limits,
               struct error *err)
{
    switch (option->type) {
    case TRANSECT_HEADS:
    case TRANSECT_GROUPS:
        return add_heads(axis, option->type == TRANSECT_GROUPS, list, limits,
                         err);
    case TRANSECT_LAYERS:
    case TRANSECT_DIMS:
    case TRANSECT_UNITS:
        return add_numbers(axis, option->type, list, limits, err);
    case TRANSECT_POINTS:
        return add_points(axis, list, limits, err);
    case TRANSECT_POSITIONS:
        return add_positions(axis, option->name, list, limits, err);
    default:
        return add_words(axis, option->type == TRANSECT_INT, list, err);
    }
}
