/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-impl.h - a tokenizer's inside, for the files that build it. */
#ifndef CORE_TOKENIZER_IMPL_H
#define CORE_TOKENIZER_IMPL_H

#include "bpe.h"
#include "json.h"
#include "pretokenize.h"
#include "tokenizer.h"
#include <stdbool.h>

/* Ids beyond it are taken for a damaged file, not for a vocabulary. */
#define TOKENIZER_MAX_ID ((1 << 24) - 1)
#define TOKENIZER_MAX_FILES 8

struct piece {
    char *bytes; /* NULL: no token has this id */
    size_t size;
};

/* In which pass over the text a special token is found: tokens that are to
 * be looked for in normalized text come second, though there is nothing that
 * normalizes. */
enum special_pass { SPECIAL_RAW, SPECIAL_NORMALIZED, SPECIAL_PASSES };

struct special {
    char *text;
    size_t size;
    int32_t id;
    enum special_pass pass;
};

struct tokenizer {
    struct piece *pieces; /* (n_pieces), by id */
    int32_t n_pieces;
    struct special *specials; /* longest first */
    size_t n_specials;
    bool starts[SPECIAL_PASSES][256]; /* first bytes of special tokens */
    int32_t bos;
    struct bpe *bpe;
    struct pretokenizer *pretokenizer;
    char *files[TOKENIZER_MAX_FILES + 1]; /* NULL-terminated */
    size_t n_files;
};

/* While one is read. Functions return a status and leave the message, with
 * the file, in err. */
struct tokenizer_load {
    struct tokenizer *tokenizer;
    const char *dir;
    char *path;    /* of the file under way */
    json_t *vocab; /* token -> id; owned */
    struct error *err;
};

/* Reads DIR/NAME, an object, as the file under way; new reference. *root
 * stays NULL if there is no such file. */
int load_json(struct tokenizer_load *load, const char *name, json_t **root);
/* Makes DIR/NAME the file under way; false: there is none. */
bool load_file(struct tokenizer_load *load, const char *name);
/* Takes over a reference to the vocabulary, makes pieces and bpe. */
int load_vocab(struct tokenizer_load *load, json_t *vocab);
/* The message lacks the place. left and right need no final NUL. */
int load_merge(struct tokenizer_load *load, const char *left, size_t n_left,
               const char *right, size_t n_right);
/* A special token: its text, or an object with "content" and how it is to
 * be matched. id -1: that of the vocabulary. */
int load_special(struct tokenizer_load *load, json_t *token, int64_t id);
int load_error(struct tokenizer_load *load, const char *token,
               const char *what);

/* tokenizer-json.c: all that tokenizer.json says, given its root. */
int load_tokenizer_json(struct tokenizer_load *load, json_t *root);
/* tokenizer-files.c: vocab.json, merges.txt, added_tokens.json. */
int load_vocab_and_merges(struct tokenizer_load *load);
/* tokenizer-settings.c: tokenizer_config.json, special_tokens_map.json. With
 * check_class, a tokenizer that is not GPT-2's by name is refused. */
int load_settings(struct tokenizer_load *load, bool check_class);

#endif
