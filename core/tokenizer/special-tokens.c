/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* special-tokens.c - special and other added tokens of a tokenizer, by the
 * rules of Hugging Face's tokenizers. */
#include "base/mem.h"
#include "tokenizer/tokenizer-internal.h"

#include <stdlib.h>
#include <string.h>

/* What was said last of a token. */
struct definition {
    char *text;
    int32_t id;
    bool special, normalized, lstrip, rstrip, single_word, spelled;
};

static int append(void *context, const char *piece, size_t size)
{
    buffer_add(context, piece, size);
    return ST_OK;
}

/* The text to match, into load->bytes: for the second pass it is normalized
 * like the input. */
static int normalize(struct tokenizer_load *load,
                     const struct definition *definition)
{
    size_t size = strlen(definition->text);

    load->bytes.n = 0;
    if (!definition->normalized)
        buffer_add(&load->bytes, definition->text, size);
    else if (pretokenize_run(load->tokenizer->normalizer, definition->text,
                             size, true, append, &load->bytes, load->err))
        return error_within(load->err, "%s", load->path);
    if (load->bytes.n == 0)
        return tokenizer_load_error(load, definition->text,
                                    "the normalizer leaves nothing of it");
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

static int add(struct tokenizer_load *load,
               const struct definition *definition)
{
    struct tokenizer *t = load->tokenizer;
    struct added_token token = {
        .id = definition->id,
        .pass = definition->normalized || definition->spelled
                    ? ADDED_NORMALIZED
                    : ADDED_RAW,
        .lstrip = definition->lstrip,
        .rstrip = definition->rstrip,
        .single_word = definition->single_word,
    };
    int status = normalize(load, definition);

    if (status)
        return status;
    set_piece(load, definition->id);
    added_add(t->added, load->bytes.bytes, load->bytes.n, &token);
    return ST_OK;
}

/* Of two with the same text when normalized a special one is found, or the
 * first; in tokenizers that is chance. */
int tokenizer_load_added(struct tokenizer_load *load)
{
    const struct definition *each;
    int status = ST_OK, special;
    size_t i;

    for (special = 1; special >= 0; special--)
        for (i = 0; !status && i < load->n_definitions; i++) {
            each = &load->definitions[i];
            if (each->special == special)
                status = add(load, each);
        }
    return status;
}

void tokenizer_load_forget(struct tokenizer_load *load)
{
    size_t i;

    for (i = 0; i < load->n_definitions; i++)
        free(load->definitions[i].text);
    free(load->definitions);
    token_map_free(load->defined);
}

static void define(struct tokenizer_load *load, const struct special *special,
                   int32_t id)
{
    size_t size = strlen(special->text);
    int32_t at = token_map_find(load->defined, special->text, size);
    struct definition *definition;

    if (at < 0) {
        at = (int32_t)load->n_definitions;
        MEM_PUSH(load->definitions, load->n_definitions);
        load->definitions[load->n_definitions++].text =
            mem_strdup(special->text);
        token_map_add(load->defined, special->text, size, at);
    }
    definition = &load->definitions[at];
    *definition = (struct definition){
        definition->text, id, special->special, special->normalized,
        special->lstrip, special->rstrip, special->single_word,
        special->spelled};
}

/* Behind the vocabulary, counted by its tokens, and behind all added ones. */
static int32_t next_id(const struct tokenizer_load *load)
{
    return load->last_added >= load->n_vocab ? load->last_added + 1
                                             : load->n_vocab;
}

/* Not what it gets, but it must not be another token's. */
static int check_id(struct tokenizer_load *load, const struct special *special)
{
    size_t size;

    if (special->id > TOKENIZER_MAX_ID)
        return tokenizer_load_error(load, special->text,
                                    "has no id from 0 to 16777215 here or "
                                    "in the vocabulary");
    if (special->id >= 0 &&
        tokenizer_piece(load->tokenizer, (int32_t)special->id, &size))
        return tokenizer_load_error(load, special->text,
                                    "its id is that of another token; "
                                    "each id must occur once");
    return ST_OK;
}

int tokenizer_load_special(struct tokenizer_load *load,
                           const struct special *special)
{
    struct tokenizer *t = load->tokenizer;
    const char *text = special->text;
    size_t size = strlen(text);
    int32_t known = token_map_find(t->specials, text, size);
    int32_t in_vocab = token_map_find(t->vocab, text, size);
    int32_t id = known >= 0 ? known : in_vocab;
    int status = ST_OK;

    if (in_vocab >= 0 && special->id >= 0 && special->id != in_vocab)
        return tokenizer_load_error(load, text,
                                    "has another id in the vocabulary; the "
                                    "two must agree");
    if (known >= 0 && special->named)
        return ST_OK;
    if (id < 0) {
        status = check_id(load, special);
        id = next_id(load);
        if (!status)
            status = tokenizer_load_piece(load, text, id, "", 0);
    }
    if (status)
        return status;
    if (id > load->last_added)
        load->last_added = id;
    token_map_add(t->specials, text, size, id);
    define(load, special, id);
    return ST_OK;
}

int tokenizer_load_special_json(struct tokenizer_load *load, json_t *token,
                                int64_t id)
{
    struct special special = {.text = json_string_value(token), .id = id,
                              .special = id < 0, .named = id < 0};
    struct {
        const char *key;
        bool *value;
    } switches[] = {
        {"normalized", &special.normalized},
        {"lstrip", &special.lstrip},
        {"rstrip", &special.rstrip},
        {"single_word", &special.single_word},
        {"special", &special.special},
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
