/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe-passes.c - tries of a plugin on other samples: of several lengths,
 * together in a pass and each alone; with pairs; without records. */
#include "base/mem.h"
#include "conformance/probe.h"
#include "hooks/hooks.h"
#include "results/table.h"
#include "run/run.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What plugins sum up, or multiply by BLAS, may be rounded in another order:
 * of tables, and of logits, which they may edit so, relative to the mean of
 * their magnitudes. */
#define NEAR_CELLS 1e-4
#define NEAR_LOGITS 1e-5

/* Of one sample's logits in one variant. */
struct logit_sum {
    double weighted, magnitude;
};

/* Weights that differ from row to row and from token to token, so that logits
 * which change places are noticed. */
static int add_logits(void *state, const struct transect_event *event)
{
    const struct transect_view *view = &event->view;
    struct logit_sum *sum = (struct logit_sum *)state + event->sample;

    for (int64_t i = 0; i < view->rows; i++)
        for (int64_t j = 0; j < view->cols; j++) {
            int64_t place = (event->first + i) * 31 + j * 17;
            double x = view->data[i * view->row_stride + j];

            sum->weighted += (1 + (double)(place % 97) / 97) * x;
            sum->magnitude += fabs(x);
        }
    return TRANSECT_OK;
}

/* sums: (n_variants, n_sample) */
static int run_summed(const struct plan *plan, struct logit_sum *sums,
                      struct error *err)
{
    struct hook_owner *owners = mem_new(plan->n_variants, sizeof *owners);
    struct error *errors = mem_new(plan->n_variants, sizeof *errors);
    const struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_LOGITS, .on_event = add_logits};
    int status;

    for (size_t i = 0; i < plan->n_variants; i++) {
        owners[i] = (struct hook_owner){
            .id = "sum", .error = &errors[i], .rank = INT_MAX,
            .state = sums + i * (size_t)plan->samples->n_sample};
        hooks_add(plan->variants[i].hooks, &owners[i], &sub);
    }
    status = run_plan(plan, err);
    free(owners);
    free(errors);
    return status;
}

static bool same_logits(const struct plan *plan, const struct logit_sum *a,
                        const struct logit_sum *b, char *why)
{
    size_t n = (size_t)plan->samples->n_sample;

    for (size_t i = 0; i < plan->n_variants * n; i++) {
        if (!(fabs(a[i].weighted - b[i].weighted) >
              NEAR_LOGITS * a[i].magnitude))
            continue;
        snprintf(why, PROBE_WHY, "variant %s: the logits of sample %zu are "
                 "others than in a pass of its own",
                 plan->variants[i / n].name, i % n);
        return false;
    }
    return true;
}

/* Runs both, and compares; sums: (2, n_variants, n_sample) */
static enum probe_result compare_passes(const struct plan *together,
                                        const struct plan *alone,
                                        struct logit_sum *sums, char *why)
{
    struct logit_sum *others = sums + together->n_variants *
                                          (size_t)together->samples->n_sample;
    struct error err = {0};

    if (run_summed(together, sums, &err))
        return probe_not_run(together, why, &err);
    if (run_summed(alone, others, &err))
        return probe_not_run(alone, why, &err);
    return same_logits(together, sums, others, why) &&
                   probe_same_rows(alone, together, NEAR_CELLS, why)
               ? PROBE_GOOD : PROBE_BAD;
}

static enum probe_result try_passes(const struct probe *probe,
                                    enum probe_input input, char *why)
{
    const struct plan *together, *alone;
    struct error err = {0};
    struct logit_sum *sums;
    enum probe_result result;

    if (probe_plan_input(probe, PROBE_WITH, input, 0, &together, &err) ||
        probe_plan_input(probe, PROBE_WITH, input, 1, &alone, &err))
        return probe_not_planned(why, &err);
    sums = mem_new(2 * together->n_variants *
                       (size_t)together->samples->n_sample, sizeof *sums);
    result = compare_passes(together, alone, sums, why);
    plan_free(together);
    plan_free(alone);
    free(sums);
    return result;
}

/* Of one length where it takes no others. */
enum probe_result probe_passes(const struct probe *probe, char *why)
{
    enum probe_result result = try_passes(probe, PROBE_UNEVEN, why);

    if (result != PROBE_REFUSED)
        return result;
    *why = '\0';
    return try_passes(probe, PROBE_RECORDS, why);
}

/* Notes a metric that is no number. */
static void note_nan(const struct transect_table *table, char *why)
{
    for (size_t i = 0; i < table->n_cells; i++) {
        const struct transect_column *column =
            &table->columns[i % table->n_columns];

        if (column->role == TRANSECT_COL_METRIC &&
            column->type == TRANSECT_COL_REAL && isnan(table->cells[i].real)) {
            snprintf(why, PROBE_WHY, "%s.csv has nan in row %zu, column %s",
                     table->name, i / table->n_columns + 1, column->name);
            return;
        }
    }
}

/* What a run made; a plugin may also say that it cannot do it, which is an
 * answer, and no try that would have to be made with other options. */
static enum probe_result look(const struct probe *probe,
                              const struct plan *plan, char *why)
{
    struct error err = {0};
    int status = run_plan(plan, &err);

    for (size_t i = 0; i < plan->n_variants; i++) {
        struct transect_ctx *ctx = probe_subject(probe, &plan->variants[i]);

        for (size_t j = 0; ctx && j < ctx->own.n_tables && !*why; j++)
            note_nan(ctx->own.tables[j], why);
        if (ctx && !status && ctx->owner.disabled)
            status = error_set(&err, ST_FAILED, "%s", ctx->error.text);
    }
    return status ? probe_because(PROBE_ABSENT, why, &err) : PROBE_GOOD;
}

static enum probe_result on_input(const struct probe *probe,
                                  enum probe_input input, char *why)
{
    const struct plan *plan;
    struct error err = {0};
    enum probe_result result;

    if (probe_plan_input(probe, PROBE_WITH, input, 0, &plan, &err)) {
        result = probe_not_planned(why, &err);
        return result == PROBE_REFUSED ? PROBE_ABSENT : result;
    }
    result = look(probe, plan, why);
    plan_free(plan);
    return result;
}

/* Editors have pairs in all tries. */
enum probe_result probe_paired(const struct probe *probe, char *why)
{
    if (!(probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS))
        return on_input(probe, PROBE_PAIRED, why);
    snprintf(why, PROBE_WHY, "an editor has pairs in all tries");
    return PROBE_ABSENT;
}

enum probe_result probe_windows(const struct probe *probe, char *why)
{
    return on_input(probe, PROBE_WINDOWS, why);
}
