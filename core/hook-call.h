/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-call.h - the call of one event's callback, and what it is given. */
#ifndef CORE_HOOK_CALL_H
#define CORE_HOOK_CALL_H

#include "hooks.h"

/* Nonzero: it failed, returned so or not. event->edit tells whether it may
 * write. guard NULL: it gets the tensor itself. */
struct guard;
int hook_call(struct guard *guard, const struct hook_owner *owner,
              transect_event_fn on_event, void *state,
              struct transect_event *event);

#endif
