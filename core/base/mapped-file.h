/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mapped-file.h - a whole file mapped read-only.
 *
 * Where a file is cut short while it is mapped, or its disk fails, reading
 * what is lost raises SIGBUS. The handler calls mapped_file_rescue(), which
 * puts zeros there and notes it: whoever reads goes on, in whatever thread,
 * and the work ends in order at the next mapped_file_check(). */
#ifndef CORE_BASE_MAPPED_FILE_H
#define CORE_BASE_MAPPED_FILE_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

struct mapped_file {
    char *path;
    const unsigned char *bytes; /* NULL if the file is empty */
    size_t size;
};

/* Regular files only (ST_DATA). The file is watched: see read-file.h. By the
 * main thread, as closing. */
int mapped_file_open(const char *path, struct mapped_file *mapping,
                     struct error *err);
void mapped_file_close(struct mapped_file *mapping);

/* For signal handlers: if the address is in a mapped file, from its page on
 * there are zeros now, and true is returned. Also for a forked process: what
 * one lost is lost for all. */
bool mapped_file_rescue(const void *address);
/* ST_DATA if a part of a mapped file is lost, which is named. */
int mapped_file_check(struct error *err);

#endif
