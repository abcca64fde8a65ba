/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mem.h - allocation. Small ones end the program when memory is out; a
 * tensor's returns an error. */
#ifndef CORE_BASE_MEM_H
#define CORE_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

struct error;

void *mem_new(size_t n, size_t size);                /* zeroed */
void *mem_grow(void *old, size_t n, size_t size);    /* realloc */
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t n);
char *mem_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *format, va_list args)
    __attribute__((format(printf, 1, 0)));
/* dir/name, or name alone if it is absolute or dir is NULL */
char *mem_path(const char *dir, const char *name);

/* rows*cols floats, 64-byte aligned, not initialized; free() them. NULL and
 * err set (ST_FAILED) if there is no memory or the product overflows. */
float *mem_tensor(size_t rows, size_t cols, struct error *err);

/* Makes room for one more element of a growing array: n elements in use. */
#define MEM_PUSH(array, n)                                                  \
    (((n) & ((n) - 1)) == 0                                                 \
         ? (void)((array) = mem_grow((array), (n) ? 2 * (n) : 1,            \
                                     sizeof *(array)))                      \
         : (void)0)

#endif
