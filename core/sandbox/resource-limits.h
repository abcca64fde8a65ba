/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* resource-limits.h - limits for a process that runs untrusted plugins. */
#ifndef CORE_SANDBOX_RESOURCE_LIMITS_H
#define CORE_SANDBOX_RESOURCE_LIMITS_H

/* Of the calling process: it is killed when its parent ends (Linux), leaves no
 * core file, writes no file of more than 1 MiB, and gets at most `memory` MiB
 * of address space beyond what it has (not under a sanitizer, nor where /proc
 * does not tell what it has). */
void resource_limits_set(int memory);

#endif
