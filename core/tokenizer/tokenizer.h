/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer.h - text to token ids and back. */
#ifndef CORE_TOKENIZER_TOKENIZER_H
#define CORE_TOKENIZER_TOKENIZER_H

#include "base/buffer.h"
#include "base/error.h"
#include "format/model-files.h"
#include "tokenizer/token-ids.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tokenizer;

/* A file that a tokenizer was read from. */
struct tokenizer_file {
    char *path;
    char sha256[65]; /* of what was read; "": it is the model's GGUF file */
};

/* That of a GGUF file, or of a folder: the BPE tokenizer of
 * DIR/tokenizer.json; or GPT-2's, by DIR/vocab.json and
 * DIR/merges.txt (and added_tokens.json); or SentencePiece's, by
 * DIR/tokenizer.model. Special tokens also from
 * tokenizer_config.json and special_tokens_map.json; where these name no
 * bos, eos or unk token it is GPT-2's "<|endoftext|>", if the vocabulary has
 * that. The files can be closed afterwards. ST_DATA for what is wrong in
 * them, and, by name, for what they ask for that is not done here. */
int tokenizer_read(const struct model_files *files,
                   struct tokenizer **tokenizer, struct error *err);
/* The same for who needs nothing else of the model. */
int tokenizer_open(const char *path, struct tokenizer **tokenizer,
                   struct error *err);
void tokenizer_close(struct tokenizer *tokenizer);
/* Appends the ids of size bytes, which may be invalid UTF-8: where the text
 * is split by a pattern, a run of bytes that are no character becomes a word
 * of its own. Added and special tokens in the text are recognized, the
 * longest first (of tokenizer.model alone: only those that the user defined);
 * none are added. Bytes for which a byte-level vocabulary has no token are
 * left out. O(n log n). ST_DATA: more than
 * INT32_MAX / 8 bytes. */
int tokenizer_encode(struct tokenizer *tokenizer, const char *text,
                     size_t size, struct token_ids *out, struct error *err);
/* Sets *out to the bytes that the ids stand for; -1, or the first id without
 * a token. This is what the tokens stand for, one after the other, but for
 * what some decoders strip off the ends. */
int32_t tokenizer_decode(const struct tokenizer *tokenizer,
                         const int32_t *ids, size_t n, struct buffer *out);
/* The bytes of one token (borrowed), or NULL for an id without a token. */
const char *tokenizer_piece(const struct tokenizer *tokenizer, int32_t id,
                            size_t *size);
/* Is it a token of texts: one that there is, and not a special or otherwise
 * added one? */
bool tokenizer_is_ordinary(const struct tokenizer *tokenizer, int32_t id);
int32_t tokenizer_size(const struct tokenizer *tokenizer); /* largest id+1 */
int32_t tokenizer_bos(const struct tokenizer *tokenizer);  /* or -1 */
/* What the tokenizer itself puts in front of every text, as transformers'
 * AutoTokenizer does it, or llama.cpp for a GGUF file: by the post_processor
 * of tokenizer.json; without that file by add_bos_token of
 * tokenizer_config.json. *by: what of its files says so. Borrowed. */
const struct token_ids *tokenizer_front(const struct tokenizer *tokenizer,
                                        const char **by);
/* The first of these, or -1: none. */
int32_t tokenizer_begins_with(const struct tokenizer *tokenizer);
/* Borrowed. */
const struct tokenizer_file *tokenizer_files(
    const struct tokenizer *tokenizer, size_t *n);

#endif
