/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* inert-edits.c - edits that were asked for and changed nothing. */
#include "report/inert-edits.h"

#include "base/mem.h"
#include "hooks/hook-points.h"
#include "results/table.h"

#include <stdlib.h>

/* The section's word, or [run]'s, or what the editor declares. */
static enum inert_rule rule_of(const struct plan *plan,
                               const struct variant_run *variant,
                               const struct transect_ctx *editor)
{
    if (variant->section && variant->section->inert)
        return variant->section->inert;
    if (plan->experiment->allow_inert)
        return INERT_ALLOW;
    return instance_declares(editor, TRANSECT_CAP_INERT) ? INERT_COUNT
                                                         : INERT_FAIL;
}

bool inert_allowed(const struct plan *plan, const struct variant_run *variant)
{
    if (variant->section && variant->section->inert)
        return variant->section->inert == INERT_ALLOW;
    return plan->experiment->allow_inert;
}

static void add(struct inert_edits *edits, const struct plan *plan,
                const struct variant_run *variant,
                const struct transect_ctx *editor,
                const struct edit_record *record)
{
    MEM_PUSH(edits->list, edits->n);
    edits->list[edits->n++] = (struct inert_edit){
        variant, editor->owner.id, record, rule_of(plan, variant, editor)};
}

static void add_editor(struct inert_edits *edits, const struct plan *plan,
                       const struct variant_run *variant,
                       const struct transect_ctx *editor)
{
    size_t n;
    const struct edit_record *records = hooks_edit_records(variant->hooks, &n);
    bool asked = false;

    if (editor->owner.disabled)
        return;
    for (size_t i = 0; i < n; i++) {
        if (!records[i].asked || records[i].editor != editor->owner.id)
            continue;
        asked = true;
        if (!records[i].changed)
            add(edits, plan, variant, editor, &records[i]);
    }
    if (!asked)
        add(edits, plan, variant, editor, NULL);
}

struct inert_edits inert_find(const struct plan *plan)
{
    struct inert_edits edits = {0};

    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];

        for (size_t j = 0; j < variant->n_edits; j++)
            add_editor(&edits, plan, variant, variant->instances[j]);
    }
    return edits;
}

void inert_free(struct inert_edits *edits)
{
    free(edits->list);
    *edits = (struct inert_edits){0};
}

static bool counts(const struct plan *plan, const struct variant_run *variant)
{
    for (size_t i = 0; i < variant->n_edits; i++)
        if (rule_of(plan, variant, variant->instances[i]) == INERT_COUNT)
            return true;
    return false;
}

static bool changed(const struct variant_run *variant)
{
    size_t n;
    const struct edit_record *records = hooks_edit_records(variant->hooks, &n);

    for (size_t i = 0; i < n; i++)
        if (records[i].changed)
            return true;
    return false;
}

bool inert_all(const struct plan *plan, const struct sweep *sweep)
{
    bool any = false;

    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];

        if (!variant->section || variant->section->sweep != sweep)
            continue;
        if (changed(variant))
            return false;
        any = any || counts(plan, variant);
    }
    return any;
}

struct inert_counts inert_counted(const struct plan *plan)
{
    struct inert_edits edits = inert_find(plan);
    struct inert_counts counted = {0};
    const struct variant_run *last = NULL;

    for (size_t i = 0; i < edits.n; i++) {
        if (edits.list[i].rule != INERT_COUNT)
            continue;
        counted.edits++;
        counted.variants += edits.list[i].variant != last;
        last = edits.list[i].variant;
    }
    inert_free(&edits);
    return counted;
}

static void put_row(struct transect_table *table,
                    const struct inert_edit *edit)
{
    const struct edit_record *record = edit->record;

    table_put_text(table, edit->variant->name);
    table_put_text(table, edit->editor);
    table_put_text(table, record ? point_name(record->point) : "");
    table_put_int(table, record ? record->layer : -1);
    table_put_int(table, record ? record->head : -1);
    table_put_int(table, record ? (int64_t)record->fired : 0);
}

struct transect_table *inert_table(const struct plan *plan)
{
    static const struct transect_column columns[] = {
        {"variant", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"editor", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"point", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"calls", TRANSECT_COL_INT, TRANSECT_COL_INFO},
    };
    struct inert_edits edits = inert_find(plan);
    struct transect_table *table = NULL;

    for (size_t i = 0; i < edits.n; i++) {
        if (edits.list[i].rule != INERT_COUNT)
            continue;
        if (!table)
            table = table_new("inert", columns,
                              sizeof columns / sizeof columns[0]);
        put_row(table, &edits.list[i]);
    }
    if (table)
        table_describe_usual(table);
    inert_free(&edits);
    return table;
}
