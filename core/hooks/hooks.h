/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hooks.h - who listens to which hook point of one variant. The sites are
 * resolved when a run is planned, so that the executor asks one pointer
 * whether to make a tensor at all; hook-set.h delivers the events. */
#ifndef CORE_HOOKS_HOOKS_H
#define CORE_HOOKS_HOOKS_H

#include "base/error.h"
#include "hooks/batch.h"
#include "hooks/edit-record.h"
#include "hooks/reductions.h"
#include "hooks/sample-positions.h"
#include "model/model.h"
#include <stdbool.h>
#include <transect/plugin.h>

/* Who subscribes; usually a plugin instance. */
struct hook_owner {
    const char *id;      /* for messages and edit records */
    const char *variant; /* the same; NULL: of none */
    void *state;         /* first argument of the callbacks */
    struct error *error; /* where a failing callback left its message, even
                          * if it returned TRANSECT_OK */
    bool disable_on_error;
    bool disabled;
    char *printed; /* where, and what, in a run that goes on; owned by whose
                    * owner this is; NULL: nothing */
    int rank; /* the lower is called before the higher, in any order of
               * addition */
};

struct hooks;

struct hooks *hooks_new(const struct config *config);
void hooks_free(struct hooks *hooks);

/* Adds a subscription (layers and heads in range; one that is given twice
 * counts once). Editors are called by the
 * rank of their owners, then observers by theirs; of one rank, in the order
 * of addition. `owner` must outlive hooks; `position` is a list that
 * sample_positions_parse() takes. */
void hooks_add(struct hooks *hooks, struct hook_owner *owner,
               const struct transect_subscription *subscription);
/* The same for callbacks that get `state` (NULL: the owner's) and a reduction
 * of the tensor (NULL: the tensor). */
void hooks_add_as(struct hooks *hooks, struct hook_owner *owner,
                  const struct transect_subscription *subscription,
                  const struct transect_reduction *reduction, void *state);

/* From now on callbacks find their views in `guard` (borrowed), shut in all
 * other times, for checks of what they do with them; it must have room. */
struct guard;
void hooks_set_guard(struct hooks *hooks, struct guard *guard);

/* The named places of the samples whose events come from now on (borrowed);
 * NULL: they have none. */
void hooks_set_names(struct hooks *hooks, const struct position_names *names);

/* No event comes for some time: gives back what was kept around edits. */
void hooks_rest(struct hooks *hooks);

/* What the editors did, a row for each editor and place. */
const struct edit_record *hooks_edit_records(const struct hooks *hooks,
                                             size_t *n);

/* The same, for what a run did that this one continues. */
struct edit_record *hooks_edit_records_to_fill(struct hooks *hooks, size_t *n);

/* Calls visit for each place that owner subscribed to, point by point; the
 * reduction has kind 0 where it is the tensor. */
typedef void hooks_visit_fn(void *user, int point, int layer,
                            const struct hook_owner *owner, bool edit,
                            const struct transect_reduction *reduction);
void hooks_visit(const struct hooks *hooks, const struct hook_owner *owner,
                 hooks_visit_fn *visit, void *user);

#endif
