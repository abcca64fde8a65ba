/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/kit/text.h - texts that grow, in memory of the host's, which is
 * freed with the instance.
 */
#ifndef TRANSECT_KIT_TEXT_H
#define TRANSECT_KIT_TEXT_H

#include <transect/plugin.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct transect_text {
    transect_ctx *ctx;
    const struct transect_host *host;
    char *bytes; /* with a final NUL */
    size_t size; /* without it */
    size_t room;
};

/* An empty one. */
static inline struct transect_text
transect_text_new(transect_ctx *ctx, const struct transect_host *host)
{
    struct transect_text text;

    text.ctx = ctx;
    text.host = host;
    text.size = 0;
    text.room = 256;
    text.bytes = (char *)host->alloc(ctx, text.room, 1);
    return text;
}

/* Appends what vprintf(3) would print. Args are used up. */
TRANSECT_PRINTF(2, 0)
static inline void transect_text_vadd(struct transect_text *text,
                                      const char *format, va_list args)
{
    va_list again;
    char *grown;
    int n;

    va_copy(again, args);
    n = vsnprintf(text->bytes + text->size, text->room - text->size, format,
                  args);
    if (n > 0 && (size_t)n >= text->room - text->size) {
        text->room = 2 * (text->size + (size_t)n) + 1;
        grown = (char *)text->host->alloc(text->ctx, text->room, 1);
        memcpy(grown, text->bytes, text->size);
        text->bytes = grown;
        vsnprintf(text->bytes + text->size, text->room - text->size, format,
                  again);
    }
    va_end(again);
    text->size += n > 0 ? (size_t)n : 0;
}

TRANSECT_PRINTF(2, 3)
static inline void transect_text_add(struct transect_text *text,
                                     const char *format, ...)
{
    va_list args;

    va_start(args, format);
    transect_text_vadd(text, format, args);
    va_end(args);
}

/* A text of its own, for names and labels. */
TRANSECT_PRINTF(3, 4)
static inline char *transect_text_format(transect_ctx *ctx,
                                         const struct transect_host *host,
                                         const char *format, ...)
{
    va_list args;
    char *text;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = (char *)host->alloc(ctx, n > 0 ? (size_t)n + 1 : 1, 1);
    va_start(args, format);
    if (n > 0)
        vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return text;
}

#ifdef __cplusplus
}
#endif

#endif
