/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* parse.h - a whole text as one number or truth value, in any locale. */
#ifndef CORE_BASE_PARSE_H
#define CORE_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* Each returns false, and leaves *out alone, unless all of text is a value
 * that the type can hold. Numbers are decimal, without blanks. */
bool parse_int(const char *text, int64_t *out);
bool parse_unsigned(const char *text, uint64_t *out);
bool parse_real(const char *text, double *out); /* finite */
/* Bytes, at least 1: a number, with or without decimals, and K, M, G or T for
 * 1000 bytes, their 1000-fold and so on. */
bool parse_bytes(const char *text, uint64_t *out);
/* yes, no, true, false, on, off, 1, 0; case does not count */
bool parse_truth(const char *text, bool *out);

#endif
