/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep-effects.c - what a sweep did to one metric. */
#include "run/sweep-effects.h"

#include "base/mem.h"
#include "base/random-normal.h"
#include "results/paired-statistics.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct list {
    struct effect *effects;
    size_t n;
};

/* Has one of (n) effects a figure of that stem? */
static bool is_drawn(const struct effect *effects, size_t n, const char *stem)
{
    for (size_t i = 0; i < n; i++)
        if (effects[i].figure && strcmp(effects[i].stem, stem) == 0)
            return true;
    return false;
}

/* The stem of an effect behind (n) others, which have theirs. */
static char *stem_of(const struct effect *effect,
                     const struct effect *effects, size_t n)
{
    char *metric = mem_strdup(effect->metric), *plain, *stem;

    experiment_name_clean(metric);
    plain = mem_printf("comparison/%s/%s-%s-%s", effect->plugin,
                       effect->sweep->section.name, effect->table, metric);
    stem = mem_strdup(plain);
    for (int i = 2; is_drawn(effects, n, stem); i++) {
        free(stem);
        stem = mem_printf("%s-%d", plain, i);
    }
    free(metric);
    free(plain);
    return stem;
}

bool effect_shows(const struct plan *plan, const struct effect *effect)
{
    char *folder = mem_path("comparison", effect->plugin);
    bool shows = effect->figure && experiment_draws(plan->experiment, folder);

    free(folder);
    return shows;
}

bool effect_any(const struct effect *effect)
{
    for (size_t i = 0; i < effect->sweep->n; i++)
        if (isfinite(effect->changes[i]) && effect->changes[i] != 0)
            return true;
    return false;
}

bool effect_is_tested(const struct effect *effect)
{
    for (size_t i = 0; effect->paired && i < effect->sweep->n; i++)
        if (effect->means[i].n > 1)
            return true;
    return false;
}

char *effect_floor_text(const struct effect_floor *floor)
{
    size_t enough = paired_enough(floor->n_tests);
    char *least = mem_printf("with %" PRId64 " samples and %zu variants q of "
                             "a single effect cannot be below %.2g",
                             floor->n, floor->n_tests, floor->least_q);
    char *text;

    if (enough <= (size_t)floor->n)
        return least;
    text = mem_printf("%s; %zu samples would do", least, enough);
    free(least);
    return text;
}

bool effect_unclear(const struct effect *effect, size_t variant)
{
    return effect->paired && !effect->diverges &&
           !effect->floor.hides && effect->means[variant].n > 1 &&
           !(effect->means[variant].q < PAIRED_CLEAR);
}

/* The effect on a metric, which is made if need be, behind `first`. */
static struct effect *effect_on(struct list *list, size_t first,
                                const struct effect *like,
                                const char *metric)
{
    struct effect *effect;
    size_t n = like->sweep->n;

    for (size_t i = first; i < list->n; i++)
        if (strcmp(list->effects[i].metric, metric) == 0)
            return &list->effects[i];
    MEM_PUSH(list->effects, list->n);
    effect = &list->effects[list->n++];
    *effect = *like;
    effect->metric = mem_strdup(metric);
    effect->diverges = effect->paired;
    effect->changes = mem_new(n, sizeof *effect->changes);
    effect->rows = mem_new(n, sizeof *effect->rows);
    effect->order = mem_new(n, sizeof *effect->order);
    if (effect->paired)
        effect->means = mem_new(n, sizeof *effect->means);
    for (size_t i = 0; i < n; i++) {
        effect->changes[i] = NAN;
        if (effect->paired)
            effect->means[i] = (struct effect_mean){NAN, NAN, NAN, 0};
    }
    return effect;
}

/* Keys of a row of a comparison: "layer 5, head 3". */
static char *row_text(const struct transect_table *table, size_t row,
                      size_t n_keys)
{
    const union cell *cells = &table->cells[row * table->n_columns];
    char *text = NULL;

    for (size_t i = 1; i <= n_keys; i++) {
        const struct transect_column *column = &table->columns[i];
        const char *before = text ? text : "", *comma = text ? ", " : "";
        char *longer =
            column->type == TRANSECT_COL_INT
                ? mem_printf("%s%s%s %" PRId64, before, comma, column->name,
                             cells[i].integer)
            : column->type == TRANSECT_COL_REAL
                ? mem_printf("%s%s%s %.9g", before, comma, column->name,
                             cells[i].real)
                : mem_printf("%s%s%s", before, comma, cells[i].text);

        free(text);
        text = longer;
    }
    return text;
}

/* Rows of a comparison: variant, keys, metric, baseline, value, change,
 * change_pct. */
static void add_rows(struct list *list, size_t first,
                     const struct effect *like,
                     const struct transect_table *compared, size_t number)
{
    size_t n_keys = compared->n_columns - 6, n = compared->n_columns;

    for (size_t i = 0; i < table_rows(compared); i++) {
        const union cell *row = &compared->cells[i * n];
        struct effect *effect = effect_on(list, first, like,
                                          row[1 + n_keys].text);
        double change = row[n - 2].real;

        if (isnan(change) ||
            fabs(change) <= fabs(effect->changes[number]))
            continue;
        effect->changes[number] = change;
        free(effect->rows[number]);
        effect->rows[number] = row_text(compared, i, n_keys);
    }
}

/* Of the same comparison, where its rows are samples. */
static void add_means(struct list *list, size_t first,
                      const struct effect *like,
                      const struct transect_table *compared, size_t number,
                      struct paired_signs *signs)
{
    struct transect_table *means = table_means(compared, signs);
    size_t n;
    bool *diverges = table_divergences(compared, &n);

    for (size_t i = 0; i < table_rows(means); i++) {
        const union cell *row = &means->cells[i * means->n_columns];
        struct effect *effect = effect_on(list, first, like, row[1].text);

        effect->changes[number] = row[4].real;
        effect->means[number] = (struct effect_mean){
            .se = row[5].real, .p = row[6].real, .n = row[7].integer};
        effect->diverges &= diverges[i % n];
    }
    free(diverges);
    table_free(means);
}

struct effect_floor effect_floor_of(int64_t n, size_t n_tests)
{
    double least_q = fmin(1, paired_least_p((size_t)n) * (double)n_tests);

    return (struct effect_floor){.n = n, .n_tests = n_tests,
                                 .least_q = least_q,
                                 .hides = !(least_q < PAIRED_CLEAR)};
}

static struct effect_floor find_floor(const struct effect *effect)
{
    struct effect_floor floor = {.least_q = NAN};

    for (size_t i = 0; i < effect->sweep->n; i++) {
        const struct effect_mean *mean = &effect->means[i];

        if (isnan(mean->p))
            continue;
        floor.n_tests++;
        floor.n = mean->n > floor.n ? mean->n : floor.n;
    }
    return floor.n_tests ? effect_floor_of(floor.n, floor.n_tests) : floor;
}

/* Over the variants: a sweep makes many tests of one metric. */
static void add_rates(struct effect *effect)
{
    size_t n = effect->sweep->n;
    double *p = mem_new(n, sizeof *p), *q = mem_new(n, sizeof *q);

    for (size_t i = 0; i < n; i++)
        p[i] = effect->diverges ? NAN : effect->means[i].p;
    paired_q(p, n, q);
    for (size_t i = 0; i < n; i++) {
        effect->means[i].p = p[i];
        effect->means[i].q = q[i];
    }
    effect->floor = find_floor(effect);
    free(p);
    free(q);
}

struct sized {
    double size; /* -1: not a number */
    size_t number;
};

static int by_size(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;

    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static void sort(struct effect *effect)
{
    size_t n = effect->sweep->n;
    struct sized *all = mem_new(n, sizeof *all);

    for (size_t i = 0; i < n; i++)
        all[i] = (struct sized){
            isnan(effect->changes[i]) ? -1 : fabs(effect->changes[i]), i};
    qsort(all, n, sizeof *all, by_size);
    for (size_t i = 0; i < n; i++)
        effect->order[i] = all[i].number;
    free(all);
}

/* Metrics that say most to whoever patches or ablates, in this order; the
 * others follow as the table has them. */
static const char *const telling[] = {"logit_diff", "recovered_part", "kl"};

enum { N_TELLING = sizeof telling / sizeof *telling };

static size_t rank_of(const struct effect *effect)
{
    size_t i = 0;

    while (i < N_TELLING && strcmp(effect->metric, telling[i]) != 0)
        i++;
    return i;
}

/* By insertion, which keeps the order of those of one rank. */
static void sort_metrics(struct effect *effects, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct effect effect = effects[i];
        size_t at = i;

        for (; at > 0 && rank_of(&effects[at - 1]) > rank_of(&effect); at--)
            effects[at] = effects[at - 1];
        effects[at] = effect;
    }
}

/* All metrics of one table of one observer. */
static void add_table(const struct plan *plan, const struct sweep *sweep,
                      size_t observer, const struct transect_table *before,
                      struct list *list)
{
    const struct variant_run *reference = plan_reference(plan, sweep);
    const struct effect like = {
        .sweep = sweep,
        .variants = plan_sweep_variants(plan, sweep),
        .reference = reference,
        .plugin = reference->instances[reference->n_edits + observer]
                      ->owner.id,
        .table = before->name,
        .paired = table_is_paired(before),
    };
    struct paired_signs *signs = paired_signs_new(
        random_key(plan->experiment->seed, PAIRED_KEY));
    size_t first = list->n;

    for (size_t i = 0; i < sweep->n; i++) {
        const struct variant_run *variant = &like.variants[i];
        const struct transect_table *table = instance_table(
            variant->instances[variant->n_edits + observer], before->name);
        struct transect_table *compared = table
                                              ? table_compare(NULL,
                                                              variant->name,
                                                              table, before)
                                              : NULL;

        if (compared && !compared->error.status && like.paired)
            add_means(list, first, &like, compared, i, signs);
        else if (compared && !compared->error.status)
            add_rows(list, first, &like, compared, i);
        table_free(compared);
    }
    paired_signs_free(signs);
    sort_metrics(list->effects + first, list->n - first);
    for (size_t i = first; i < list->n; i++) {
        if (like.paired)
            add_rates(&list->effects[i]);
        sort(&list->effects[i]);
        list->effects[i].stem = stem_of(&list->effects[i], list->effects, i);
        effect_draw(plan, &list->effects[i]);
    }
}

static void add_sweep(const struct plan *plan, const struct sweep *sweep,
                      struct list *list)
{
    const struct variant_run *reference = plan_reference(plan, sweep);
    size_t n = reference ? reference->n_instances - reference->n_edits : 0;

    for (size_t i = 0; i < n; i++) {
        const struct transect_ctx *instance =
            reference->instances[reference->n_edits + i];
        size_t n_tables = instance->owner.disabled ? 0
                                                   : instance->own.n_tables;

        for (size_t j = 0; j < n_tables; j++)
            add_table(plan, sweep, i, instance->own.tables[j], list);
    }
}

void effects_make(const struct plan *plan, struct effect **effects,
                  size_t *n)
{
    struct list list = {0};

    for (size_t i = 0; i < plan->experiment->n_sweeps; i++)
        add_sweep(plan, &plan->experiment->sweeps[i], &list);
    *effects = list.effects;
    *n = list.n;
}

void effects_free(struct effect *effects, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < effects[i].sweep->n; j++)
            free(effects[i].rows[j]);
        free(effects[i].rows);
        free(effects[i].changes);
        free(effects[i].means);
        free(effects[i].order);
        free(effects[i].metric);
        free(effects[i].stem);
        figure_free(effects[i].figure);
    }
    free(effects);
}
