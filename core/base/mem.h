/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mem.h - allocation. Small ones end the program in order when memory is out;
 * a tensor's returns an error. */
#ifndef CORE_BASE_MEM_H
#define CORE_BASE_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct error;

void *mem_alloc(size_t bytes); /* not initialized */
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

/* Could so much be had in one piece now? For libraries that do not look. */
bool mem_have(size_t bytes);

/* Registers what is to be done before the program ends so, in place of what
 * was registered before; NULL: nothing. It must call none of the above. A
 * forked process inherits it and may have to register its own. */
typedef void mem_end_fn(void *context, size_t bytes);
void mem_at_end(mem_end_fn *act, void *context);

/* Does what is registered, prints "transect: MESSAGE" and ends with ST_FAILED,
 * because `bytes` could not be had. */
_Noreturn void mem_end(size_t bytes, const char *message);

/* Makes room for one more element of a growing array: n elements in use. */
#define MEM_PUSH(array, n)                                                  \
    (((n) & ((n) - 1)) == 0                                                 \
         ? (void)((array) = mem_grow((array), (n) ? 2 * (n) : 1,            \
                                     sizeof *(array)))                      \
         : (void)0)

#endif
