/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* perplexity.h - what the plugin perplexity knows of a variant. */
#ifndef PERPLEXITY_H
#define PERPLEXITY_H

#include <stdbool.h>
#include <transect/plugin.h>

struct perplexity {
    transect_ctx *ctx;
    const struct transect_host *host;
    bool is_pair; /* the variant of the records' second prompts */
    int64_t skip;           /* first predictions of a sample left out */
    int32_t n_sample, n_token;
    double *loss;           /* (n_sample) sums over predictions, in nats */
    int64_t *n;             /* (n_sample) predictions */
    const int32_t **tokens; /* (n_slot) of the samples under way */
};

/* The descriptor's compare(): each variant against the first, sample by
 * sample. */
int perplexity_compare(void *const *states, const char *const *names,
                       size_t n);

#endif
