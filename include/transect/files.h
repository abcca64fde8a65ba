/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/files.h - the extension "transect.files/1" [1.2]: files of a
 * variant that are written while the run goes on, so that they may be larger
 * than memory.
 *
 *   const struct transect_files_host *files =
 *       host->extension(ctx, TRANSECT_FILES);
 *
 * A checkpoint has how long they were, and a run that goes on from it finds
 * them as they were then. The manifest has their digests. Files of two
 * instances are not merged: bytes have no rule for it.
 */
#ifndef TRANSECT_FILES_H
#define TRANSECT_FILES_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_FILES "transect.files/1"

struct transect_files_host {
    uint32_t size;
    /* The number of a new, empty file of this variant, 0, 1, ... in the
     * order of the calls; `name` has no slash. `expected`: how many bytes it
     * will have, 0 where that is not known: for the room on the disk alone,
     * which is looked for before the run; more or fewer may be written.
     * Below 0 after host->fail(): where a file cannot be, such as in a
     * variant of a sweep, of which nothing but tables is kept, and in an
     * isolated instance. ready, surveyed. [main] */
    int32_t (*open)(transect_ctx *, const char *name, uint64_t expected);
    /* Adds bytes to its end. begin to finish; of one file not from two
     * threads at once. */
    int (*append)(transect_ctx *, int32_t file, const void *bytes,
                  size_t size);
    /* Puts others in the place of bytes that it has, such as a header that
     * says how many rows there are; few, for they are copied. finish. [main]
     */
    int (*overwrite)(transect_ctx *, int32_t file, uint64_t offset,
                     const void *bytes, size_t size);
};

#ifdef __cplusplus
}
#endif

#endif
