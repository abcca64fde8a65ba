/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* folder.h - folders by descriptor: making, writing into, removing. None of
 * these follows a symbolic link below the descriptor it is given. */
#ifndef CORE_BASE_FOLDER_H
#define CORE_BASE_FOLDER_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

/* Makes the folders above the last part of path, as far as they are not
 * there, synced, and opens the nearest. Returns its descriptor, or -1:
 * ST_USAGE, or ST_FAILED where one cannot be synced. */
int folder_make_parents(const char *path, struct error *err);
/* Is NAME that of something below the folder it is used in: relative, and no
 * part empty, "." or ".."? */
bool folder_holds(const char *name);
/* The others return a negative number and errno on failure. */
int folder_open(int parent, const char *name);
bool folder_is_empty(int fd); /* false if it cannot be read */
/* A new file NAME with the folders in its name; the file is synced, the
 * folders are not. On failure no file remains. */
int folder_write(int top, const char *name, const void *bytes, size_t size);
/* The same in place of a file that may be there, which stays until the new
 * one is whole. NAME is in TOP itself, which is synced. */
int folder_replace(int top, const char *name, const void *bytes,
                   size_t size);
/* NAME, with the folders in it, becomes the file OLD of the folder FROM; where
 * that STAYS, as a second name of it, if the file system has those. */
int folder_adopt(int top, const char *name, int from, const char *old,
                 bool stays);
/* Opens a regular file for reading: its descriptor and size. A name that
 * folder_holds denies, and what is no regular file, is EINVAL. */
int folder_open_file(int top, const char *name, size_t *size);
#define FOLDER_READ_MOST ((size_t)1 << 30)
/* Reads such a file, NUL-terminated beyond *size; the caller frees. EFBIG: it
 * has more bytes than FOLDER_READ_MOST. */
int folder_read(int top, const char *name, char **bytes, size_t *size);
/* What was written to a file, or made in a folder, is on the disk when this
 * returns, as far as the file system can tell. */
int folder_sync(int fd);
/* The same of a folder and of all folders below it, whose files were written
 * by folder_write. */
int folder_sync_all(int fd);
/* Two entries of PARENT, both there, change places in one step. ENOSYS: this
 * system, or the file system, cannot. */
int folder_exchange(int parent, const char *a, const char *b);
/* Is every entry of the folder NAME one of which this is true? Also if there
 * is no such folder, or it cannot be read. */
bool folder_has_only(int parent, const char *name,
                     bool (*may)(const char *entry));
/* Removes a file, or a folder with all that is in it. */
int folder_remove(int parent, const char *name);

#endif
