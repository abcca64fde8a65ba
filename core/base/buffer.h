/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* buffer.h - a growing array of bytes, whose memory can be used again. */
#ifndef CORE_BASE_BUFFER_H
#define CORE_BASE_BUFFER_H

#include <stddef.h>

/* Zero-initialize; free .bytes. To empty one, set .n to 0. */
struct buffer {
    char *bytes; /* no final NUL */
    size_t n, room;
};

/* Allocates for at least n + more bytes. */
void buffer_reserve(struct buffer *buffer, size_t more);
void buffer_add(struct buffer *buffer, const char *bytes, size_t n);

#endif
