/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* growing-files.h - files that an instance writes while the run goes on. Until
 * they are part of the results they lie under numbers in a folder of their
 * own, so that what fails leaves none of them among the results. */
#ifndef CORE_RESULTS_GROWING_FILES_H
#define CORE_RESULTS_GROWING_FILES_H

#include "base/error.h"
#include "base/serialize.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct results;
struct sha256_ctx;

/* Where they lie; of all instances of a run. */
struct growing_place {
    int fd;          /* of the folder, borrowed */
    const char *dir; /* of the results, for messages; borrowed */
    bool stays;      /* outlives the process: checkpoints refer to it */
    atomic_int n_open;
};

/* Bytes that take the place of others when the file is done. */
struct growing_patch {
    uint64_t offset;
    size_t size;
    void *bytes; /* owned */
};

struct growing_file {
    char *name;            /* among the results, within the prefix; owned */
    uint64_t expected;     /* bytes that it will have; 0: not known */
    uint64_t size;         /* bytes that it has */
    int fd;                /* -1: not open */
    bool synced;           /* all of them are on the disk */
    struct sha256_ctx *sha; /* of all of them, owned */
    struct growing_patch *patches; /* (n_patches), owned */
    size_t n_patches;
};

/* Those of one instance. Without a place, what they are given is counted,
 * digested and thrown away: nothing else comes of such a run. */
struct growing_files {
    struct growing_file *all; /* (n), owned */
    size_t n;
    size_t number; /* of the instance */
    char *prefix;  /* VARIANT/ID, owned; NULL: they have no place yet */
    struct growing_place *place; /* NULL: none */
};

/* Adds one; returns its number. */
size_t growing_add(struct growing_files *files, const char *name,
                   uint64_t expected);
bool growing_has(const struct growing_files *files, const char *name);
/* Bytes that they will have, as far as that is known. */
uint64_t growing_expected(const struct growing_files *files);
/* Gives them their place. Those that are there already, of a run that was
 * killed, are for growing_carry(); others are made, empty. ST_FAILED. */
int growing_begin(struct growing_files *files, struct growing_place *place,
                  size_t number, const char *prefix, bool resumed,
                  struct error *err);
/* ST_FAILED with the name for a full disk and the like. */
int growing_append(struct growing_files *files, size_t file,
                   const void *bytes, size_t size, struct error *err);
/* The bytes are those of the file when it becomes part of the results. It has
 * at least as many already. */
void growing_overwrite(struct growing_files *files, size_t file,
                       uint64_t offset, const void *bytes, size_t size);
/* All that was appended is on the disk when this returns. ST_FAILED. */
int growing_sync(struct growing_files *files, struct error *err);
/* Packs how long they are and their digests; unpacking cuts them to that, and
 * ST_USAGE if they are not what they were. */
int growing_carry(struct serializer *serial, struct growing_files *files,
                  struct error *err);
/* The name of the first file that is another in b than in a, by its name, its
 * bytes or what overwrites them; NULL: none is. */
const char *growing_differs(const struct growing_files *a,
                            const struct growing_files *b);
/* Of files without a place: they go on from what those of `from` have. */
void growing_continue(struct growing_files *files,
                      const struct growing_files *from);
/* Puts them all among the results. Statuses as of results_write(). */
int growing_publish(struct growing_files *files, struct results *results,
                    struct error *err);
/* Closes those that are open. */
void growing_close(struct growing_files *files);
void growing_free(struct growing_files *files);

#endif
