/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* list-syntax.h - lists of layers, heads, dims and tokens as users write
 * them. */
#ifndef CORE_PLUGIN_LIST_SYNTAX_H
#define CORE_PLUGIN_LIST_SYNTAX_H

#include "base/error.h"
#include "base/head-set.h"
#include "tokenizer/model-tokenizer.h"
#include <stddef.h>
#include <stdint.h>
#include <transect/plugin.h>

/* Each list is for the caller to free, also when it is empty, and untouched
 * after an error. Messages carry no place; ST_USAGE. */

/* Numbers 0..limit-1: "0-3 7", separated by blanks or commas, "*" for all.
 * Ascending and without repeats. `noun` ("layer") is for messages. */
int list_numbers(const char *text, const char *noun, int limit, int32_t **list,
                 size_t *n, struct error *err);
/* Heads: L2H7, L2H*, L*H0, L0-3H1, *. */
int list_heads(const char *text, int n_layer, int n_head,
               struct head_set **heads, struct error *err);
/* Key/value heads, each with the heads that it serves: L2G1, L2G*, *. */
int list_groups(const char *text, int n_layer, int n_kv_head,
                struct head_set **groups, struct error *err);
/* A set as an array, ordered by layer, then head. */
struct transect_head *list_of_heads(const struct head_set *set, size_t *n);
/* Hook points by name, or "*" for all; ascending. */
int list_points(const char *text, int32_t **list, size_t *n,
                struct error *err);
/* Tokens 0..n_vocab-1, in the order in which they are written and none twice:
 * ids, or texts in quotes, with the escapes of text_unquote(), that are one
 * token's own text each. The tokenizer is built for the first text. */
int list_tokens(const char *text, struct model_tokenizer *tokenizer,
                int n_vocab, int32_t **list, size_t *n, struct error *err);

#endif
