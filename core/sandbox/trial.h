/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* trial.h - work with a plugin in a forked process, which may crash, hang or
 * end itself. */
#ifndef CORE_SANDBOX_TRIAL_H
#define CORE_SANDBOX_TRIAL_H

#include <stddef.h>

/* Returns an answer, '0' to '9', and leaves words behind it, which the caller
 * frees: `*words` is NULL before. Standard output and error are closed to it.
 */
typedef char trial_fn(void *user, char **words);

/* Runs `work` in a child of this process and returns its answer, with its
 * words. 0: it gave none within `seconds`; the words say how it ended, and in
 * which callback: "ended its process with status 0 in ready"; of a crash also
 * of which plugin, as crash-report.h has it. The caller frees the words. */
char trial_run(trial_fn *work, void *user, int seconds, char **words);

#endif
