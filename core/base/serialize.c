/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* serialize.c - values as bytes on their way to another process or a file, and
 * back. */
#include "base/serialize.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void put(struct serializer *parcel, const void *bytes, size_t size)
{
    if (size > parcel->room - parcel->size) {
        parcel->room = 2 * (parcel->size + size);
        parcel->bytes = mem_grow(parcel->bytes, parcel->room, 1);
    }
    memcpy(parcel->bytes + parcel->size, bytes, size);
    parcel->size += size;
}

static void take(struct serializer *parcel, void *bytes, size_t size)
{
    if (parcel->bad || size > parcel->size - parcel->at) {
        parcel->bad = true;
        memset(bytes, 0, size);
        return;
    }
    memcpy(bytes, parcel->bytes + parcel->at, size);
    parcel->at += size;
}

void serialize_bytes(struct serializer *parcel, void *bytes, size_t size)
{
    if (!size)
        return;
    if (parcel->unpacking)
        take(parcel, bytes, size);
    else
        put(parcel, bytes, size);
}

void serialize_int(struct serializer *parcel, int64_t *value)
{
    serialize_bytes(parcel, value, sizeof *value);
}

void serialize_int32(struct serializer *parcel, int32_t *value)
{
    serialize_bytes(parcel, value, sizeof *value);
}

void serialize_real(struct serializer *parcel, double *value)
{
    serialize_bytes(parcel, value, sizeof *value);
}

void serialize_count(struct serializer *parcel, size_t *n)
{
    uint64_t count = *n;

    serialize_bytes(parcel, &count, sizeof count);
    if (parcel->unpacking && count > parcel->size - parcel->at) {
        parcel->bad = true;
        count = 0;
    }
    *n = (size_t)count;
}

void serialize_array(struct serializer *parcel, void **array, size_t n,
                     size_t size)
{
    unsigned char there = *array != NULL;

    serialize_bytes(parcel, &there, 1);
    if (parcel->unpacking) {
        *array = NULL;
        if (there && n > (parcel->size - parcel->at) / size)
            parcel->bad = true;
        if (there && !parcel->bad)
            *array = mem_new(n, size);
    }
    if (*array)
        serialize_bytes(parcel, *array, n * size);
}

void serialize_text(struct serializer *parcel, char **text)
{
    size_t n = !parcel->unpacking && *text ? strlen(*text) + 1 : 0;

    serialize_count(parcel, &n);
    if (parcel->unpacking)
        *text = n ? mem_new(n + 1, 1) : NULL;
    serialize_bytes(parcel, *text, n);
}

void serialize_word(struct serializer *parcel, char **text)
{
    serialize_text(parcel, text);
    if (!*text) {
        parcel->bad = true;
        *text = mem_strdup("");
    }
}

void serialize_clear(struct serializer *parcel)
{
    free(parcel->bytes);
    *parcel = (struct serializer){0};
}
