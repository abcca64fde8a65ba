/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sha256.h - SHA-256 as lower-case hexadecimal, by nettle. */
#ifndef CORE_BASE_SHA256_H
#define CORE_BASE_SHA256_H

#include "base/error.h"
#include <stddef.h>

struct sha256_ctx;

/* Of all that nettle's context was given; ends it. */
void sha256_hex(struct sha256_ctx *sha, char hex[65]);
/* The digest as 32 bytes. */
void sha256_raw(const void *bytes, size_t size, unsigned char digest[32]);
void sha256_bytes(const void *bytes, size_t size, char hex[65]);
/* Of all bytes from fd's position on, read in blocks; path is for the message.
 * ST_DATA. */
int sha256_descriptor(int fd, const char *path, char hex[65],
                      struct error *err);
/* Of a regular file. ST_DATA. */
int sha256_file(const char *path, char hex[65], struct error *err);

#endif
