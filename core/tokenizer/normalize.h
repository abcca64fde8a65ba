/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* normalize.h - steps that change text before it is cut into pieces. */
#ifndef CORE_TOKENIZER_NORMALIZE_H
#define CORE_TOKENIZER_NORMALIZE_H

#include "base/buffer.h"
#include "regex/regex.h"

enum normalizer_kind {
    NORMALIZE_NFC,
    NORMALIZE_NFD,
    NORMALIZE_NFKC,
    NORMALIZE_NFKD,
    NORMALIZE_LOWERCASE,
    NORMALIZE_STRIP,   /* white space at the ends */
    NORMALIZE_REPLACE, /* matches of the pattern, by text */
    NORMALIZE_PREPEND, /* text in front, unless the input is empty */
    NORMALIZE_PREFIX,  /* likewise, unless the input begins with it */
    NORMALIZE_SQUEEZE, /* spaces, as SentencePiece: none at the ends, no two
                          in a row; U+2581 at the end is one of them */
    NORMALIZE_SYMBOLS  /* bytes into GPT-2's byte-level characters */
};

struct normalizer {
    enum normalizer_kind kind;
    bool left, right;        /* STRIP */
    bool first_only;         /* PREPEND, PREFIX: only where the input begins */
    struct regex *pattern; /* REPLACE; owned */
    char *text;              /* REPLACE, PREPEND, PREFIX; owned */
};

void normalize_free(struct normalizer *normalizer); /* what it owns */
/* Sets *out. first: text begins where the input does. Bytes that are no
 * UTF-8 stay as they are. Errors of regex_scan(). */
int normalize_run(const struct normalizer *normalizer, const char *text,
                  size_t size, bool first, struct buffer *out,
                  struct error *err);

#endif
