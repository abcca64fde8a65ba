/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe-threads.c - tries of a plugin that declares TRANSECT_ANY_THREAD:
 * whether it makes the same outputs on worker threads. */
#include "base/mem.h"
#include "conformance/probe.h"
#include "executor/forward.h"
#include "hooks/hook-points.h"
#include "run/run.h"
#include "sandbox/guard-pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum probe_result probe_threads(const struct probe *probe, char *why)
{
    struct error err = {0};
    const struct plan *plan;
    const struct transect_ctx *instance;
    bool any;

    if (probe_plan(probe, PROBE_WITH, &plan, &err))
        return probe_not_planned(why, &err);
    instance = probe_subject(probe, &plan->variants[plan->n_variants - 1]);
    any = instance && instance->any_thread;
    plan_free(plan);
    if (!any)
        snprintf(why, PROBE_WHY, "it does not declare that they may; all "
                 "tries are on the main thread");
    return any ? PROBE_GOOD : PROBE_ABSENT;
}

/* A guard for each variant, since variants have events at the same time. */
static int guard_variants(const struct probe *probe, const struct plan *plan,
                          struct guard *guards, struct error *err)
{
    size_t bytes = point_view_bytes(&plan->model->config,
                                    probe->shape->length);
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_variants && !status; i++) {
        status = guard_open(&guards[i], bytes, err);
        if (status)
            break;
        guard_shut_all(&guards[i]);
        hooks_set_guard(plan->variants[i].hooks, &guards[i]);
    }
    return status;
}

static bool same_edits(const struct plan *a, const struct plan *b)
{
    for (size_t i = 0; i < a->n_variants; i++) {
        size_t n, m;
        const struct edit_record *x = hooks_edit_records(a->variants[i].hooks,
                                                         &n);
        const struct edit_record *y = hooks_edit_records(b->variants[i].hooks,
                                                         &m);

        if (n != m)
            return false;
        for (size_t j = 0; j < n; j++)
            if (x[j].fired != y[j].fired || x[j].changed != y[j].changed ||
                memcmp(&x[j].max_change, &y[j].max_change,
                       sizeof(double)) != 0 ||
                memcmp(&x[j].sum_squares, &y[j].sum_squares,
                       sizeof(double)) != 0)
                return false;
    }
    return true;
}

/* Compares edit records and all outputs. */
static bool same_run(const struct plan *serial, const struct plan *plan,
                     char *why)
{
    if (same_edits(serial, plan))
        return probe_same(serial, plan, 0, why);
    snprintf(why, PROBE_WHY, "its edits are others than on the main thread");
    return false;
}

/* PROBE_GOOD; PROBE_ABSENT if the run had no workers after all. */
static enum probe_result on_workers(const struct run *run, char *why)
{
    if (run->workers > 1)
        return PROBE_GOOD;
    snprintf(why, PROBE_WHY, "the system gives too few threads");
    return PROBE_ABSENT;
}

static enum probe_result run_watched(const struct plan *serial,
                                     const struct plan *plan, char *why)
{
    enum probe_result result = PROBE_BAD;
    struct error err = {0};
    struct run run;

    run_begin(&run, plan, true);
    if (run_all(&run, &err))
        result = probe_not_run(plan, why, &err);
    else if (same_run(serial, plan, why))
        result = on_workers(&run, why);
    run_end(&run);
    return result;
}

/* A run with guarded views. */
static enum probe_result run_guarded(const struct probe *probe,
                                     const struct plan *serial, char *why)
{
    struct guard *guards = mem_new(serial->n_variants, sizeof *guards);
    enum probe_result result = PROBE_BAD;
    struct error err = {0};
    const struct plan *plan = NULL;

    if (probe_plan(probe, PROBE_WORKERS, &plan, &err))
        result = probe_not_planned(why, &err);
    else if (guard_variants(probe, plan, guards, &err))
        result = probe_because(PROBE_BAD, why, &err);
    else
        result = run_watched(serial, plan, why);
    plan_free(plan);
    for (size_t i = 0; i < serial->n_variants; i++)
        guard_close(&guards[i]);
    free(guards);
    return result;
}

/* A run without guards, which are slow, that hashes all hidden states. */
static enum probe_result run_hashed(const struct probe *probe,
                                    const struct plan *serial,
                                    const uint64_t *expected, char *why)
{
    uint64_t *hashes = mem_new(serial->n_variants, sizeof *hashes);
    enum probe_result result = PROBE_BAD;
    struct error err = {0};
    const struct plan *plan = NULL;

    if (probe_plan(probe, PROBE_WORKERS, &plan, &err))
        result = probe_not_planned(why, &err);
    else if (probe_hash(plan, hashes, &err))
        result = probe_not_run(plan, why, &err);
    else if (memcmp(hashes, expected, plan->n_variants * sizeof *hashes) != 0)
        snprintf(why, PROBE_WHY, "hidden states are others than on the main "
                 "thread");
    else if (same_run(serial, plan, why))
        result = PROBE_GOOD;
    plan_free(plan);
    free(hashes);
    return result;
}

enum probe_result probe_workers(const struct probe *probe, char *why)
{
    bool edits = probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS;
    enum probe_result result = probe_threads(probe, why);
    struct error err = {0};
    const struct plan *serial;
    uint64_t *expected;

    if (result != PROBE_GOOD)
        return result;
    if (!edits && !probe->companion) {
        snprintf(why, PROBE_WHY, "there is no plugin 'pruner', which would "
                 "make variants");
        return PROBE_ABSENT;
    }
    if (probe_plan(probe, PROBE_SERIAL, &serial, &err))
        return probe_not_planned(why, &err);
    expected = mem_new(serial->n_variants, sizeof *expected);
    if (probe_hash(serial, expected, &err))
        result = probe_not_run(serial, why, &err);
    if (result == PROBE_GOOD)
        result = run_guarded(probe, serial, why);
    if (result == PROBE_GOOD)
        result = run_hashed(probe, serial, expected, why);
    plan_free(serial);
    free(expected);
    return result;
}
