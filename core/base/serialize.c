/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* serialize.c - values to bytes, for another process or a file, and back. */
#include "base/serialize.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void put(struct serializer *serial, const void *bytes, size_t size)
{
    if (size > serial->room - serial->size) {
        serial->room = 2 * (serial->size + size);
        serial->bytes = mem_grow(serial->bytes, serial->room, 1);
    }
    memcpy(serial->bytes + serial->size, bytes, size);
    serial->size += size;
}

static void take(struct serializer *serial, void *bytes, size_t size)
{
    if (serial->bad || size > serial->size - serial->at) {
        serial->bad = true;
        memset(bytes, 0, size);
        return;
    }
    memcpy(bytes, serial->bytes + serial->at, size);
    serial->at += size;
}

void serialize_bytes(struct serializer *serial, void *bytes, size_t size)
{
    if (!size)
        return;
    if (serial->unpacking)
        take(serial, bytes, size);
    else
        put(serial, bytes, size);
}

void serialize_int(struct serializer *serial, int64_t *value)
{
    serialize_bytes(serial, value, sizeof *value);
}

void serialize_int32(struct serializer *serial, int32_t *value)
{
    serialize_bytes(serial, value, sizeof *value);
}

void serialize_real(struct serializer *serial, double *value)
{
    serialize_bytes(serial, value, sizeof *value);
}

void serialize_count(struct serializer *serial, size_t *n)
{
    uint64_t count = *n;

    serialize_bytes(serial, &count, sizeof count);
    if (serial->unpacking && count > serial->size - serial->at) {
        serial->bad = true;
        count = 0;
    }
    *n = (size_t)count;
}

void serialize_array(struct serializer *serial, void **array, size_t n,
                     size_t size)
{
    unsigned char there = *array != NULL;

    serialize_bytes(serial, &there, 1);
    if (serial->unpacking) {
        *array = NULL;
        if (there && n > (serial->size - serial->at) / size)
            serial->bad = true;
        if (there && !serial->bad)
            *array = mem_new(n, size);
    }
    if (*array)
        serialize_bytes(serial, *array, n * size);
}

void serialize_block(struct serializer *serial, void **bytes, size_t *n)
{
    serialize_count(serial, n);
    serialize_array(serial, bytes, *n, 1);
    if (*n && !*bytes) {
        serial->bad = true;
        *n = 0;
    }
}

void serialize_text(struct serializer *serial, char **text)
{
    size_t n = !serial->unpacking && *text ? strlen(*text) + 1 : 0;

    serialize_count(serial, &n);
    if (serial->unpacking)
        *text = n ? mem_new(n + 1, 1) : NULL;
    serialize_bytes(serial, *text, n);
    if (serial->unpacking && n && strlen(*text) + 1 != n)
        serial->bad = true; /* it ends before its NUL, or has none */
}

void serialize_word(struct serializer *serial, char **text)
{
    serialize_text(serial, text);
    if (!*text) {
        serial->bad = true;
        *text = mem_strdup("");
    }
}

void serialize_clear(struct serializer *serial)
{
    free(serial->bytes);
    *serial = (struct serializer){0};
}
