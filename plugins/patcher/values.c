/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* values.c - a file of float32 numbers: .npy, or .safetensors with one tensor;
 * (columns), or (positions, columns). */
#include "patcher.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A header of one array; more would be a mistake. */
#define HEADER_MAX 65536

static int refuse(const struct patcher *self, const char *path,
                  const char *why)
{
    return self->host->fail(self->ctx, "%s: %s", path, why);
}

/* The size in n bytes, the lowest first. */
static uint64_t little(const unsigned char *bytes, int n)
{
    uint64_t size = 0;

    while (n--)
        size = size << 8 | bytes[n];
    return size;
}

/* Reads up to the numbers: the header into text, which has room for
 * HEADER_MAX and a NUL. */
static const char *read_header(FILE *file, char *text, struct shape *shape)
{
    unsigned char start[12];
    uint64_t size;
    bool npy;

    if (fread(start, 1, 8, file) != 8)
        return "is too short to be a .npy or .safetensors file";
    npy = memcmp(start, "\x93NUMPY", 6) == 0;
    if (npy) {
        int n = start[6] == 1 ? 2 : 4;

        if (fread(start + 8, 1, (size_t)n, file) != (size_t)n)
            return "ends in its header";
        size = little(start + 8, n);
    } else {
        size = little(start, 8);
    }
    if (size > HEADER_MAX)
        return "is neither a .npy nor a .safetensors file of one tensor";
    if (fread(text, 1, (size_t)size, file) != size)
        return "ends in its header";
    text[size] = '\0';
    return npy ? patcher_npy_header(text, shape)
               : patcher_safetensors_header(text, shape);
}

/* Are n numbers all that is left of it? */
static bool holds(FILE *file, size_t n)
{
    long at = ftell(file), end;

    if (at < 0 || fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0 ||
        fseek(file, at, SEEK_SET))
        return false;
    end -= at;
    return end % (long)sizeof(float) == 0 && (size_t)end / sizeof(float) == n;
}

static const char *read_numbers(const struct patcher *self, FILE *file,
                                const struct shape *shape,
                                struct values *values)
{
    size_t n;

    if (shape->n < 1 || shape->n > 2)
        return "is neither one row nor rows of positions";
    values->cols = shape->size[shape->n - 1];
    values->rows = shape->n == 2 ? shape->size[0] : 0;
    n = (size_t)values->cols * (size_t)(values->rows ? values->rows : 1);
    /* Before room is made for what it says: is it there? */
    if (!holds(file, n))
        return "ends before its numbers do, or goes on behind them";
    values->data = self->host->alloc(self->ctx, n, sizeof *values->data);
    if (fread(values->data, sizeof *values->data, n, file) != n)
        return "cannot be read";
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values->data[i]))
            return "has a number that is not finite";
    return NULL;
}

int patcher_read_values(struct patcher *self, const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(HEADER_MAX + 1);
    struct shape shape = {{0}, 0};
    const char *why = NULL;

    if (!file || !text)
        why = "cannot be read";
    if (!why)
        why = read_header(file, text, &shape);
    if (!why)
        why = read_numbers(self, file, &shape, &self->values);
    if (file)
        fclose(file);
    free(text);
    return why ? refuse(self, path, why) : TRANSECT_OK;
}
