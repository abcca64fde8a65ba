/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* token-map.h - a map from texts to numbers not below 0: tokens to ids. */
#ifndef CORE_TOKENIZER_TOKEN_MAP_H
#define CORE_TOKENIZER_TOKEN_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct token_map;

struct token_map *token_map_new(void);
void token_map_free(struct token_map *map);
/* Copies the text. false: it is there already. */
bool token_map_add(struct token_map *map, const char *text, size_t size,
               int32_t id);
int32_t token_map_find(const struct token_map *map, const char *text,
                   size_t size); /* or -1 */

#endif
