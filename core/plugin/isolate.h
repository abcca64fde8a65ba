/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate.h - observers in a process of their own. The instances of one
 * [plugin] section, in all variants, live in one child process; in this one a
 * stand-in of the same interface passes every callback on, with the tensor in
 * shared memory, and waits for the reply. */
#ifndef CORE_PLUGIN_ISOLATE_H
#define CORE_PLUGIN_ISOLATE_H

#include "plugin/plugin-instance.h"

/* What the child may use. */
struct isolation {
    int timeout; /* seconds for one callback */
    int memory;  /* MiB beyond what this program has when it begins */
};

struct isolated_process;

/* For the plugin of a [plugin] section with this id; `real` must outlive
 * it. */
struct isolated_process *isolate_new(const struct plugin *real, const char *id,
                                     struct isolation limits);
/* What instances of it are made of instead of the real plugin. */
const struct plugin *isolate_plugin(const struct isolated_process *process);
/* Adds the instance of one more variant; before isolate_start. */
void isolate_add(struct isolated_process *process,
                 struct transect_ctx *instance);
/* Starts the child; events are of samples of up to n_token tokens. The child
 * knows what this process knows now: model, input and options. ST_FAILED. */
int isolate_start(struct isolated_process *process,
                  const struct config *config, int n_token,
                  struct error *err);
const char *isolate_id(const struct isolated_process *process);
/* From now on a failure disables the instance that failed and no more; if the
 * child is lost (it crashed, took too long, ...), those of all variants. */
void isolate_contain(struct isolated_process *process);
/* Ends the child, whatever it does. */
void isolate_free(struct isolated_process *process);

#endif
