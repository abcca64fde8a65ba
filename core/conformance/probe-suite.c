/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe-suite.c - the tries of check-plugin, and the verdict. */
#include "conformance/probe-suite.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SEARCH 600       /* tries for options that go together */
#define MAX_SHAPE_SEARCH 100 /* for those that a model needs */

static const struct probe_shape shapes[] = {
    [SHAPE_PLAIN] = {"plain", "2 layers, 2 heads, 12 samples of 150 tokens",
                     12, 150, 2, 2, 0, 16, 160},
    [SHAPE_SMALL] = {"small", "many samples of 5 tokens in one pass", 40, 5,
                     2, 2, 0, 8, 16},
    {"token", "samples of 1 token", 3, 1, 2, 2, 0, 8, 16},
    {"head", "1 head", 2, 8, 2, 1, 0, 8, 16},
    {"layer", "1 layer", 2, 8, 1, 4, 0, 8, 16},
    {"one", "1 layer, 1 head, 1 sample of 1 token", 1, 1, 1, 1, 0, 4, 8},
    {"context", "samples as long as the context", 2, 64, 3, 2, 0, 8, 64},
    {"grouped", "a Llama: rotary positions, RMS norms, a gated MLP, 4 heads "
                "that share 2 key/value heads", 4, 9, 2, 4, 2, 16, 16},
    {"shared", "a Llama whose 3 heads share 1", 3, 5, 3, 3, 1, 12, 8},
};

/* On the user's model, where they fit into its context. */
static const struct probe_shape of_model[] = {
    [SHAPE_PLAIN] = {.what = "3 samples of 150 tokens",
                     .samples = 3, .length = 150},
    [SHAPE_SMALL] = {.what = "6 samples of 5 tokens in one pass",
                     .samples = 6, .length = 5},
    {.what = "samples of 1 token", .samples = 3, .length = 1},
};

#define N_SHAPES (sizeof shapes / sizeof shapes[0])
#define N_OF_MODEL (sizeof of_model / sizeof of_model[0])

static const struct {
    const char *name;
    probe_fn *try;
} kinds[] = {
    {"hidden states are bit for bit those without it", probe_neutral},
    {"the same tables from a process of its own", probe_isolated},
    {"the same from worker threads, variants side by side", probe_workers},
    {"saved and restored: the same tables", probe_state},
    {"saved and merged: the same tables", probe_merge},
    {"samples in one pass: the same as each in a pass of its own",
     probe_passes},
    {"records with pairs", probe_paired},
    {"tokens alone, without records", probe_windows},
    {"columns have units and meanings, for schema.json", probe_described},
    {"no memory remains behind destroy", probe_leaks},
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

enum probe_result probe_suite_events(struct probe_suite *tries,
                               const struct option_set *choice, char *why)
{
    char other[PROBE_WHY];
    enum probe_result result = search_try(&tries->search, probe_views, choice,
                                          why), again;

    if (result > PROBE_IDLE || !tries->any_thread)
        return result;
    again = search_try(&tries->search, probe_workers, choice, other);
    if (again == PROBE_GOOD || again == PROBE_ABSENT)
        return result;
    snprintf(why, PROBE_WHY, "on worker threads: %.*s", PROBE_WHY - 30, other);
    return again;
}

void probe_suite_report(struct probe_suite *tries, enum probe_result result,
                        const char *what, const char *why)
{
    static const char *const words[] = {
        [PROBE_GOOD] = "ok", [PROBE_IDLE] = "idle",
        [PROBE_REFUSED] = "refused", [PROBE_BAD] = "BAD",
        [PROBE_ABSENT] = "-"};

    tries->n[result]++;
    if (result == PROBE_ABSENT && !*why)
        why = "it has nothing of the kind";
    text_printf("  %-8s%s%s%s\n", words[result], what, *why ? ": " : "", why);
    fflush(stdout);
}

/* --set of the plugin's own options as the choice that all tries make, of the
 * host's keys, and of what is neither, as they are. */
static void take_given(struct probe_suite *tries, const char *lines,
                       char **extra)
{
    *extra = mem_strdup("");
    while (*lines) {
        size_t n = strcspn(lines, "\n"), key = strcspn(lines, " =");
        const char *value = memchr(lines, '=', n);
        uint32_t i = option_set_find(&tries->given, lines, key);
        char *text;

        if (value && i < tries->given.desc->n_options) {
            value += 1 + strspn(value + 1, " ");
            text = mem_strndup(value, (size_t)(lines + n - value));
            option_set_set(&tries->given, i, text);
        } else {
            text = mem_printf("%s%.*s\n", *extra, (int)n, lines);
            free(*extra);
            *extra = mem_strdup(text);
        }
        free(text);
        lines += n + (lines[n] == '\n');
    }
}

/* Options with which the plugin runs, and edits if it can. */
static void find_base(struct probe_suite *tries)
{
    char first[PROBE_WHY], why[PROBE_WHY], *text;
    enum probe_result result;

    tries->search.probe->shape = &tries->shapes[SHAPE_SMALL];
    option_set_copy(&tries->base, &tries->given);
    result = search_try(&tries->search, probe_views, &tries->base, first);
    if (result != PROBE_REFUSED && result != PROBE_IDLE)
        return;
    result = search_options(&tries->search, probe_views, &tries->base,
                            &tries->given, MAX_SEARCH, why);
    text = option_set_text(&tries->base, &tries->given, ", ");
    if (*text)
        text_printf("\nwith %s, found in %d tries, since without\n  %s\n",
                    text, tries->search.tries, first);
    else
        text_printf("\nno options found with which it %s, in %d tries\n",
                    result == PROBE_IDLE ? "changes something" : "runs",
                    tries->search.tries);
    free(text);
}

/* Whether to try on worker threads too. */
static void find_threads(struct probe_suite *tries)
{
    char why[PROBE_WHY];
    enum probe_result result;

    result = search_try(&tries->search, probe_threads, &tries->base, why);
    tries->any_thread = result == PROBE_GOOD;
    printf("\nthreads\n");
    probe_suite_report(tries, result,
                       "its events may come on any thread; all tries "
                       "also on worker threads",
                       why);
}

/* Tries a model with `choice`, which gets more options where it is refused. */
static void try_shape(struct probe_suite *tries,
                      const struct probe_shape *shape,
                      struct option_set *choice)
{
    char why[PROBE_WHY], *text, *what;
    enum probe_result result;

    tries->search.probe->shape = shape;
    result = search_options(&tries->search, probe_views, choice,
                            &tries->given, MAX_SHAPE_SEARCH, why);
    if (result <= PROBE_IDLE && tries->any_thread)
        result = probe_suite_events(tries, choice, why);
    text = option_set_text(choice, &tries->base, ", ");
    what = mem_printf("%s%s%s", shape->what, *text ? ", with " : "", text);
    probe_suite_report(tries, result, what, why);
    free(what);
    free(text);
}

/* plain: what the first of them, on which all further tries are, needs. */
static void try_shapes(struct probe_suite *tries, struct option_set *plain)
{
    char *given = option_set_text(&tries->given, NULL, ", ");

    if (tries->search.probe->model.path)
        text_printf("\nsamples for %s\n", tries->search.probe->model.path);
    else
        printf("\nmodels and samples\n");
    if (*given)
        text_printf("  %s\n", given);
    free(given);
    for (size_t i = 0; i < tries->n_shapes; i++) {
        struct option_set choice;

        option_set_copy(&choice, &tries->base);
        try_shape(tries, &tries->shapes[i], &choice);
        if (i == SHAPE_PLAIN)
            option_set_copy(plain, &choice);
        option_set_clear(&choice);
    }
}

/* results: (N_KINDS) */
static void try_kinds(struct probe_suite *tries,
                      const struct option_set *choice,
                      enum probe_result *results)
{
    char why[PROBE_WHY];

    printf("\nas a whole\n");
    tries->search.probe->shape = &tries->shapes[SHAPE_PLAIN];
    for (size_t i = 0; i < N_KINDS; i++) {
        results[i] = search_try(&tries->search, kinds[i].try, choice, why);
        probe_suite_report(tries, results[i], kinds[i].name, why);
    }
}

static void try_all(struct probe_suite *tries, enum probe_result *results)
{
    struct option_set plain;

    find_base(tries);
    find_threads(tries);
    try_shapes(tries, &plain);
    if (tries->given.desc->n_options) {
        printf("\noptions\n");
        probe_suite_options(tries);
        probe_suite_mixes(tries);
    }
    try_kinds(tries, &plain, results);
    option_set_clear(&plain);
}

/* copies: (N_OF_MODEL), samples that the user's model can take. */
static int choose_shapes(struct probe_suite *tries,
                         struct probe_shape *copies, struct error *err)
{
    struct probe *probe = tries->search.probe;
    int status = ST_OK;

    tries->shapes = probe->model.path ? copies : shapes;
    tries->n_shapes = probe->model.path ? N_OF_MODEL : N_SHAPES;
    for (size_t i = 0; i < N_OF_MODEL; i++) {
        copies[i] = of_model[i];
        if (copies[i].length > probe->model.context) {
            copies[i].length = probe->model.context;
            copies[i].what = "samples as long as the context";
        }
    }
    for (size_t i = 0; i < N_SHAPES && !probe->model.path && !status; i++) {
        probe->shape = &shapes[i];
        status = probe_make_model(probe, err);
    }
    return status;
}

/* Prints which kinds of tries were refused with all options; true if any were.
 */
static bool say_untried(const struct probe_suite *tries,
                        const enum probe_result *results)
{
    bool any = false;

    if ((tries->given.desc->capabilities & TRANSECT_CAP_EDITS) &&
        !tries->search.edited) {
        printf("\nnever tried: an edit that changes something");
        any = true;
    }
    for (size_t i = 0; i < N_KINDS; i++)
        if (results[i] == PROBE_REFUSED) {
            text_printf("\nnever tried: %s", kinds[i].name);
            any = true;
        }
    if (any)
        printf("\nfor want of options with which the plugin runs; give some "
               "by --set\n");
    return any;
}

static int verdict(const struct probe_suite *tries, bool untried,
                   int n_mistakes, struct error *err)
{
    const int *n = tries->n;
    int ran = n[PROBE_GOOD] + n[PROBE_IDLE], bad = n[PROBE_BAD];
    bool good = !bad && !n_mistakes && ran;

    text_printf(
        "\nverdict: %s%s (tries %d: good %d, idle %d, refused %d, bad %d; "
        "mistakes in the file %d; runs in all %d)\n",
        good ? "good" : "bad",
        good && untried ? " as far as it could be tried" : "",
        ran + n[PROBE_REFUSED] + bad, n[PROBE_GOOD], n[PROBE_IDLE],
        n[PROBE_REFUSED], bad, n_mistakes, tries->search.tries);
    if (good)
        return ST_OK;
    if (!ran)
        return error_set(err, ST_FAILED, "no try got as far as a run");
    return error_set(err, ST_FAILED, "the plugin is not fit to be used; bad "
                     "tries: %d, mistakes in its file: %d", bad, n_mistakes);
}

static void tries_clear(struct probe_suite *tries)
{
    for (uint32_t i = 0; i < tries->given.desc->n_options; i++) {
        for (size_t j = 0; j < tries->good[i].n; j++)
            free(tries->good[i].texts[j]);
        free(tries->good[i].texts);
    }
    free(tries->good);
    option_set_clear(&tries->base);
    option_set_clear(&tries->given);
}

int probe_suite(struct probe *probe, int n_mistakes, struct error *err)
{
    const struct transect_plugin *desc = &probe->plugin->desc;
    struct probe_suite tries = {.search = {.probe = probe}};
    struct probe_shape copies[N_OF_MODEL];
    enum probe_result results[N_KINDS];
    char *given = probe->settings, *extra;
    int status = choose_shapes(&tries, copies, err);

    if (status)
        return status;
    option_set_init(&tries.given, desc);
    tries.good = mem_new((size_t)desc->n_options + 1, sizeof *tries.good);
    take_given(&tries, given, &extra);
    tries.search.extra = extra;
    try_all(&tries, results);
    probe->settings = given;
    status = verdict(&tries, say_untried(&tries, results), n_mistakes, err);
    tries_clear(&tries);
    free(extra);
    return status;
}
