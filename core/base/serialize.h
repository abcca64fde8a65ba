/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* parcel.h - values as bytes on their way to another process or a file, and
 * back. One function both packs and unpacks, so that the two cannot differ:
 * what is written from a variable is read into it. */
#ifndef CORE_PARCEL_H
#define CORE_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct parcel {
    unsigned char *bytes; /* owned */
    size_t size;          /* bytes in it */
    size_t room, at;      /* packing: allocated; unpacking: the next byte */
    bool unpacking;
    bool bad; /* it ended early or cannot be; what was read is zero */
};

/* All of these are for both directions. */
void parcel_bytes(struct parcel *parcel, void *bytes, size_t size);
void parcel_int(struct parcel *parcel, int64_t *value);
void parcel_int32(struct parcel *parcel, int32_t *value);
void parcel_real(struct parcel *parcel, double *value);
/* Unpacked texts and arrays are owned by the caller. A text may be NULL. */
void parcel_text(struct parcel *parcel, char **text);
/* A text that may not; bad, and "" if it is. */
void parcel_word(struct parcel *parcel, char **text);
/* How many things follow, each of at least one byte. */
void parcel_count(struct parcel *parcel, size_t *n);
/* *array: n elements of `size` bytes without pointers, or NULL. */
void parcel_array(struct parcel *parcel, void **array, size_t n,
                  size_t size);

void parcel_clear(struct parcel *parcel);

#endif
