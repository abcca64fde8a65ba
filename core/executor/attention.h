/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention.h - the stages of a layer's attention (see stages.h). */
#ifndef CORE_EXECUTOR_ATTENTION_H
#define CORE_EXECUTOR_ATTENTION_H

#include "executor/forward.h"

/* q, k and v from the input, side by side, q and k as they meet: normalized
 * and rotated. */
int attention_project(struct forward *forward, int layer, struct error *err);
int attention_emit_qkv(struct forward *forward, int layer,
                       struct error *err);
/* Scores, pattern and z, head by head; in attention-events.c. */
int attention_mix(struct forward *forward, int layer, struct error *err);
/* The projection of z. */
int attention_output(struct forward *forward, int layer, struct error *err);
/* What each head adds to that, as far as somebody listens. */
int attention_head_outs(struct forward *forward, int layer,
                        struct error *err);

#endif
