/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* nearest-name.c - the nearest valid name for a mistyped one. */
#include "base/nearest-name.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAX_NAME 64 /* longer ones are not compared */

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Insertions, deletions, replacements and swaps of neighbours that make b of
 * a, whatever their case (the distance of optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][MAX_NAME + 1], *before = rows[0], *last = rows[1],
           *row = rows[2], *free_row, m = strlen(a), n = strlen(b);

    if (m > MAX_NAME || n > MAX_NAME)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        last[j] = j;
    for (size_t i = 1; i <= m; i++) {
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            row[j] = min(last[j - 1] + !same(a[i - 1], b[j - 1]),
                         1 + min(last[j], row[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
                same(a[i - 2], b[j - 1]))
                row[j] = min(row[j], before[j - 2] + 1);
        }
        free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[n];
}

const char *nearest_name(const char *name, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    size_t length = strlen(name), best, d;

    /* Never as many edits as the name has letters. */
    best = length / 3 > 2 ? length / 3 : 2;
    if (best >= length)
        best = length ? length - 1 : 0;
    best++;
    for (size_t i = 0; i < n; i++) {
        d = distance(name, names[i]);
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

/* "; valid are a, b, c", or as many as there is room for and "..." */
static void list_names(char *buf, size_t size, const char *const *names,
                       size_t n)
{
    const size_t reserve = sizeof ", ...";
    size_t used, more;
    const char *separator = "";

    used = (size_t)snprintf(buf, size, "; valid are ");
    for (size_t i = 0; i < n; i++) {
        more = strlen(separator) + strlen(names[i]);
        if (used + more + reserve > size) {
            if (used + reserve <= size)
                snprintf(buf + used, size - used, "%s...", separator);
            return;
        }
        used += (size_t)snprintf(buf + used, size - used, "%s%s", separator,
                                 names[i]);
        separator = ", ";
    }
}

const char *nearest_name_phrase(char *buf, size_t size, const char *name,
                                const char *const *names, size_t n)
{
    const char *nearest = nearest_name(name, names, n);

    if (nearest)
        snprintf(buf, size, "; did you mean '%s'?", nearest);
    else if (n)
        list_names(buf, size, names, n);
    else
        snprintf(buf, size, "; there are none");
    return buf;
}
