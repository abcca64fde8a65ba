/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* buffer.h - bytes that grow at their end. */
#ifndef CORE_BUFFER_H
#define CORE_BUFFER_H

#include <stddef.h>

/* Begins as {0}; the owner frees bytes. */
struct buffer {
    char *bytes; /* n, without a NUL behind them; NULL as long as none came */
    size_t n, room;
};

void buffer_add(struct buffer *to, const char *bytes, size_t n);

#endif
