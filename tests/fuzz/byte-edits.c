/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* byte-edits.c - serialized bytes that are nearly right. */
#include "byte-edits.h"

#include <string.h>

enum { MOST_EDITS = 8 };

/* Sizes and counts are such. */
static void put_number(struct fuzz_input *input, struct buffer *bytes,
                       size_t at)
{
    static const int64_t numbers[] = {0, 1, -1, 7, 255, 65536, INT32_MAX,
                                      INT32_MIN, INT64_MAX, INT64_MIN};
    int64_t number = numbers[fuzz_below(input, 10)];

    if (bytes->n - at >= sizeof number)
        memcpy(bytes->bytes + at, &number, sizeof number);
}

static void edit(struct fuzz_input *input, struct buffer *bytes)
{
    size_t at = fuzz_below(input, bytes->n), rest = bytes->n - at;
    unsigned kind = fuzz_byte(input) % 4;
    size_t n = fuzz_byte(input);
    char *here = bytes->bytes + at;

    if (kind == 0) {
        *here = (char)n;
    } else if (kind == 1) {
        put_number(input, bytes, at);
    } else if (kind == 2) {
        n = n < rest ? n : rest;
        memmove(here, here + n, rest - n);
        bytes->n -= n;
    } else {
        buffer_reserve(bytes, n);
        here = bytes->bytes + at;
        memmove(here + n, here, rest);
        memset(here, 0, n);
        bytes->n += n;
    }
}

void fuzz_edit_bytes(struct fuzz_input *input, struct buffer *bytes)
{
    for (int i = 0; input->size && bytes->n && i < MOST_EDITS; i++)
        edit(input, bytes);
}
