/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* alphabet.c - bytes that stand for characters. */
#include "regex/alphabet.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_LETTERS 256
#define PAGE 256
#define N_PAGES (CHARSET_END / PAGE)

/* All code points from `from` to the next run have the letter. */
struct run {
    uint32_t from;
    int letter;
};

struct alphabet {
    struct run *runs;
    size_t n_runs;
    int n; /* letters */
    uint16_t page_of[N_PAGES];
    unsigned char (*pages)[PAGE];
    size_t n_pages;
};

void alphabet_free(struct alphabet *alphabet)
{
    if (!alphabet)
        return;
    free(alphabet->runs);
    free(alphabet->pages);
    free(alphabet);
}

struct alphabet *alphabet_new(void)
{
    struct alphabet *alphabet = mem_new(1, sizeof *alphabet);
    uint32_t at[] = {'\n', '\n' + 1};

    alphabet->runs = mem_new(1, sizeof *alphabet->runs);
    alphabet->n_runs = alphabet->n = 1;
    alphabet_tell(alphabet, &(struct charset){at, 2});
    return alphabet;
}

/* A run of the new list; renamed[old letter][is a member] is its letter. */
static void add_run(struct alphabet *alphabet, size_t *room, uint32_t from,
                    int *letter)
{
    if (*letter < 0)
        *letter = alphabet->n++;
    if (alphabet->n_runs == *room) {
        *room = 2 * *room + 16;
        alphabet->runs = mem_grow(alphabet->runs, *room,
                                  sizeof *alphabet->runs);
    }
    alphabet->runs[alphabet->n_runs++] = (struct run){from, *letter};
}

bool alphabet_tell(struct alphabet *alphabet, const struct charset *set)
{
    struct run *old = alphabet->runs;
    size_t n = alphabet->n_runs, i = 0, k = 0, room = 0;
    int renamed[N_LETTERS][2], letter;
    uint32_t at = 0;

    memset(renamed, -1, sizeof renamed);
    alphabet->runs = NULL;
    alphabet->n_runs = 0;
    alphabet->n = 0;
    for (letter = 0; at < CHARSET_END;) {
        if (i < n && old[i].from == at)
            letter = old[i++].letter;
        k += k < set->n && set->at[k] == at;
        add_run(alphabet, &room, at, &renamed[letter][k % 2]);
        at = i < n ? old[i].from : CHARSET_END;
        if (k < set->n && set->at[k] < at)
            at = set->at[k];
    }
    free(old);
    return alphabet->n <= N_LETTERS;
}

/* Letters change so that that of a newline is one. */
static void keep_newline(struct alphabet *alphabet)
{
    struct run *run;
    int newline = 0;

    for (run = alphabet->runs; run->from <= '\n'; run++)
        newline = run->letter;
    for (run = alphabet->runs; run < alphabet->runs + alphabet->n_runs; run++)
        if (run->letter == newline)
            run->letter = '\n';
        else if (run->letter == '\n')
            run->letter = newline;
}

static uint16_t page(struct alphabet *alphabet, const unsigned char *letters)
{
    size_t i = alphabet->n_pages;

    while (i-- > 0)
        if (memcmp(alphabet->pages[i], letters, PAGE) == 0)
            return (uint16_t)i;
    MEM_PUSH(alphabet->pages, alphabet->n_pages);
    memcpy(alphabet->pages[alphabet->n_pages], letters, PAGE);
    return (uint16_t)alphabet->n_pages++;
}

void alphabet_settle(struct alphabet *alphabet)
{
    unsigned char letters[PAGE];
    const struct run *run = alphabet->runs;
    const struct run *last = run + alphabet->n_runs - 1;
    uint32_t at;
    size_t i;

    keep_newline(alphabet);
    for (i = 0; i < N_PAGES; i++) {
        if (i > 0 && (run == last || run[1].from > (i + 1) * PAGE) &&
            run->from <= (i - 1) * PAGE) { /* as the page before */
            alphabet->page_of[i] = alphabet->page_of[i - 1];
            continue;
        }
        for (at = 0; at < PAGE; at++) {
            while (run < last && run[1].from <= i * PAGE + at)
                run++;
            letters[at] = (unsigned char)run->letter;
        }
        alphabet->page_of[i] = page(alphabet, letters);
    }
}

unsigned char alphabet_letter(const struct alphabet *alphabet, uint32_t code)
{
    return alphabet->pages[alphabet->page_of[code / PAGE]][code % PAGE];
}

static void put_letter(int letter, struct buffer *out)
{
    char text[5];

    snprintf(text, sizeof text, "\\x%02x", (unsigned)letter & 0xff);
    buffer_add(out, text, 4);
}

/* Ranges of letters, between brackets. */
static void put_members(const bool *member, struct buffer *out)
{
    int first, last;

    for (first = 0; first < N_LETTERS; first = last + 1) {
        for (last = first; last < N_LETTERS && member[last]; last++)
            continue;
        if (last > first)
            put_letter(first, out);
        if (last > first + 1) {
            buffer_add(out, "-", 1);
            put_letter(last - 1, out);
        }
    }
}

void alphabet_put(const struct alphabet *alphabet, const struct charset *set,
                  struct buffer *out)
{
    bool member[N_LETTERS] = {false};
    const struct run *run;
    size_t i;
    int n = 0;

    for (i = 0; i < alphabet->n_runs; i++) {
        run = &alphabet->runs[i];
        if (charset_has(set, run->from) && !member[run->letter]) {
            member[run->letter] = true;
            n++;
        }
    }
    if (n == 1) {
        put_members(member, out);
    } else if (n == 0) {
        buffer_add(out, "[^\\x00-\\xff]", 12);
    } else {
        buffer_add(out, "[", 1);
        put_members(member, out);
        buffer_add(out, "]", 1);
    }
}
