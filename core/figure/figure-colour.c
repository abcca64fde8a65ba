/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-colour.c - colours that colour-blind readers can tell apart, and
 * maps in which equal steps of the value look equal. */
#include "figure/figure-internal.h"

#include <math.h>

#define RGB(hex)                                                            \
    {((hex) >> 16 & 255) / 255.0, ((hex) >> 8 & 255) / 255.0,               \
     ((hex) & 255) / 255.0}
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Viridis (van der Walt and Smith, CC0) at equal distances. */
static const struct figure_colour sequential[] = {
    RGB(0x440154), RGB(0x48186a), RGB(0x472d7b), RGB(0x424086), RGB(0x3b528b),
    RGB(0x33638d), RGB(0x2c728e), RGB(0x26828e), RGB(0x21918c), RGB(0x1fa088),
    RGB(0x28ae80), RGB(0x3fbc73), RGB(0x5ec962), RGB(0x84d44b), RGB(0xaddc30),
    RGB(0xd8e219), RGB(0xfde725),
};

/* From blue over white to orange, which all kinds of colour blindness keep
 * apart; CIE lightness falls by 12.6 at each step to either side. */
static const struct figure_colour diverging[] = {
    RGB(0x175192), RGB(0x3672b0), RGB(0x5f93c8), RGB(0x8fb4db),
    RGB(0xc2d6eb), RGB(0xf7f7f7), RGB(0xf1cda6), RGB(0xe4a366),
    RGB(0xcd7c32), RGB(0xab5911), RGB(0x853b00),
};

/* Okabe and Ito (2008), those with most contrast against white first; a grey
 * in the place of their yellow, which is lost on white. */
static const struct figure_colour list[FIGURE_LIST] = {
    RGB(0x0072b2), RGB(0xd55e00), RGB(0x009e73), RGB(0xcc79a7),
    RGB(0xe69f00), RGB(0x56b4e9), RGB(0x000000), RGB(0x8c8c8c),
};

static const struct figure_colour missing = RGB(0xd0d0d0);

static struct figure_colour between(const struct figure_colour *map, size_t n,
                                    double t)
{
    double place, part;
    size_t i;

    if (isnan(t))
        return missing;
    place = fmin(fmax(t, 0), 1) * (double)(n - 1);
    i = (size_t)fmin(place, (double)(n - 2));
    part = place - (double)i;
    return (struct figure_colour){
        map[i].r + part * (map[i + 1].r - map[i].r),
        map[i].g + part * (map[i + 1].g - map[i].g),
        map[i].b + part * (map[i + 1].b - map[i].b),
    };
}

struct figure_colour figure_colour_sequential(double t)
{
    return between(sequential, COUNT(sequential), t);
}

struct figure_colour figure_colour_diverging(double t)
{
    return between(diverging, COUNT(diverging), t);
}

struct figure_colour figure_colour_series(size_t i, size_t n)
{
    if (n <= FIGURE_LIST)
        return list[i % FIGURE_LIST];
    /* The yellow end would be lost on white. */
    return figure_colour_sequential(0.92 * (double)i / (double)(n - 1));
}

struct figure_colour figure_colour_shade(struct figure_colour colour,
                                         double light)
{
    return (struct figure_colour){colour.r * light, colour.g * light,
                                  colour.b * light};
}

static double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92
                              : pow((channel + 0.055) / 1.055, 2.4);
}

/* Relative luminance of WCAG 2; beyond 0.179 black has more contrast. */
bool figure_colour_is_light(struct figure_colour colour)
{
    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) +
               0.0722 * linear(colour.b) > 0.179;
}

void figure_colour_set(cairo_t *cr, struct figure_colour colour)
{
    cairo_set_source_rgb(cr, colour.r, colour.g, colour.b);
}
