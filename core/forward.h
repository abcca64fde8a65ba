/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward.h - the one executor: a forward pass over a batch, with events. */
#ifndef CORE_FORWARD_H
#define CORE_FORWARD_H

#include "batch.h"
#include "hooks.h"
#include "model.h"
#include "positions.h"

/* Buffers for batches of at most max_rows tokens, samples of at most
 * max_tokens. Everything that no listener and no later step needs is absent
 * or reused. */
struct forward {
    const struct model *model;
    int max_rows, max_tokens;
    float *resid;    /* (rows, D) the residual stream */
    float *x;        /* (rows, D) normalized input of a branch */
    float *qkv;      /* (rows, H*d + 2*Hkv*d) queries, keys, values */
    float *z;        /* (rows, H*d) */
    float *out;      /* (rows, D) output of a branch */
    float *mlp;      /* (rows, F) */
    float *gate;     /* (rows, F), or NULL: no gate */
    struct positions positions;
    float *scores;   /* (FORWARD_BLOCK, max_tokens) one head's row block */
    float *panel;    /* of stored weights, or NULL: none are */
    float *head_out; /* 2 x (rows, D), made when somebody listens */
    float *logits;   /* (FORWARD_BLOCK, V), likewise */
};

/* Rows of a T x T or T x V tensor made and delivered at a time. */
#define FORWARD_BLOCK 128

int forward_new(const struct model *model, int max_rows, int max_tokens,
                struct forward **forward, struct error *err);
void forward_free(struct forward *forward);
/* Bytes that forward_new allocates, without the panel. */
uint64_t forward_bytes(const struct config *config, int max_rows,
                       int max_tokens);

/* Bytes of the largest view that an event of samples of up to n_token tokens
 * can have. */
size_t forward_view_bytes(const struct config *config, int n_token);

/* Runs the model over the batch and broadcasts events to hooks. ST_FAILED:
 * a callback failed, a hidden state is not finite, memory is out. */
int forward_run(struct forward *forward, struct hooks *hooks,
                const struct batch *batch, struct error *err);

/* The attention of one layer: q, k, v from forward->x, then z, from which
 * forward->out (rows, D). In attention.c. */
int attention_run(struct forward *forward, struct hooks *hooks, int layer,
                  const struct batch *batch, struct error *err);

#endif
