/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep-axis.c - the values that an option has in a sweep. */
#include "plan/sweep.h"

#include "base/buffer.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/random-normal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Random sets of one axis; more would be compared for too long. */
#define MAX_SETS 10000

static bool is_list(const struct transect_option *option)
{
    switch (option->type) {
    case TRANSECT_LAYERS:
    case TRANSECT_HEADS:
    case TRANSECT_DIMS:
    case TRANSECT_POINTS:
    case TRANSECT_GROUPS:
    case TRANSECT_POSITIONS:
    case TRANSECT_UNITS:
        return true;
    default:
        return false;
    }
}

static bool has_heads(const struct transect_option *option)
{
    return option->type == TRANSECT_HEADS || option->type == TRANSECT_GROUPS;
}

/* What follows the word, if text begins with it; else NULL. */
static const char *behind(const char *text, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(text, word, n) != 0 ||
        (text[n] && !strchr(SWEEP_BLANKS, text[n])))
        return NULL;
    return text + n + strspn(text + n, SWEEP_BLANKS);
}

bool sweep_is_axis(const struct transect_option *option, const char *text)
{
    static const char *const of_lists[] = {"each-layer", "random",
                                           "cumulative"};

    if (option->type == TRANSECT_STRING || option->type == TRANSECT_PATH ||
        option->type == TRANSECT_TOKENS)
        return false;
    if (behind(text, "each"))
        return true;
    for (size_t i = 0; i < 3 && is_list(option); i++)
        if (behind(text, of_lists[i]))
            return true;
    return false;
}

/* "N of K in LIST": the list; NULL: it is something else. */
static const char *parse_random(const char *what, int *many, int *k)
{
    int end = 0;

    if (sscanf(what, "%5d of %5d in%n", many, k, &end) != 2 || !end ||
        *many < 1 || *many > MAX_SETS || *k < 1)
        return NULL;
    return what[end] ? behind(what + end - 2, "in") : NULL;
}

const char *sweep_axis_list(const char *text)
{
    const char *what;
    int many, k;

    if ((what = behind(text, "each")) || (what = behind(text, "each-layer")))
        return what;
    what = behind(text, "random");
    return what ? parse_random(what, &many, &k) : NULL;
}

/* Puts the heads of a layer together: values of one layer follow one
 * another. */
static int each_layer(struct sweep_axis *axis,
                      const struct transect_option *option, const char *list,
                      const struct option_limits *limits, struct error *err)
{
    struct sweep_axis heads = {0};
    struct sweep_value *last = NULL;
    int status = ST_OK;

    if (!has_heads(option))
        status = error_set(err, ST_USAGE, "each-layer is for heads; write "
                           "each and a list");
    if (!status)
        status = sweep_list(&heads, option, list, limits, err);
    for (size_t i = 0; i < heads.n && !status; i++) {
        const struct sweep_value *head = &heads.values[i];

        if (last && last->layer == head->layer) {
            char *text = mem_printf("%s %s", last->text, head->text);

            free(last->text);
            last->text = text;
            head_set_add_all(last->heads, head->heads);
            continue;
        }
        last = sweep_add(axis, mem_strdup(head->text),
                         mem_printf("L%d", head->layer));
        last->layer = head->layer;
        last->heads = head_set_copy(head->heads);
    }
    axis->places = SWEEP_LAYERS;
    axis->label = "layer";
    sweep_clear(&(struct sweep){.axes = &heads, .n_axes = 1});
    return status;
}

/* How many sets of k of n there are, or a number above the limit. */
static double n_sets(int n, int k)
{
    double sets = 1;

    for (int i = 0; i < k; i++)
        sets = sets * (n - i) / (i + 1);
    return floor(sets + 0.5);
}

static bool seen(const int *sets, int n, int k)
{
    for (int i = 0; i < n; i++)
        if (memcmp(sets + (size_t)i * (size_t)k, sets + (size_t)n * (size_t)k,
                   (size_t)k * sizeof *sets) == 0)
            return true;
    return false;
}

/* Appends k values of a list, set[0] to set[k - 1], as one; name is taken
 * over. */
static struct sweep_value *add_joined(struct sweep_axis *axis,
                                      const struct sweep_axis *list,
                                      const int *set, int k, char *name)
{
    const struct sweep_value *first = &list->values[set[0]];
    struct head_set *heads = first->heads ? head_set_copy(first->heads) : NULL;
    struct buffer text = {0};
    struct sweep_value *value;

    for (int i = 0; i < k; i++) {
        const struct sweep_value *next = &list->values[set[i]];

        if (i > 0)
            buffer_add(&text, " ", 1);
        buffer_add(&text, next->text, strlen(next->text));
        if (heads)
            head_set_add_all(heads, next->heads);
    }
    buffer_add(&text, "", 1);
    value = sweep_add(axis, text.bytes, name);
    value->heads = heads;
    return value;
}

/* `many` different sets of k elements. */
static void add_sets(struct sweep_axis *axis, const struct sweep_axis *list,
                     uint64_t key, int many, int k)
{
    int *sets = mem_new((size_t)many * (size_t)k, sizeof *sets);
    uint64_t stream = 0;

    for (int i = 0; i < many; i++) {
        int *set = sets + (size_t)i * (size_t)k;

        do
            random_subset(key, stream++, (int)list->n, k, set);
        while (seen(sets, i, k));
        add_joined(axis, list, set, k, mem_printf("%d", i + 1))
            ->number = i + 1;
    }
    free(sets);
}

static int random_sets(struct sweep_axis *axis,
                       const struct transect_option *option,
                       const char *what, uint64_t key,
                       const struct option_limits *limits, struct error *err)
{
    struct sweep_axis list = {0};
    int many, k, status;
    const char *elements = parse_random(what, &many, &k);

    if (!elements)
        return error_set(err, ST_USAGE, "'random%s%s' is not random N of K "
                         "in LIST, as random 20 of 5 in *; N is at most %d",
                         *what ? " " : "", what, MAX_SETS);
    status = sweep_list(&list, option, elements, limits, err);
    if (!status && ((size_t)k > list.n || many > n_sets((int)list.n, k)))
        status = error_set(err, ST_USAGE, "there are no %d different sets of "
                           "%d in a list of %zu", many, k, list.n);
    if (!status)
        add_sets(axis, &list, key, many, k);
    axis->places = SWEEP_NUMBERS;
    axis->label = "random set";
    axis->unordered = true;
    sweep_clear(&(struct sweep){.axes = &list, .n_axes = 1});
    return status;
}

static int fill(struct sweep_axis *axis, const struct transect_option *option,
                const struct setting *setting, uint64_t key,
                const struct option_limits *limits, struct error *err)
{
    const char *what;

    if ((what = behind(setting->value, "each")))
        return sweep_list(axis, option, what, limits, err);
    if ((what = behind(setting->value, "each-layer")))
        return each_layer(axis, option, what, limits, err);
    if ((what = behind(setting->value, "random")))
        return random_sets(axis, option, what, key, limits, err);
    what = behind(setting->value, "cumulative");
    return sweep_cumulative(axis, option, setting, what, limits, err);
}

int sweep_axis_fill(struct sweep_axis *axis,
                    const struct transect_option *option,
                    const struct setting *setting, uint64_t random_key,
                    const struct option_limits *limits, struct error *err)
{
    int status = fill(axis, option, setting, random_key, limits, err);

    if (!status && !axis->n)
        status = error_set(err, ST_USAGE, "'%s' names nothing; put a list "
                           "behind the word, as each *", setting->value);
    if (status) {
        error_within(err, "%s", axis->key);
        return error_in(err, setting->place);
    }
    return ST_OK;
}
