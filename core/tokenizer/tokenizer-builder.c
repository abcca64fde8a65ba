/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-builder.c - builds a tokenizer: vocabulary, merges, added tokens,
 * whichever files they come from. */
#include "base/mem.h"
#include "base/text.h"
#include "tokenizer/tokenizer-internal.h"

#include <stdlib.h>
#include <string.h>

/* A token for a message, quoted and shortened, since the file may be damaged.
 */
static char *shown(const char *text, size_t size)
{
    const size_t enough = 60;

    return text_quote(text, size < enough ? size : enough);
}

int tokenizer_load_error(struct tokenizer_load *load, const char *token,
                         const char *what)
{
    char *name = shown(token, strlen(token));

    error_set(load->err, ST_DATA, "%s: token %s: %s", load->path, name, what);
    free(name);
    return ST_DATA;
}

int tokenizer_load_refuse(struct tokenizer_load *load, const char *what,
                          const char *is, const char *right)
{
    char *name = shown(is, strlen(is));

    error_set(load->err, ST_DATA, "%s: %s is %s; only %s is supported",
              load->path, what, name, right);
    free(name);
    return ST_DATA;
}

const char *tokenizer_load_type(json_t *part)
{
    const char *type;

    if (!part || json_is_null(part))
        return "null";
    type = json_string_value(json_object_get(part, "type"));
    return type ? type : "without a type";
}

static void reserve(struct tokenizer *t, int32_t n)
{
    if (n <= t->n_pieces)
        return;
    if (n > t->room) {
        t->room = n > 2 * t->room ? n : 2 * t->room;
        t->pieces = mem_grow(t->pieces, (size_t)t->room, sizeof *t->pieces);
    }
    memset(t->pieces + t->n_pieces, 0,
           (size_t)(n - t->n_pieces) * sizeof *t->pieces);
    t->n_pieces = n;
}

int tokenizer_load_piece(struct tokenizer_load *load, const char *token,
                         int32_t id, const char *bytes, size_t size)
{
    struct tokenizer *t = load->tokenizer;

    reserve(t, id + 1);
    if (t->pieces[id].bytes)
        return tokenizer_load_error(load, token,
                                    "its id is that of another token; "
                                    "each id must occur once");
    t->pieces[id] = (struct piece){mem_strndup(bytes, size), size};
    return ST_OK;
}

int tokenizer_load_token(struct tokenizer_load *load, const char *token,
                         size_t size, int64_t id)
{
    struct tokenizer *t = load->tokenizer;

    if (id < 0 || id > TOKENIZER_MAX_ID)
        return tokenizer_load_error(load, token,
                                    "its id is not a whole number "
                                    "from 0 to 16777215");
    if (!token_map_add(t->vocab, token, size, (int32_t)id))
        return tokenizer_load_error(load, token,
                                    "has two ids; each token must occur "
                                    "once");
    load->n_vocab++;
    load->bytes.n = 0;
    tokenizer_decoder_token(&t->decoder, token, size, &load->bytes);
    return tokenizer_load_piece(load, token, (int32_t)id, load->bytes.bytes,
                                load->bytes.n);
}

int tokenizer_load_model(struct tokenizer_load *load,
                         const struct bpe_options *options)
{
    struct tokenizer *t = load->tokenizer;

    t->bpe = bpe_new(t->vocab, options);
    /* Byte-level vocabularies may lack a few bytes, as SmolLM's does. */
    if (t->decoder.symbols || !bpe_loses(t->bpe))
        return ST_OK;
    return error_set(load->err, ST_DATA, "%s: text could get lost; there "
                     "must be a ByteLevel pre_tokenizer, byte_fallback with "
                     "a token for each byte, or an unk_token", load->path);
}

/* -1 and a message if the vocabulary lacks it. */
static int32_t id_of(struct tokenizer_load *load, const char *token,
                     size_t size, const char *role)
{
    int32_t id = token_map_find(load->tokenizer->vocab, token, size);
    char *name;

    if (id >= 0)
        return id;
    name = shown(token, size);
    error_set(load->err, ST_DATA, "%s %s is not in the vocabulary", role,
              name);
    free(name);
    return -1;
}

int tokenizer_load_merge(struct tokenizer_load *load, const char *left,
                         size_t n_left, const char *right, size_t n_right,
                         int32_t rank)
{
    int32_t a = id_of(load, left, n_left, "the left part"), b, result;

    if (a < 0)
        return ST_DATA;
    b = id_of(load, right, n_right, "the right part");
    if (b < 0)
        return ST_DATA;
    load->bytes.n = 0;
    buffer_add(&load->bytes, left, n_left);
    buffer_add(&load->bytes, right, n_right);
    result = id_of(load, load->bytes.bytes, load->bytes.n, "the result");
    if (result < 0)
        return ST_DATA;
    if (!bpe_add(load->tokenizer->bpe, a, b, result, rank))
        return error_set(load->err, ST_DATA, "the same pair as in an "
                         "earlier merge; each must occur once");
    return ST_OK;
}

void tokenizer_load_begin(struct tokenizer_load *load)
{
    struct tokenizer *t = mem_new(1, sizeof *t);

    t->vocab = token_map_new();
    t->specials = token_map_new();
    t->added = added_new();
    t->bos = -1;
    load->tokenizer = t;
    load->defined = token_map_new();
    load->last_added = -1;
}

int tokenizer_load_end(struct tokenizer_load *load, int status,
                       struct tokenizer **tokenizer)
{
    if (!status)
        status = tokenizer_load_added(load);
    tokenizer_load_forget(load);
    free(load->path);
    free(load->bytes.bytes);
    json_decref(load->config);
    if (status)
        tokenizer_close(load->tokenizer);
    else
        *tokenizer = load->tokenizer;
    return status;
}
