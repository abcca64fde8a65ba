/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mlp.h - the stages of a layer's MLP (see stages.h): hidden units of its
 * input, their gate if it has one, their activation, its output. */
#ifndef CORE_EXECUTOR_MLP_H
#define CORE_EXECUTOR_MLP_H

#include "executor/forward.h"

int mlp_hidden(struct forward *forward, int layer, struct error *err);
int mlp_gate(struct forward *forward, int layer, struct error *err);
int mlp_activate(struct forward *forward, int layer, struct error *err);
int mlp_output(struct forward *forward, int layer, struct error *err);

#endif
