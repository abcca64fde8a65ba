/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mem.c - allocation: small ones end the program when memory is out, tensors
 * do not. */
#include "base/mem.h"

#include "base/diagnostics.h"
#include "base/error.h"
#include "base/process.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Set by the main thread while it is the only one that allocates. */
static mem_end_fn *act_at_end;
static void *act_context;
/* Given back before the registered act, which opens folders. */
static void *reserve;
enum { RESERVE = 128 << 10 };

/* Of several threads without memory the first one ends the program. */
static pthread_mutex_t ending = PTHREAD_MUTEX_INITIALIZER;

void mem_at_end(mem_end_fn *act, void *context)
{
    free(reserve);
    reserve = NULL;
    act_at_end = act;
    act_context = context;
    if (act)
        reserve = mem_alloc(RESERVE);
}

_Noreturn void mem_end(size_t bytes, const char *message)
{
    pthread_mutex_lock(&ending);
    free(reserve);
    if (act_at_end)
        act_at_end(act_context, bytes);
    /* Not text_fprintf(), which asks for memory. */
    fputs("transect: ", diagnostics_stream());
    fputs(message, diagnostics_stream());
    fputc('\n', diagnostics_stream());
    fflush(diagnostics_stream());
    process_end(ST_FAILED);
}

/* Without a few hundred bytes the way back through all callers would fail as
 * well. */
__attribute__((returns_nonnull)) static void *or_end(void *memory,
                                                     size_t bytes)
{
    char message[160];

    if (!memory) {
        snprintf(message, sizeof message, "there is no memory for %zu bytes; "
                 "end other programs, or raise ulimit -v", bytes);
        mem_end(bytes, message);
    }
    return memory;
}

static size_t product(size_t n, size_t size)
{
    return size && n > SIZE_MAX / size ? SIZE_MAX : n * size;
}

void *mem_alloc(size_t bytes)
{
    return or_end(malloc(bytes ? bytes : 1), bytes);
}

void *mem_new(size_t n, size_t size)
{
    return or_end(calloc(n ? n : 1, size), product(n, size));
}

void *mem_grow(void *old, size_t n, size_t size)
{
    size_t bytes = product(n, size);

    return or_end(bytes < SIZE_MAX ? realloc(old, bytes ? bytes : 1) : NULL,
                  bytes);
}

char *mem_strndup(const char *text, size_t n)
{
    char *copy = mem_alloc(n + 1);

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
    text = mem_alloc((size_t)length + 1);
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

bool mem_have(size_t bytes)
{
    void *volatile memory = malloc(bytes); /* or it would be left out */

    free(memory);
    return memory != NULL;
}
