/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* rows-text.c - how many rows a pass makes where, in words. */
#include "cli/rows-text.h"

#include "base/mem.h"
#include "executor/needs.h"
#include "executor/stages.h"
#include "hooks/hook-points.h"

#include <stdlib.h>

/* Changes that are told; of more, the first and the last. */
enum { MOST = 4 };

/* Of all samples, added to those of each stage; of a fork those from the first
 * on that it edits or hears, where the others are the shared pass's. */
static void add_rows(const struct plan *plan, const struct hook_set *set,
                     int from_stage, long long *rows)
{
    const struct config *config = &plan->model->config;
    const struct samples *samples = plan->samples;
    bool late = plan->prefixes && from_stage < stages_count(config) &&
                stages_first_edit(config, *set->hooks) == from_stage;

    for (int i = 0; i < samples->n_sample; i++) {
        struct span span = {.sample = i,
                            .n_token = samples->list[i].n_token};
        struct position_span run = {0, 0};

        if (late)
            needs_begin(config, set, from_stage, &span);
        for (int s = stages_count(config) - 1; s >= from_stage; s--) {
            needs_step(config, set, s, &span, &run);
            rows[s] += run.end - run.first;
        }
    }
}

/* Behind the text, which is freed: so many rows from the stage on. */
static char *tell_rows(const struct config *config, char *text, int stage,
                       long long rows)
{
    int layer, point = 0;
    uint32_t points = stages_at(config, stage, &layer)->points;
    char *longer;

    while (!(points >> point & 1))
        point++;
    longer = layer < 0
                 ? mem_printf("%s, %lld from %s on", text, rows,
                              point_name(point))
                 : mem_printf("%s, %lld from %s of layer %d on", text, rows,
                              point_name(point), layer);
    free(text);
    return longer;
}

char *rows_text(const struct plan *plan, struct hooks *hooks, int from_stage)
{
    const struct config *config = &plan->model->config;
    const struct hook_set set = {&hooks, 1};
    int n = stages_count(config), changes = 0, told = 0;
    long long *rows = mem_new((size_t)n + 1, sizeof *rows);
    bool all;
    char *text;

    add_rows(plan, &set, from_stage, rows);
    all = from_stage < n && rows[n - 2] == (long long)plan->samples->n_token;
    text = all ? NULL
               : mem_printf("rows: %lld of %zu", rows[from_stage],
                            plan->samples->n_token);
    for (int s = from_stage + 1; s < n; s++)
        changes += rows[s] != rows[s - 1];
    for (int s = from_stage + 1; s < n; s++)
        if (text && rows[s] != rows[s - 1] &&
            (++told < MOST || told == changes))
            text = tell_rows(config, text, s, rows[s]);
    free(rows);
    return text;
}
