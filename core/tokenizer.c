/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer.c - text to token ids and back. */
#include "tokenizer.h"

#include "mem.h"
#include "tokenizer-impl.h"

#include <stdlib.h>
#include <string.h>

void tokenizer_close(struct tokenizer *tokenizer)
{
    size_t i;

    if (!tokenizer)
        return;
    for (i = 0; i < (size_t)tokenizer->n_pieces; i++)
        free(tokenizer->pieces[i].bytes);
    for (i = 0; i < tokenizer->n_specials; i++)
        free(tokenizer->specials[i].text);
    for (i = 0; i < tokenizer->n_files; i++)
        free(tokenizer->files[i]);
    free(tokenizer->pieces);
    free(tokenizer->specials);
    bpe_free(tokenizer->bpe);
    pretokenizer_free(tokenizer->pretokenizer);
    free(tokenizer);
}

struct target {
    struct bpe *bpe;
    struct ids *out;
};

static void encode_piece(void *context, const char *piece, size_t size)
{
    struct target *target = context;

    bpe_encode(target->bpe, piece, size, target->out);
}

/* The longest special token that the text begins with, or NULL. */
static const struct special *special_at(const struct tokenizer *tokenizer,
                                        int pass, const char *text,
                                        size_t size)
{
    const struct special *special = tokenizer->specials;
    const struct special *end = special + tokenizer->n_specials;

    for (; special < end; special++)
        if ((int)special->pass == pass && special->size <= size &&
            memcmp(special->text, text, special->size) == 0)
            return special;
    return NULL;
}

/* The first one in the text; *before: the bytes in front of it, or all. */
static const struct special *find_special(const struct tokenizer *tokenizer,
                                          int pass, const char *text,
                                          size_t size, size_t *before)
{
    const bool *starts = tokenizer->starts[pass];
    const struct special *special;
    size_t i;

    for (i = 0; i < size; i++) {
        if (!starts[(unsigned char)text[i]])
            continue;
        special = special_at(tokenizer, pass, text + i, size - i);
        if (special) {
            *before = i;
            return special;
        }
    }
    *before = size;
    return NULL;
}

/* Special tokens of this pass, and between them what later passes find. */
static int encode_pass(struct tokenizer *tokenizer, int pass,
                       const char *text, size_t size, struct ids *out,
                       struct error *err)
{
    struct target target = {tokenizer->bpe, out};
    const struct special *special;
    size_t before;
    int status;

    if (pass == SPECIAL_PASSES)
        return pretokenize(tokenizer->pretokenizer, text, size,
                           encode_piece, &target, err);
    do {
        special = find_special(tokenizer, pass, text, size, &before);
        status = encode_pass(tokenizer, pass + 1, text, before, out, err);
        if (status || !special)
            return status;
        ids_push(out, special->id);
        text += before + special->size;
        size -= before + special->size;
    } while (size > 0);
    return ST_OK;
}

int tokenizer_encode(struct tokenizer *tokenizer, const char *text,
                     size_t size, struct ids *out, struct error *err)
{
    if (size > INT32_MAX)
        return error_set(err, ST_DATA, "a text of %zu bytes is too long; at "
                         "most %d can be tokenized at once", size, INT32_MAX);
    return encode_pass(tokenizer, 0, text, size, out, err);
}

const char *tokenizer_piece(const struct tokenizer *tokenizer, int32_t id,
                            size_t *size)
{
    if (id < 0 || id >= tokenizer->n_pieces)
        return NULL;
    *size = tokenizer->pieces[id].size;
    return tokenizer->pieces[id].bytes;
}

int32_t tokenizer_size(const struct tokenizer *tokenizer)
{
    return tokenizer->n_pieces;
}

int32_t tokenizer_bos(const struct tokenizer *tokenizer)
{
    return tokenizer->bos;
}

const char *const *tokenizer_files(const struct tokenizer *tokenizer)
{
    return (const char *const *)tokenizer->files;
}
