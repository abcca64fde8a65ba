/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* special-tokens.c - special and other added tokens of a tokenizer. */
#include "base/mem.h"
#include "tokenizer/tokenizer-internal.h"

#include <stdlib.h>
#include <string.h>

static int append(void *context, const char *piece, size_t size)
{
    buffer_add(context, piece, size);
    return ST_OK;
}

/* The text to match, into load->bytes: for the second pass it is normalized
 * like the input. */
static int normalize(struct tokenizer_load *load,
                     const struct special *special)
{
    size_t size = strlen(special->text);

    load->bytes.n = 0;
    if (special->normalized &&
        pretokenize_run(load->tokenizer->normalizer, special->text, size, true,
                        append, &load->bytes, load->err))
        return error_within(load->err, "%s", load->path);
    if (load->bytes.n == 0)
        buffer_add(&load->bytes, special->text, size);
    return ST_OK;
}

/* The bytes of an added token: the matched text itself with a byte-level
 * decoder, else that text decoded like any token's. */
static void set_piece(struct tokenizer_load *load, int32_t id)
{
    const struct decoder *decoder = &load->tokenizer->decoder;
    struct piece *piece = &load->tokenizer->pieces[id];
    struct buffer bytes = {0};

    if (decoder->symbols)
        buffer_add(&bytes, load->bytes.bytes, load->bytes.n);
    else
        tokenizer_decoder_token(decoder, load->bytes.bytes, load->bytes.n,
                                &bytes);
    free(piece->bytes);
    *piece = (struct piece){mem_strndup(bytes.bytes, bytes.n), bytes.n};
    free(bytes.bytes);
}

static int add(struct tokenizer_load *load, const struct special *special,
               int32_t id)
{
    struct tokenizer *t = load->tokenizer;
    struct added_token token = {
        .id = id,
        .pass = special->normalized ? ADDED_NORMALIZED : ADDED_RAW,
        .lstrip = special->lstrip,
        .rstrip = special->rstrip,
        .single_word = special->single_word,
    };
    int status = normalize(load, special);

    if (status)
        return status;
    set_piece(load, id);
    token_map_add(t->specials, special->text, strlen(special->text), id);
    /* Of two tokens with the same normalized text the first is kept. */
    added_add(t->added, load->bytes.bytes, load->bytes.n, &token);
    return ST_OK;
}

int tokenizer_load_special(struct tokenizer_load *load,
                           const struct special *special)
{
    struct tokenizer *t = load->tokenizer;
    const char *text = special->text;
    size_t size = strlen(text);
    int32_t known = token_map_find(t->specials, text, size);
    int32_t here = known >= 0 ? known : token_map_find(t->vocab, text, size);
    int status = ST_OK;

    if (here >= 0 && special->id >= 0 && special->id != here)
        return tokenizer_load_error(load, text,
                                    "has another id in the vocabulary; the "
                                    "two must agree");
    if (known >= 0)
        return ST_OK;
    if (here < 0 && (special->id < 0 || special->id > TOKENIZER_MAX_ID))
        return tokenizer_load_error(load, text,
                                    "has no id from 0 to 16777215 here or "
                                    "in the vocabulary");
    if (here < 0) {
        here = (int32_t)special->id;
        status = tokenizer_load_piece(load, text, here, "", 0);
    }
    return status ? status : add(load, special, here);
}

int tokenizer_load_special_json(struct tokenizer_load *load, json_t *token,
                                int64_t id)
{
    struct special special = {.text = json_string_value(token), .id = id};
    struct {
        const char *key;
        bool *value;
    } switches[] = {
        {"normalized", &special.normalized},
        {"lstrip", &special.lstrip},
        {"rstrip", &special.rstrip},
        {"single_word", &special.single_word},
    };
    size_t i;
    int status = ST_OK;

    if (json_is_object(token))
        special.text = json_string_value(json_object_get(token, "content"));
    if (!special.text || !*special.text)
        return error_set(load->err, ST_DATA, "%s: a special token without "
                         "text; it must be a string, or have \"content\"",
                         load->path);
    for (i = 0; !status && i < sizeof switches / sizeof *switches; i++)
        status = json_get_bool(token, load->path, switches[i].key,
                               switches[i].value, load->err);
    return status ? status : tokenizer_load_special(load, &special);
}
