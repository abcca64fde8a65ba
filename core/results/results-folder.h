/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-folder.h - a results folder that appears whole or not at all. */
#ifndef CORE_RESULTS_RESULTS_FOLDER_H
#define CORE_RESULTS_RESULTS_FOLDER_H

#include "base/error.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define RESULTS_MANIFEST "manifest.json"
#define RESULTS_REPORT "report.html"
#define RESULTS_CHECKPOINT ".checkpoint" /* of a run: behind the name of DIR */

struct results; /* a folder under a temporary name beside the final one */

enum results_mode { RESULTS_NEW, RESULTS_FORCE, RESULTS_RESUME };

/* Checks that DIR can be written: it must not exist (ST_USAGE), unless mode
 * allows it and it is empty or holds a manifest.json of transect, that is one
 * with an object "transect"; and no other process may have begun results there
 * that it has not ended (ST_USAGE). Creates parents and the temporary folder,
 * of which an old one in DIR's place is no part until results_commit. RESUME:
 * *done is set and *results NULL if the manifest's "complete" is true. */
int results_begin(const char *dir, enum results_mode mode, bool *done,
                  struct results **results, struct error *err);
/* Writes NAME (relative, may have folders), notes its digest and size. Each
 * name once, and never "manifest.json": ST_PLUGIN for a name that cannot be,
 * ST_FAILED for a full disk and the like, and if a signal asks the program to
 * stop. */
int results_write(struct results *results, const char *name,
                  const void *bytes, size_t size, struct error *err);
/* A folder for growing-files.h: in the temporary folder, or, if it STAYS
 * beyond the process, beside the place as .BASE.growing. What an earlier run
 * left there is kept if this one goes on with it (RESUMED), else removed. *fd
 * is borrowed. ST_USAGE where it holds something else. */
int results_growing(struct results *results, bool stays, bool resumed,
                    int *fd, struct error *err);
/* Shall the folder that stays do so beyond results_end()? At first it does
 * not, but for that of a run that goes on. */
void results_keep_growing(struct results *results, bool keep);
/* Removes the other one, which results do not have. */
void results_end_growing(struct results *results);
/* The file OLD of that folder, synced, becomes NAME as if it had been written;
 * STAYS: under its old name, too. */
int results_take(struct results *results, const char *name, const char *old,
                 bool stays, size_t size, const char sha256[65],
                 struct error *err);
/* New reference: [{"path", "bytes", "sha256"}...] in order of writing. */
json_t *results_files(const struct results *results);
/* The bytes of a file as it was written, borrowed; NULL: they were not kept,
 * since it is large or many were kept already. */
const char *results_kept(const struct results *results, const char *name,
                         size_t *size);
/* Descriptor of the temporary folder, in which the files are. */
int results_folder(const struct results *results);
/* Writes manifest.json last, syncs all and puts the folder at DIR, whose old
 * one it replaces in one step where the system can. Results that are not
 * complete, or whose status is "failed", never replace complete ones: they go
 * to DIR.failed. ST_FAILED, also if a signal asks the program to stop; DIR is
 * then as it was. The manifest is borrowed and has "transect" and "complete".
 */
int results_commit(struct results *results, json_t *manifest,
                   struct error *err);
/* DIR.failed, borrowed, if results_commit put them there; else NULL. */
const char *results_beside(const struct results *results);
/* Frees, and lets others begin; removes the temporary folder if it was not
 * committed. NULL is allowed. */
void results_end(struct results *results);

/* Removes what a process that was killed left beside DIR that has no use any
 * more. ST_USAGE. */
int results_tidy(const char *dir, struct error *err);

/* One of results_files: a new reference. */
json_t *results_entry(const char *name, size_t size, const char *sha256);
/* The text of manifest.json; the caller frees it. ST_FAILED. */
int results_manifest(const json_t *manifest, const char *dir, char **text,
                     struct error *err);

/* Opens the folder of a run that ended. *folder: a descriptor, which the
 * caller closes. *manifest: a new reference, with an object "transect"
 * and a list "files". ST_DATA, also where DIR is no such folder. */
int results_open(const char *dir, int *folder, json_t **manifest,
                 struct error *err);
/* Takes NAME out of the manifest's files. */
void results_forget(json_t *manifest, const char *name);
/* Puts NAME in the place of what it was, its entry at the end of the
 * manifest's files, and the manifest in the place of the old one. ST_FAILED,
 * which leaves the manifest as it was. */
int results_revise(int folder, const char *dir, json_t *manifest,
                   const char *name, const void *bytes, size_t size,
                   struct error *err);

#endif
