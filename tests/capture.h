/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* capture.h - everything that a forward pass shows of one sample, and what
 * must hold between its parts, whatever the model. */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include "executor/forward.h"

/* Whole matrices, by point, layer and head. */
struct capture {
    const struct config *config;
    int n_token, sample;
    float *tensors[TRANSECT_N_POINTS]; /* (layers, heads, T, cols) */
};

extern struct error capture_error; /* for hook owners whose calls succeed */

void capture_init(struct capture *capture, const struct config *config,
                  int n_token, int sample);
void capture_clear(struct capture *capture);
bool capture_has(const struct config *config, int point);
size_t capture_heads(const struct capture *capture, int point);
size_t capture_columns(const struct capture *capture, int point);
float *capture_tensor(const struct capture *capture, int point, int layer,
                      int head);

/* A callback whose state is a capture. */
int capture_event(void *state, const struct transect_event *event);
void capture_listen(struct hooks *hooks, struct hook_owner *owner, int point,
                    transect_event_fn fn, uint32_t flags);
/* To all points that the model has, for the owner's capture. */
void capture_listen_all(struct hooks *hooks, struct hook_owner *owner,
                        transect_event_fn fn);
/* A forward pass of a team, or of one thread, in buffers of its own. */
int capture_spans(const struct model *model, struct hooks *hooks,
                  struct thread_team *team, const struct batch *batch,
                  struct error *err);
/* A forward pass over at most 16 samples of n_token tokens each, in one
 * batch. */
int capture_batch(const struct model *model, struct hooks *hooks,
                  const int32_t *tokens, int n_sample, int n_token,
                  struct error *err);
/* Captures all points of capture->sample of the batch. */
void capture_run(const struct model *model, struct capture *capture,
                 const int32_t *tokens, int n_sample);
void capture_tokens(int32_t *tokens, int n, int vocab, unsigned seed);

/* Largest difference of a row over the norm of the reference's row (or over
 * norms[row]): where a row holds a massive activation, its rounding is that
 * of the large element, so absolute or elementwise bounds would mean
 * nothing. */
double capture_worst_row(const float *got, const double *want, int rows,
                         int cols, const double *norms);

/* The largest of those of a point in a layer, all heads; of scores over the
 * norms of their factors. */
double capture_worst(const struct capture *got, const struct capture *want,
                     int point, int layer);
/* Elements of a point in a layer, all heads; are they the same bits? */
size_t capture_size(const struct capture *capture, int point);
bool capture_same(const struct capture *a, const struct capture *b, int point,
                  int layer);

/* The identities of the hook points; they fail the running test. */
void capture_check_identities(const struct capture *capture,
                              const struct model *model);
/* Those of them that are of the residual stream; they hold of edited passes,
 * too. */
void capture_check_stream(const struct capture *capture,
                          const struct model *model);
/* q and k against float64, made of what attention reads. */
void capture_check_queries(const struct capture *capture,
                           const struct model *model);
/* An edit at a point is seen there by observers, is attested, and reaches
 * what is computed after it: the logits. before: a pass without it. */
void capture_check_edit(const struct model *model, const int32_t *tokens,
                        int n, int point, const struct capture *before);
/* resid_post alone is what it is with everything else observed. */
void capture_check_neutral(const struct model *model, const int32_t *tokens,
                           const struct capture *all);

#endif
