/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* digest.h - SHA-256 as lower-case hexadecimal, by nettle. */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "base/error.h"
#include <stddef.h>

/* As bytes. */
void digest_raw(const void *bytes, size_t size, unsigned char digest[32]);
void digest_bytes(const void *bytes, size_t size, char hex[65]);
/* Of what can be read from fd, in pieces; path is for the message. ST_DATA. */
int digest_descriptor(int fd, const char *path, char hex[65],
                      struct error *err);
/* The same of a regular file. */
int digest_file(const char *path, char hex[65], struct error *err);

#endif
