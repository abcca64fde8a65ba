/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* suggest.h - the nearest valid name for a mistyped one. */
#ifndef CORE_SUGGEST_H
#define CORE_SUGGEST_H

#include <stddef.h>

/* The element of names nearest to `name` by edit distance, or NULL if none is
 * near (more than a third of its letters, or of a short name more than 2 or
 * all, would have to change). Case does not count. */
const char *suggest(const char *name, const char *const *names, size_t n);
/* Writes "; did you mean 'x'?", "; valid are a, b, c" (cut to what fits, with
 * "..."), or without names "; there are none" into buf, which it returns. */
const char *suggest_phrase(char *buf, size_t size, const char *name,
                           const char *const *names, size_t n);

#endif
