/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* serialize.h - values as bytes on their way to another process or a file, and
 * back. One function both packs and unpacks, so that the two cannot differ:
 * what is written from a variable is read into it. */
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
    bool bad; /* it ended early or cannot be; what was read is zero */
};

/* All of these are for both directions. */
void serialize_bytes(struct serializer *parcel, void *bytes, size_t size);
void serialize_int(struct serializer *parcel, int64_t *value);
void serialize_int32(struct serializer *parcel, int32_t *value);
void serialize_real(struct serializer *parcel, double *value);
/* Unpacked texts and arrays are owned by the caller. A text may be NULL. */
void serialize_text(struct serializer *parcel, char **text);
/* A text that may not; bad, and "" if it is. */
void serialize_word(struct serializer *parcel, char **text);
/* How many things follow, each of at least one byte. */
void serialize_count(struct serializer *parcel, size_t *n);
/* *array: n elements of `size` bytes without pointers, or NULL. */
void serialize_array(struct serializer *parcel, void **array, size_t n,
                     size_t size);

void serialize_clear(struct serializer *parcel);

#endif
