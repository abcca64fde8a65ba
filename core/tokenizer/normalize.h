/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* normalize.h - text into other text, before it becomes tokens. */
#ifndef CORE_TOKENIZER_NORMALIZE_H
#define CORE_TOKENIZER_NORMALIZE_H

#include "base/buffer.h"
#include "tokenizer/regex.h"

enum transform_kind {
    TRANSFORM_NFC,
    TRANSFORM_NFD,
    TRANSFORM_NFKC,
    TRANSFORM_NFKD,
    TRANSFORM_LOWERCASE,
    TRANSFORM_STRIP,   /* white space at the ends */
    TRANSFORM_REPLACE, /* matches, by text */
    TRANSFORM_PREPEND, /* text, unless there is nothing */
    TRANSFORM_PREFIX,  /* text, unless it is there, or nothing is */
    TRANSFORM_SYMBOLS  /* bytes into the characters that stand for them */
};

struct normalizer {
    enum transform_kind kind;
    bool left, right;        /* STRIP */
    bool first_only;         /* PREFIX: only where the input begins */
    struct regex *pattern; /* REPLACE; owned */
    char *text;              /* REPLACE, PREPEND, PREFIX; owned */
};

void normalize_free(struct normalizer *transform); /* what it owns */
/* Sets *out. first: text begins where the input does. Bytes that are no
 * UTF-8 stay as they are. Errors of regex_scan(). */
int normalize_run(const struct normalizer *transform, const char *text,
                  size_t size, bool first, struct buffer *out,
                  struct error *err);

#endif
