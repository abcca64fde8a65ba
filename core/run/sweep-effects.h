/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep-effects.h - what a sweep did to one metric of one observer's table: a
 * number for each of its variants, and whether it could be chance. */
#ifndef CORE_RUN_SWEEP_EFFECTS_H
#define CORE_RUN_SWEEP_EFFECTS_H

#include "plan/plan.h"
#include "plan/sweep.h"

/* What the tests of an effect can show at best. */
struct effect_floor {
    int64_t n;      /* samples */
    size_t n_tests; /* variants with a p */
    double least_q; /* of one variant that alone has an effect; NaN: no test */
    bool hides;     /* it is not below PAIRED_CLEAR: q shows no single effect,
                       however large */
};

struct effect {
    const struct sweep *sweep;
    const struct variant_run *variants; /* (sweep->n) its variants */
    const struct variant_run *reference; /* what they are compared with */
    const char *plugin, *table;
    char *metric;
    /* For each variant: of all rows of the table, the change against the
     * reference that is largest in size, with its sign, and which row that
     * is ("layer 5"; NULL: the only one). NaN: there is none. Where rows are
     * samples, the mean change instead, and no row. */
    double *changes;
    char **rows;
    bool paired; /* rows are samples */
    bool diverges; /* 0 before, and nowhere below after: p and q, which say
                      nothing of such, are NaN */
    /* If so, of the mean change of each variant: standard error, p and n as
     * in struct paired, and q over the variants. Else NULL. */
    struct effect_mean {
        double se, p, q;
        int64_t n;
    } *means;
    struct effect_floor floor; /* of their tests */
    size_t *order; /* variants, the largest change in size first */
    /* "comparison/PLUGIN/LABEL-TABLE-METRIC", where what a file's name should
     * not have is '_', of the figure's files; no other figure of an effect
     * has it: "-2" and so on are appended to what would be the same. */
    char *stem;
    struct figure *figure; /* of changes over the axes; or NULL */
};

/* Of all sweeps, once the instances have finished, table by table, the metric
 * that tells most first. Without a baseline, or another reference, there are
 * none. */
void effects_make(const struct plan *plan, struct effect **effects,
                  size_t *n);
void effects_free(struct effect *effects, size_t n);
/* Did it change anything? */
bool effect_any(const struct effect *effect);
/* Is a mean change one of several samples? One has neither a standard error
 * nor a test. */
bool effect_is_tested(const struct effect *effect);
/* With n samples and so many tests, before there are any. */
struct effect_floor effect_floor_of(int64_t n, size_t n_tests);
/* Of one that hides: "with 12 samples and 168 variants q of a single effect
 * cannot be below 0.082; 13 samples would do". The caller frees. */
char *effect_floor_text(const struct effect_floor *floor);
/* Is the mean change of a variant not told apart from none, where the tests
 * could have done so? */
bool effect_unclear(const struct effect *effect, size_t variant);

/* Has it a figure, and do [run] figures ask for those of comparison/PLUGIN? */
bool effect_shows(const struct plan *plan, const struct effect *effect);

/* In sweep-effects-figure.c: fills effect->figure, if it can be drawn. */
void effect_draw(const struct plan *plan, struct effect *effect);

#endif
