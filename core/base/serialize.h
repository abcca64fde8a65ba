/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* serialize.h - values to bytes, for another process or a file, and back. Each
 * function packs from a variable or unpacks into it, so that one description
 * of a structure serves for both. */
#ifndef CORE_BASE_SERIALIZE_H
#define CORE_BASE_SERIALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct serializer {
    unsigned char *bytes; /* owned */
    size_t size;          /* bytes in it */
    size_t room, at;      /* packing: allocated; unpacking: the next byte */
    bool unpacking;
    bool bad; /* too short or invalid; what was unpacked since is 0 */
};

/* All of these pack, or unpack if `unpacking`. */
void serialize_bytes(struct serializer *serial, void *bytes, size_t size);
void serialize_int(struct serializer *serial, int64_t *value);
void serialize_int32(struct serializer *serial, int32_t *value);
void serialize_real(struct serializer *serial, double *value);
/* Unpacked texts and arrays are owned by the caller. A text may be NULL. */
void serialize_text(struct serializer *serial, char **text);
/* A text that must not be NULL; unpacking NULL gives "" and sets bad. */
void serialize_word(struct serializer *serial, char **text);
/* A number of elements that follow, each of at least one byte: unpacking
 * refuses more than there are bytes. */
void serialize_count(struct serializer *serial, size_t *n);
/* *array: n elements of `size` bytes without pointers, or NULL. */
void serialize_array(struct serializer *serial, void **array, size_t n,
                     size_t size);

/* Their number and n bytes, which are there if n is not 0. */
void serialize_block(struct serializer *serial, void **bytes, size_t *n);

void serialize_clear(struct serializer *serial);

#endif
