/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sources.c - the passes whose rows instances put into those of a variant. */
#include "plan/sources.h"

#include "base/mem.h"
#include "base/random-normal.h"
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

const char *source_name(int kind)
{
    static const char *const names[TRANSECT_N_SOURCES] = {
        [TRANSECT_FROM_PAIR] = "pair",
        [TRANSECT_FROM_PROMPT] = "prompt",
        [TRANSECT_FROM_RESAMPLE] = "resample",
    };

    return names[kind];
}

/* A cycle through all n samples, each cycle as likely as any other (Sattolo,
 * 1986), so that no sample is its own donor; number i of the draws is block i
 * of the seed's stream. */
static int *draw_donors(int n, uint64_t seed)
{
    uint64_t key = random_key(seed, "resample");
    int *donors = mem_new((size_t)n, sizeof *donors);

    for (int i = 0; i < n; i++)
        donors[i] = i;
    for (int i = n - 1; i > 0; i--) {
        uint32_t words[4];
        int other, kept = donors[i];

        random_philox(key, 0, (uint64_t)i, words);
        other = (int)(((uint64_t)words[0] * (uint64_t)i) >> 32);
        donors[i] = donors[other];
        donors[other] = kept;
    }
    return donors;
}

/* Tokens of a sample without those of an answer behind. */
static int prompt_length(const struct samples *samples, int sample)
{
    return samples->n_prompt ? samples->n_prompt[sample]
                             : samples->list[sample].n_token;
}

/* Has each sample its positions where all others have theirs? */
static bool is_even(const struct samples *samples)
{
    for (int i = 1; i < samples->n_sample; i++)
        if (prompt_length(samples, i) != prompt_length(samples, 0))
            return false;
    return samples->shortest == samples->longest;
}

static bool is_fronted(const struct samples *samples, int sample)
{
    return samples->list[sample].n_token >= samples->n_front &&
           memcmp(samples_tokens(samples, sample), samples->front,
                  (size_t)samples->n_front * sizeof *samples->front) == 0;
}

/* Positions of a sample in its donor. What stands in front of both is aligned
 * with itself. */
static void align_donor(const struct samples *samples, int sample, int donor,
                        enum pair_align align, int32_t *partner)
{
    int n = samples->list[donor].n_token, front = 0, shift = 0;

    if (samples->n_front && is_fronted(samples, sample) &&
        is_fronted(samples, donor))
        front = samples->n_front;
    if (align == ALIGN_END)
        shift = prompt_length(samples, donor) - prompt_length(samples, sample);
    for (int p = 0; p < samples->list[sample].n_token; p++) {
        int q = p < front ? p : p + shift;

        partner[p] = q >= n || (p >= front && q < front) ? -1 : q;
    }
}

/* Why samples of these lengths cannot be aligned, or NULL. */
static const char *misaligned(enum pair_align align)
{
    if (align == ALIGN_NONE)
        return "the samples have unequal lengths; [input] align = end or "
               "start says how their positions are aligned";
    if (align == ALIGN_SPANS)
        return "the samples have unequal lengths, and [input] align = spans "
               "is for a record and its pair; end and start are for other "
               "records, too";
    return NULL;
}

static void make_resample(struct source *source, const struct samples *samples,
                          const struct experiment *experiment)
{
    enum pair_align align = experiment->input.align;
    bool even = is_even(samples);
    const char *why = even ? NULL : misaligned(align);

    if (samples->n_sample < 2)
        why = "the input has one sample, and resample takes another one; give "
              "two or more";
    captures_refuse(source->captures, why);
    if (why)
        return;
    source->samples = samples;
    source->donors = draw_donors(samples->n_sample, experiment->seed);
    if (even) {
        captures_pair_up(source->captures);
        return;
    }
    source->aligned = mem_new(samples->n_token, sizeof *source->aligned);
    source->partner = source->aligned;
    for (int i = 0; i < samples->n_sample; i++)
        align_donor(samples, i, source->donors[i], align,
                    source->aligned + samples->list[i].first);
}

/* Is each position of each sample aligned with that of its number? */
static bool is_paired_up(const struct samples *samples)
{
    const struct samples *pair = samples->pair;

    for (int i = 0; i < samples->n_sample; i++) {
        const struct sample *sample = &samples->list[i];

        if (pair->list[i].n_token != sample->n_token)
            return false;
        for (int p = 0; samples->partner && p < sample->n_token; p++)
            if (samples->partner[sample->first + (size_t)p] != p)
                return false;
    }
    return true;
}

static int partner_at(const void *user, int sample, int position)
{
    const struct source *source = user;
    size_t first = source->prompts->list[sample].first;

    return source->partner ? source->partner[first + (size_t)position]
                           : position;
}

void sources_make(struct plan *plan)
{
    const struct samples *samples = plan->samples;
    struct source *sources = plan->sources;

    for (int i = 0; i < TRANSECT_N_SOURCES; i++) {
        sources[i].captures = captures_new(&plan->model->config,
                                           &plan->prompts->names);
        plan->captures[i] = sources[i].captures;
        sources[i].prompts = samples;
        captures_align(sources[i].captures, partner_at, &sources[i]);
    }
    sources[TRANSECT_FROM_PROMPT].samples = samples;
    captures_pair_up(plan->captures[TRANSECT_FROM_PROMPT]);
    sources[TRANSECT_FROM_PAIR].samples = samples->pair;
    sources[TRANSECT_FROM_PAIR].partner = samples->partner;
    if (!samples->pair)
        captures_refuse(sources[TRANSECT_FROM_PAIR].captures,
                        "the input has no pairs; [input] pair says which "
                        "field of the records they are");
    else if (is_paired_up(samples))
        captures_pair_up(plan->captures[TRANSECT_FROM_PAIR]);
    make_resample(&sources[TRANSECT_FROM_RESAMPLE], samples, plan->experiment);
}

void sources_clear(struct plan *plan)
{
    for (int i = 0; i < TRANSECT_N_SOURCES; i++) {
        captures_free(plan->sources[i].captures);
        free(plan->sources[i].donors);
        free(plan->sources[i].aligned);
    }
}

bool source_runs(const struct plan *plan, int kind)
{
    return captures_any(plan->captures[kind]) ||
           (kind == TRANSECT_FROM_PAIR && plan_pair(plan));
}

size_t source_hooks(const struct plan *plan, int kind, struct hooks **hooks)
{
    const struct variant_run *pair = plan_pair(plan);
    size_t n = 0;

    if (captures_any(plan->captures[kind]))
        hooks[n++] = captures_hooks(plan->captures[kind]);
    if (kind == TRANSECT_FROM_PAIR && pair)
        hooks[n++] = pair->hooks;
    return n;
}

static int partner_sample(const struct source *source, int sample)
{
    return source->donors ? source->donors[sample] : sample;
}

/* Tokens of the partners of a batch's samples. */
static int batch_rows(const struct source *source, int first, int n)
{
    int rows = 0;

    for (int i = first; i < first + n; i++)
        rows += source->samples->list[partner_sample(source, i)].n_token;
    return rows;
}

static int largest_pass(const struct plan *plan, int kind)
{
    int most = 0;

    for (size_t i = 0; i < plan->batches.n; i++) {
        const struct sample_batch *batch = &plan->batches.list[i];
        int rows = batch_rows(&plan->sources[kind], batch->first, batch->n);

        most = rows > most ? rows : most;
    }
    return most;
}

int sources_rows(const struct plan *plan)
{
    int most = plan->batches.max_tokens;

    for (int i = 0; i < TRANSECT_N_SOURCES; i++)
        if (source_runs(plan, i)) {
            int rows = largest_pass(plan, i);

            most = rows > most ? rows : most;
        }
    return most;
}

int sources_longest(const struct plan *plan)
{
    const struct samples *samples = plan->samples;

    return samples->pair && samples->pair->longest > samples->longest
               ? samples->pair->longest : samples->longest;
}

/* Each sample is the partner of one. */
size_t source_tokens(const struct plan *plan, int kind)
{
    return plan->sources[kind].samples->n_token;
}

/* Lays out what is kept for the samples first..first+n-1. */
static size_t begin_captures(const struct plan *plan, int kind, int first,
                             int n)
{
    const struct source *source = &plan->sources[kind];
    struct capture_span *spans = mem_new((size_t)n, sizeof *spans);
    size_t size;

    for (int i = 0; i < n; i++) {
        const struct sample *sample = &plan->samples->list[first + i];

        spans[i] = (struct capture_span){
            .sample = first + i,
            .n_token = sample->n_token,
            .partner = source->partner ? source->partner + sample->first
                                       : NULL,
        };
    }
    size = captures_begin(source->captures, spans, n);
    free(spans);
    return size;
}

size_t source_size(const struct plan *plan, int kind)
{
    size_t most = 0;

    if (!captures_any(plan->captures[kind]))
        return 0;
    for (size_t i = 0; i < plan->batches.n; i++) {
        const struct sample_batch *batch = &plan->batches.list[i];
        size_t size = begin_captures(plan, kind, batch->first, batch->n);

        most = size > most ? size : most;
    }
    return most;
}

void source_batch_make(const struct plan *plan, struct source_batch *made)
{
    *made = (struct source_batch){
        .spans = mem_new((size_t)plan->batches.max_samples,
                         sizeof *made->spans),
        .tokens = mem_new((size_t)sources_rows(plan), sizeof *made->tokens),
    };
}

/* Those of samples that follow one another are taken where they lie: there a
 * process finds them that was forked for an isolated observer. */
void source_batch_fill(const struct plan *plan, int kind,
                       const struct batch *batch, struct source_batch *made)
{
    const struct source *source = &plan->sources[kind];
    const int32_t *tokens = source->donors
                                ? made->tokens
                                : samples_tokens(source->samples,
                                                 batch->spans[0].sample);
    int row = 0;

    for (int i = 0; i < batch->n_span; i++) {
        int sample = batch->spans[i].sample,
            partner = partner_sample(source, sample),
            n = source->samples->list[partner].n_token;

        made->spans[i] = (struct span){.sample = sample,
                                       .slot = batch->spans[i].slot,
                                       .row = row,
                                       .n_token = n};
        if (source->donors)
            memcpy(made->tokens + row,
                   samples_tokens(source->samples, partner),
                   (size_t)n * sizeof *made->tokens);
        row += n;
    }
    made->given = (struct batch){.tokens = tokens,
                                 .n_row = row,
                                 .spans = made->spans,
                                 .n_span = batch->n_span};
    begin_captures(plan, kind, batch->spans[0].sample, batch->n_span);
}

void source_batch_clear(struct source_batch *made)
{
    free(made->spans);
    free(made->tokens);
}
