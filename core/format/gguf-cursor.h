/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-cursor.h - reading a GGUF file's header from front to end. */
#ifndef CORE_FORMAT_GGUF_CURSOR_H
#define CORE_FORMAT_GGUF_CURSOR_H

#include "format/gguf.h"

/* Where the reading stands; it stays there when something is wrong, and the
 * message, which lacks file and byte, is in err. */
struct gguf_cursor {
    const unsigned char *bytes;
    size_t size, at;
    struct error *err;
};

/* The next n bytes, borrowed. Each returns a status. */
int gguf_take(struct gguf_cursor *cursor, uint64_t n,
              const unsigned char **bytes);
int gguf_take_u32(struct gguf_cursor *cursor, uint32_t *out);
int gguf_take_u64(struct gguf_cursor *cursor, uint64_t *out);
int gguf_take_text(struct gguf_cursor *cursor, struct gguf_text *out);
/* A name of 1 to max printable ASCII characters; the caller frees. On an
 * error the cursor is where the name begins. */
int gguf_take_name(struct gguf_cursor *cursor, size_t max, char **out);

/* Refuses a count of entries that the rest of the file cannot hold. */
int gguf_check_count(const struct gguf_cursor *cursor, uint64_t n,
                     size_t smallest, const char *what);

/* gguf-metadata.c: n entries into gguf->values, sorted. */
int gguf_read_values(struct gguf_cursor *cursor, uint64_t n,
                     struct gguf *gguf);

#endif
