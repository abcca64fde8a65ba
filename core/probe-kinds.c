/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe-kinds.c - what can be tried of a plugin; see probe.h. */
#include "capture.h"
#include "execute.h"
#include "forward.h"
#include "guard.h"
#include "mem.h"
#include "parcel.h"
#include "points.h"
#include "probe.h"

#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static enum probe_result because(enum probe_result result, char *why,
                                 const struct error *err)
{
    snprintf(why, PROBE_WHY, "%s", err->text);
    return result;
}

/* What the plugin refuses before the run, it may refuse. */
static enum probe_result not_planned(char *why, const struct error *err)
{
    return because(err->status == ST_USAGE ? PROBE_REFUSED : PROBE_BAD, why,
                   err);
}

/* A run can also fail of what an edit made of the model. */
static enum probe_result not_run(const struct plan *plan, char *why,
                                 const struct error *err)
{
    enum probe_result result = PROBE_REFUSED;

    for (size_t i = 0; i < plan->n_lanes; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances; j++)
            if (plan->lanes[i].instances[j]->error.status)
                result = PROBE_BAD;
    return because(result, why, err);
}

enum probe_result probe_views(const struct probe *probe, char *why)
{
    enum probe_result result = PROBE_GOOD;
    struct error err = {0};
    struct guard guard;
    struct plan *plan;

    if (probe_plan(probe, PROBE_WITH, &plan, &err))
        return not_planned(why, &err);
    if (guard_open(&guard, forward_view_bytes(&plan->model->config,
                                              probe->shape->length), &err))
        return because(PROBE_BAD, why, &err);
    guard_shut_all(&guard);
    hooks_set_guard(plan->survey, &guard);
    for (size_t i = 0; i < plan->n_lanes; i++)
        hooks_set_guard(plan->lanes[i].hooks, &guard);
    if (execute_plan(plan, true, &err))
        result = not_run(plan, why, &err);
    plan_free(plan);
    capture_check(&err);
    if (result == PROBE_GOOD && err.status) {
        error_within(&err, "in destroy");
        return because(PROBE_BAD, why, &err);
    }
    return result;
}

/* FNV-1a, a float at a time, over all events of a lane. */
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

/* Runs a plan and frees it; hashes: one a lane, of all points. */
static int hash_run(struct plan *plan, uint64_t *hashes, struct error *err)
{
    struct hook_owner *owners = mem_new(plan->n_lanes, sizeof *owners);
    struct error none = {0};
    const char *why;
    int status;

    for (size_t i = 0; i < plan->n_lanes; i++) {
        hashes[i] = UINT64_C(0xcbf29ce484222325);
        owners[i] = (struct hook_owner){.id = "hash", .error = &none,
                                        .state = &hashes[i],
                                        .rank = INT_MAX};
        for (int point = 0; point < TRANSECT_N_POINTS; point++) {
            struct transect_subscription sub = {
                .size = sizeof sub, .point = point, .on_event = add_hash};

            if (model_has_point(&plan->model->config, plan->model->arch,
                                point, &why))
                hooks_add(plan->lanes[i].hooks, &owners[i], &sub);
        }
    }
    status = execute_plan(plan, true, err);
    plan_free(plan);
    free(owners);
    return status;
}

enum probe_result probe_neutral(const struct probe *probe, char *why)
{
    uint64_t without[2] = {0}, with[2] = {0};
    struct error err = {0};
    struct plan *plan;

    if (probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS)
        return PROBE_ABSENT;
    if (probe_plan(probe, PROBE_WITHOUT, &plan, &err) ||
        hash_run(plan, without, &err))
        return because(PROBE_BAD, why, &err);
    if (probe_plan(probe, PROBE_WITH, &plan, &err))
        return not_planned(why, &err);
    if (hash_run(plan, with, &err))
        return because(PROBE_BAD, why, &err);
    if (memcmp(with, without, sizeof with) == 0)
        return PROBE_GOOD;
    snprintf(why, PROBE_WHY, "hidden states are others with it than "
                             "without it");
    return PROBE_BAD;
}

static bool near(const struct transect_table *a, const union cell *x,
                 const union cell *y, size_t column, double tolerance)
{
    switch (a->columns[column].type) {
    case TRANSECT_COL_INT:
        return x->integer == y->integer;
    case TRANSECT_COL_TEXT:
        return strcmp(x->text, y->text) == 0;
    default:
        return x->real == y->real || (isnan(x->real) && isnan(y->real)) ||
               fabs(x->real - y->real) <=
                   tolerance * fmax(fabs(x->real), fabs(y->real));
    }
}

static bool same_table(const struct transect_table *a,
                       const struct transect_table *b, double tolerance,
                       char *why)
{
    if (strcmp(a->name, b->name) != 0 || a->n_cells != b->n_cells ||
        a->n_columns != b->n_columns) {
        snprintf(why, PROBE_WHY, "%s.csv has %zu rows, not %zu", b->name,
                 table_rows(b), table_rows(a));
        return false;
    }
    for (size_t i = 0; i < a->n_cells; i++) {
        size_t column = i % a->n_columns;

        if (near(a, &a->cells[i], &b->cells[i], column, tolerance))
            continue;
        snprintf(why, PROBE_WHY, "%s.csv differs in row %zu, column %s",
                 a->name, i / a->n_columns + 1, a->columns[column].name);
        return false;
    }
    return true;
}

/* All tables of all variants. */
static bool same_tables(const struct plan *a, const struct plan *b,
                        double tolerance, char *why)
{
    for (size_t i = 0; i < a->n_lanes; i++)
        for (size_t j = 0; j < a->lanes[i].n_instances; j++) {
            const struct transect_ctx *x = a->lanes[i].instances[j];
            const struct transect_ctx *y = b->lanes[i].instances[j];

            if (x->own.n_tables != y->own.n_tables) {
                snprintf(why, PROBE_WHY, "there are %zu tables, not %zu",
                         y->own.n_tables, x->own.n_tables);
                return false;
            }
            for (size_t k = 0; k < x->own.n_tables; k++)
                if (!same_table(x->own.tables[k], y->own.tables[k],
                                tolerance, why))
                    return false;
        }
    return true;
}

/* Compares with a plan that has run, and frees both. */
static enum probe_result compare(struct plan *a, struct plan *b,
                                 double tolerance, char *why)
{
    bool same = same_tables(a, b, tolerance, why);

    plan_free(a);
    plan_free(b);
    return same ? PROBE_GOOD : PROBE_BAD;
}

enum probe_result probe_isolated(const struct probe *probe, char *why)
{
    struct plan *a, *b;
    struct error err = {0};

    if (probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS)
        return PROBE_ABSENT;
    if (probe_plan(probe, PROBE_WITH, &a, &err))
        return not_planned(why, &err);
    if (execute_plan(a, true, &err) ||
        probe_plan(probe, PROBE_ISOLATED, &b, &err) ||
        execute_plan(b, true, &err))
        return because(PROBE_BAD, why, &err);
    for (size_t i = 0; i < b->n_lanes; i++) {
        const struct lane *lane = &b->lanes[i];

        for (size_t j = lane->n_edits; j < lane->n_instances; j++)
            if (lane->instances[j]->owner.disabled)
                return because(PROBE_BAD, why, &lane->instances[j]->error);
    }
    return compare(a, b, 0, why);
}

/* The plugin's own instance: the editor of the last lane, or the observer
 * behind the editors. */
static struct transect_ctx *subject(const struct probe *probe,
                                    const struct lane *lane)
{
    for (size_t i = 0; i < lane->n_instances; i++)
        if (strcmp(lane->instances[i]->plugin->desc.name,
                   probe->plugin->desc.name) == 0)
            return lane->instances[i];
    return NULL;
}

typedef int state_fn(struct transect_ctx *instance,
                     const struct parcel *parcel, struct error *err);

/* From the plugin's instances in `from` into those in `to`. */
static int carry_states(const struct probe *probe, const struct plan *from,
                        const struct plan *to, state_fn *absorb,
                        struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < from->n_lanes && !status; i++) {
        struct transect_ctx *a = subject(probe, &from->lanes[i]);
        struct transect_ctx *b = subject(probe, &to->lanes[i]);
        struct parcel parcel = {0};

        if (!a)
            continue;
        status = instance_save(a, &parcel, err);
        if (!status)
            status = absorb(b, &parcel, err);
        parcel_clear(&parcel);
    }
    return status;
}

/* One run of all samples; and one of the first half, whose state a third run
 * gets, before or after the second half. */
static enum probe_result cut_in_two(const struct probe *probe, bool merge,
                                    char *why)
{
    struct plan *whole, *first, *second;
    struct error err = {0};
    struct transect_ctx *instance;
    int half;

    if (probe_plan(probe, PROBE_WITH, &whole, &err))
        return not_planned(why, &err);
    instance = subject(probe, &whole->lanes[whole->n_lanes - 1]);
    if (merge ? !instance->state.merge : !instance->state.save)
        return PROBE_ABSENT;
    if (execute_plan(whole, true, &err))
        return not_run(whole, why, &err);
    half = (whole->input->n_sample / 2 + whole->batch_samples - 1) /
           whole->batch_samples * whole->batch_samples;
    if (probe_plan(probe, PROBE_WITH, &first, &err) ||
        probe_plan(probe, PROBE_WITH, &second, &err))
        return because(PROBE_BAD, why, &err);
    first->end = second->first = half;
    if (execute_samples(first, true, &err) ||
        (merge && execute_samples(second, true, &err)) ||
        carry_states(probe, first, second,
                     merge ? instance_merge : instance_restore, &err) ||
        (!merge && execute_samples(second, true, &err)) ||
        execute_finish(second, &err))
        return because(PROBE_BAD, why, &err);
    plan_free(first);
    return compare(whole, second, merge ? 1e-6 : 0, why);
}

enum probe_result probe_state(const struct probe *probe, char *why)
{
    return cut_in_two(probe, false, why);
}

enum probe_result probe_merge(const struct probe *probe, char *why)
{
    return cut_in_two(probe, true, why);
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
    struct plan *plan;

    life->status = probe_plan(life->probe, PROBE_WITH, &plan, &life->err);
    if (life->status)
        return NULL;
    life->status = execute_plan(plan, true, &life->err);
    plan_free(plan);
    return NULL;
}

/* Bytes in use behind a whole life of the plugin. What was freed is not in
 * use, but looks so while the thread that freed it holds it ready; so that is
 * a thread of its own, which has ended then. */
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

/* What grows from one life to the next, each time. */
enum probe_result probe_leaks(const struct probe *probe, char *why)
{
    struct life life = {.probe = probe};
    size_t bytes[4];

    for (int i = 0; i < 4; i++)
        if (live_once(&life, &bytes[i]))
            return not_planned(why, &life.err);
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
