/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-place.h - the place of a results folder: who works there, what is
 * there, and how a new folder gets there. */
#ifndef CORE_RESULTS_RESULTS_PLACE_H
#define CORE_RESULTS_RESULTS_PLACE_H

#include "base/error.h"
#include <jansson.h>
#include <stdbool.h>

struct results_place {
    char *dir;  /* as the user names it, without slashes at its end */
    char *base; /* its last part */
    char *lock; /* name of a file beside it; NULL: it is not locked */
    int locked; /* descriptor of that file */
    int parent; /* descriptor of the folder that all of them are in */
};

/* What exists at the place. */
enum results_found {
    FOUND_NOTHING, FOUND_EMPTY, FOUND_INCOMPLETE, FOUND_COMPLETE,
    FOUND_FOREIGN, FOUND_NO_FOLDER
};

/* Makes the folders above PATH, locks the place until place_close() or the end
 * of the process, and puts back what a process left aside that was killed in
 * place_put(); files that grew go if there is no checkpoint of them. ST_USAGE
 * if another process has the lock, or PATH is no name; place_close() is due
 * either way. Where the file system has no locks, the place is not locked. */
int place_open(const char *path, struct results_place *place,
               struct error *err);
void place_close(struct results_place *place);
enum results_found place_examine(const struct results_place *place);
/* Goes on to the place beside it whose name has ".failed" at its end. */
void place_turn_to_failed(struct results_place *place);
/* A run that failed counts as incomplete, so that --resume runs it again. */
bool place_is_complete(const json_t *manifest);
/* The name beside it of the folder for files that grow and that a checkpoint
 * refers to; the caller frees it. */
char *place_growing(const struct results_place *place);
/* Removes that, if it is there and transect's: else ST_USAGE. */
int place_remove_growing(const struct results_place *place,
                         struct error *err);
/* A new folder beside the place, ".BASE.partial-PID", or with a number behind
 * it. The caller frees the name; NULL with errno. */
char *place_make_partial(const struct results_place *place);
/* Puts the folder *partial at the place and removes what was there: `found`
 * says whether something was. One of the two is there at any time, but see
 * place_exchange_in_steps(). Once it is there, *partial is freed and NULL.
 * ST_FAILED: the old one is there; or it could not be removed, of which the
 * message has the name. */
int place_put(const struct results_place *place, char **partial,
              enum results_found found, struct error *err);
/* What place_put() does where no call exchanges two folders: between two of
 * its steps the old folder is ".BASE.replaced", and nothing at the place. The
 * next place_open() puts it back. -1 with errno. */
int place_exchange_in_steps(const struct results_place *place,
                            const char *partial);

#endif
