/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-names.c - names of groups, rows and columns beside an axis: turned,
 * shortened or thinned out so that none touches another. */
#include "base/mem.h"
#include "figure/figure-internal.h"

#include <math.h>
#include <stdlib.h>

#define LONGEST 150.0
#define LINE (SIZE_TICK * 1.2)
/* At most so many names are measured. */
#define MEASURED 2000

char *figure_name_text(cairo_t *cr, const struct figure_names *names, size_t i)
{
    if (!names->text)
        return mem_printf("%zu", i);
    return figure_text_shorten(cr, names->text[i] ? names->text[i] : "",
                               LONGEST);
}

static double width_of(cairo_t *cr, const struct figure_names *names, size_t i)
{
    char *text = figure_name_text(cr, names, i);
    double width = figure_text_width(cr, text);

    free(text);
    return width;
}

static double widest(cairo_t *cr, const struct figure_names *names)
{
    double width = 0;

    figure_text_font(cr, SIZE_TICK, false);
    if (!names->text) /* the last number has the most digits */
        return width_of(cr, names, names->n - 1);
    for (size_t i = 0; i < names->n && i < MEASURED; i++)
        width = fmax(width, width_of(cr, names, i));
    return width;
}

static size_t step_for(const struct figure_names *names, double need,
                       double spacing)
{
    double step = ceil(need / spacing - 1e-9);

    if (!(step < (double)names->n)) /* one name, or no length */
        return names->n;
    return names->text ? (size_t)fmax(step, 1) : figure_nice_step(step);
}

/* Numbers stay level and are thinned out, since the reader can count; names
 * are turned first, for each of them says something. */
struct figure_name_plan figure_plan_x_names(cairo_t *cr,
                                            const struct figure_names *names,
                                            double spacing)
{
    double width = widest(cr, names);
    bool level = !names->text || names->n == 1 || width + GAP <= spacing;

    if (level)
        return (struct figure_name_plan){step_for(names, width + GAP, spacing),
                                         false, GAP / 2 + LINE, width / 2};
    return (struct figure_name_plan){step_for(names, LINE, spacing), true,
                                     GAP / 2 + width, LINE / 2};
}

struct figure_name_plan figure_plan_y_names(cairo_t *cr,
                                            const struct figure_names *names,
                                            double spacing)
{
    return (struct figure_name_plan){step_for(names, LINE, spacing), false,
                                     GAP / 2 + widest(cr, names), LINE / 2};
}

double figure_names_reach(cairo_t *cr, const struct figure_names *names,
                          const struct figure_name_plan *plan, bool lengthwise,
                          double from, double to, double back)
{
    double reach = 0;

    if (!lengthwise)
        return GAP / 2 + LINE;
    figure_text_font(cr, SIZE_TICK, false);
    for (size_t i = 0; i < names->n && i < MEASURED; i += plan->step) {
        double place = (double)i + 0.5;

        if (place >= from && place <= to)
            reach = fmax(reach, GAP / 2 + width_of(cr, names, i) -
                                    ((double)names->n - place) * back);
    }
    return reach;
}

void figure_draw_x_names(cairo_t *cr, const struct figure_names *names,
                         double x, double y, double spacing)
{
    struct figure_name_plan plan = figure_plan_x_names(cr, names, spacing);

    figure_set_ink(cr);
    figure_text_font(cr, SIZE_TICK, false);
    for (size_t i = 0; i < names->n; i += plan.step) {
        char *text = figure_name_text(cr, names, i);
        double at = x + (double)i * spacing;

        if (plan.up)
            figure_text_draw_up(cr, at, y + GAP / 2, text, 1);
        else
            figure_text_draw(cr, at, y + GAP / 2 + SIZE_TICK / 2, text, 0.5);
        free(text);
    }
}

void figure_draw_y_names(cairo_t *cr, const struct figure_names *names,
                         double x, double y, double spacing)
{
    struct figure_name_plan plan = figure_plan_y_names(cr, names, spacing);

    figure_set_ink(cr);
    figure_text_font(cr, SIZE_TICK, false);
    for (size_t i = 0; i < names->n; i += plan.step) {
        char *text = figure_name_text(cr, names, i);

        figure_text_draw(cr, x - GAP / 2, y + (double)i * spacing, text, 1);
        free(text);
    }
}
