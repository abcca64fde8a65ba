/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* token-ids.c - lists of token ids. */
#include "tokenizer/token-ids.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void ids_push(struct token_ids *list, int32_t id)
{
    MEM_PUSH(list->ids, list->n);
    list->ids[list->n++] = id;
}

static bool separates(char c)
{
    return c != '\0' && strchr(" \t\r\n\v\f,", c);
}

/* -1: not an id below limit. */
static int32_t number(const char *word, size_t size, int32_t limit)
{
    int64_t value = 0;
    size_t i;

    for (i = 0; i < size; i++) {
        if (word[i] < '0' || word[i] > '9')
            return -1;
        value = 10 * value + (word[i] - '0');
        if (value >= limit)
            return -1;
    }
    return (int32_t)value;
}

static int bad_id(const char *word, size_t size, int32_t limit,
                  struct error *err)
{
    const size_t enough = 40;
    char *shown = text_quote(word, size < enough ? size : enough);

    error_set(err, ST_DATA, "%s is not a token id; ids are numbers from 0 "
              "to %d", shown, (int)limit - 1);
    free(shown);
    return err->status;
}

int ids_parse(const char *text, size_t size, int32_t limit,
              struct token_ids *list, int *line, struct error *err)
{
    size_t i = 0, first;
    int32_t id;

    *line = 1;
    while (i < size) {
        if (separates(text[i])) {
            *line += text[i++] == '\n';
            continue;
        }
        for (first = i; i < size && !separates(text[i]); i++)
            ;
        id = number(text + first, i - first, limit);
        if (id < 0)
            return bad_id(text + first, i - first, limit, err);
        ids_push(list, id);
    }
    return ST_OK;
}
