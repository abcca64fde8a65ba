/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* buffer.c - a growing array of bytes, whose memory can be used again. */
#include "base/buffer.h"

#include "base/mem.h"

#include <string.h>

void buffer_reserve(struct buffer *buffer, size_t more)
{
    if (more <= buffer->room - buffer->n)
        return;
    buffer->room = 2 * buffer->n + more;
    buffer->bytes = mem_grow(buffer->bytes, buffer->room, 1);
}

void buffer_add(struct buffer *buffer, const char *bytes, size_t n)
{
    if (n == 0)
        return;
    buffer_reserve(buffer, n);
    memcpy(buffer->bytes + buffer->n, bytes, n);
    buffer->n += n;
}
