/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mem.c - allocation: small ones abort when memory is out, tensors do not. */
#include "base/mem.h"

#include "base/diagnostics.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without a few hundred bytes clean-up would fail as well, so it aborts. */
__attribute__((returns_nonnull)) static void *or_abort(void *memory)
{
    if (!memory) {
        fputs("transect: out of memory\n", diagnostics_stream());
        abort();
    }
    return memory;
}

void *mem_new(size_t n, size_t size)
{
    return or_abort(calloc(n ? n : 1, size));
}

void *mem_grow(void *old, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        return or_abort(NULL);
    return or_abort(realloc(old, n && size ? n * size : 1));
}

char *mem_strndup(const char *text, size_t n)
{
    char *copy = or_abort(malloc(n + 1));

    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, strlen(text));
}

char *mem_vprintf(const char *format, va_list args)
{
    va_list again;
    int length;
    char *text;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    text = or_abort(malloc((size_t)length + 1));
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    return text;
}

char *mem_path(const char *dir, const char *name)
{
    if (!dir || name[0] == '/')
        return mem_strdup(name);
    return mem_printf("%s/%s", dir, name);
}

float *mem_tensor(size_t rows, size_t cols, struct error *err)
{
    const size_t align = 64;
    size_t bytes;
    float *tensor = NULL;

    if (!cols || rows <= (SIZE_MAX - align) / sizeof *tensor / cols) {
        bytes = (rows * cols * sizeof *tensor + align) / align * align;
        tensor = aligned_alloc(align, bytes);
    }
    if (!tensor)
        error_set(err, ST_FAILED, "no memory for a tensor of %zu x %zu",
                  rows, cols);
    return tensor;
}
