/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outcome-failures.c - why a run failed, also one that saw all samples. */
#include "report/outcome-internal.h"

#include "base/mem.h"
#include "experiment/sweep-section.h"
#include "hooks/hook-points.h"
#include "report/inert-edits.h"
#include "sandbox/stdio-capture.h"

#include <stdlib.h>
#include <string.h>

void outcome_fail(struct outcome_failures *failures, char *text)
{
    MEM_PUSH(failures->texts, failures->n);
    failures->texts[failures->n++] = text;
}

void outcome_failures_free(struct outcome_failures *failures)
{
    for (size_t i = 0; i < failures->n; i++)
        free(failures->texts[i]);
    free(failures->texts);
    *failures = (struct outcome_failures){0};
}

/* Of what asked for no edit at all: "". */
static char *place_text(const struct edit_record *record)
{
    if (!record)
        return mem_strdup("");
    if (record->head >= 0)
        return mem_printf("%s of L%dH%d", point_name(record->point),
                          record->layer, record->head);
    if (record->layer >= 0)
        return mem_printf("%s of layer %d", point_name(record->point),
                          record->layer);
    return mem_strdup(point_name(record->point));
}

/* What would let it pass: the key, and the section that it belongs to; the
 * caller frees. */
static char *remedy(const struct variant_run *variant)
{
    const struct sweep *sweep = variant->section ? variant->section->sweep
                                                 : NULL;

    return mem_printf("inert = allow in [%s %s]", sweep ? "sweep" : "variant",
                      sweep ? sweep->section.name : variant->name);
}

static void fail_disabled(const struct variant_run *variant,
                          struct outcome_failures *failures)
{
    for (size_t i = 0; i < variant->n_edits; i++) {
        const struct transect_ctx *editor = variant->instances[i];
        char *key = remedy(variant);

        if (editor->owner.disabled)
            outcome_fail(failures,
                         mem_printf("variant %s: the editor %s was disabled: "
                                    "%s; %s would let this pass",
                                    variant->name, editor->owner.id,
                                    editor->error.text, key));
        free(key);
    }
}

static void fail_inert(const struct inert_edit *edit,
                       struct outcome_failures *failures)
{
    const char *name = edit->variant->name;
    char *key = remedy(edit->variant);
    char *place = place_text(edit->record);

    if (!edit->record)
        outcome_fail(failures,
                     mem_printf("variant %s: %s asked for no edit at all; "
                                "%s would let this pass", name, edit->editor,
                                key));
    else
        outcome_fail(failures,
                     mem_printf("variant %s: %s changed nothing at %s "
                                "(called %llu times); %s would let this pass",
                                name, edit->editor, place,
                                (unsigned long long)edit->record->fired,
                                key));
    free(key);
    free(place);
}

/* A sweep may have one for each variant. */
#define MAX_FAILURES 20

/* Keeps MAX_FAILURES of those from `first` on and says how many more there
 * are, named by `what`. */
static void cut(struct outcome_failures *failures, size_t first,
                const char *what)
{
    size_t most = first + MAX_FAILURES, more = failures->n;

    if (failures->n <= most)
        return;
    while (failures->n > most)
        free(failures->texts[--failures->n]);
    outcome_fail(failures, mem_printf("and %zu more %s", more - most, what));
}

static void fail_counted(const struct plan *plan, const struct sweep *sweep,
                         struct outcome_failures *failures)
{
    if (!inert_all(plan, sweep))
        return;
    outcome_fail(failures,
                 sweep ? mem_printf("sweep %s: no edit of its %zu variants "
                                    "changed anything; inert = allow in "
                                    "[sweep %s] would let this pass",
                                    sweep->section.name, sweep->n,
                                    sweep->section.name)
                       : mem_strdup("no edit of the variants changed "
                                    "anything; inert = allow in their "
                                    "[variant] sections would let this "
                                    "pass"));
}

/* Variant by variant; then sweeps of which all was counted. */
static void add_inert_failures(const struct plan *plan,
                               struct outcome_failures *failures)
{
    struct inert_edits edits = inert_find(plan);
    size_t first = failures->n, next = 0;

    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];

        for (; next < edits.n && edits.list[next].variant == variant; next++)
            if (edits.list[next].rule == INERT_FAIL)
                fail_inert(&edits.list[next], failures);
        if (!inert_allowed(plan, variant))
            fail_disabled(variant, failures);
    }
    inert_free(&edits);
    cut(failures, first, "edits that changed nothing");
    fail_counted(plan, NULL, failures);
    for (size_t i = 0; i < plan->experiment->n_sweeps; i++)
        fail_counted(plan, &plan->experiment->sweeps[i], failures);
}

static void add_isolated_failures(const struct plan *plan,
                                  struct outcome_failures *failures)
{
    size_t first = failures->n;

    for (size_t i = 0; i < plan->n_instances; i++) {
        const struct transect_ctx *instance = plan->instances[i];
        bool disabled = instance->owner.disabled;

        if ((disabled || instance->comparison_failed) &&
            instance->failure_counts)
            outcome_fail(
                failures,
                mem_printf("plugin %s, variant %s: %s; %s", instance->owner.id,
                           instance->owner.variant, instance->error.text,
                           disabled ? "it was disabled"
                                    : "it has no comparison"));
    }
    cut(failures, first, "instances that were disabled");
}

/* Has an instance before instances[at] this id? */
static bool is_known(const struct plan *plan, size_t at, const char *id)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(plan->instances[i]->owner.id, id) == 0)
            return true;
    return false;
}

/* Output that bypassed stdio is noticed after the pass, so all instances are
 * named: "pruner or perplexity". */
static void add_stray(const struct plan *plan,
                      struct outcome_failures *failures)
{
    char *ids = mem_strdup("");

    for (size_t i = 0; i < plan->n_instances; i++) {
        const char *id = plan->instances[i]->owner.id;
        char *more;

        if (is_known(plan, i, id))
            continue;
        more = mem_printf("%s%s%s", ids, *ids ? " or " : "", id);
        free(ids);
        ids = more;
    }
    outcome_fail(failures, mem_printf("plugin %s: in an event: %s", ids,
                                      capture_stray()));
    free(ids);
}

/* How many instances of that id printed, and the first of them. */
static size_t count_printed(const struct plan *plan, const char *id,
                            const struct hook_owner **first)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->n_instances; i++) {
        const struct hook_owner *owner = &plan->instances[i]->owner;

        if (!owner->printed || strcmp(owner->id, id) != 0)
            continue;
        if (!n++)
            *first = owner;
    }
    return n;
}

static void add_printed(const struct plan *plan, const char *id,
                        struct outcome_failures *failures)
{
    const struct hook_owner *first = NULL;
    size_t n = count_printed(plan, id, &first);
    char more[60] = "";

    if (!n || first->disable_on_error)
        return;
    if (n > 1)
        snprintf(more, sizeof more, "; and in %zu more variant%s", n - 1,
                 n == 2 ? "" : "s");
    outcome_fail(failures, mem_printf("plugin %s, variant %s: %s%s", id,
                                      first->variant, first->printed, more));
}

static void add_prints(const struct plan *plan,
                       struct outcome_failures *failures)
{
    bool any = false;

    for (size_t i = 0; i < plan->n_instances; i++) {
        const struct hook_owner *owner = &plan->instances[i]->owner;

        any = any || owner->printed;
        if (!is_known(plan, i, owner->id))
            add_printed(plan, owner->id, failures);
    }
    if (!any && capture_stray())
        add_stray(plan, failures);
}

static void add_loading(const struct plan *plan,
                        struct outcome_failures *failures)
{
    for (size_t i = 0; i < plan->n_plugins; i++)
        if (plan->plugins[i]->changed)
            outcome_fail(failures,
                         mem_printf("plugin %s: in loading: %s",
                                    plan->plugins[i]->path,
                                    plan->plugins[i]->changed));
}

void outcome_judge_plan(const struct plan *plan,
                        struct outcome_failures *failures)
{
    add_loading(plan, failures);
    add_isolated_failures(plan, failures);
}

void outcome_judge(const struct run *run, struct outcome_failures *failures)
{
    const struct plan *plan = run->plan;
    bool complete = !run->error.status;

    if (!complete)
        outcome_fail(failures, mem_strdup(run->error.text));
    else
        add_inert_failures(plan, failures);
    add_loading(plan, failures);
    if (complete) {
        add_isolated_failures(plan, failures);
        add_prints(plan, failures);
    }
}
