/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* json-edits.h - documents that are nearly right: bytes choose which members
 * of a right one are removed, added, or replaced by values that somewhere
 * mean something. Bytes alone would seldom get past the parser. */
#ifndef TESTS_FUZZ_JSON_EDITS_H
#define TESTS_FUZZ_JSON_EDITS_H

#include "harness.h"

#include <jansson.h>

/* Keys and texts that new members are made of. */
struct fuzz_words {
    char **list; /* owned */
    size_t n;
};

/* Of a file in the sources; ends the program if it cannot be read. */
json_t *fuzz_load_json(const char *name);
void fuzz_add_word(struct fuzz_words *words, const char *word);
/* All keys and texts in it, but for objects with many members, which are
 * vocabularies. */
void fuzz_add_words_of(struct fuzz_words *words, json_t *json);

/* Makes up to seven edits somewhere in the container `root`, as the bytes
 * choose. */
void fuzz_edit_json(struct fuzz_input *input, json_t *root,
                    const struct fuzz_words *words);
/* The document into a file of the target's folder, of which the caller frees
 * the path. */
char *fuzz_put_json(const char *name, const json_t *json);

#endif
