/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-tokenizer.c - what a GGUF file says of its tokenizer. */
#include "format/gguf-tokenizer.h"

#include "base/mem.h"

#include <stdlib.h>

#define KEY(name) "tokenizer.ggml." name

static int read_id(const struct gguf *gguf, const char *key, size_t n_tokens,
                   int32_t *out, struct error *err)
{
    int64_t id = -1;
    int status = gguf_get_int(gguf, key, 0, (int64_t)n_tokens - 1, &id, err);

    *out = (int32_t)id;
    return status;
}

/* Of llama.cpp: "llama" adds a space unless told not to, the others the
 * reverse. */
static int read_rules(const struct gguf *gguf, struct gguf_tokenizer *t,
                      struct error *err)
{
    bool add_bos = false;
    int status;

    t->add_space_prefix = t->model[0] == 'l';
    status = gguf_get_bool(gguf, KEY("add_space_prefix"),
                           &t->add_space_prefix, err);
    if (!status)
        status = gguf_get_bool(gguf, KEY("add_bos_token"), &add_bos, err);
    if (gguf_find(gguf, KEY("add_bos_token")))
        t->add_bos = add_bos ? GGUF_YES : GGUF_NO;
    if (!status)
        status = read_id(gguf, KEY("bos_token_id"), t->n_tokens, &t->bos,
                         err);
    if (!status)
        status = read_id(gguf, KEY("unknown_token_id"), t->n_tokens,
                         &t->unknown, err);
    return status;
}

static int check_length(const struct gguf *gguf, const char *key, size_t n,
                        size_t n_tokens, struct error *err)
{
    if (n == n_tokens)
        return ST_OK;
    return error_set(err, ST_DATA, "%s: metadata '%s' has %zu elements; %zu "
                     "expected, one for each token", gguf->mapping.path, key,
                     n, n_tokens);
}

static int read_lists(const struct gguf *gguf, struct gguf_tokenizer *t,
                      struct error *err)
{
    size_t n_scores, n_types;
    int status = gguf_get_texts(gguf, KEY("tokens"), &t->tokens,
                                &t->n_tokens, err);

    if (!status && (!t->n_tokens || t->n_tokens > INT32_MAX))
        status = error_set(err, ST_DATA, "%s: no '" KEY("tokens") "' in the "
                           "metadata, or too many of them",
                           gguf->mapping.path);
    n_scores = n_types = t->n_tokens;
    if (!status)
        status = gguf_get_floats(gguf, KEY("scores"), &t->scores, &n_scores,
                                 err);
    if (!status)
        status = check_length(gguf, KEY("scores"), n_scores, t->n_tokens,
                              err);
    if (!status)
        status = gguf_get_ints(gguf, KEY("token_type"), &t->types, &n_types,
                               err);
    if (!status)
        status = check_length(gguf, KEY("token_type"), n_types, t->n_tokens,
                              err);
    if (!status)
        status = gguf_get_texts(gguf, KEY("merges"), &t->merges,
                                &t->n_merges, err);
    return status;
}

int gguf_get_tokenizer(const struct gguf *gguf, struct gguf_tokenizer **out,
                       struct error *err)
{
    struct gguf_tokenizer *tokenizer = mem_new(1, sizeof *tokenizer);
    int status = gguf_get_word(gguf, KEY("model"), &tokenizer->model, err);

    if (!status && !tokenizer->model)
        status = error_set(err, ST_DATA, "%s: no '" KEY("model") "' in the "
                           "metadata; the file has no tokenizer",
                           gguf->mapping.path);
    if (!status)
        status = gguf_get_word(gguf, KEY("pre"), &tokenizer->pre, err);
    if (!status)
        status = read_lists(gguf, tokenizer, err);
    if (!status)
        status = read_rules(gguf, tokenizer, err);
    if (status)
        gguf_tokenizer_free(tokenizer);
    else
        *out = tokenizer;
    return status;
}

void gguf_tokenizer_free(struct gguf_tokenizer *tokenizer)
{
    if (!tokenizer)
        return;
    free(tokenizer->model);
    free(tokenizer->pre);
    free(tokenizer->tokens);
    free(tokenizer->scores);
    free(tokenizer->types);
    free(tokenizer->merges);
    free(tokenizer);
}
