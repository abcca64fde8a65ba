/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* added-tokens.c - finds added tokens in text. */
#include "tokenizer/added-tokens.h"

#include "base/mem.h"
#include "base/text.h"
#include "tokenizer/token-map.h"
#include "regex/unicode.h"

#include <stdlib.h>

/* The added tokens of one pass. */
struct set {
    struct token_map *texts; /* to their number in tokens */
    size_t *lengths;     /* (n_lengths), the longest first */
    size_t n_lengths;
    bool starts[256]; /* first bytes */
};

struct added {
    struct added_token *tokens; /* (n_tokens) */
    size_t n_tokens;
    struct set sets[ADDED_PASSES];
};

struct added *added_new(void)
{
    struct added *added = mem_new(1, sizeof *added);
    int pass;

    for (pass = 0; pass < ADDED_PASSES; pass++)
        added->sets[pass].texts = token_map_new();
    return added;
}

void added_free(struct added *added)
{
    int pass;

    if (!added)
        return;
    for (pass = 0; pass < ADDED_PASSES; pass++) {
        token_map_free(added->sets[pass].texts);
        free(added->sets[pass].lengths);
    }
    free(added->tokens);
    free(added);
}

static void add_length(struct set *set, size_t length)
{
    size_t i;

    for (i = 0; i < set->n_lengths; i++)
        if (set->lengths[i] == length)
            return;
    MEM_PUSH(set->lengths, set->n_lengths);
    for (i = set->n_lengths++; i > 0 && set->lengths[i - 1] < length; i--)
        set->lengths[i] = set->lengths[i - 1];
    set->lengths[i] = length;
}

void added_add(struct added *added, const char *text, size_t size,
               const struct added_token *token)
{
    struct set *set = &added->sets[token->pass];

    if (!token_map_add(set->texts, text, size, (int32_t)added->n_tokens))
        return;
    add_length(set, size);
    set->starts[(unsigned char)text[0]] = true;
    MEM_PUSH(added->tokens, added->n_tokens);
    added->tokens[added->n_tokens++] = *token;
}

/* The longest token at the start of text: its index, and its length; or -1. */
static int32_t longest(const struct set *set, const char *text, size_t size,
                       size_t *length)
{
    int32_t found;
    size_t i;

    if (!set->starts[(unsigned char)text[0]])
        return -1;
    for (i = 0; i < set->n_lengths; i++) {
        *length = set->lengths[i];
        if (*length > size)
            continue;
        found = token_map_find(set->texts, text, *length);
        if (found >= 0)
            return found;
    }
    return -1;
}

static bool word_at(const char *text, size_t size)
{
    size_t length = text_utf8(text, size);

    return length > 0 && unicode_is_word(unicode_code(text, length));
}

static bool word_before(const char *text, size_t size)
{
    size_t length;

    for (length = 1; length <= 4 && length <= size; length++)
        if (text_utf8(text + size - length, length) == length)
            return word_at(text + size - length, length);
    return false;
}

/* The end of the white space from `at` on; each stretch is gone through
 * once. */
static size_t blank_end(const char *text, size_t size, size_t at,
                        struct added_search *search)
{
    if (at < search->blank || at > search->blank_end) {
        search->blank = at;
        search->blank_end = at + unicode_spaces_after(text + at, size - at);
    }
    return search->blank_end;
}

static void take_spaces(const struct added_token *token, const char *text,
                        size_t size, struct added_search *search,
                        struct added_match *match)
{
    size_t end = search->end;

    /* Those that the token before has taken are gone. */
    if (token->lstrip && match->start < end)
        match->start = end;
    else if (token->lstrip)
        match->start -= unicode_spaces_before(text + end,
                                              match->start - end);
    if (token->rstrip)
        match->end = blank_end(text, size, match->end, search);
}

bool added_find(const struct added *added, enum added_pass pass,
                const char *text, size_t size, struct added_search *search,
                struct added_match *match)
{
    const struct set *set = &added->sets[pass];
    const struct added_token *token;
    size_t start, length;
    int32_t found;

    while (search->next < size) {
        start = search->next;
        found = longest(set, text + start, size - start, &length);
        search->next += found >= 0 ? length : 1;
        if (found < 0)
            continue;
        token = &added->tokens[found];
        if (token->single_word &&
            (word_before(text, start) ||
             word_at(text + start + length, size - start - length)))
            continue;
        *match = (struct added_match){token->id, start, start + length};
        take_spaces(token, text, size, search, match);
        if (match->start >= match->end)
            *match = (struct added_match){-1, search->end, search->end};
        search->end = match->end;
        return true;
    }
    return false;
}
