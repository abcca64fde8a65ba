/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* batches.c - which samples share a forward pass. */
#include "plan/batches.h"

#include "base/mem.h"

#include <stdlib.h>

static struct sample_batch next_batch(const struct samples *samples, int first,
                                      int tokens, int max_samples)
{
    struct sample_batch batch = {.first = first};

    while (first + batch.n < samples->n_sample && batch.n < max_samples) {
        int n_token = samples->list[first + batch.n].n_token;

        if (batch.n && batch.n_token + n_token > tokens)
            break;
        batch.n_token += n_token;
        batch.n++;
    }
    return batch;
}

void batches_make(const struct samples *samples, int tokens, int max_samples,
                  struct batches *batches)
{
    batches_clear(batches);
    for (int first = 0; first < samples->n_sample;) {
        struct sample_batch batch = next_batch(samples, first, tokens,
                                               max_samples);

        MEM_PUSH(batches->list, batches->n);
        batches->list[batches->n++] = batch;
        if (batch.n_token > batches->max_tokens)
            batches->max_tokens = batch.n_token;
        if (batch.n > batches->max_samples)
            batches->max_samples = batch.n;
        first += batch.n;
    }
}

void batches_clear(struct batches *batches)
{
    free(batches->list);
    *batches = (struct batches){0};
}

/* The batch, without what is not in the range. */
static struct sample_range overlap(const struct sample_batch *batch,
                                   struct sample_range range)
{
    int end = batch->first + batch->n;

    return (struct sample_range){
        .first = batch->first > range.first ? batch->first : range.first,
        .end = end < range.end ? end : range.end,
    };
}

bool batches_pass(const struct batches *batches, size_t number,
                  const struct samples *samples, struct sample_range range,
                  struct span *spans, struct batch *pass)
{
    struct sample_range part = overlap(&batches->list[number], range);

    if (part.first >= part.end)
        return false;
    *pass = (struct batch){.spans = spans,
                           .n_span = part.end - part.first,
                           .tokens = samples_tokens(samples, part.first)};
    for (int i = 0; i < pass->n_span; i++) {
        int n_token = samples->list[part.first + i].n_token;

        spans[i] = (struct span){
            .sample = part.first + i,
            .slot = i,
            .row = pass->n_row,
            .n_token = n_token,
        };
        pass->n_row += n_token;
    }
    return true;
}

size_t batches_count(const struct batches *batches, struct sample_range range)
{
    size_t n = 0;

    for (size_t i = 0; i < batches->n; i++) {
        struct sample_range part = overlap(&batches->list[i], range);

        n += part.first < part.end;
    }
    return n;
}
