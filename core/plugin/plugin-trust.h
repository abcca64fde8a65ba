/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-trust.h - a plugin's file, opened once, on a way that only its user
 * and root can change. */
#ifndef CORE_PLUGIN_PLUGIN_TRUST_H
#define CORE_PLUGIN_PLUGIN_TRUST_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct trusted_file {
    int file;   /* open for reading, a regular file */
    int folder; /* that it lies in, for *at() alone; -1: taken over */
    char *path; /* from the root, without links; owned */
    dev_t device;
    ino_t inode;
};

/* Opens the file that `path` leads to. Each folder from the root on, each
 * link and the file must belong to root or to the effective user and must not
 * be writable by others; sticky folders may be, but for the one in which the
 * file lies. ST_PLUGIN: the message names what is not so. */
int trust_open(const char *path, struct trusted_file *file,
               struct error *err);
void trust_close(struct trusted_file *file);

/* Does `path` lead to the file that was opened? */
bool trust_is_at(const struct trusted_file *file, const char *path);

#endif
