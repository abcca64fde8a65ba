/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* token-labels.c - what token ids say, for whoever asks. */
#include "tokenizer/token-labels.h"

#include "base/mem.h"
#include "base/text.h"
#include "tokenizer/tokenizer.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

struct token_labels {
    char *dir;
    bool tried; /* to open the tokenizer, which failed if there is none */
    struct tokenizer *tokenizer;
    int32_t n_vocab;
    char **labels; /* (n_vocab), of those that were asked for */
};

struct token_labels *token_labels_new(const char *dir, int32_t n_vocab)
{
    struct token_labels *vocabulary = mem_new(1, sizeof *vocabulary);

    vocabulary->dir = mem_strdup(dir);
    vocabulary->n_vocab = n_vocab;
    vocabulary->labels = mem_new((size_t)n_vocab,
                                 sizeof *vocabulary->labels);
    return vocabulary;
}

void token_labels_free(struct token_labels *vocabulary)
{
    if (!vocabulary)
        return;
    for (int32_t i = 0; i < vocabulary->n_vocab; i++)
        free(vocabulary->labels[i]);
    free(vocabulary->labels);
    if (vocabulary->tokenizer)
        tokenizer_close(vocabulary->tokenizer);
    free(vocabulary->dir);
    free(vocabulary);
}

/* Samples may be given as ids: that a tokenizer cannot be read is then no
 * reason to stop, so why is not kept. */
static const struct tokenizer *tokenizer_of(struct token_labels *vocabulary)
{
    struct error err;

    if (!vocabulary->tried &&
        tokenizer_open(vocabulary->dir, &vocabulary->tokenizer, &err))
        vocabulary->tokenizer = NULL;
    vocabulary->tried = true;
    return vocabulary->tokenizer;
}

const char *token_labels_piece(struct token_labels *vocabulary, int32_t token,
                               size_t *size)
{
    const struct tokenizer *tokenizer = tokenizer_of(vocabulary);

    *size = 0;
    return tokenizer ? tokenizer_piece(tokenizer, token, size) : NULL;
}

const char *token_labels_label(struct token_labels *vocabulary, int32_t token)
{
    const char *piece;
    char **label;
    size_t size;

    if (token < 0 || token >= vocabulary->n_vocab)
        return "";
    label = &vocabulary->labels[token];
    if (*label)
        return *label;
    piece = token_labels_piece(vocabulary, token, &size);
    *label = piece ? text_quote(piece, size) : mem_printf("#%" PRId32, token);
    return *label;
}
