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

static double percent(const struct writer *writer, double whole)
{
    return 100 * transect_moments_mean(writer->wrote) / whole;
}

static bool is_named(const struct writer *writers, size_t i, double whole)
{
    return i == 0 ||
           fabs(percent(&writers[i], whole)) >= 100 * LEAST_SHARE;
}

/* "layer 2's unit 3 wrote 71.3 %, ..." */
static void add_units(const struct ledger *self, struct transect_text *text,
                      const struct target *target, const struct writer *mlp)
{
    struct writer units[MOST_NAMED];
    size_t n = writers_units(self, target, mlp->layer, units, MOST_NAMED);
    double whole = transect_moments_mean(mlp->wrote);

    if (strcmp(mlp->component, "mlp") || !n)
        return;
    transect_text_add(text, "; of what that MLP wrote ");
    for (size_t i = 0; i < n && is_named(units, i, whole); i++)
        transect_text_add(text, i ? ", unit %d %.1f %%" : "unit %d is %.1f %%",
                          (int)units[i].unit, percent(&units[i], whole));
}

static void add_writers(const struct ledger *self, struct transect_text *text,
                        const struct target *target, double value)
{
    size_t n, n_named;
    struct writer *writers = writers_all(self, target, &n);

    n_named = writers_sort(writers, n, MOST_NAMED);
    for (size_t i = 0; i < n_named && is_named(writers, i, value); i++)
        transect_text_add(text, i ? ", %s %.1f %%" : ": %s wrote %.1f %%",
                          writers_name(self, &writers[i], false),
                          percent(&writers[i], value));
    add_units(self, text, target, &writers[0]);
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
    transect_text_add(&text, " is %.4g in layer %d", value,
                      (int)target->layer);
    if (fabs(value) > 0)
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
        say_target(self, t);
    if (self->n_target > MOST_SENTENCES)
        self->host->say(self->ctx, "%d more coordinates and layers are in "
                        "ledger.csv", (int)(self->n_target - MOST_SENTENCES));
    say_misses(self);
}
