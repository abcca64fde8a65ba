/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* buffer.c - bytes that grow at their end. */
#include "buffer.h"

#include "mem.h"

#include <string.h>

void buffer_add(struct buffer *to, const char *bytes, size_t n)
{
    if (n == 0)
        return;
    if (to->room - to->n < n) {
        to->room = 2 * to->room + n;
        to->bytes = mem_grow(to->bytes, to->room, 1);
    }
    memcpy(to->bytes + to->n, bytes, n);
    to->n += n;
}
