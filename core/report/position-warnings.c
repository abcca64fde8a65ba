/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* position-warnings.c - edits at positions that some samples do not have. */
#include "report/position-warnings.h"

#include "base/mem.h"
#include "plan/sweep.h"
#include "report/manifest-internal.h"

#include <stdlib.h>
#include <string.h>

/* Takes over the text. */
static void warn(json_t *all, char *text)
{
    json_array_append_new(all, manifest_text(text));
    free(text);
}

/* Samples without one row of the list. */
static int n_without(const struct plan *plan, const char *list)
{
    const struct samples *samples = plan->samples;
    struct sample_positions *positions;
    struct position_span run;
    struct error err;
    int n = 0;

    if (sample_positions_parse(list, &positions, &err))
        return 0;
    for (int i = 0; i < samples->n_sample; i++)
        n += !sample_positions_next(positions, &plan->prompts->names, i,
                                    samples->list[i].n_token, 0, &run);
    sample_positions_free(positions);
    return n;
}

/* WHOSE: KEY = LIST. */
static void warn_of_list(const struct plan *plan, const char *whose,
                         const char *key, const char *list, json_t *all)
{
    int n = n_without(plan, list);

    if (n > 0)
        warn(all, mem_printf("%s: %s = %s: %d of %d samples have no such "
                             "position, and count as unchanged", whose, key,
                             list, n, plan->samples->n_sample));
}

/* The value that most samples lack, and how many are lacked by some. */
static void warn_of_axis(const struct plan *plan, const char *whose,
                         const struct sweep_axis *axis, json_t *all)
{
    const struct samples *samples = plan->samples;
    size_t n_lacked = 0, worst = 0;
    int most = 0;

    for (size_t i = 0; i < axis->n; i++) {
        int n = n_without(plan, axis->values[i].text);

        n_lacked += n > 0;
        if (n > most) {
            most = n;
            worst = i;
        }
    }
    if (most > 0)
        warn(all, mem_printf("%s: %s: %zu of %zu values are positions that "
                             "some samples lack, and where those count as "
                             "unchanged; %s: %d of %d samples", whose,
                             axis->key, n_lacked, axis->n,
                             axis->values[worst].text, most,
                             samples->n_sample));
    if (axis->places == SWEEP_NUMBERS && axis->positions &&
        samples->shortest < samples->longest)
        warn(all, mem_printf("%s: %s: samples have %d to %d tokens, so that a "
                             "position is not the same word in each; named "
                             "places are", whose, axis->key,
                             samples->shortest, samples->longest));
}

static const struct sweep_axis *axis_of(const struct sweep *sweep,
                                        const char *key)
{
    for (size_t i = 0; sweep && i < sweep->n_axes; i++)
        if (strcmp(sweep->axes[i].key, key) == 0)
            return &sweep->axes[i];
    return NULL;
}

/* Of a variant; of a sweep, of its first, which stands for all. */
static void warn_of_edits(const struct plan *plan,
                          const struct variant_run *variant,
                          const struct sweep *sweep, json_t *all)
{
    char *whose = sweep ? mem_printf("sweep %s", sweep->section.name)
                        : mem_printf("variant %s", variant->name);

    for (size_t i = 0; i < variant->n_edits; i++) {
        const struct transect_ctx *editor = variant->instances[i];

        for (size_t j = 0; j < editor->options.n; j++) {
            const struct option_value *value = &editor->options.values[j];
            const struct sweep_axis *axis;
            char *key;

            if (value->decl.type != TRANSECT_POSITIONS || !value->set ||
                value->is_word)
                continue;
            key = mem_printf("%s.%s", editor->owner.id, value->decl.name);
            axis = axis_of(sweep, key);
            if (axis)
                warn_of_axis(plan, whose, axis, all);
            else
                warn_of_list(plan, whose, key, value->text, all);
            free(key);
        }
    }
    free(whose);
}

json_t *position_warnings(const struct plan *plan)
{
    json_t *all = json_array();

    for (size_t i = 0; i < plan->n_variants; i++)
        if (!variant_sweep(&plan->variants[i]))
            warn_of_edits(plan, &plan->variants[i], NULL, all);
    for (size_t i = 0; i < plan->experiment->n_sweeps; i++) {
        const struct sweep *sweep = &plan->experiment->sweeps[i];

        warn_of_edits(plan, plan_sweep_variants(plan, sweep), sweep, all);
    }
    return all;
}
