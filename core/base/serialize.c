/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* parcel.c - values as bytes on their way to another process or a file, and
 * back. */
#include "base/serialize.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void put(struct parcel *parcel, const void *bytes, size_t size)
{
    if (size > parcel->room - parcel->size) {
        parcel->room = 2 * (parcel->size + size);
        parcel->bytes = mem_grow(parcel->bytes, parcel->room, 1);
    }
    memcpy(parcel->bytes + parcel->size, bytes, size);
    parcel->size += size;
}

static void take(struct parcel *parcel, void *bytes, size_t size)
{
    if (parcel->bad || size > parcel->size - parcel->at) {
        parcel->bad = true;
        memset(bytes, 0, size);
        return;
    }
    memcpy(bytes, parcel->bytes + parcel->at, size);
    parcel->at += size;
}

void parcel_bytes(struct parcel *parcel, void *bytes, size_t size)
{
    if (!size)
        return;
    if (parcel->unpacking)
        take(parcel, bytes, size);
    else
        put(parcel, bytes, size);
}

void parcel_int(struct parcel *parcel, int64_t *value)
{
    parcel_bytes(parcel, value, sizeof *value);
}

void parcel_int32(struct parcel *parcel, int32_t *value)
{
    parcel_bytes(parcel, value, sizeof *value);
}

void parcel_real(struct parcel *parcel, double *value)
{
    parcel_bytes(parcel, value, sizeof *value);
}

void parcel_count(struct parcel *parcel, size_t *n)
{
    uint64_t count = *n;

    parcel_bytes(parcel, &count, sizeof count);
    if (parcel->unpacking && count > parcel->size - parcel->at) {
        parcel->bad = true;
        count = 0;
    }
    *n = (size_t)count;
}

void parcel_array(struct parcel *parcel, void **array, size_t n, size_t size)
{
    unsigned char there = *array != NULL;

    parcel_bytes(parcel, &there, 1);
    if (parcel->unpacking) {
        *array = NULL;
        if (there && n > (parcel->size - parcel->at) / size)
            parcel->bad = true;
        if (there && !parcel->bad)
            *array = mem_new(n, size);
    }
    if (*array)
        parcel_bytes(parcel, *array, n * size);
}

void parcel_text(struct parcel *parcel, char **text)
{
    size_t n = !parcel->unpacking && *text ? strlen(*text) + 1 : 0;

    parcel_count(parcel, &n);
    if (parcel->unpacking)
        *text = n ? mem_new(n + 1, 1) : NULL;
    parcel_bytes(parcel, *text, n);
}

void parcel_word(struct parcel *parcel, char **text)
{
    parcel_text(parcel, text);
    if (!*text) {
        parcel->bad = true;
        *text = mem_strdup("");
    }
}

void parcel_clear(struct parcel *parcel)
{
    free(parcel->bytes);
    *parcel = (struct parcel){0};
}
