/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* token-labels.c - texts of token ids. */
#include "tokenizer/token-labels.h"

#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>

struct token_labels {
    struct model_tokenizer *tokenizer; /* borrowed */
    int32_t n_vocab;
    char **texts; /* (n_vocab); NULL: not made yet */
};

struct token_labels *token_labels_new(struct model_tokenizer *tokenizer,
                                      int32_t n_vocab)
{
    struct token_labels *labels = mem_new(1, sizeof *labels);

    labels->tokenizer = tokenizer;
    labels->n_vocab = n_vocab;
    labels->texts = mem_new((size_t)n_vocab,
                                 sizeof *labels->texts);
    return labels;
}

void token_labels_free(struct token_labels *labels)
{
    if (!labels)
        return;
    for (int32_t i = 0; i < labels->n_vocab; i++)
        free(labels->texts[i]);
    free(labels->texts);
    free(labels);
}

/* Samples may be given as ids: that a tokenizer cannot be read is then no
 * reason to stop, so why is not kept. */
const char *token_labels_piece(struct token_labels *labels, int32_t token,
                               size_t *size)
{
    struct tokenizer *tokenizer;
    struct error ignored;

    *size = 0;
    if (model_tokenizer_get(labels->tokenizer, &tokenizer, &ignored))
        return NULL;
    return tokenizer_piece(tokenizer, token, size);
}

const char *token_labels_label(struct token_labels *labels, int32_t token)
{
    const char *piece;
    char **label;
    size_t size;

    if (token < 0 || token >= labels->n_vocab)
        return "";
    label = &labels->texts[token];
    if (*label)
        return *label;
    piece = token_labels_piece(labels, token, &size);
    *label = piece ? text_quote(piece, size) : mem_printf("#%" PRId32, token);
    return *label;
}
