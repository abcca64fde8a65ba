/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate.h - observers in a process of their own. The instances of one
 * [plugin] section, in all variants, live in one child process; in this one a
 * stand-in of the same interface passes every callback on, with the tensor in
 * shared memory, and waits for the answer. */
#ifndef CORE_ISOLATE_H
#define CORE_ISOLATE_H

#include "plugin/plugin-instance.h"

/* What the child may use. */
struct isolation {
    int timeout; /* seconds for one callback */
    int memory;  /* MiB beyond what this program has when it begins */
};

struct pen;

/* For the plugin of a [plugin] section with this id; `real` must outlive
 * it. */
struct pen *pen_new(const struct plugin *real, const char *id,
                    struct isolation limits);
/* What instances of it are made of instead of the real plugin. */
const struct plugin *pen_plugin(const struct pen *pen);
/* Adds the instance of one more variant; before pen_start. */
void pen_add(struct pen *pen, struct transect_ctx *instance);
/* Starts the child; events are of samples of up to n_token tokens. The child
 * knows what this process knows now: model, input and options. ST_FAILED. */
int pen_start(struct pen *pen, const struct config *config, int n_token,
              struct error *err);
const char *pen_id(const struct pen *pen);
/* From now on a failure disables the instance that failed and no more; if the
 * child is lost (it crashed, took too long, ...), those of all variants. */
void pen_contain(struct pen *pen);
/* Ends the child, whatever it does. */
void pen_free(struct pen *pen);

#endif
