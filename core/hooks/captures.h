/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* captures.h - rows of another pass, kept while a batch of samples is under
 * way, for those who put them into the passes of these samples. */
#ifndef CORE_HOOKS_CAPTURES_H
#define CORE_HOOKS_CAPTURES_H

#include "hooks/hooks.h"
#include "hooks/sample-positions.h"

#include <transect/capture.h>

/* A sample under way, and what the other pass runs under its number. */
struct capture_span {
    int sample, n_token; /* numbers follow one another */
    const int32_t *partner; /* (n_token) positions there, -1: none; NULL: those
                               of the same number */
};

struct captures;

/* names: of the samples under way; borrowed, NULL: they have none. */
struct captures *captures_new(const struct config *config,
                              const struct position_names *names);
void captures_free(struct captures *captures);

/* Why none can be kept, NULL: they can; borrowed. */
void captures_refuse(struct captures *captures, const char *why);
const char *captures_refusal(const struct captures *captures);

/* Where a position of a sample is in its partner; -1: nowhere. With none
 * given, all are where they are; the user is borrowed. */
typedef int (*captures_partner_fn)(const void *user, int sample, int position);
void captures_align(struct captures *captures, captures_partner_fn partner,
                    const void *user);
int captures_partner(const struct captures *captures, int sample,
                     int position);

/* Before any is wanted: each partner has the tokens and positions that its
 * sample has, so that no more rows need to be made than are wanted. */
void captures_pair_up(struct captures *captures);
/* From now on rows of these places are kept, once for all who want them. Of
 * the subscription only places count; they must be right. */
void captures_want(struct captures *captures,
                   const struct transect_subscription *places);
bool captures_any(const struct captures *captures);
/* Who hears of the other pass for that; none if nothing is wanted. */
struct hooks *captures_hooks(const struct captures *captures);
const struct hook_owner *captures_owner(const struct captures *captures);

/* Forgets all rows, and makes a place for each of those wanted of these
 * samples: returns how many floats they have together. */
size_t captures_begin(struct captures *captures,
                      const struct capture_span *spans, int n);
/* Room for so many floats, in a file or in memory; see scratch.h. */
int captures_reserve(struct captures *captures, size_t n, bool in_file,
                     struct error *err);
/* See transect_capture_host.row; behind the other pass, on any thread. */
const float *captures_row(const struct captures *captures,
                          const struct transect_place *place, int64_t *n);

#endif
