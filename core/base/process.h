/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* process.h - how a process begins, what rights it has, and the ends of one
 * that run no exit handlers: those of forked children and of crashes. What
 * counts lines in a coverage build is such a handler, so it is done here by
 * hand. */
#ifndef CORE_BASE_PROCESS_H
#define CORE_BASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Does it run with more rights than who started it: set-uid, set-gid, or,
 * where the system can say so, capabilities of its file? */
bool process_has_more_rights(void);

/* As _exit: whatever stdio holds is left unwritten. */
_Noreturn void process_end(int status);
/* Is process_end() at work? Else who calls _exit() is not the program. */
bool process_is_ending(void);

/* As raise, for a signal whose action is the default one. In a handler of the
 * signal it returns, and the process ends once the handler has. */
void process_end_by(int signal_number);

/* Ends a child and waits for it. It has been told to end, or hangs. */
void process_stop(pid_t child);

/* Once, before all else, so that the caller's descriptors and signals do not
 * change what the program says. Descriptors 0 to 2 that are closed are taken,
 * so that no file gets what is printed, and fail as before when they are used;
 * at a file-size limit write() fails; children can be waited for; numbers have
 * a decimal point on this thread, as process_fix_locale() has it. */
void process_begin(void);
/* The calling thread stays in the C locale, whatever setlocale() is called
 * with, by plugins too. Each other thread that formats numbers, or calls what
 * does, begins with this. */
void process_fix_locale(void);

#endif
