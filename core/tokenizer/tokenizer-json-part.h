/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-json-part.h - reads the normalizer or pre_tokenizer of a
 * tokenizer.json into the steps of a struct pretokenizer. */
#ifndef CORE_TOKENIZER_TOKENIZER_JSON_PART_H
#define CORE_TOKENIZER_TOKENIZER_JSON_PART_H

#include "tokenizer/tokenizer-internal.h"

struct part {
    struct tokenizer_load *load;
    const char *name; /* "normalizer", "pre_tokenizer" */
    struct pretokenizer *pretokenizer;
};

typedef int (*part_fn)(struct part *part, json_t *json);

struct part_kind {
    const char *type;
    part_fn read;
};

/* By the type of the object; null: no step. right: the types there are. */
int part_read(struct part *part, json_t *json, const struct part_kind *kinds,
              size_t n_kinds, const char *right);
int part_sequence(struct part *part, json_t *list, part_fn read);
/* A member: a switch that must be there, one that keeps its value if it is
 * not, a string (borrowed). */
int part_switch(struct part *part, json_t *json, const char *key,
                bool *value);
int part_optional(struct part *part, json_t *json, const char *key,
                  bool *value);
int part_text(struct part *part, json_t *json, const char *key,
              const char **text);
/* The "pattern", a String or a Regex. The caller frees it. */
int part_pattern(struct part *part, json_t *json, struct regex **pattern);
int part_make_pattern(struct part *part, const char *text,
                      enum pattern_kind kind, struct regex **pattern);

#endif
