/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-callback.h - the call of one event's callback, and what it is given. */
#ifndef CORE_HOOKS_HOOK_CALLBACK_H
#define CORE_HOOKS_HOOK_CALLBACK_H

#include "hooks/hooks.h"

/* Nonzero: it failed, returned so or not. event->edit tells whether it may
 * write. It gets the tensor itself, unless the hooks have a guard. */
struct listener;
int hook_call(const struct hooks *hooks, const struct listener *listener,
              struct transect_event *event);

/* "at resid_mid of layer 1, head 0, sample 2" */
void hook_place(const struct transect_event *event, char *text, size_t size);
/* After a callback: if it printed, or changed the floating-point environment,
 * that is its error; or, while a run is watched (stdio-capture.h), a note of
 * its owner, of the first time. event NULL: it was the callback of that name.
 */
void hook_check_conduct(struct hook_owner *owner,
                        const struct transect_event *event,
                        const char *callback);

#endif
