/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* reference.h - a second GPT-2, in float64 and plain loops, to test against.
 * It shares nothing with the executor but the reading of tensors. */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include <stdint.h>

struct reference; /* every hook point of every layer */

/* One forward pass over n tokens with the model in dir. Returns 0, or -1
 * with a message on standard error. */
int reference_run(const char *dir, const int32_t *tokens, int n,
                  struct reference **out);
/* The same, with an edit of every resid_post (n, D) as soon as it is there.
 */
typedef void reference_edit_fn(void *user, int layer, double *resid_post);
int reference_run_edited(const char *dir, const int32_t *tokens, int n,
                         reference_edit_fn *edit, void *user,
                         struct reference **out);
void reference_free(struct reference *reference);
/* enum transect_point; layer and head are ignored where the point has none.
 * Row-major, owned by reference. attn_scores are whole, the future -INFINITY.
 * NULL for a point that GPT-2 does not have. */
const double *reference_get(const struct reference *reference, int point,
                            int layer, int head, int *rows, int *cols);

#endif
