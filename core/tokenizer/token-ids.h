/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* token-ids.h - lists of token ids. */
#ifndef CORE_TOKENIZER_TOKEN_IDS_H
#define CORE_TOKENIZER_TOKEN_IDS_H

#include "base/error.h"
#include <stddef.h>
#include <stdint.h>

/* Growing list of ids; zero-initialize, free .ids. */
struct token_ids {
    int32_t *ids;
    size_t n;
};

void ids_push(struct token_ids *list, int32_t id);
/* Appends the ids, 0 to limit - 1, of a text where white space or commas
 * separate them. The message of ST_DATA lacks the place; *line gets the line
 * of the text, from 1. */
int ids_parse(const char *text, size_t size, int32_t limit,
              struct token_ids *list, int *line, struct error *err);

#endif
