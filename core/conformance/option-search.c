/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* option-search.c - looking for options of a plugin that go together: in the
 * order of a breadth-first search, over what is refused for new reasons. */
#include "conformance/option-search.h"

#include "base/mem.h"
#include "conformance/option-values.h"
#include "conformance/static-checks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define N_WORDS 32 /* most words of a refusal */

/* A set of options that was refused for a new reason. */
struct refused {
    struct option_set choice;
    char *why;
    bool blamed;   /* the reason names the option that was set last */
    bool expanded; /* one more option was tried with it */
};

struct hunt {
    struct option_search *search;
    probe_fn *kind;
    const struct option_set *fixed;
    struct refused *refused;
    size_t n_refused;
    struct option_set found, idle; /* values NULL: none */
    int left;                  /* tries */
    char *why;                 /* (PROBE_WHY) of the latest try */
};

enum probe_result search_try(struct option_search *search, probe_fn *kind,
                             const struct option_set *choice, char *why)
{
    char *lines = option_set_text(choice, NULL, "\n");
    enum probe_result result;

    search->probe->settings = mem_printf("%s%s%s", lines, *lines ? "\n" : "",
                                         search->extra);
    search->tries++;
    result = probe_run(search->probe, kind, why);
    search->edited |= kind == probe_views && result == PROBE_GOOD;
    free(search->probe->settings);
    search->probe->settings = NULL;
    free(lines);
    return result;
}

/* Does the text have the name as a word? */
static bool names(const char *text, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = text; (at = strstr(at, name)); at++)
        if ((at == text || !isalnum((unsigned char)at[-1])) &&
            !isalnum((unsigned char)at[n]))
            return true;
    return false;
}

static bool is_new(const struct hunt *hunt, const char *why)
{
    for (size_t i = 0; i < hunt->n_refused; i++)
        if (strcmp(hunt->refused[i].why, why) == 0)
            return false;
    return true;
}

/* set: the option that was set last, or NULL. */
static enum probe_result visit(struct hunt *hunt,
                               const struct option_set *choice,
                               const char *set)
{
    enum probe_result result = search_try(hunt->search, hunt->kind, choice,
                                          hunt->why);

    hunt->left--;
    if (result == PROBE_IDLE && !hunt->idle.values)
        option_set_copy(&hunt->idle, choice);
    if (result != PROBE_IDLE && result != PROBE_REFUSED) {
        option_set_copy(&hunt->found, choice);
        return result;
    }
    if (!is_new(hunt, hunt->why))
        return PROBE_REFUSED;
    MEM_PUSH(hunt->refused, hunt->n_refused);
    hunt->refused[hunt->n_refused] = (struct refused){
        .why = mem_strdup(hunt->why),
        .blamed = set && names(hunt->why, set),
    };
    option_set_copy(&hunt->refused[hunt->n_refused++].choice, choice);
    return PROBE_REFUSED;
}

/* The next set to extend. Reasons that do not name the option set last come
 * first: where they do, its value is wrong and no other option helps. */
static struct refused *next(const struct hunt *hunt)
{
    struct refused *blamed = NULL;

    for (size_t i = 0; i < hunt->n_refused; i++) {
        struct refused *refused = &hunt->refused[i];

        if (!refused->expanded && !refused->blamed)
            return refused;
        if (!refused->expanded && !blamed)
            blamed = refused;
    }
    return blamed;
}

/* Each value of one option. */
static enum probe_result vary(struct hunt *hunt, const struct option_set *from,
                              const char *why, uint32_t i)
{
    struct transect_option option = static_checks_option(from->desc, i);
    enum probe_result result = PROBE_REFUSED;
    struct option_set choice;
    size_t n, n_words = 0;
    char **values = option_samples(&option, &n);
    char **words = option_search_takes_words(&option) &&
                           names(why, option.name)
                       ? option_search_words(why, &n_words)
                       : NULL;

    option_set_copy(&choice, from);
    for (size_t j = 0; j < n + n_words; j++) {
        char *value = j < n ? values[j] : words[j - n];

        if (result == PROBE_REFUSED && hunt->left > 0 &&
            (!from->values[i] || strcmp(from->values[i], value) != 0)) {
            option_set_set(&choice, i, value);
            result = visit(hunt, &choice, option.name);
        }
        free(value);
    }
    free(values);
    free(words);
    option_set_clear(&choice);
    return result;
}

/* 0: the reason names it; 1: it has no default; 2: neither. */
static int rank(const char *why, const struct transect_option *option)
{
    return names(why, option->name) ? 0 : option->fallback ? 2 : 1;
}

static enum probe_result expand(struct hunt *hunt, struct refused *refused)
{
    enum probe_result result = PROBE_REFUSED;
    struct option_set from;
    char *why = mem_strdup(refused->why);

    refused->expanded = true;
    option_set_copy(&from, &refused->choice); /* the array may move */
    for (int turn = 0; turn < 3; turn++)
        for (uint32_t i = 0; i < from.desc->n_options; i++) {
            struct transect_option option = static_checks_option(from.desc, i);

            if (result == PROBE_REFUSED && !hunt->fixed->values[i] &&
                rank(why, &option) == turn)
                result = vary(hunt, &from, why, i);
        }
    option_set_clear(&from);
    free(why);
    return result;
}

/* Returns the result and replaces the start by the set found. */
static enum probe_result conclude(struct hunt *hunt, struct option_set *choice,
                                  enum probe_result result)
{
    struct option_set *found = hunt->found.values ? &hunt->found : &hunt->idle;

    if (result == PROBE_REFUSED && hunt->idle.values)
        result = PROBE_IDLE;
    if (found->values) {
        option_set_clear(choice);
        *choice = *found;
        *found = (struct option_set){0};
    } else {
        strcpy(hunt->why, hunt->refused[0].why);
    }
    option_set_clear(&hunt->idle);
    for (size_t i = 0; i < hunt->n_refused; i++) {
        option_set_clear(&hunt->refused[i].choice);
        free(hunt->refused[i].why);
    }
    free(hunt->refused);
    return result;
}

enum probe_result search_options(struct option_search *search, probe_fn *kind,
                                 struct option_set *choice,
                                 const struct option_set *fixed, int limit,
                                 char *why)
{
    struct hunt hunt = {.search = search, .kind = kind, .fixed = fixed,
                        .left = limit, .why = why};
    enum probe_result result = visit(&hunt, choice, NULL);
    struct refused *refused;

    while (result == PROBE_REFUSED && hunt.left > 0 &&
           (refused = next(&hunt)))
        result = expand(&hunt, refused);
    return conclude(&hunt, choice, result);
}

bool option_search_takes_words(const struct transect_option *option)
{
    return option->type == TRANSECT_STRING ||
           option->type == TRANSECT_POINTS;
}

/* The plugin's part of a message, after the host's "in create: " or "in ready:
 * ". */
static const char *plugins_own(const char *why)
{
    static const char *const places[] = {"in create: ", "in ready: "};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *at = strstr(why, places[i]);

        if (at)
            return at + strlen(places[i]);
    }
    return why;
}

char **option_search_words(const char *why, size_t *n)
{
    const char *around = "'\"`()<>,.;:";
    char **words = mem_new(N_WORDS, sizeof *words);

    *n = 0;
    for (const char *at = plugins_own(why); *at && *n < N_WORDS;) {
        size_t size = strcspn(at, " \t"), inner = size;
        const char *start = at;

        while (inner && strchr(around, *start)) {
            start++;
            inner--;
        }
        while (inner && strchr(around, start[inner - 1]))
            inner--;
        if (inner)
            words[(*n)++] = mem_strndup(start, inner);
        at += size + strspn(at + size, " \t");
    }
    return words;
}
