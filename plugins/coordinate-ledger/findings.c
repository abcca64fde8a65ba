/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* findings.c - in a sentence for each coordinate, who wrote it. */
#include "ledger.h"

#include <math.h>
#include <string.h>
#include <transect/kit/text.h>

#define MOST_SENTENCES 4
#define MOST_NAMED 3      /* writers, and units of the first of them */
#define LEAST_SHARE 0.05  /* of the second and third */
#define MOST_OVER 3       /* magnitudes of parts over their sum */

static double wrote(const struct writer *writer)
{
    return transect_moments_mean(writer->wrote);
}

static double magnitudes(const struct writer *writers, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += fabs(wrote(&writers[i]));
    return sum;
}

/* The first ones: "A wrote 71.3 %, B 20.1 %" of the whole; or, where parts
 * cancel so that shares of the little that is left say nothing, what they
 * wrote: "A wrote 2.66, B -1.52". */
static void add_shares(const struct ledger *self, struct transect_text *text,
                       const struct writer *writers, size_t n, double whole,
                       bool cancel)
{
    double least = LEAST_SHARE * fabs(cancel ? wrote(&writers[0]) : whole);

    for (size_t i = 0; i < n; i++) {
        const struct writer *writer = &writers[i];

        if (i && !(fabs(wrote(writer)) >= least))
            break;
        if (writer->unit >= 0)
            transect_text_add(text, i ? ", unit %d" : "unit %d wrote",
                              (int)writer->unit);
        else
            transect_text_add(text, i ? ", %s" : "%s wrote",
                              writers_name(self, writer, false));
        if (cancel)
            transect_text_add(text, " %.4g", wrote(writer));
        else
            transect_text_add(text, " %.1f %%", 100 * wrote(writer) / whole);
    }
}

static void add_units(const struct ledger *self, struct transect_text *text,
                      const struct target *target, const struct writer *mlp)
{
    struct writer units[MOST_UNITS];
    size_t n = writers_units(self, target, mlp->layer, units, MOST_UNITS);
    double whole = wrote(mlp);
    bool cancel = magnitudes(units, n) > MOST_OVER * fabs(whole);

    if (strcmp(mlp->component, "mlp") || !n)
        return;
    transect_text_add(text, cancel ? "; in that MLP, whose units cancel, "
                                   : "; of what that MLP wrote, ");
    add_shares(self, text, units, n < MOST_NAMED ? n : MOST_NAMED, whole,
               cancel);
}

static void add_writers(const struct ledger *self, struct transect_text *text,
                        const struct target *target, double value)
{
    size_t n;
    struct writer *writers = writers_all(self, target, &n);
    double sum = magnitudes(writers, n);
    bool cancel = sum > MOST_OVER * fabs(value);

    if (!(sum > 0) || !isfinite(sum))
        return;
    transect_text_add(text, cancel ? ", of parts that cancel: " : ": ");
    add_shares(self, text, writers, writers_sort(writers, n, MOST_NAMED),
               value, cancel);
    add_units(self, text, target, &writers[0]);
}

/* Samples that have the place. */
static int64_t n_of(const struct ledger *self, size_t target)
{
    int64_t n = 0;

    for (size_t i = 0; i < (size_t)self->model.n_sample; i++)
        n += self->seen[i * self->most_targets + target] > 0;
    return n;
}

static void say_target(const struct ledger *self, size_t t)
{
    struct transect_text text = transect_text_new(self->ctx, self->host);
    const struct target *target = &self->targets[t];
    const struct spot *spot = &self->spots[target->spot];
    double value = tables_value(self, t);
    int position = tables_position(self, spot->place);

    transect_text_add(&text, "dim %d at ", (int)spot->dim);
    if (position >= 0)
        transect_text_add(&text, "position %d", position);
    else
        transect_text_add(&text, "place %d of positions = %s",
                          (int)spot->place,
                          self->host->get_string(self->ctx, "positions"));
    transect_text_add(&text, " is %.4g in layer %d (mean, n = %lld)", value,
                      (int)target->layer, (long long)n_of(self, t));
    add_writers(self, &text, target, value);
    self->host->say_text(self->ctx, text.bytes);
}

/* How exact it is: of all samples and targets. */
static void say_misses(const struct ledger *self)
{
    size_t n = (size_t)self->model.n_sample;
    double worst = 0, worst_part = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < self->n_target; t++) {
            const double *sums =
                self->sums + (i * self->most_targets + t) * N_SUMS;
            double miss = fabs(sums[SUM_PARTS] - sums[SUM_VALUE]);

            if (!(miss <= worst))
                worst = miss;
            if (sums[SUM_MAGNITUDE] > 0 &&
                !(miss / sums[SUM_MAGNITUDE] <= worst_part))
                worst_part = miss / sums[SUM_MAGNITUDE];
        }
    self->host->say(self->ctx,
                    "the parts miss the coordinates by %.2g at most; by %.2g "
                    "of the magnitudes that they are sums of", worst,
                    worst_part);
}

void findings_say(const struct ledger *self)
{
    for (size_t t = 0; t < self->n_target && t < MOST_SENTENCES; t++)
        if (tables_has(self, (size_t)self->targets[t].spot))
            say_target(self, t);
    if (self->n_target > MOST_SENTENCES)
        self->host->say(self->ctx, "%d more coordinates and layers are in "
                        "ledger.csv", (int)(self->n_target - MOST_SENTENCES));
    say_misses(self);
}
