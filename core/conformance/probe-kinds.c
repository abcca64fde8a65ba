/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe-kinds.c - tries of a plugin: misuse of views, neutrality,
 * descriptions, leaks. */
#include "base/buffer.h"
#include "base/mem.h"
#include "conformance/probe.h"
#include "executor/forward.h"
#include "hooks/hook-points.h"
#include "run/run.h"
#include "sandbox/guard-pages.h"
#include "sandbox/stdio-capture.h"

#include <limits.h>
#ifdef HAVE_MALLOC_H
#include <malloc.h>
#endif
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum probe_result probe_ready(const struct probe *probe, char *why)
{
    struct error err = {0};
    const struct plan *plan;

    if (probe_plan(probe, PROBE_WITH, &plan, &err))
        return probe_not_planned(why, &err);
    plan_free(plan);
    return PROBE_GOOD;
}

/* Did an editor change anything? */
static bool has_edited(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_variants; i++) {
        size_t n;
        const struct edit_record *records = hooks_edit_records(
            plan->variants[i].hooks, &n);

        for (size_t j = 0; j < n; j++)
            if (records[j].changed)
                return true;
    }
    return false;
}

enum probe_result probe_views(const struct probe *probe, char *why)
{
    enum probe_result result = PROBE_GOOD;
    struct error err = {0};
    struct guard guard;
    const struct plan *plan;
    char *text;

    if (probe_plan(probe, PROBE_WITH, &plan, &err))
        return probe_not_planned(why, &err);
    if (guard_open(
            &guard,
            point_view_bytes(&plan->model->config, probe->shape->length),
            &err))
        return probe_because(PROBE_BAD, why, &err);
    guard_shut_all(&guard);
    hooks_set_guard(plan->survey, &guard);
    for (size_t i = 0; i < plan->n_variants; i++)
        hooks_set_guard(plan->variants[i].hooks, &guard);
    if (run_plan(plan, &err))
        result = probe_not_run(plan, why, &err);
    else if ((probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS) &&
             !has_edited(plan))
        result = PROBE_IDLE;
    plan_free(plan);
    text = capture_take();
    if (result <= PROBE_IDLE && text) {
        result = PROBE_BAD;
        snprintf(why, PROBE_WHY, "in destroy: %s", text);
    }
    free(text);
    if (result == PROBE_IDLE)
        snprintf(why, PROBE_WHY, "its edits changed nothing");
    return result;
}

/* FNV-1a, a float at a time, over all events of a variant. */
static int add_hash(void *state, const struct transect_event *event)
{
    const struct transect_view *view = &event->view;
    uint64_t *sum = state;
    uint32_t bits;

    for (int64_t i = 0; i < view->rows; i++)
        for (int64_t j = 0; j < view->cols; j++) {
            memcpy(&bits, view->data + i * view->row_stride + j,
                   sizeof bits);
            *sum = (*sum ^ bits) * UINT64_C(0x100000001b3);
        }
    return TRANSECT_OK;
}

int probe_hash(const struct plan *plan, uint64_t *hashes, struct error *err)
{
    struct hook_owner *owners = mem_new(plan->n_variants, sizeof *owners);
    struct error *errors = mem_new(plan->n_variants, sizeof *errors);
    const char *why;
    int status;

    for (size_t i = 0; i < plan->n_variants; i++) {
        hashes[i] = UINT64_C(0xcbf29ce484222325);
        owners[i] = (struct hook_owner){.id = "hash", .error = &errors[i],
                                        .state = &hashes[i],
                                        .rank = INT_MAX};
        for (int point = 0; point < TRANSECT_N_POINTS; point++) {
            struct transect_subscription sub = {
                .size = sizeof sub, .point = point, .on_event = add_hash};

            if (model_has_point(&plan->model->config, plan->model->arch,
                                point, &why))
                hooks_add(plan->variants[i].hooks, &owners[i], &sub);
        }
    }
    status = run_plan(plan, err);
    free(owners);
    free(errors);
    return status;
}

static int hash_run(const struct plan *plan, uint64_t *hashes,
                    struct error *err)
{
    int status = probe_hash(plan, hashes, err);

    plan_free(plan);
    return status;
}

enum probe_result probe_neutral(const struct probe *probe, char *why)
{
    uint64_t without[2] = {0}, with[2] = {0};
    struct error err = {0};
    const struct plan *plan;

    if (probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS) {
        snprintf(why, PROBE_WHY, "an editor is there to change them");
        return PROBE_ABSENT;
    }
    if (probe_plan(probe, PROBE_WITHOUT, &plan, &err) ||
        hash_run(plan, without, &err))
        return probe_because(PROBE_BAD, why, &err);
    if (probe_plan(probe, PROBE_WITH, &plan, &err))
        return probe_not_planned(why, &err);
    if (hash_run(plan, with, &err))
        return probe_because(PROBE_BAD, why, &err);
    if (memcmp(with, without, sizeof with) == 0)
        return PROBE_GOOD;
    snprintf(why, PROBE_WHY, "hidden states are others with it than "
                             "without it");
    return PROBE_BAD;
}

/* "TABLE.csv: COLUMN, COLUMN; ", if any of its columns has no meaning. */
static void name_undescribed(const struct transect_table *table,
                             struct buffer *names)
{
    bool first = true;

    for (size_t i = 0; i < table->n_columns; i++) {
        char *name;

        if (table->notes[i].meaning)
            continue;
        name = first ? mem_printf("%s%s.csv: %s", names->n ? "; " : "",
                                  table->name, table->columns[i].name)
                     : mem_printf(", %s", table->columns[i].name);
        buffer_add(names, name, strlen(name));
        free(name);
        first = false;
    }
}

/* Returns how many tables there are. */
static size_t name_all(const struct plugin_outputs *outputs,
                       struct buffer *names)
{
    for (size_t i = 0; i < outputs->n_tables; i++)
        name_undescribed(outputs->tables[i], names);
    return outputs->n_tables;
}

/* Tables are alike in all variants, of which an editor is in the last; the
 * first has what compares them. */
enum probe_result probe_described(const struct probe *probe, char *why)
{
    struct error err = {0};
    struct buffer names = {0};
    const struct plan *plan;
    const struct transect_ctx *first, *last;
    size_t n = 0;

    if (probe_plan(probe, PROBE_WITH, &plan, &err))
        return probe_not_planned(why, &err);
    if (run_plan(plan, &err))
        return probe_not_run(plan, why, &err);
    first = probe_subject(probe, &plan->variants[0]);
    last = probe_subject(probe, &plan->variants[plan->n_variants - 1]);
    n += last ? name_all(&last->own, &names) : 0;
    n += first ? name_all(&first->comparison, &names) : 0;
    if (names.n)
        snprintf(why, PROBE_WHY, "not those of %.*s", (int)names.n,
                 names.bytes);
    else
        *why = '\0';
    free(names.bytes);
    plan_free(plan);
    return n && !*why ? PROBE_GOOD : PROBE_ABSENT;
}

#if defined(HAVE_MALLINFO2) && !defined(TRANSECT_SANITIZED)
struct life {
    const struct probe *probe;
    int status;
    struct error err;
};

static void *live(void *user)
{
    struct life *life = user;
    const struct plan *plan;

    life->status = probe_plan(life->probe, PROBE_WITH, &plan, &life->err);
    if (life->status)
        return NULL;
    life->status = run_plan(plan, &life->err);
    plan_free(plan);
    return NULL;
}

/* Bytes in use after a run from create to destroy. Freed blocks that a thread
 * caches count as in use, so the run has a thread of its own, which has ended
 * when this looks. */
static int live_once(struct life *life, size_t *bytes)
{
    struct mallinfo2 info;
    pthread_t thread;

    if (pthread_create(&thread, NULL, live, life) != 0)
        return error_set(&life->err, ST_FAILED, "cannot start a thread");
    pthread_join(thread, NULL);
    info = mallinfo2();
    *bytes = info.uordblks + info.hblkhd;
    return life->status;
}

/* A leak: the bytes in use grow from each run to the next. */
enum probe_result probe_leaks(const struct probe *probe, char *why)
{
    struct life life = {.probe = probe};
    size_t bytes[4];

    for (int i = 0; i < 4; i++)
        if (live_once(&life, &bytes[i]))
            return probe_not_planned(why, &life.err);
    if (bytes[2] <= bytes[1] || bytes[3] <= bytes[2])
        return PROBE_GOOD;
    snprintf(why, PROBE_WHY, "%zu bytes more with each run",
             bytes[3] - bytes[2]);
    return PROBE_BAD;
}
#else
enum probe_result probe_leaks(const struct probe *probe, char *why)
{
    (void)probe;
    snprintf(why, PROBE_WHY, "cannot be measured here");
    return PROBE_ABSENT;
}
#endif
