/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* table-choice-text.c - a choice as it is written. */
#include "results/table-choice.h"

#include "base/mem.h"
#include "base/parse.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

static const char *const ways[] = {"top", "bottom", "random"};

/* The next word, for the caller to free; NULL: there is none. */
static char *next_word(const char **text)
{
    const char *start = *text + strspn(*text, BLANKS);
    size_t n = strcspn(start, BLANKS);

    *text = start + n;
    return n ? mem_strndup(start, n) : NULL;
}

static int way_of(const char *text)
{
    const char *rest = text;
    char *word = next_word(&rest);
    int way = -1;

    for (int i = 0; word && i < 3; i++)
        if (strcmp(word, ways[i]) == 0)
            way = i;
    free(word);
    return way;
}

bool choice_is(const char *text)
{
    return way_of(text) >= 0;
}

/* Is the next word this one? It is then read. */
static bool take_word(const char **text, const char *word)
{
    const char *rest = *text;
    char *next = next_word(&rest);
    bool is = next && strcmp(next, word) == 0;

    if (is)
        *text = rest;
    free(next);
    return is;
}

/* "KEY VALUE...", up to the end or to "and", behind which is another. */
static bool take_condition(const char **text, struct choice *choice,
                           bool *another)
{
    struct choice_condition *condition;
    char *word = next_word(text);

    if (!word)
        return false;
    MEM_PUSH(choice->conditions, choice->n_conditions);
    condition = &choice->conditions[choice->n_conditions++];
    *condition = (struct choice_condition){.key = word};
    while (!(*another = take_word(text, "and")) &&
           (word = next_word(text))) {
        MEM_PUSH(condition->words, condition->n_words);
        condition->words[condition->n_words++] = word;
    }
    return condition->n_words > 0;
}

static bool take_number(const char **text, int *n)
{
    char *word = next_word(text);
    uint64_t value = 0;
    bool is = word && parse_unsigned(word, &value) && value >= 1 &&
              value <= INT32_MAX;

    *n = (int)value;
    free(word);
    return is;
}

static bool parse(const char *text, struct choice *choice)
{
    choice->way = (enum choice_way)way_of(text);
    free(next_word(&text));
    if (!take_number(&text, &choice->n))
        return false;
    if (choice->way != CHOICE_RANDOM &&
        (!take_word(&text, "by") || !(choice->by = next_word(&text))))
        return false;
    for (bool more = take_word(&text, "where"); more;)
        if (!take_condition(&text, choice, &more))
            return false;
    return !text[strspn(text, BLANKS)];
}

int choice_parse(const char *text, struct choice *choice, struct error *err)
{
    *choice = (struct choice){0};
    if (parse(text, choice))
        return ST_OK;
    choice_clear(choice);
    return error_set(err, ST_USAGE, "'%s' is not top N by PLUGIN.COLUMN, "
                     "bottom N by PLUGIN.COLUMN or random N, with where KEY "
                     "VALUES behind it or without, as top 3 by "
                     "head-scorer.score where layer 1-2", text);
}

void choice_clear(struct choice *choice)
{
    for (size_t i = 0; i < choice->n_conditions; i++) {
        struct choice_condition *condition = &choice->conditions[i];

        for (size_t j = 0; j < condition->n_words; j++)
            free(condition->words[j]);
        free(condition->words);
        free(condition->key);
    }
    free(choice->conditions);
    free(choice->by);
    *choice = (struct choice){0};
}
