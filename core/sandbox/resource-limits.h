/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* resource-limits.h - limits for a process that runs plugins not to be
 * trusted. */
#ifndef CORE_SANDBOX_RESOURCE_LIMITS_H
#define CORE_SANDBOX_RESOURCE_LIMITS_H

/* For this process from now on: it dies with the one that made it, leaves no
 * core, writes no file of more than a mebibyte, and gets at most `memory` MiB
 * more than it has (not under a sanitizer, nor where that cannot be known).
 */
void resource_limits_set(int memory);

#endif
