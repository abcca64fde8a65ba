/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* inert-edits.h - edits that were asked for and changed nothing, and what that
 * means: a failure of the run, a row of inert.csv, or nothing. */
#ifndef CORE_REPORT_INERT_EDITS_H
#define CORE_REPORT_INERT_EDITS_H

#include "report/outcome.h"

#define INERT_TABLE "inert.csv"

struct inert_edit {
    const struct variant_run *variant;
    const char *editor;
    const struct edit_record *record; /* NULL: it asked for no edit at all */
    enum inert_rule rule;             /* never INERT_DEFAULT */
};

struct inert_edits {
    struct inert_edit *list; /* in the order of variants */
    size_t n;
};

/* Those of a run that saw all samples, but none of disabled editors. */
struct inert_edits inert_find(const struct plan *plan);
void inert_free(struct inert_edits *edits);

/* May an editor of the variant do nothing, or be disabled? */
bool inert_allowed(const struct plan *plan,
                   const struct variant_run *variant);
/* Have editors whose inert edits are counted changed nothing in all variants
 * of the sweep (NULL: in all that are of none)? false if there are none. */
bool inert_all(const struct plan *plan, const struct sweep *sweep);

/* What is counted: of how many edits, in how many variants. */
struct inert_counts {
    size_t edits, variants;
};
struct inert_counts inert_counted(const struct plan *plan);
/* It as a table; to be freed. NULL: nothing was counted. */
struct transect_table *inert_table(const struct plan *plan);

#endif
