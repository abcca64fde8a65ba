/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sample-positions.c - which rows of a sample a subscription means. */
#include "hooks/sample-positions.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Names that every sample has, as numbers. */
static const struct sample_positions named[] = {
    {.name = "last", .first = -1, .n = 1},
};

static const struct sample_positions *find_name(const char *name)
{
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(named[i].name, name) == 0)
            return &named[i];
    return NULL;
}

const char *sample_positions_name(const char *name)
{
    const struct sample_positions *found = find_name(name);

    return found ? found->name : NULL;
}

void sample_positions_find(const struct sample_positions *positions,
                           int n_token, int *from, int *to)
{
    int64_t first, end = n_token;

    if (positions->name)
        positions = find_name(positions->name);
    first = positions->first;
    if (first < 0)
        first += n_token; /* still negative in a sample that is too short */
    if (positions->n && first + positions->n < end)
        end = first + positions->n;
    *from = first > 0 ? (int)first : 0;
    *to = (int)end;
}
