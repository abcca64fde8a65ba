/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* train.c - a forward pass of variants that have forked. */
#include "run/train.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "executor/needs.h"
#include "executor/stages.h"

#include <stdlib.h>

/* A fork in it. */
struct passenger {
    struct fork *fork;
    struct train_stop *stop; /* where it waits; NULL: nowhere */
    size_t first, end;       /* its spans; their rows are those of the shared
                              * pass */
};

struct train {
    const struct config *config;
    struct passenger *forks;
    size_t n, n_boarded;  /* of which these are in the pass */
    struct span *spans;   /* (n_spans) of all forks */
    struct hooks **hooks; /* (n_hooks) of those in the pass */
    size_t n_spans, n_hooks;
    int64_t rows;
    struct hook_set set;
};

struct train *train_new(const struct config *config)
{
    struct train *train = mem_new(1, sizeof *train);

    train->config = config;
    return train;
}

void train_free(struct train *train)
{
    if (!train)
        return;
    free(train->forks);
    free(train->spans);
    free(train->hooks);
    free(train);
}

void train_clear(struct train *train)
{
    for (size_t i = 0; i < train->n; i++)
        if (train->forks[i].stop)
            train->forks[i].stop->n_waiting--;
    train->n = train->n_boarded = train->n_spans = train->n_hooks = 0;
    train->rows = 0;
}

/* What a fork needs of a span of the shared pass; false: nothing. Where that
 * has kept its keys and values, rows before the first one that the fork hears
 * or edits are those of the shared pass. */
static bool find_span(const struct config *config, const struct fork *fork,
                      const struct span *from, struct span *span)
{
    struct hooks *hooks = fork->variant->hooks;
    const struct hook_set set = {&hooks, 1};
    struct position_span rows;

    *span = *from;
    span->only = hooks;
    span->length = batch_span_length(from);
    span->keep = NULL;
    if (from->keep) {
        needs_begin(config, &set, fork->stage, span);
        span->before = span->first ? from->keep : NULL;
    }
    rows = needs_from(config, &set, fork->stage, span);
    if (rows.first == rows.end)
        return false;
    if (stages_mixes(config, fork->stage))
        rows.first = span->first; /* for their keys and values */
    needs_cut(span, rows.first, rows.end);
    return true;
}

void train_add(struct train *train, struct fork *fork,
               const struct batch *batch)
{
    struct passenger *passenger;
    struct span span;

    MEM_PUSH(train->forks, train->n);
    passenger = &train->forks[train->n++];
    *passenger = (struct passenger){.fork = fork, .first = train->n_spans};
    for (int i = 0; i < batch->n_span; i++)
        if (find_span(train->config, fork, &batch->spans[i], &span)) {
            MEM_PUSH(train->spans, train->n_spans);
            train->spans[train->n_spans++] = span;
            train->rows += span.n_token;
        }
    passenger->end = train->n_spans;
}

void train_drop(struct train *train)
{
    const struct passenger *last = &train->forks[--train->n];

    for (size_t i = last->first; i < last->end; i++)
        train->rows -= train->spans[i].n_token;
    train->n_spans = last->first;
}

size_t train_forks(const struct train *train)
{
    return train->n;
}

int64_t train_rows(const struct train *train)
{
    return train->rows;
}

struct fork *train_fork(const struct train *train, size_t i)
{
    return train->forks[i].fork;
}

void train_wait(struct train *train, struct train_stop *stop)
{
    for (size_t i = train->n; i > 0 && !train->forks[i - 1].stop; i--) {
        train->forks[i - 1].stop = stop;
        stop->n_waiting++;
    }
}

/* Puts a fork's spans behind those that are there. */
static void board(struct train *train, struct forward *forward,
                  const struct passenger *passenger,
                  const struct stage_rows *from)
{
    struct stage_rows to = stage_rows_of(forward, from->stage);
    const struct span *spans = &train->spans[passenger->first];
    int n = (int)(passenger->end - passenger->first), row;

    MEM_PUSH(train->hooks, train->n_hooks);
    train->hooks[train->n_hooks++] = passenger->fork->variant->hooks;
    train->set = (struct hook_set){train->hooks, train->n_hooks};
    row = forward_board(forward, &train->set, spans, n);
    for (int i = 0; i < n; row += spans[i++].n_token)
        stage_rows_copy(&to, row, from, spans[i].row, spans[i].n_token);
}

/* All that board at the stage; of those without a stop, `rows`. */
static void board_at(struct train *train, struct forward *forward, int stage,
                     const struct stage_rows *rows)
{
    for (; train->n_boarded < train->n; train->n_boarded++) {
        const struct passenger *next = &train->forks[train->n_boarded];

        if (next->fork->stage != stage)
            break;
        board(train, forward, next, next->stop ? &next->stop->rows : rows);
    }
}

void train_begin(struct train *train, struct forward *forward,
                 const struct forward *shared)
{
    const struct batch nothing = {0};
    int stage = train->forks[0].fork->stage;
    struct stage_rows rows = stage_rows_of(shared, stage);

    train->set = (struct hook_set){0};
    forward_hear(forward, &train->set, &nothing);
    board_at(train, forward, stage, &rows);
}

/* Of a pass that has failed: the variant of the hidden state that is not
 * finite, or of the instance that failed, or the first. */
static struct fork *failed_fork(const struct train *train,
                                const struct forward *forward)
{
    const struct hooks *broken = forward_broken(forward);

    for (size_t i = 0; i < train->n_boarded; i++) {
        const struct variant_run *variant = train->forks[i].fork->variant;

        if (broken ? variant->hooks == broken : variant_failed(variant))
            return train->forks[i].fork;
    }
    return train->forks[0].fork;
}

void train_run(struct forward *forward, void *job)
{
    struct train *train = job;
    int n = stages_count(train->config), status = ST_OK;
    struct error err = {0};

    for (int stage = train->forks[0].fork->stage;
         stage < n && !status && !interrupt_signal; stage++) {
        board_at(train, forward, stage, NULL);
        status = forward_stage(forward, stage, &err);
    }
    if (status)
        failed_fork(train, forward)->err = err;
    for (size_t i = 0; i < train->n; i++)
        hooks_rest(train->forks[i].fork->variant->hooks);
}
