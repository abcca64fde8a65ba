/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-reader.h - the files of a results folder, for the page that is made
 * of them. Those of an earlier run are read from the folder; the run that
 * writes them has them in memory. */
#ifndef CORE_RESULTS_RESULTS_READER_H
#define CORE_RESULTS_RESULTS_READER_H

#include "results/results-folder.h"

enum results_state { RESULTS_WHOLE, RESULTS_CHANGED, RESULTS_MISSING };

struct results_reader {
    int folder;                    /* descriptor */
    const struct results *written; /* of this run; NULL: of an earlier one */
};

/* Has the file this size and digest? What this run wrote has: it is not read.
 * O(size) otherwise. */
enum results_state results_reader_examine(const struct results_reader *reader,
                                          const char *name, size_t size,
                                          const char *sha256);
/* As folder_read: the caller frees; a negative number and errno. */
int results_reader_read(const struct results_reader *reader,
                        const char *name, char **bytes, size_t *size);

#endif
