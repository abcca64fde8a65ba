/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* float-environment.h - finds and undoes what foreign code changed of the
 * floating-point environment: how a thread rounds, what it makes of subnormal
 * numbers, what traps. All arithmetic that follows would be other arithmetic.
 */
#ifndef CORE_SANDBOX_FLOAT_ENVIRONMENT_H
#define CORE_SANDBOX_FLOAT_ENVIRONMENT_H

/* Notes the calling thread's, the first time: before any foreign code runs.
 * Threads inherit it. */
void float_note(void);
/* After foreign code, some nanoseconds: what is another on this thread than
 * was noted, as a sentence, static; it is put back. NULL: nothing is, or
 * nothing was noted. Exceptions that were raised do not count. */
const char *float_check(void);

#endif
