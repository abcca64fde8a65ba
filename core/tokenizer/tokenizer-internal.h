/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-internal.h - struct tokenizer, and the functions that build one.
 */
#ifndef CORE_TOKENIZER_TOKENIZER_INTERNAL_H
#define CORE_TOKENIZER_TOKENIZER_INTERNAL_H

#include "base/json.h"
#include "tokenizer/added-tokens.h"
#include "tokenizer/bpe.h"
#include "tokenizer/pretokenize.h"
#include "tokenizer/token-map.h"
#include "tokenizer/tokenizer.h"
#include <stdbool.h>

/* Larger ids are taken for a damaged file. */
#define TOKENIZER_MAX_ID ((1 << 24) - 1)
#define TOKENIZER_MAX_FILES 8

struct piece {
    char *bytes; /* NULL: no token has this id */
    size_t size;
};

/* How tokens become bytes: each by itself, but for the ends of the text. */
struct decoder {
    bool symbols;       /* characters stand for bytes */
    bool byte_tokens;   /* "<0x00>" is a byte */
    char *from, *to;    /* replaced in each token, or NULL; owned */
    bool drops_first;   /* what `from` became goes from the first token */
    char strip[5];      /* removes this character, "" for none, ... */
    size_t start, stop; /* ... up to so many times from the text's ends */
};

struct tokenizer {
    struct token_map *vocab; /* tokens as their files spell them */
    struct piece *pieces;    /* (n_pieces), by id: what they stand for */
    int32_t n_pieces, room;
    struct token_map *specials; /* special and other added tokens, by text */
    struct added *added;        /* the same, to be found in texts */
    struct pretokenizer *normalizer, *pretokenizer;
    struct bpe *bpe;
    struct decoder decoder;
    int32_t bos;
    struct token_ids front, behind; /* what is put around every text */
    const char *front_by;           /* what says so */
    struct tokenizer_file files[TOKENIZER_MAX_FILES];
    size_t n_files;
};

struct definition;

/* A tokenizer that is being read. Functions return a status and leave the
 * message, with the file, in err. */
enum tokenizer_source { TOKENIZER_JSON, TOKENIZER_VOCAB,
                        TOKENIZER_SENTENCEPIECE };

struct tokenizer_load {
    struct tokenizer *tokenizer;
    const char *dir;
    enum tokenizer_source source;
    char *path;          /* of the file that is being read, for messages */
    struct buffer bytes; /* temporary */
    json_t *config;      /* tokenizer_config.json, or NULL */
    const json_t *model; /* config.json where it has been read, else NULL */
    const char *scheme;  /* a Metaspace's, where its class makes the steps */
    struct definition *definitions; /* of added tokens; special-tokens.c */
    size_t n_definitions;
    struct token_map *defined; /* their places, by text */
    int32_t n_vocab, last_added;
    struct error *err;
};

/* A special or other added token, as files describe it. */
struct special {
    const char *text;
    int64_t id;   /* as the file has it; -1: it has none */
    bool special; /* comes before others of the same text */
    bool named;   /* only mentioned: one that is known stays as it is */
    bool normalized, lstrip, rstrip, single_word;
    bool spelled; /* found in the normalized text, as it is */
};

/* tokenizer-builder.c: common to all kinds of files. A reader calls, in this
 * order, tokenizer_load_normalizer() to tokenizer_load_decoder(),
 * tokenizer_load_token() for all, tokenizer_load_model(),
 * tokenizer_load_merge() for all, tokenizer_load_special(). */
void tokenizer_load_begin(struct tokenizer_load *load);
/* Hands the tokenizer over, or closes it; returns status. */
int tokenizer_load_end(struct tokenizer_load *load, int status,
                       struct tokenizer **tokenizer);
int tokenizer_load_error(struct tokenizer_load *load, const char *token,
                         const char *what);
/* A value that is not supported; right: what is. */
int tokenizer_load_refuse(struct tokenizer_load *load, const char *what,
                          const char *is, const char *right);
/* The type of an object in tokenizer.json; "null", or that it has none. */
const char *tokenizer_load_type(json_t *part);
/* A token of the vocabulary, with a final NUL. */
int tokenizer_load_token(struct tokenizer_load *load, const char *token,
                         size_t size, int64_t id);
/* Gives an id the bytes it stands for. */
int tokenizer_load_piece(struct tokenizer_load *load, const char *token,
                         int32_t id, const char *bytes, size_t size);
int tokenizer_load_model(struct tokenizer_load *load,
                         const struct bpe_options *options);
/* The message lacks the place. left and right need no final NUL. */
int tokenizer_load_merge(struct tokenizer_load *load, const char *left,
                         size_t n_left, const char *right, size_t n_right,
                         int32_t rank);
/* special-tokens.c. As Hugging Face's tokenizers have it: what is said of a
 * token later counts, and one that is not in the vocabulary gets the next id,
 * whatever its file says. */
int tokenizer_load_special(struct tokenizer_load *load,
                           const struct special *special);
/* Its text, or an object with "content" and how it is to be matched. id: as
 * the file has it, or -1: the token is only named. */
int tokenizer_load_special_json(struct tokenizer_load *load, json_t *token,
                                int64_t id);
/* All that were loaded, to be found in texts from now on. */
int tokenizer_load_added(struct tokenizer_load *load);
void tokenizer_load_forget(struct tokenizer_load *load);

/* tokenizer-normalizer.c, tokenizer-pretokenizer.c, tokenizer-decoder.c: the
 * parts of a tokenizer.json of that name, each an object or null. The decoder
 * comes after the pre_tokenizer. */
int tokenizer_load_normalizer(struct tokenizer_load *load, json_t *normalizer);
int tokenizer_load_pretokenizer(struct tokenizer_load *load,
                                json_t *pretokenizer);
int tokenizer_load_decoder(struct tokenizer_load *load, json_t *decoder);
/* That of vocabularies with U+2581 for spaces; a new reference. strips: the
 * space in front, which the other way round was added. */
json_t *tokenizer_decoder_of_marks(bool strips);
void tokenizer_decoder_free(struct decoder *decoder);
/* The bytes that a token stands for, appended. */
void tokenizer_decoder_token(const struct decoder *decoder, const char *token,
                             size_t size, struct buffer *out);

/* tokenizer-files.c: a folder's. Reads DIR/NAME, which becomes the file under
 * way; the caller frees. NULL if there is no such file. */
int tokenizer_load_file(struct tokenizer_load *load, const char *name,
                        char **bytes, size_t *size);
/* The same as an object; a new reference. */
int tokenizer_load_json(struct tokenizer_load *load, const char *name,
                        json_t **root);
/* Every number is real; see json_parse_reals(). */
int tokenizer_load_reals(struct tokenizer_load *load, const char *name,
                         json_t **root);
/* An object of tokens and ids. */
int tokenizer_load_vocab(struct tokenizer_load *load, json_t *vocab);
/* tokenizer.model, if there is one and no vocab.json: load->source tells. */
int tokenizer_load_sentencepiece(struct tokenizer_load *load);
/* vocab.json, merges.txt, added_tokens.json */
int tokenizer_load_vocab_and_merges(struct tokenizer_load *load);
/* tokenizer-json.c: all that tokenizer.json says, given its root. */
int tokenizer_load_tokenizer_json(struct tokenizer_load *load, json_t *root);
/* tokenizer-postprocessor.c: an object or null. After all added tokens. */
int tokenizer_load_postprocessor(struct tokenizer_load *load, json_t *post);
/* tokenizer-config.c: tokenizer_config.json, before all else; and what its
 * class puts in place of parts of tokenizer.json. */
int tokenizer_load_config(struct tokenizer_load *load);
void tokenizer_load_own_steps(struct tokenizer_load *load, json_t *root);
/* Its special tokens, and those of special_tokens_map.json. Of vocab.json, a
 * tokenizer that is not GPT-2's by name is refused. */
int tokenizer_load_settings(struct tokenizer_load *load);

#endif
