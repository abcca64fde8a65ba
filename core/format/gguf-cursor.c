/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-cursor.c - takes numbers and strings from a GGUF file's header, never
 * from beyond its end. */
#include "format/gguf-cursor.h"

#include "base/mem.h"

#include <string.h>

static size_t rest(const struct gguf_cursor *cursor)
{
    return cursor->size - cursor->at;
}

int gguf_take(struct gguf_cursor *cursor, uint64_t n,
              const unsigned char **bytes)
{
    if (n > rest(cursor))
        return error_set(cursor->err, ST_DATA, "%llu bytes are to follow, "
                         "but the file has only %zu more (truncated?)",
                         (unsigned long long)n, rest(cursor));
    *bytes = cursor->bytes + cursor->at;
    cursor->at += (size_t)n;
    return ST_OK;
}

int gguf_take_u32(struct gguf_cursor *cursor, uint32_t *out)
{
    const unsigned char *bytes = NULL;
    int status = gguf_take(cursor, sizeof *out, &bytes);

    if (!status)
        memcpy(out, bytes, sizeof *out);
    return status;
}

int gguf_take_u64(struct gguf_cursor *cursor, uint64_t *out)
{
    const unsigned char *bytes = NULL;
    int status = gguf_take(cursor, sizeof *out, &bytes);

    if (!status)
        memcpy(out, bytes, sizeof *out);
    return status;
}

int gguf_take_text(struct gguf_cursor *cursor, struct gguf_text *out)
{
    const unsigned char *bytes = NULL;
    size_t start = cursor->at;
    uint64_t size = 0;
    int status = gguf_take_u64(cursor, &size);

    if (status)
        return status;
    if (size > rest(cursor)) {
        cursor->at = start;
        return error_set(cursor->err, ST_DATA, "a string is to have %llu "
                         "bytes, but the file ends %zu bytes further on",
                         (unsigned long long)size,
                         rest(cursor) - sizeof size);
    }
    status = gguf_take(cursor, size, &bytes);
    *out = (struct gguf_text){(const char *)bytes, (size_t)size};
    return status;
}

int gguf_take_name(struct gguf_cursor *cursor, size_t max, char **out)
{
    struct gguf_text text = {NULL, 0};
    size_t start = cursor->at;
    int status = gguf_take_text(cursor, &text);
    bool fits;

    if (status)
        return status;
    fits = text.size > 0 && text.size <= max;
    for (size_t i = 0; fits && i < text.size; i++)
        fits = text.bytes[i] >= ' ' && text.bytes[i] <= '~';
    if (!fits) {
        cursor->at = start;
        return error_set(cursor->err, ST_DATA, "its name has %zu bytes; 1 to "
                         "%zu printable ASCII characters expected",
                         text.size, max);
    }
    *out = mem_strndup(text.bytes, text.size);
    return ST_OK;
}

int gguf_check_count(const struct gguf_cursor *cursor, uint64_t n,
                     size_t smallest, const char *what)
{
    if (n <= rest(cursor) / smallest)
        return ST_OK;
    return error_set(cursor->err, ST_DATA, "there are to be %llu %s, for "
                     "which the %zu bytes that follow are too few "
                     "(truncated?)", (unsigned long long)n, what,
                     rest(cursor));
}
