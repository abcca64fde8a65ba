/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* file-digests.h - SHA-256 of mapped files, each made once: by a thread of
 * their own beside other work, as far as it comes, and the rest when they are
 * asked for. */
#ifndef CORE_BASE_FILE_DIGESTS_H
#define CORE_BASE_FILE_DIGESTS_H

#include "base/error.h"
#include "base/mapped-file.h"

struct file_digests;

/* The files are borrowed and must stay mapped. Nothing is read yet. */
struct file_digests *file_digests_new(const struct mapped_file *files,
                                      size_t n);
/* Starts the thread, once. Where there can be none, file_digests_finish() does
 * all. */
void file_digests_start(struct file_digests *digests);
/* Ends the thread and does what it left. ST_FAILED if a signal asks the
 * program to stop meanwhile. The calling thread may be any, but one. */
int file_digests_finish(struct file_digests *digests, struct error *err);
/* Of file i, as lower-case hexadecimal; borrowed. After a finish. */
const char *file_digests_hex(const struct file_digests *digests, size_t i);
/* Ends the thread at once, whatever it has left to do. NULL is allowed. */
void file_digests_free(struct file_digests *digests);

#endif
