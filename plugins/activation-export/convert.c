/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* convert.c - float32 to the halves of its width, to nearest, ties to even. */
#include "activation-export.h"

#include <string.h>

#define INFINITE UINT32_C(0x7f800000) /* bits of float32's */
#define MAGNITUDE UINT32_C(0x7fffffff)

/* x / 2^shift, to nearest, ties to even. */
static uint32_t shift_right(uint32_t x, int shift)
{
    uint32_t half = UINT32_C(1) << (shift - 1);
    uint32_t odd = (x >> shift) & 1;

    return (x + half - 1 + odd) >> shift;
}

/* bfloat16 is the upper half of float32. A NaN stays one. */
static uint16_t to_bfloat16(uint32_t bits)
{
    if ((bits & MAGNITUDE) > INFINITE)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)shift_right(bits, 16);
}

/* float16 has 5 bits of exponent, biased by 15, and 10 of fraction; below
 * 2^-14 its numbers are multiples of 2^-24. */
static uint16_t to_float16(uint32_t bits)
{
    uint32_t sign = bits >> 16 & 0x8000, x = bits & MAGNITUDE;
    int exponent = (int)(x >> 23) - 127;

    if (x > INFINITE)
        return (uint16_t)(sign | 0x7e00);
    if (exponent > 15)
        return (uint16_t)(sign | 0x7c00);
    if (exponent >= -14) /* what rounds up to 2^16 becomes infinite */
        return (uint16_t)(sign | shift_right(x - (UINT32_C(112) << 23), 13));
    if (exponent < -25)
        return (uint16_t)sign;
    x = (x & 0x7fffff) | 0x800000;
    return (uint16_t)(sign | shift_right(x, -1 - exponent));
}

void export_convert(enum type type, const float *from, int64_t n, void *to,
                    int64_t *beyond)
{
    uint16_t *halves = to;
    uint16_t infinite = type == TYPE_FLOAT16 ? 0x7c00 : INFINITE >> 16;

    *beyond = -1;
    if (type == TYPE_FLOAT32) {
        memcpy(to, from, (size_t)n * sizeof *from);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;

        memcpy(&bits, &from[i], sizeof bits);
        halves[i] = type == TYPE_FLOAT16 ? to_float16(bits)
                                         : to_bfloat16(bits);
        if ((halves[i] & 0x7fff) == infinite &&
            (bits & MAGNITUDE) != INFINITE && *beyond < 0)
            *beyond = i;
    }
}
