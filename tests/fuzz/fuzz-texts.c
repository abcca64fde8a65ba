/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-texts.c - a tokenizer's folder, which may be any, and a text. */
#include "fuzz-texts.h"

#include "tokenizer/tokenizer.h"

#include <stdlib.h>
#include <string.h>

static void check_tokens(const struct tokenizer *tokenizer,
                         const struct token_ids *ids)
{
    size_t size;

    for (size_t i = 0; i < ids->n; i++) {
        FUZZ_CHECK(ids->ids[i] >= 0);
        FUZZ_CHECK(ids->ids[i] < tokenizer_size(tokenizer));
        FUZZ_CHECK(tokenizer_piece(tokenizer, ids->ids[i], &size));
    }
}

static void check_bytes(const struct tokenizer *tokenizer,
                        const struct token_ids *ids, const char *text,
                        size_t size, bool lost_never)
{
    struct buffer bytes = {0};

    FUZZ_CHECK(tokenizer_decode(tokenizer, ids->ids, ids->n, &bytes) == -1);
    if (lost_never) {
        FUZZ_CHECK(bytes.n == size);
        FUZZ_CHECK(!size || memcmp(bytes.bytes, text, size) == 0);
    }
    free(bytes.bytes);
}

/* The second time gives the same. */
static void encode(struct tokenizer *tokenizer, const char *text, size_t size,
                   bool lost_never)
{
    struct token_ids ids = {0}, again = {0};
    struct error err = {0};

    if (tokenizer_encode(tokenizer, text, size, &ids, &err)) {
        FUZZ_CHECK(err.status == ST_DATA && err.text[0] && !lost_never);
    } else {
        check_tokens(tokenizer, &ids);
        check_bytes(tokenizer, &ids, text, size, lost_never);
        FUZZ_CHECK(!tokenizer_encode(tokenizer, text, size, &again, &err));
        FUZZ_CHECK(again.n == ids.n);
        FUZZ_CHECK(!ids.n || !memcmp(ids.ids, again.ids,
                                     ids.n * sizeof *ids.ids));
    }
    free(ids.ids);
    free(again.ids);
}

bool fuzz_texts(const char *dir, struct fuzz_input *input, bool lost_never)
{
    struct tokenizer *tokenizer;
    struct error err = {0};
    size_t size;
    char *text;

    if (tokenizer_open(dir, &tokenizer, &err)) {
        fuzz_check_refusal(&err, ST_DATA, dir);
        FUZZ_CHECK(!lost_never);
        return false;
    }
    FUZZ_CHECK(tokenizer_bos(tokenizer) < tokenizer_size(tokenizer));
    text = fuzz_until(input, -1, &size);
    encode(tokenizer, text, size, lost_never);
    free(text);
    tokenizer_close(tokenizer);
    return true;
}
