/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* rows.c - whether what is put there has a row for each chosen position of
 * each sample: seen before the run begins. */
#include "patcher.h"

#include <string.h>

/* Chosen positions of a sample. */
struct chosen {
    const int32_t *list; /* ascending */
    size_t n;
};

static struct chosen chosen_in(const struct patcher *self, int32_t sample)
{
    struct chosen chosen;

    chosen.n = self->prompts->positions(self->ctx, "positions", sample,
                                        &chosen.list);
    return chosen;
}

/* Rows of a file are those of the positions 0, 1 and so on. */
static int check_file(const struct patcher *self, int32_t sample)
{
    struct chosen chosen = chosen_in(self, sample);
    int64_t rows = self->values.rows;

    if (!rows || !chosen.n || chosen.list[chosen.n - 1] < rows)
        return TRANSECT_OK;
    return self->host->fail(self->ctx,
                            "%s has %lld rows, none for position %d of sample "
                            "%d; give it one row for all, or leave such "
                            "positions out",
                            self->host->get_string(self->ctx, "from"),
                            (long long)rows, (int)chosen.list[chosen.n - 1],
                            (int)sample);
}

/* Positions that only some samples choose would have a mean over these. */
static int check_mean(const struct patcher *self, int32_t sample)
{
    struct chosen first = chosen_in(self, 0), chosen = chosen_in(self, sample);

    if (first.n == chosen.n &&
        (!first.n || memcmp(first.list, chosen.list,
                            first.n * sizeof *first.list) == 0))
        return TRANSECT_OK;
    return self->host->fail(self->ctx,
                            "by = position is a mean over all samples at each "
                            "position; positions = %s are others in sample %d "
                            "than in sample 0: choose those that all samples "
                            "have, by their numbers, or by = all",
                            self->host->get_string(self->ctx, "positions"),
                            (int)sample);
}

/* A row of a pattern is as long as its token sees keys. */
static int check_keys(const struct patcher *self, int32_t sample)
{
    struct chosen chosen = chosen_in(self, sample);
    int32_t source = patcher_source(self);

    for (size_t i = 0; i < chosen.n; i++) {
        int32_t at = chosen.list[i];
        int32_t there = self->captures->partner(self->ctx, source, sample, at);

        if (there >= 0 && there != at)
            return self->host->fail(
                self->ctx,
                "from = %s: position %d of sample %d is position %d there, "
                "and sees another number of keys, by which rows of patterns "
                "and scores differ; choose positions that are the same in "
                "both, as all are with prompts of one length or [input] align "
                "= start", self->host->get_string(self->ctx, "from"), (int)at,
                (int)sample, (int)there);
    }
    return TRANSECT_OK;
}

static bool any_keys(const struct patcher *self)
{
    for (size_t i = 0; i < self->n_targets; i++)
        if (transect_point_has_keys(self->targets[i].point))
            return true;
    return false;
}

int patcher_check_rows(const struct patcher *self)
{
    int (*check)(const struct patcher *self, int32_t sample) = NULL;
    int status = TRANSECT_OK;

    if (self->from == FROM_FILE)
        check = check_file;
    else if (self->by_position)
        check = check_mean;
    else if (patcher_source(self) >= 0 && any_keys(self))
        check = check_keys;
    for (int32_t i = 0; check && i < self->model.n_sample && !status; i++)
        status = check(self, i);
    return status;
}
