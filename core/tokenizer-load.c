/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-load.c - builds a tokenizer: vocabulary, merges, special tokens,
 * whichever files they come from. */
#include "bytes.h"
#include "mem.h"
#include "tokenizer-impl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Tokens in messages may come from a damaged file: one line, not too long. */
static char *shown(const char *text, size_t size)
{
    const size_t enough = 60;

    return bytes_quote(text, size < enough ? size : enough);
}

int load_error(struct tokenizer_load *load, const char *token,
               const char *what)
{
    char *name = shown(token, strlen(token));

    error_set(load->err, ST_DATA, "%s: token %s: %s", load->path, name, what);
    free(name);
    return ST_DATA;
}

bool load_file(struct tokenizer_load *load, const char *name)
{
    struct tokenizer *t = load->tokenizer;

    free(load->path);
    load->path = mem_path(load->dir, name);
    if (access(load->path, F_OK) != 0)
        return false;
    t->files[t->n_files++] = mem_strdup(load->path);
    return true;
}

int load_json(struct tokenizer_load *load, const char *name, json_t **root)
{
    *root = NULL;
    if (!load_file(load, name))
        return ST_OK;
    return json_load_object(load->path, root, load->err);
}

static void reserve(struct tokenizer *t, int32_t n)
{
    if (n <= t->n_pieces)
        return;
    t->pieces = mem_grow(t->pieces, (size_t)n, sizeof *t->pieces);
    memset(t->pieces + t->n_pieces, 0,
           (size_t)(n - t->n_pieces) * sizeof *t->pieces);
    t->n_pieces = n;
}

/* Gives an id its token, whose bytes are taken over. */
static int set_piece(struct tokenizer_load *load, const char *token,
                     int64_t id, char *bytes, size_t size)
{
    struct tokenizer *t = load->tokenizer;

    reserve(t, (int32_t)id + 1);
    if (t->pieces[id].bytes) {
        free(bytes);
        return load_error(load, token, "its id is that of another token; "
                          "each id must occur once");
    }
    t->pieces[id] = (struct piece){bytes, size};
    return ST_OK;
}

static bool is_id(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 &&
           json_integer_value(value) <= TOKENIZER_MAX_ID;
}

static int check_ids(struct tokenizer_load *load)
{
    const char *token;
    json_t *value;
    int32_t largest = -1;

    json_object_foreach(load->vocab, token, value) {
        if (!is_id(value))
            return load_error(load, token, "its id is not a whole number "
                              "from 0 to 16777215");
        if (json_integer_value(value) > largest)
            largest = (int32_t)json_integer_value(value);
    }
    reserve(load->tokenizer, largest + 1);
    return ST_OK;
}

static int set_pieces(struct tokenizer_load *load)
{
    const char *token;
    json_t *value;
    char *bytes;
    size_t size;
    int status;

    json_object_foreach(load->vocab, token, value) {
        bytes = mem_strdup(token);
        /* A token that is not written in symbols stands for its text. */
        if (!bytes_from_symbols(token, bytes, &size))
            size = strlen(token);
        status = set_piece(load, token, json_integer_value(value), bytes,
                           size);
        if (status)
            return status;
    }
    return ST_OK;
}

static int make_bpe(struct tokenizer_load *load)
{
    int32_t ids[256];
    char symbol[3];
    json_t *value;
    unsigned byte;

    for (byte = 0; byte < 256; byte++) {
        bytes_symbol(byte, symbol);
        value = json_object_get(load->vocab, symbol);
        if (!value)
            return load_error(load, symbol, "is missing; a byte-level "
                              "vocabulary has one for each of the 256 bytes");
        ids[byte] = (int32_t)json_integer_value(value);
    }
    load->tokenizer->bpe = bpe_new(ids);
    return ST_OK;
}

int load_vocab(struct tokenizer_load *load, json_t *vocab)
{
    int status;

    load->vocab = vocab;
    status = check_ids(load);
    if (!status)
        status = set_pieces(load);
    return status ? status : make_bpe(load);
}

/* -1 and a message if the vocabulary lacks it. */
static int32_t id_of(struct tokenizer_load *load, const char *token,
                     const char *role)
{
    json_t *value = json_object_get(load->vocab, token);
    char *name;

    if (value)
        return (int32_t)json_integer_value(value);
    name = shown(token, strlen(token));
    error_set(load->err, ST_DATA, "%s %s is not in the vocabulary", role,
              name);
    free(name);
    return -1;
}

int load_merge(struct tokenizer_load *load, const char *left, size_t n_left,
               const char *right, size_t n_right)
{
    char *both = mem_new(n_left + n_right + 1, 1);
    char *first = mem_strndup(left, n_left);
    char *second = mem_strndup(right, n_right);
    int32_t a, b = -1, result = -1;
    int status = ST_DATA;

    memcpy(both, left, n_left);
    memcpy(both + n_left, right, n_right);
    a = id_of(load, first, "the left part");
    if (a >= 0)
        b = id_of(load, second, "the right part");
    if (b >= 0)
        result = id_of(load, both, "the result");
    if (result >= 0) {
        status = ST_OK;
        if (!bpe_add(load->tokenizer->bpe, a, b, result))
            status = error_set(load->err, ST_DATA, "the same pair as in an "
                               "earlier merge; each must occur once");
    }
    free(both);
    free(first);
    free(second);
    return status;
}

static void add_special(struct tokenizer *t, const char *text, int32_t id,
                        enum special_pass pass)
{
    struct special *at;
    size_t size = strlen(text), i = t->n_specials;

    MEM_PUSH(t->specials, t->n_specials);
    for (; i > 0 && t->specials[i - 1].size < size; i--)
        t->specials[i] = t->specials[i - 1];
    at = &t->specials[i];
    *at = (struct special){mem_strdup(text), size, id, pass};
    t->n_specials++;
    t->starts[pass][(unsigned char)text[0]] = true;
}

static const struct special *known_special(const struct tokenizer *t,
                                           const char *text)
{
    size_t i;

    for (i = 0; i < t->n_specials; i++)
        if (strcmp(t->specials[i].text, text) == 0)
            return &t->specials[i];
    return NULL;
}

/* The token's text and how it is matched; refuses what is not done here. */
static int read_special(struct tokenizer_load *load, json_t *token,
                        const char **text, enum special_pass *pass)
{
    static const char *const refused[] = {"lstrip", "rstrip", "single_word"};
    size_t i;

    *pass = SPECIAL_RAW;
    *text = json_string_value(token);
    if (json_is_object(token)) {
        *text = json_string_value(json_object_get(token, "content"));
        if (json_is_true(json_object_get(token, "normalized")))
            *pass = SPECIAL_NORMALIZED;
    }
    if (!*text || !**text)
        return error_set(load->err, ST_DATA, "%s: a special token without "
                         "text; it must be a string, or have \"content\"",
                         load->path);
    for (i = 0; i < sizeof refused / sizeof *refused; i++)
        if (json_is_true(json_object_get(token, refused[i]))) {
            load_error(load, *text, "is not supported; it must be false");
            return error_within(load->err, "%s", refused[i]);
        }
    return ST_OK;
}

int load_special(struct tokenizer_load *load, json_t *token, int64_t id)
{
    struct tokenizer *t = load->tokenizer;
    const struct special *known;
    enum special_pass pass;
    const char *text;
    json_t *value;
    int status;

    status = read_special(load, token, &text, &pass);
    if (status)
        return status;
    known = known_special(t, text);
    value = json_object_get(load->vocab, text);
    if (known || value) {
        int32_t here = known ? known->id : (int32_t)json_integer_value(value);

        if (id >= 0 && id != here)
            return load_error(load, text, "has another id in the vocabulary; "
                              "the two must agree");
        if (known)
            return ST_OK;
        id = here;
        free(t->pieces[id].bytes);
        t->pieces[id].bytes = NULL;
    }
    if (id < 0 || id > TOKENIZER_MAX_ID)
        return load_error(load, text, "has no id from 0 to 16777215 here or "
                          "in the vocabulary");
    status = set_piece(load, text, id, mem_strdup(text), strlen(text));
    if (!status)
        add_special(t, text, (int32_t)id, pass);
    return status;
}

int tokenizer_open(const char *dir, struct tokenizer **tokenizer,
                   struct error *err)
{
    struct tokenizer *t = mem_new(1, sizeof *t);
    struct tokenizer_load load = {t, dir, NULL, NULL, err};
    json_t *root = NULL;
    int status;

    t->bos = -1;
    status = load_json(&load, "tokenizer.json", &root);
    if (!status)
        status = root ? load_tokenizer_json(&load, root)
                      : load_vocab_and_merges(&load);
    if (!status)
        status = load_settings(&load, !root);
    if (!status)
        status = pretokenizer_new(&t->pretokenizer, err);
    json_decref(root);
    json_decref(load.vocab);
    free(load.path);
    if (status)
        tokenizer_close(t);
    else
        *tokenizer = t;
    return status;
}
