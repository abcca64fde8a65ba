/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-number.c - numbers as axes and cells show them: plain where that is
 * short, else scientific; never a unit prefix. */
#include "figure/figure-internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MINUS "\xe2\x88\x92" /* U+2212 */

/* Locales may print another point than '.'; figures are the same in all. */
static void decimal_point(char *text)
{
    char *comma = strchr(text, ',');

    if (comma)
        *comma = '.';
}

/* "-1.5e-07" becomes "−1.5e−7". */
static void tidy(char text[24], const char *number)
{
    char *out = text, *end = text + 20;
    const char *s = number;

    for (; *s && out < end; s++) {
        if (*s == '-') {
            memcpy(out, MINUS, 3);
            out += 3;
        } else if (*s != '+' || s == number) {
            *out++ = *s;
        }
        if (*s == 'e' || (s > number && s[-1] == 'e'))
            while (s[1] == '0' && s[2] != '\0')
                s++;
    }
    *out = '\0';
}

static void scientific(char text[24], double value, int digits, bool sign)
{
    char number[40];

    snprintf(number, sizeof number, sign ? "%+.*e" : "%.*e",
             digits < 0 ? 0 : digits > 9 ? 9 : digits, value);
    decimal_point(number);
    tidy(text, number);
}

static void plain(char text[24], double value, int decimals, bool sign)
{
    char number[400];

    snprintf(number, sizeof number, sign ? "%+.*f" : "%.*f", decimals,
             value);
    decimal_point(number);
    /* Not "-0.0": what is rounded to zero has no sign. */
    if (strspn(number + 1, "0.") == strlen(number + 1) &&
        (number[0] == '-' || number[0] == '+'))
        memmove(number, number + 1, strlen(number));
    tidy(text, number);
}

void figure_format_tick(char text[24], double value, double step,
                        double largest)
{
    double size = fabs(value);
    int decimals = (int)fmax(0, -floor(log10(step) + 1e-9));

    if (size < 1e-6 * step)
        snprintf(text, 24, "0");
    else if (largest >= 1e6 * (1 - 1e-9) || largest < 1e-3 * (1 - 1e-9) ||
             decimals > 7)
        scientific(text, value,
                   (int)(floor(log10(size) + 1e-9) -
                         floor(log10(step) + 1e-9)), false);
    else
        plain(text, value, decimals, false);
}

/* Decimals that leave about two or three significant digits. */
static int cell_decimals(double size, double largest)
{
    if (largest <= 1)
        return largest >= 0.1 ? 2 : largest >= 0.01 ? 3
               : largest >= 0.001 ? 4 : -1;
    if (largest >= 99999.5)
        return -1;
    if (largest >= 100)
        return size >= 9.95 ? 0 : 1;
    return size >= 9.995 ? 1 : 2;
}

void figure_format_cell(char text[24], double value, double largest, bool sign)
{
    int decimals = cell_decimals(fabs(value), largest);

    if (isnan(value))
        snprintf(text, 24, "\xe2\x80\x93"); /* an en dash */
    else if (isinf(value))
        snprintf(text, 24, "%s\xe2\x88\x9e", value < 0 ? MINUS : "");
    else if (value == 0)
        snprintf(text, 24, "0");
    else if (decimals < 0)
        scientific(text, value, 1, sign);
    else
        plain(text, value, decimals, sign);
}
