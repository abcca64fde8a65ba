/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fit.c - directions of each site, from all samples, and from all but those
 * of one fold, which are then told apart by it. */
#include "direction.h"

#include <math.h>
#include <string.h>
#include <transect/kit/statistics.h>

/* What all sites are fitted in. Rows are less the mean of all samples, which
 * changes no direction. */
struct room {
    double *x;    /* (n_sample, width) */
    double *mean; /* (width) of all samples */
    double *gram; /* (n_sample, n_sample) products of rows; NULL: not wanted */
    /* Of the rows that a rule is fitted to. */
    int32_t n;
    int32_t *samples;       /* (n) their numbers */
    const double **rows;    /* (n) */
    unsigned char *classes; /* (n) */
    double *part;           /* (n, n) of gram */
    double *own;            /* (width) their mean */
    double *component;      /* (width) the leading one, of norm 1 or 0 */
    /* Of a decomposition. */
    float *centred; /* (n, width) */
    double *s, *u, *vt;
    struct logistic_room logistic;
    struct rule rule;  /* of a fold */
    double *right;     /* (n_sample) 1: was told right by the rule */
    double *shuffled;  /* (n_sample) the same over the shuffles, in how many */
};

static double *numbers(const struct direction *self, size_t n)
{
    return self->host->alloc(self->ctx, n, sizeof(double));
}

static int32_t widest_of(const struct direction *self)
{
    int32_t widest = 1;

    for (int32_t i = 0; i < self->n_sites; i++)
        if (self->sites[i].width > widest)
            widest = self->sites[i].width;
    return widest;
}

/* Are there so few rows that the logistic probe is faster by their products?
 * A matrix of n rows takes BLAS n^3 / 3 steps, and with the sums that make one
 * of the columns it takes n width^2 / 2 here, each of which is slower. */
static bool is_wide(const struct direction *self, int32_t width)
{
    return self->n_sample < 2 * width;
}

/* The most coefficients that a logistic probe of any site has. */
static int32_t most_coefficients(const struct direction *self)
{
    int32_t most = 1;

    for (int32_t i = 0; i < self->n_sites; i++) {
        int32_t width = self->sites[i].width;
        int32_t n = is_wide(self, width) ? self->n_sample : width;

        most = n > most ? n : most;
    }
    return most;
}

static struct room room_new(const struct direction *self)
{
    const struct transect_host *host = self->host;
    size_t n = (size_t)self->n_sample, width = (size_t)widest_of(self);
    size_t least = n < width ? n : width;
    struct room room = {0};

    room.x = numbers(self, n * width);
    room.mean = numbers(self, width);
    room.samples = host->alloc(self->ctx, n, sizeof *room.samples);
    room.rows = host->alloc(self->ctx, n, sizeof *room.rows);
    room.classes = host->alloc(self->ctx, n, 1);
    room.own = numbers(self, width);
    room.component = numbers(self, width);
    room.rule.w = numbers(self, width);
    room.right = numbers(self, n);
    room.shuffled = numbers(self, n);
    if (self->wanted[METHOD_PCA]) {
        room.centred = host->alloc(self->ctx, n * width, sizeof(float));
        room.s = numbers(self, least);
        room.u = numbers(self, n);
        room.vt = numbers(self, width);
    }
    if (self->wanted[METHOD_LOGISTIC]) {
        room.logistic = logistic_room_new(self->ctx, host, self->n_sample,
                                          most_coefficients(self));
        if (is_wide(self, widest_of(self))) {
            room.gram = numbers(self, n * n);
            room.part = numbers(self, n * n);
        }
    }
    return room;
}

static double *row_of(const struct room *room, const struct site *site,
                      int32_t sample)
{
    return room->x + (size_t)sample * (size_t)site->width;
}

static int take_rows(const struct direction *self, const struct site *site,
                     struct room *room)
{
    size_t width = (size_t)site->width, n = (size_t)self->n_sample;

    for (size_t i = 0; i < n * width; i++)
        if (!isfinite(site->rows[i]))
            return self->host->fail(self->ctx, "%s of layer %d has a value "
                                    "that is not finite, in sample %d",
                                    self->host->point_name(site->point),
                                    (int)site->layer, (int)(i / width));
    memset(room->mean, 0, width * sizeof *room->mean);
    for (size_t i = 0; i < n * width; i++)
        room->mean[i % width] += (double)site->rows[i];
    for (size_t j = 0; j < width; j++)
        room->mean[j] /= (double)n;
    for (size_t i = 0; i < n * width; i++)
        room->x[i] = (double)site->rows[i] - room->mean[i % width];
    return TRANSECT_OK;
}

/* All rows but those of a fold; -1: all. */
static void choose(const struct direction *self, const struct site *site,
                   int32_t fold, struct room *room)
{
    room->n = 0;
    for (int32_t i = 0; i < self->n_sample; i++)
        if (self->fold[i] != fold) {
            room->samples[room->n] = i;
            room->rows[room->n++] = row_of(room, site, i);
        }
}

static void label(const unsigned char *classes, struct room *room)
{
    for (int32_t i = 0; i < room->n; i++)
        room->classes[i] = classes[room->samples[i]];
}

static void multiply_rows(const struct direction *self,
                          const struct site *site, struct room *room)
{
    size_t n = (size_t)self->n_sample;

    for (int32_t i = 0; i < self->n_sample; i++)
        for (int32_t j = 0; j <= i; j++) {
            double product = logistic_dot(row_of(room, site, i),
                                          row_of(room, site, j), site->width);

            room->gram[(size_t)i * n + (size_t)j] = product;
            room->gram[(size_t)j * n + (size_t)i] = product;
        }
}

/* Of the chosen rows, less their own mean. */
static int find_component(const struct direction *self,
                          const struct site *site, struct room *room)
{
    size_t n = (size_t)room->n, width = (size_t)site->width;
    const struct transect_view view = {
        .data = room->centred, .rows = room->n, .cols = site->width,
        .row_stride = site->width, .col_stride = 1};

    memset(room->own, 0, width * sizeof *room->own);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < width; j++)
            room->own[j] += room->rows[i][j] / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < width; j++)
            room->centred[i * width + j] = (float)(room->rows[i][j] -
                                                   room->own[j]);
    if (self->linalg->svd(self->ctx, &view, 1, room->s, room->u, room->vt))
        return TRANSECT_FAILED;
    for (size_t j = 0; j < width; j++)
        room->component[j] = room->s[0] > 0 ? room->vt[j] : 0;
    return TRANSECT_OK;
}

/* Mean of w x over the rows of each class. */
static void project(const struct room *room, const double *w, int32_t width,
                    double means[2])
{
    double sums[2] = {0}, n[2] = {0};

    for (int32_t i = 0; i < room->n; i++) {
        sums[room->classes[i]] += logistic_dot(room->rows[i], w, width);
        n[room->classes[i]]++;
    }
    for (int k = 0; k < 2; k++)
        means[k] = sums[k] / n[k];
}

/* From the mean of class 0 to that of class 1. */
static void subtract_means(const struct room *room, int32_t width, double *w)
{
    double n[2] = {0};

    for (int32_t i = 0; i < room->n; i++)
        n[room->classes[i]]++;
    memset(w, 0, (size_t)width * sizeof *w);
    for (int32_t i = 0; i < room->n; i++) {
        double by = room->classes[i] ? 1 / n[1] : -1 / n[0];

        for (int32_t j = 0; j < width; j++)
            w[j] += by * room->rows[i][j];
    }
}

/* A plane half way between the projected means, with class 1 on its positive
 * side. */
static void halve(const struct room *room, int32_t width, struct rule *rule)
{
    double means[2];

    project(room, rule->w, width, means);
    for (int32_t j = 0; means[1] < means[0] && j < width; j++)
        rule->w[j] = -rule->w[j];
    rule->b = (means[1] < means[0] ? 1 : -1) * (means[0] + means[1]) / 2;
}

static int fit_logistic(const struct direction *self, const struct site *site,
                        struct room *room, struct rule *rule)
{
    size_t n = (size_t)room->n, all = (size_t)self->n_sample;
    const bool wide = is_wide(self, site->width);
    const struct logistic problem = {
        .n = room->n, .width = site->width, .x = room->rows,
        .classes = room->classes, .gram = wide ? room->part : NULL,
        .c = self->c};

    for (size_t i = 0; wide && i < n; i++)
        for (size_t j = 0; j < n; j++)
            room->part[i * n + j] =
                room->gram[(size_t)room->samples[i] * all +
                           (size_t)room->samples[j]];
    return logistic_fit(self->ctx, self->host, self->linalg, &problem,
                        &room->logistic, rule->w, &rule->b);
}

/* To the chosen rows with their classes. */
static int fit_rule(const struct direction *self, const struct site *site,
                    enum method method, struct room *room, struct rule *rule)
{
    if (method == METHOD_LOGISTIC)
        return fit_logistic(self, site, room, rule);
    if (method == METHOD_MEAN)
        subtract_means(room, site->width, rule->w);
    else
        memcpy(rule->w, room->component,
               (size_t)site->width * sizeof *rule->w);
    halve(room, site->width, rule);
    return TRANSECT_OK;
}

static double score_of(const struct room *room, const struct site *site,
                       const struct rule *rule, int32_t sample)
{
    return logistic_dot(row_of(room, site, sample), rule->w, site->width) +
           rule->b;
}

/* Fits to all folds but one and tells the samples of that one apart. */
static int hold_out(const struct direction *self, struct site *site,
                    enum method method, int32_t fold, struct room *room)
{
    choose(self, site, fold, room);
    if (method == METHOD_PCA && find_component(self, site, room))
        return TRANSECT_FAILED;
    for (int32_t k = -1; k < self->shuffles; k++) {
        const unsigned char *classes =
            k < 0 ? self->classes
                  : self->shuffled + (size_t)k * (size_t)self->n_sample;

        label(classes, room);
        if (fit_rule(self, site, method, room, &room->rule))
            return TRANSECT_FAILED;
        for (int32_t i = 0; i < self->n_sample; i++) {
            double score;

            if (self->fold[i] != fold)
                continue;
            score = score_of(room, site, &room->rule, i);
            if (k < 0) {
                site->results[method].held_out[i] = score;
                room->right[i] = (score > 0) == (classes[i] == 1);
            } else {
                room->shuffled[i] += (score > 0) == (classes[i] == 1);
            }
        }
    }
    return TRANSECT_OK;
}

/* The mean over samples of values / by, and its standard error. */
static struct score mean_of(const struct direction *self,
                            const double *values, double by)
{
    struct transect_moments moments = {0};

    for (int32_t i = 0; i < self->n_sample; i++)
        transect_moments_add(&moments, values[i] / by);
    return (struct score){moments.mean, transect_moments_error(&moments)};
}

/* The rule of all samples, of rows as they are. */
static int fit_all(const struct direction *self, struct site *site,
                   enum method method, struct room *room)
{
    struct result *result = &site->results[method];
    double means[2];

    choose(self, site, -1, room);
    label(self->classes, room);
    result->rule.w = numbers(self, (size_t)site->width);
    if ((method == METHOD_PCA && find_component(self, site, room)) ||
        fit_rule(self, site, method, room, &result->rule))
        return TRANSECT_FAILED;
    project(room, result->rule.w, site->width, means);
    result->norm = sqrt(logistic_dot(result->rule.w, result->rule.w,
                                     site->width));
    result->gap = result->norm > 0 ? (means[1] - means[0]) / result->norm : 0;
    return TRANSECT_OK;
}

/* b was of rows less the mean of all samples; now it is of rows. */
static void move_back(const struct direction *self, struct site *site,
                      const struct room *room)
{
    for (int method = 0; method < N_METHODS; method++)
        if (self->wanted[method])
            site->results[method].rule.b -= logistic_dot(
                site->results[method].rule.w, room->mean, site->width);
}

static int fit_site(const struct direction *self, struct site *site,
                    struct room *room)
{
    size_t n = (size_t)self->n_sample;

    if (take_rows(self, site, room))
        return TRANSECT_FAILED;
    if (room->gram && is_wide(self, site->width))
        multiply_rows(self, site, room);
    for (int method = 0; method < N_METHODS; method++) {
        struct result *result = &site->results[method];

        if (!self->wanted[method])
            continue;
        result->held_out = numbers(self, n);
        memset(room->shuffled, 0, n * sizeof *room->shuffled);
        for (int32_t fold = 0; fold < self->folds; fold++)
            if (hold_out(self, site, (enum method)method, fold, room))
                return TRANSECT_FAILED;
        result->accuracy = mean_of(self, room->right, 1);
        result->control = mean_of(self, room->shuffled, self->shuffles);
        if (fit_all(self, site, (enum method)method, room))
            return TRANSECT_FAILED;
    }
    move_back(self, site, room);
    return TRANSECT_OK;
}

int direction_fit(struct direction *self)
{
    struct room room = room_new(self);

    for (int32_t i = 0; i < self->n_sites; i++)
        if (fit_site(self, &self->sites[i], &room))
            return TRANSECT_FAILED;
    return TRANSECT_OK;
}
