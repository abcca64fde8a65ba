/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* read-file.h - whole files into memory, and whether the files that were read
 * are still what they were, so that no output is made of two states of one.
 */
#ifndef CORE_BASE_READ_FILE_H
#define CORE_BASE_READ_FILE_H

#include "base/error.h"
#include <stddef.h>
#include <sys/stat.h>

/* Bytes: what is read whole is no larger, as the manual says. */
#define READ_FILE_MOST ((size_t)1 << 30)

/* Opens a regular file, without waiting for the other end of a pipe; what is
 * none is refused. Returns a descriptor with *info, or -1 (ST_DATA). */
int read_open(const char *path, struct stat *info, struct error *err);
/* Reads a regular file of at most READ_FILE_MOST bytes, or standard input for
 * "-", NUL-terminated beyond *size; the caller frees. The file is watched.
 * ST_DATA. */
int read_file(const char *path, char **bytes, size_t *size, struct error *err);
/* The same of a file that is not watched, of any size up to `most`. */
int read_unwatched(const char *path, size_t most, char **bytes, size_t *size,
                   struct error *err);
/* ST_DATA where the first bytes of a file are those of a Git LFS pointer: what
 * a clone has in the place of a large file that was not fetched. */
int read_refuse_pointer(const char *path, const void *bytes, size_t size,
                        struct error *err);

/* Forgets all files; from now on those that are opened are noted. Before, none
 * is. A process makes one output at a time, so there is one list; it belongs
 * to the main thread. */
void file_watch_begin(void);
/* Notes a file as it is when it is opened. path is copied. */
void file_watch_add(const char *path, const struct stat *info);
/* ST_DATA, with the name of the first file that is missing, another one, or
 * changed since it was noted. A change that leaves the size as it was is seen
 * by the times of the file, as finely as its file system keeps them. */
int file_watch_check(struct error *err);

#endif
