/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* file.h - whole files into memory. */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include "base/error.h"
#include <stddef.h>

/* Reads a regular file, or standard input for "-", NUL-terminated beyond
 * *size; the caller frees. ST_DATA. */
int file_read(const char *path, char **bytes, size_t *size,
              struct error *err);

#endif
