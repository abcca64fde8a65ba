/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe-options.c - check-plugin's tries of option values: one at a time
 * around options with which the plugin runs, then many at once. */
#include "base/mem.h"
#include "conformance/option-values.h"
#include "conformance/probe-suite.h"
#include "conformance/static-checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_MIXES 12
#define MAX_SEARCH 60 /* tries for options that a value needs beside it */
#define MAX_FAILED 2  /* failed searches after which an option gets no more */

/* The value, and the options that differ from the base: "heads = *, ...". */
static char *describe(const struct probe_suite *tries,
                      const struct option_set *choice, uint32_t i)
{
    const char *name = static_checks_option(choice->desc, i).name;
    const char *value = choice->values[i];
    struct option_set others;
    char *text, *more;
    bool as_base;

    option_set_copy(&others, choice);
    option_set_set(&others, i, tries->base.values[i]);
    as_base = option_set_same(&others, &tries->base);
    option_set_set(&others, i, NULL);
    more = option_set_text(&others, NULL, ", ");
    if (as_base)
        text = mem_printf("%s = %s", name, value);
    else if (*more)
        text = mem_printf("%s = %s, with %s", name, value, more);
    else
        text = mem_printf("%s = %s, alone", name, value);
    free(more);
    option_set_clear(&others);
    return text;
}

static void keep_value(struct probe_suite *tries, uint32_t i,
                       const char *value)
{
    struct values *good = &tries->good[i];

    MEM_PUSH(good->texts, good->n);
    good->texts[good->n++] = mem_strdup(value);
}

/* The try that tells whether options are accepted; of an editor it must change
 * something. */
static probe_fn *ready_kind(const struct probe_suite *tries)
{
    return tries->given.desc->capabilities & TRANSECT_CAP_EDITS
               ? probe_views : probe_ready;
}

/* Searches from `from` with the value; *choice becomes what was found. */
static bool find(struct probe_suite *tries, const struct option_set *from,
                 uint32_t i, const char *value, struct option_set *choice)
{
    char why[PROBE_WHY];
    struct option_set fixed, found;
    enum probe_result result;

    option_set_copy(&fixed, &tries->given);
    option_set_set(&fixed, i, value);
    option_set_copy(&found, from);
    option_set_set(&found, i, value);
    result = search_options(&tries->search, ready_kind(tries), &found, &fixed,
                            MAX_SEARCH, why);
    option_set_clear(&fixed);
    if (result == PROBE_REFUSED) {
        option_set_clear(&found);
        return false;
    }
    option_set_clear(choice);
    *choice = found;
    return true;
}

/* The value without the base, or with others. why: (PROBE_WHY), as it is if
 * that is refused as well. */
static enum probe_result try_elsewhere(struct probe_suite *tries, uint32_t i,
                                       const char *value,
                                       struct option_set *choice, char *why)
{
    char other[PROBE_WHY];
    enum probe_result result = PROBE_REFUSED;

    if (find(tries, &tries->given, i, value, choice) ||
        (!option_set_same(&tries->given, &tries->base) &&
         find(tries, &tries->base, i, value, choice)))
        result = probe_suite_events(tries, choice, other);
    if (result != PROBE_REFUSED)
        strcpy(why, other);
    return result;
}

/* A value with the base; if it is refused, with other options, as long as
 * fewer than MAX_FAILED such searches have failed. why: (PROBE_WHY) */
static enum probe_result try_value(struct probe_suite *tries, uint32_t i,
                                   const char *value, int *failed, char *why)
{
    char *what;
    struct option_set choice;
    enum probe_result result;

    option_set_copy(&choice, &tries->base);
    option_set_set(&choice, i, value);
    result = probe_suite_events(tries, &choice, why);
    if (result == PROBE_REFUSED && *failed < MAX_FAILED) {
        result = try_elsewhere(tries, i, value, &choice, why);
        *failed += result == PROBE_REFUSED;
    }
    if (result <= PROBE_IDLE)
        keep_value(tries, i, value);
    what = describe(tries, &choice, i);
    probe_suite_report(tries, result, what, why);
    free(what);
    option_set_clear(&choice);
    return result;
}

static bool is_good(const struct values *good, const char *value)
{
    for (size_t i = 0; i < good->n; i++)
        if (strcmp(good->texts[i], value) == 0)
            return true;
    return false;
}

/* The words of a refusal may be valid values; only accepted ones count as
 * tries. */
static void try_words(struct probe_suite *tries, uint32_t i,
                      const char *refusal)
{
    char why[PROBE_WHY];
    size_t n;
    char **words = option_search_words(refusal, &n);
    int failed = MAX_FAILED;

    for (size_t j = 0; j < n; j++) {
        struct option_set choice;

        option_set_copy(&choice, &tries->base);
        option_set_set(&choice, i, words[j]);
        if (!is_good(&tries->good[i], words[j]) &&
            search_try(&tries->search, probe_ready, &choice, why) !=
                PROBE_REFUSED)
            try_value(tries, i, words[j], &failed, why);
        option_set_clear(&choice);
        free(words[j]);
    }
    free(words);
}

static void try_option(struct probe_suite *tries, uint32_t i)
{
    struct transect_option option = static_checks_option(tries->given.desc, i);
    char why[PROBE_WHY], refusal[PROBE_WHY] = "";
    size_t n;
    char **values = option_samples(&option, &n);
    int failed = 0;

    for (size_t j = 0; j < n; j++) {
        enum probe_result result = try_value(tries, i, values[j], &failed,
                                             why);

        if (result == PROBE_REFUSED && !*refusal)
            strcpy(refusal, why);
        free(values[j]);
    }
    free(values);
    if (*refusal && option_search_takes_words(&option))
        try_words(tries, i, refusal);
}

void probe_suite_options(struct probe_suite *tries)
{
    tries->search.probe->shape = &tries->shapes[SHAPE_SMALL];
    for (uint32_t i = 0; i < tries->given.desc->n_options; i++)
        try_option(tries, i);
}

static uint32_t next(uint32_t random)
{
    return random * 1664525u + 1013904223u;
}

/* Adds one value, if the plugin takes it beside the others. */
static void add_value(struct probe_suite *tries, struct option_set *mix,
                      uint32_t i, const char *value)
{
    char why[PROBE_WHY], *what;
    struct option_set more;
    enum probe_result result;

    option_set_copy(&more, mix);
    option_set_set(&more, i, value);
    result = search_try(&tries->search, ready_kind(tries), &more, why);
    if (result == PROBE_BAD) {
        what = option_set_text(&more, NULL, ", ");
        probe_suite_report(tries, result, what, why);
        free(what);
    }
    if (result <= PROBE_IDLE) {
        option_set_clear(mix);
        *mix = more;
    } else {
        option_set_clear(&more);
    }
}

/* As many options at once as are accepted together, from a generator with a
 * fixed seed, so that every check of a plugin is the same. */
static void make_mix(struct probe_suite *tries, uint32_t random,
                     struct option_set *mix)
{
    uint32_t n = tries->given.desc->n_options;

    option_set_copy(mix, &tries->base);
    for (uint32_t k = 0, first = random >> 16; k < n; k++) {
        uint32_t i = (first + k) % n;
        const struct values *good = &tries->good[i];
        size_t pick;

        random = next(random);
        pick = (random >> 16) % (good->n + 1);
        if (!tries->given.values[i] && pick < good->n)
            add_value(tries, mix, i, good->texts[pick]);
    }
}

/* Tries a mix: all events, states saved and merged, worker threads. */
static void try_mix(struct probe_suite *tries, const struct option_set *mix)
{
    static const struct {
        probe_fn *kind;
        int shape;
        const char *name;
    } kinds[] = {{probe_views, SHAPE_SMALL, ""},
                 {probe_views, SHAPE_PLAIN, ""},
                 {probe_state, SHAPE_PLAIN, "saved and restored: "},
                 {probe_merge, SHAPE_PLAIN, "saved and merged: "},
                 {probe_workers, SHAPE_PLAIN, "on worker threads: "}};
    char why[PROBE_WHY], *what = option_set_text(mix, NULL, ", ");
    char *reason = mem_strdup("");
    enum probe_result result = PROBE_GOOD;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds &&
                       result <= PROBE_IDLE; i++) {
        enum probe_result this;

        tries->search.probe->shape = &tries->shapes[kinds[i].shape];
        this = search_try(&tries->search, kinds[i].kind, mix, why);
        if (this > result && this != PROBE_ABSENT) {
            result = this;
            free(reason);
            reason = mem_printf("%s%s", kinds[i].name, why);
        }
    }
    probe_suite_report(tries, result, what, reason);
    free(reason);
    free(what);
}

void probe_suite_mixes(struct probe_suite *tries)
{
    struct option_set mixes[N_MIXES];

    if (tries->given.desc->n_options < 2)
        return;
    printf("\nmany options at once, and states of them\n");
    for (uint32_t i = 0; i < N_MIXES; i++) {
        bool is_new = true;

        tries->search.probe->shape = &tries->shapes[SHAPE_SMALL];
        make_mix(tries, next(i * 2654435761u), &mixes[i]);
        for (uint32_t j = 0; j < i; j++)
            is_new = is_new && !option_set_same(&mixes[i], &mixes[j]);
        if (is_new && !option_set_same(&mixes[i], &tries->base))
            try_mix(tries, &mixes[i]);
    }
    for (uint32_t i = 0; i < N_MIXES; i++)
        option_set_clear(&mixes[i]);
}
