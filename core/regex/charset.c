/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* charset.c - sets of code points. */
#include "regex/charset.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void toggle(struct charset *set, uint32_t at)
{
    MEM_PUSH(set->at, set->n);
    set->at[set->n++] = at;
}

static bool result(enum charset_operation operation, bool a, bool b)
{
    switch (operation) {
    case CHARSET_OR:
        return a || b;
    case CHARSET_AND:
        return a && b;
    default:
        return a != b;
    }
}

void charset_merge(struct charset *set, const struct charset *other,
                   enum charset_operation operation)
{
    struct charset merged = {0};
    size_t i = 0, k = 0;
    uint32_t at;

    while (i < set->n || k < other->n) {
        if (k == other->n || (i < set->n && set->at[i] <= other->at[k]))
            at = set->at[i];
        else
            at = other->at[k];
        i += i < set->n && set->at[i] == at;
        k += k < other->n && other->at[k] == at;
        if (result(operation, i % 2, k % 2) != (merged.n % 2 == 1))
            toggle(&merged, at);
    }
    free(set->at);
    *set = merged;
}

void charset_add(struct charset *set, uint32_t first, uint32_t end)
{
    uint32_t at[] = {first, end};

    charset_merge(set, &(struct charset){at, 2}, CHARSET_OR);
}

void charset_append(struct charset *set, uint32_t first, uint32_t end)
{
    if (set->n > 0 && set->at[set->n - 1] == first) {
        set->at[set->n - 1] = end;
        return;
    }
    toggle(set, first);
    toggle(set, end);
}

void charset_negate(struct charset *set)
{
    uint32_t at[] = {0, CHARSET_END};

    charset_merge(set, &(struct charset){at, 2}, CHARSET_XOR);
}

bool charset_has(const struct charset *set, uint32_t code)
{
    size_t low = 0, high = set->n, middle;

    while (low < high) {
        middle = (low + high) / 2;
        if (set->at[middle] <= code)
            low = middle + 1;
        else
            high = middle;
    }
    return low % 2 == 1;
}

bool charset_equal(const struct charset *a, const struct charset *b)
{
    return a->n == b->n &&
           (a->n == 0 || memcmp(a->at, b->at, a->n * sizeof *a->at) == 0);
}
