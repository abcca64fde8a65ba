/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-scale.c - from values to places: ranges, scales, ticks. */
#include "figure/figure-internal.h"

#include <math.h>

/* Sums and differences of values up to here stay finite. */
#define LARGEST 1e300
/* Narrower than this, relative to its values, a span is rounding. */
#define NARROW 1e-9

bool figure_value_drawn(double value)
{
    return isfinite(value) && fabs(value) <= LARGEST;
}

void figure_range_init(struct figure_range *range)
{
    *range = (struct figure_range){HUGE_VAL, -HUGE_VAL, HUGE_VAL};
}

void figure_range_add(struct figure_range *range, double value)
{
    if (!figure_value_drawn(value))
        return;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
    if (value > 0)
        range->positive = fmin(range->positive, value);
}

static void add_spread(struct figure_range *range,
                       const struct transect_series *s, size_t i)
{
    if (s->spread && figure_value_drawn(s->y[i])) {
        figure_range_add(range, s->y[i] - fabs(s->spread[i]));
        figure_range_add(range, s->y[i] + fabs(s->spread[i]));
    }
}

static void add_series(struct figure_range *range,
                       const struct transect_panel *panel)
{
    struct figure_range bare;

    figure_range_init(&bare);
    for (size_t s = 0; s < panel->n_series; s++)
        for (size_t i = 0; i < panel->series[s].n; i++) {
            figure_range_add(&bare, panel->series[s].y[i]);
            figure_range_add(range, panel->series[s].y[i]);
            add_spread(range, &panel->series[s], i);
        }
    /* An error bar that reaches below zero does not rule out a logarithmic
     * axis: it leaves by the bottom. */
    range->positive = bare.positive;
    if (panel->flags & TRANSECT_LOG && bare.low > 0)
        range->low = bare.low;
}

void figure_range_of(struct figure_range *range,
                     const struct transect_panel *panel)
{
    figure_range_init(range);
    if (!figure_kinds[panel->kind]->grid) {
        add_series(range, panel);
        return;
    }
    for (size_t i = 0; i < panel->rows * panel->cols; i++)
        figure_range_add(range, panel->values[i]);
}

/* Gives a scale of a single value some width. */
static void widen(struct figure_scale *scale)
{
    double magnitude = fmax(fabs(scale->low), fabs(scale->high));

    if (scale->high - scale->low > NARROW * magnitude &&
        magnitude > 1 / LARGEST)
        return;
    if (magnitude <= 1 / LARGEST) { /* all zero */
        scale->low = -1;
        scale->high = 1;
    } else {
        scale->low -= 0.1 * magnitude;
        scale->high += 0.1 * magnitude;
    }
}

static void pad(struct figure_scale *scale, double margin,
                enum scale_from from)
{
    double low = scale->low, high = scale->high;

    if (scale->log) {
        double factor = pow(high / low, margin);

        scale->low = low / factor;
        scale->high = high * factor;
        return;
    }
    if (from != FROM_ZERO || low < 0)
        scale->low -= margin * (high - low);
    if (from != FROM_ZERO || high > 0)
        scale->high += margin * (high - low);
}

void figure_scale_fit(struct figure_scale *scale,
                      const struct transect_panel *panel,
                      const struct figure_range *range, enum scale_from from,
                      double margin)
{
    bool given = panel->low != 0 || panel->high != 0;
    bool none = range->low > range->high;

    scale->low = given ? panel->low : none ? 0 : range->low;
    scale->high = given ? panel->high : none ? 1 : range->high;
    scale->log = panel->flags & TRANSECT_LOG && scale->low > 0 &&
                 scale->high / scale->low >= 10 && (none || range->low > 0);
    if (given)
        return;
    if (from == FROM_ZERO && !scale->log) {
        scale->low = fmin(scale->low, 0);
        scale->high = fmax(scale->high, 0);
        if (scale->low == 0 && scale->high <= 1 / LARGEST)
            scale->high = 1;
    }
    widen(scale);
    pad(scale, margin, from);
}

double figure_scale_at(const struct figure_scale *scale, double value)
{
    double t;

    if (scale->log)
        t = value > 0 ? log(value / scale->low) /
                            log(scale->high / scale->low)
                      : -10;
    else
        t = (value - scale->low) / (scale->high - scale->low);
    return fmin(fmax(t, -10), 11);
}

/* The nice number at or above x > 0. */
static double nice(double x)
{
    double power = pow(10, floor(log10(x)));
    double share = x / power * (1 - 1e-9); /* 2.0000000001 is 2 */

    return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

size_t figure_nice_step(double n)
{
    return n <= 1 ? 1 : (size_t)llround(nice(n));
}

static void add_tick(struct figure_ticks *ticks, double at, double step,
                     double largest)
{
    if (ticks->n < FIGURE_MAX_TICKS) {
        ticks->at[ticks->n] = at;
        figure_format_tick(ticks->text[ticks->n++], at, step, largest);
    }
}

static void linear_ticks(const struct figure_scale *scale, double most,
                         bool whole, struct figure_ticks *ticks)
{
    double span = scale->high - scale->low;
    double step = nice(span / fmin(most, FIGURE_MAX_TICKS - 2));
    double largest = fmax(fabs(scale->low), fabs(scale->high));
    double first;

    if (whole && step < 1)
        step = 1;
    first = ceil(scale->low / step - 1e-9);
    /* Beyond 2^53 steps from zero, neighbours are the same number. */
    for (int k = 0; k < FIGURE_MAX_TICKS && fabs(first) < 0x1p53; k++) {
        double at = (first + k) * step;

        if (at > scale->high + 1e-9 * step)
            break;
        add_tick(ticks, at, step, largest);
    }
}

/* Minor ticks, which show that the axis is logarithmic. */
static void minor_ticks(const struct figure_scale *scale, int first, int last,
                        struct figure_ticks *ticks)
{
    const size_t room = sizeof ticks->minor / sizeof *ticks->minor;

    for (int k = first - 1; k <= last; k++)
        for (int digit = 2; digit < 10; digit++) {
            double at = digit * pow(10, k);

            if (at >= scale->low && at <= scale->high &&
                ticks->n_minor < room)
                ticks->minor[ticks->n_minor++] = at;
        }
}

/* Whole decades, or every few of them; on a short axis 2 and 5 as well. */
static void log_ticks(const struct figure_scale *scale, double most,
                      struct figure_ticks *ticks)
{
    int first = (int)ceil(log10(scale->low) - 1e-9);
    int last = (int)floor(log10(scale->high) + 1e-9);
    int step = (int)figure_nice_step((last - first + 1) / fmax(most, 1));
    int from = (int)ceil((double)first / step) * step;
    bool few = last - first < 2 && most >= 3 * (last - first + 1);

    for (int k = few ? first - 1 : from; k <= last; k += step)
        for (int digit = 1; digit < (few ? 6 : 2); digit += digit + digit / 2)
        {
            double at = digit * pow(10, k);

            if (at >= scale->low * (1 - 1e-9) &&
                at <= scale->high * (1 + 1e-9))
                add_tick(ticks, at, at, at);
        }
    if (step == 1 && last - first < 8)
        minor_ticks(scale, first, last, ticks);
}

void figure_scale_ticks(const struct figure_scale *scale, double most,
                        bool whole, struct figure_ticks *ticks)
{
    ticks->n = ticks->n_minor = 0;
    most = fmax(most, 1);
    if (scale->log)
        log_ticks(scale, most, ticks);
    else
        linear_ticks(scale, most, whole, ticks);
}
