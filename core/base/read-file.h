/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* read-file.h - whole files into memory. */
#ifndef CORE_BASE_READ_FILE_H
#define CORE_BASE_READ_FILE_H

#include "base/error.h"
#include <stddef.h>

/* Reads a regular file, or standard input for "-", NUL-terminated beyond
 * *size; the caller frees. ST_DATA. */
int read_file(const char *path, char **bytes, size_t *size, struct error *err);

#endif
