/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-tokenizer.c - a tokenizer.json with a few members changed, and a text.
 * The first byte chooses which. What is made of the text are tokens that
 * there are, the same ones each time. */
#include "harness.h"

#include "fuzz-texts.h"
#include "json-edits.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = {"byte-level", "split", "fallback",
                                    "metaspace"};

enum { N_NAMES = sizeof names / sizeof *names };

static const char *const more_words[] = {
    "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Contiguous", "Removed",
    "MergedWithNext", "MergedWithPrevious", "Whitespace", "BertNormalizer",
    "always", "never", "first", "add_prefix_space", "use_regex", "prepend",
    "prepend_scheme", "str_rep", "String", "Regex", "\\s+", "[^\\s]|", "(a*)*",
    "", " ", "\xe2\x96\x81", "\xcc\x81", "\xf0\x9f\x98\x80", "WordPiece",
    "processors", "normalizers", "decoders", "pretokenizers", "content"};

static json_t *documents[N_NAMES];
static struct fuzz_words words;
static char *dir;

static void set_up(void)
{
    char name[80];

    if (dir)
        return;
    dir = fuzz_subfolder("tokenizer");
    for (int i = 0; i < N_NAMES; i++) {
        snprintf(name, sizeof name, "tests/fuzz/base/%s.json", names[i]);
        documents[i] = fuzz_load_json(name);
        fuzz_add_words_of(&words, documents[i]);
    }
    for (size_t i = 0; i < sizeof more_words / sizeof *more_words; i++)
        fuzz_add_word(&words, more_words[i]);
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    size_t which;
    bool accepted, byte_level;
    json_t *json;

    set_up();
    which = fuzz_below(&input, N_NAMES);
    json = json_deep_copy(documents[which]);
    fuzz_edit_json(&input, json, &words);
    /* Nothing is lost as long as these are as they were. */
    byte_level = which == 0 && json_equal(json, documents[0]);
    free(fuzz_put_json("tokenizer/tokenizer.json", json));
    accepted = fuzz_texts(dir, &input, byte_level);
    json_decref(json);
    return accepted;
}

const struct fuzz_target fuzz_tokenizer = {"tokenizer", run, false};
