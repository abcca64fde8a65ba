/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* nearest-name.h - the nearest valid name for a mistyped one. */
#ifndef CORE_BASE_NEAREST_NAME_H
#define CORE_BASE_NEAREST_NAME_H

#include <stddef.h>

/* The element of names nearest to `name` by edit distance, or NULL if none is
 * near (more than a third of its letters, or of a short name more than 2 or
 * all, would have to change). Case does not count. */
const char *nearest_name(const char *name, const char *const *names, size_t n);
/* Writes "; did you mean 'x'?", "; valid are a, b, c" (cut to what fits, with
 * "..."), or without names "; there are none" into buf, which it returns. */
const char *nearest_name_phrase(char *buf, size_t size, const char *name,
                                const char *const *names, size_t n);

#endif
