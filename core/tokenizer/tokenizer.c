/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer.c - text to token ids and back. */
#include "tokenizer/tokenizer.h"

#include "base/mem.h"
#include "format/gguf-tokenizer.h"
#include "tokenizer/tokenizer-ggml.h"
#include "tokenizer/tokenizer-internal.h"

#include <stdlib.h>
#include <string.h>

void tokenizer_close(struct tokenizer *tokenizer)
{
    size_t i;

    if (!tokenizer)
        return;
    for (i = 0; i < (size_t)tokenizer->n_pieces; i++)
        free(tokenizer->pieces[i].bytes);
    for (i = 0; i < tokenizer->n_files; i++)
        free(tokenizer->files[i].path);
    free(tokenizer->pieces);
    token_map_free(tokenizer->vocab);
    token_map_free(tokenizer->specials);
    added_free(tokenizer->added);
    pretokenize_free(tokenizer->normalizer);
    pretokenize_free(tokenizer->pretokenizer);
    bpe_free(tokenizer->bpe);
    tokenizer_decoder_free(&tokenizer->decoder);
    free(tokenizer->front.ids);
    free(tokenizer->behind.ids);
    free(tokenizer);
}

/* tokenizer.model, unless there is GPT-2's vocab.json. */
static int load_older(struct tokenizer_load *load)
{
    int status;

    load->source = TOKENIZER_VOCAB;
    status = tokenizer_load_sentencepiece(load);
    if (status || load->source == TOKENIZER_SENTENCEPIECE)
        return status;
    return tokenizer_load_vocab_and_merges(load);
}

static int read_folder(const struct model_files *files,
                       struct tokenizer **tokenizer, struct error *err)
{
    struct tokenizer_load load = {.dir = files->path, .model = files->config,
                                  .err = err};
    json_t *root = NULL;
    int status;

    tokenizer_load_begin(&load);
    status = tokenizer_load_config(&load);
    if (!status)
        status = tokenizer_load_json(&load, "tokenizer.json", &root);
    if (!status)
        status = root ? tokenizer_load_tokenizer_json(&load, root)
                      : load_older(&load);
    if (!status)
        status = tokenizer_load_settings(&load);
    json_decref(root);
    return tokenizer_load_end(&load, status, tokenizer);
}

static int build_from_gguf(const struct gguf *gguf,
                           struct tokenizer **tokenizer, struct error *err)
{
    struct gguf_tokenizer *given;
    struct ggml_tokenizer ggml;
    int status = gguf_get_tokenizer(gguf, &given, err);

    if (status)
        return status;
    ggml = (struct ggml_tokenizer){
        .path = gguf->mapping.path, .model = given->model, .pre = given->pre,
        .tokens = given->tokens, .types = given->types,
        .scores = given->scores, .n_tokens = given->n_tokens,
        .merges = given->merges, .n_merges = given->n_merges,
        .bos = given->bos, .unk = given->unknown,
        .add_space_prefix = given->add_space_prefix,
        .add_bos = given->add_bos,
    };
    status = tokenizer_from_ggml(&ggml, tokenizer, err);
    gguf_tokenizer_free(given);
    return status;
}

static int read_gguf(const struct gguf *gguf, struct tokenizer **tokenizer,
                     struct error *err)
{
    int status = build_from_gguf(gguf, tokenizer, err);

    if (!status)
        (*tokenizer)->files[(*tokenizer)->n_files++].path =
            mem_strdup(gguf->mapping.path);
    return status;
}

/* The one place outside format/ that tells formats apart: format/ cannot make
 * a tokenizer, since tokenizer/ includes it. */
int tokenizer_read(const struct model_files *files,
                   struct tokenizer **tokenizer, struct error *err)
{
    return files->gguf ? read_gguf(files->gguf, tokenizer, err)
                       : read_folder(files, tokenizer, err);
}

int tokenizer_open(const char *path, struct tokenizer **tokenizer,
                   struct error *err)
{
    struct model_files *files;
    int status = model_files_open(path, &files, err);

    if (status)
        return status;
    status = tokenizer_read(files, tokenizer, err);
    model_files_close(files);
    return status;
}

/* State of tokenizer_encode. */
struct encoding {
    struct tokenizer *tokenizer;
    enum added_pass pass; /* of the search for added tokens */
    bool first;           /* does the text begin where the input does? */
    struct token_ids *out;
    struct error *err;
};

static int encode_piece(void *context, const char *piece, size_t size)
{
    const struct encoding *encoding = context;

    bpe_encode(encoding->tokenizer->bpe, piece, size, encoding->out);
    return ST_OK;
}

static int encode_text(void *context, const char *text, size_t size);

/* Encodes the text between two added tokens. */
static int encode_between(const struct encoding *encoding, const char *text,
                          size_t size, bool first)
{
    struct tokenizer *t = encoding->tokenizer;
    struct encoding next = *encoding;

    if (size == 0)
        return ST_OK;
    next.first = first;
    if (++next.pass == ADDED_NORMALIZED)
        return pretokenize_run(t->normalizer, text, size, first, encode_text,
                               &next, encoding->err);
    return pretokenize_run(t->pretokenizer, text, size, first, encode_piece,
                           &next, encoding->err);
}

static int encode_text(void *context, const char *text, size_t size)
{
    const struct encoding *encoding = context;
    struct added_search search = {0};
    struct added_match match;
    size_t from = 0;
    int status;

    while (added_find(encoding->tokenizer->added, encoding->pass, text, size,
                      &search, &match)) {
        if (from < match.start) {
            status = encode_between(encoding, text + from, match.start - from,
                                    encoding->first && from == 0);
            if (status)
                return status;
        }
        if (match.id >= 0)
            ids_push(encoding->out, match.id);
        from = match.end;
    }
    return encode_between(encoding, text + from, size - from,
                          encoding->first && from == 0);
}

int tokenizer_encode(struct tokenizer *tokenizer, const char *text,
                     size_t size, struct token_ids *out, struct error *err)
{
    struct encoding encoding = {tokenizer, ADDED_RAW, true, out, err};

    if (size > INT32_MAX / 8)
        return error_set(err, ST_DATA, "a text of %zu bytes is too long; at "
                         "most %d can be tokenized at once", size,
                         INT32_MAX / 8);
    return encode_text(&encoding, text, size);
}

static bool strips(const struct decoder *decoder, const char *text,
                   size_t size)
{
    size_t n = strlen(decoder->strip);

    return n > 0 && size >= n && memcmp(text, decoder->strip, n) == 0;
}

/* Removes what the decoder strips from the ends. */
static void strip(const struct decoder *decoder, struct buffer *text)
{
    size_t n = strlen(decoder->strip), start = 0, i;

    for (i = 0; i < decoder->start &&
                strips(decoder, text->bytes + start, text->n - start); i++)
        start += n;
    for (i = 0; i < decoder->stop && text->n >= start + n &&
                strips(decoder, text->bytes + text->n - n, n); i++)
        text->n -= n;
    text->n -= start;
    memmove(text->bytes, text->bytes + start, text->n);
}

static void decode_first(const struct tokenizer *t, int32_t id,
                         struct buffer *out)
{
    const struct piece *piece = &t->pieces[id];
    size_t i;

    for (i = 0; i < piece->size; i++)
        if (!t->decoder.drops_first || piece->bytes[i] != ' ')
            buffer_add(out, piece->bytes + i, 1);
}

int32_t tokenizer_decode(const struct tokenizer *tokenizer,
                         const int32_t *ids, size_t n, struct buffer *out)
{
    const char *piece;
    size_t size, i;

    out->n = 0;
    for (i = 0; i < n; i++) {
        piece = tokenizer_piece(tokenizer, ids[i], &size);
        if (!piece)
            return ids[i];
        if (i == 0)
            decode_first(tokenizer, ids[i], out);
        else
            buffer_add(out, piece, size);
    }
    if (out->n > 0)
        strip(&tokenizer->decoder, out);
    return -1;
}

const char *tokenizer_piece(const struct tokenizer *tokenizer, int32_t id,
                            size_t *size)
{
    if (id < 0 || id >= tokenizer->n_pieces)
        return NULL;
    *size = tokenizer->pieces[id].size;
    return tokenizer->pieces[id].bytes;
}

bool tokenizer_is_ordinary(const struct tokenizer *tokenizer, int32_t id)
{
    size_t size = 0;
    const char *piece = tokenizer_piece(tokenizer, id, &size);

    return piece && token_map_find(tokenizer->specials, piece, size) != id;
}

int32_t tokenizer_size(const struct tokenizer *tokenizer)
{
    return tokenizer->n_pieces;
}

int32_t tokenizer_bos(const struct tokenizer *tokenizer)
{
    return tokenizer->bos;
}

int32_t tokenizer_begins_with(const struct tokenizer *tokenizer)
{
    return tokenizer->front.n > 0 ? tokenizer->front.ids[0] : -1;
}

const struct token_ids *tokenizer_front(const struct tokenizer *tokenizer,
                                        const char **by)
{
    *by = tokenizer->front_by;
    return &tokenizer->front;
}

const struct tokenizer_file *tokenizer_files(
    const struct tokenizer *tokenizer, size_t *n)
{
    *n = tokenizer->n_files;
    return tokenizer->files;
}
