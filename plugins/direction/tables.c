/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - accuracies, directions, folds and scores. */
#include "direction.h"

#include <math.h>
#include <stdio.h>
#include <transect/kit/columns.h>
#include <transect/kit/statistics.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

/* The columns that all tables of sites begin with. */
#define LAYER {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",               \
               "the layer, -1 where the point is in none"}
#define POINT {"point", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",              \
               "the hook point"}
#define POSITION {"position", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",        \
                  "the position: as the option has it, or of several its "    \
                  "number, from 0 or, below 0, from the end"}
#define METHOD {"method", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",            \
                "mean, pca or logistic"}

double direction_chance(const struct direction *self)
{
    return fmax(self->n_of[0], self->n_of[1]) / self->n_sample;
}

static bool is_right(const struct direction *self, const struct site *site,
                     int method, int32_t sample)
{
    return (site->results[method].held_out[sample] > 0) ==
           (self->classes[sample] == 1);
}

static void put_site(const struct direction *self, transect_table *table,
                     const struct site *site, int method)
{
    self->host->put_int(table, site->layer);
    self->host->put_text(table, self->host->point_name(site->point));
    self->host->put_text(table, self->places[site->place]);
    self->host->put_text(table, direction_methods[method]);
}

/* Writes a row for each site and method. */
typedef void put_fn(const struct direction *self, transect_table *table,
                    const struct site *site, enum method method);

static void write_sites(const struct direction *self, const char *name,
                        const struct transect_described *columns, size_t n,
                        put_fn *put)
{
    transect_table *table = transect_table_described(self->ctx, self->host,
                                                     name, columns, n);

    for (int32_t i = 0; i < self->n_sites; i++)
        for (int method = 0; method < N_METHODS; method++)
            if (self->wanted[method])
                put(self, table, &self->sites[i], (enum method)method);
}

/* The probability that so many of n fair coins, or fewer, are heads. */
static double coins(int32_t n, int32_t heads)
{
    double sum = 0;

    for (int32_t k = 0; k <= heads; k++)
        sum += exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) -
                   n * log(2));
    return sum;
}

/* Against the same samples in the baseline: the change of the accuracy, its
 * standard error, and the two-sided p of McNemar's exact test. NaN in the
 * baseline itself. */
static void put_change(const struct direction *self, transect_table *table,
                       const struct site *site, enum method method)
{
    const struct direction *other = self->baseline;
    struct transect_moments moments = {0};
    int32_t better = 0, worse = 0, fewer;

    for (int32_t i = 0; other && i < self->n_sample; i++) {
        int change = is_right(self, site, method, i) -
                     is_right(other, &other->sites[site - self->sites],
                              method, i);

        better += change > 0;
        worse += change < 0;
        transect_moments_add(&moments, change);
    }
    fewer = better < worse ? better : worse;
    self->host->put_real(table, transect_moments_mean(&moments));
    self->host->put_real(table, transect_moments_error(&moments));
    self->host->put_real(table,
                         other ? fmin(1, 2 * coins(better + worse, fewer))
                               : NAN);
}

static void put_accuracy(const struct direction *self, transect_table *table,
                         const struct site *site, enum method method)
{
    const struct result *result = &site->results[method];

    put_site(self, table, site, method);
    self->host->put_real(table, result->accuracy.mean);
    self->host->put_real(table, result->accuracy.se);
    self->host->put_real(table, result->control.mean);
    self->host->put_int(table, self->n_sample);
    self->host->put_real(table, result->control.se);
    self->host->put_real(table, direction_chance(self));
    put_change(self, table, site, method);
}

static void write_accuracy(const struct direction *self)
{
    static const struct transect_described columns[] = {
        LAYER, POINT, POSITION, METHOD,
        {"accuracy", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the part of held-out samples whose class was told right"},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard error of that, as if samples were independent"},
        {"control", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the same with shuffled labels, the mean over shuffles"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "", "samples"},
        {"control_se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard error of control over samples"},
        {"chance", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the part of the samples that the larger class has"},
        {"change", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "accuracy less that of the baseline; not in the baseline"},
        {"change_se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard error of that, of pairs of the same sample"},
        {"p", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its two-sided p by McNemar's exact test"},
    };

    write_sites(self, "accuracy", columns, N_OF(columns), put_accuracy);
}

static void put_direction(const struct direction *self, transect_table *table,
                          const struct site *site, enum method method)
{
    const struct result *result = &site->results[method];

    put_site(self, table, site, method);
    self->host->put_real(table, result->norm);
    self->host->put_real(table, result->gap);
    self->host->put_real(table, result->rule.b);
    self->host->put_text(table, self->labels[0]);
    self->host->put_text(table, self->labels[1]);
}

static void write_directions(const struct direction *self)
{
    static const struct transect_described columns[] = {
        LAYER, POINT, POSITION, METHOD,
        {"norm", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the L2 norm of the vector in the file"},
        {"gap", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the distance of the means of the classes along it"},
        {"bias", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "b of w x + b, which is above 0 for class to"},
        {"from", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "the label at its tail"},
        {"to", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "the label that it points to"},
    };

    write_sites(self, "directions", columns, N_OF(columns), put_direction);
}

static void put_scores(const struct direction *self, transect_table *table,
                       const struct site *site, enum method method)
{
    const struct transect_host *host = self->host;

    for (int32_t i = 0; i < self->n_sample; i++) {
        double score = site->results[method].held_out[i];

        host->put_int(table, i);
        put_site(self, table, site, method);
        host->put_real(table, score);
        host->put_int(table, is_right(self, site, method, i));
    }
}

static void write_scores(const struct direction *self)
{
    static const struct transect_described columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the sample, from 0"},
        LAYER, POINT, POSITION, METHOD,
        {"score", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "w x + b of the rule that was made without the sample's fold"},
        {"right", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "1 if that tells its class right, else 0"},
    };

    write_sites(self, "scores", columns, N_OF(columns), put_scores);
}

static void write_folds(const struct direction *self)
{
    static const struct transect_described columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the sample, from 0"},
        {"label", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "", "its label"},
        {"fold", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the fold in which it is held out, from 0"},
        {"shuffled", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "its label in the first shuffle"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "folds", columns, N_OF(columns));

    for (int32_t i = 0; i < self->n_sample; i++) {
        host->put_int(table, i);
        host->put_text(table, self->labels[self->classes[i]]);
        host->put_int(table, self->fold[i]);
        host->put_text(table, self->labels[self->shuffled[i]]);
    }
}

/* The first of those sites that the method tells apart best. */
static const struct site *best_of(const struct direction *self, int method)
{
    const struct site *best = &self->sites[0];

    for (int32_t i = 1; i < self->n_sites; i++)
        if (self->sites[i].results[method].accuracy.mean >
            best->results[method].accuracy.mean)
            best = &self->sites[i];
    return best;
}

static void say_best(const struct direction *self, int method)
{
    const struct site *site = best_of(self, method);
    const struct result *result = &site->results[method];
    char layer[32] = "", of[64] = "";

    if (site->layer >= 0)
        snprintf(layer, sizeof layer, " of layer %d", (int)site->layer);
    if (self->n_sites > 1)
        snprintf(of, sizeof of, ", the best of %d places",
                 (int)self->n_sites);
    self->host->say(self->ctx, "%s: %.3g \u00b1 %.2g of held-out samples are "
                    "told right at %s%s, position %s%s; with shuffled labels "
                    "%.3g \u00b1 %.2g, by the larger class alone %.3g",
                    direction_methods[method], result->accuracy.mean,
                    result->accuracy.se, self->host->point_name(site->point),
                    layer, self->places[site->place], of,
                    result->control.mean, result->control.se,
                    direction_chance(self));
}

void direction_write_tables(const struct direction *self)
{
    write_accuracy(self);
    write_directions(self);
    write_folds(self);
    if (self->list_scores)
        write_scores(self);
    self->host->say(self->ctx, "%d samples are %.*s, %d are %.*s, to which "
                    "directions point", (int)self->n_of[0],
                    direction_shown(self->labels[0]), self->labels[0],
                    (int)self->n_of[1], direction_shown(self->labels[1]),
                    self->labels[1]);
    for (int method = 0; method < N_METHODS; method++)
        if (self->wanted[method])
            say_best(self, method);
}
