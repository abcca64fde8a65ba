/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* paired-statistics.c - mean, standard error, sign-flip permutation test, and
 * rates of false discoveries. */
#include "results/paired-statistics.h"

#include "base/mem.h"
#include "base/random-normal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Sums of the same changes differ by rounding, in the order of their terms:
 * by so much of the sum of sizes they are still the same. */
#define ROUNDING (64 * DBL_EPSILON)

enum { BYTE = 8, BYTES = 256 };

/* Signs come in blocks of as many bytes as random_philox() gives at once.
 * Those of the first blocks are kept, 10 MB at most; behind them, with more
 * than 8192 changes, they are made for each test. */
enum { BLOCK = 16, KEPT = 64 };

struct paired_signs {
    uint64_t key;
    uint8_t *kept[KEPT]; /* (BLOCK, PAIRED_FLIPS); NULL: not asked for yet */
    uint8_t *other;      /* the same of a block behind them */
};

struct paired_signs *paired_signs_new(uint64_t key)
{
    struct paired_signs *signs = mem_new(1, sizeof *signs);

    signs->key = key;
    return signs;
}

void paired_signs_free(struct paired_signs *signs)
{
    for (size_t i = 0; i < KEPT; i++)
        free(signs->kept[i]);
    free(signs->other);
    free(signs);
}

/* For each byte of a block of signs, that of each flip. */
static const uint8_t *signs_block(struct paired_signs *signs, size_t block)
{
    uint8_t **place = block < KEPT ? &signs->kept[block] : &signs->other;
    uint32_t words[BLOCK / sizeof(uint32_t)];

    if (block < KEPT && *place)
        return *place;
    if (!*place)
        *place = mem_new(BLOCK, PAIRED_FLIPS);
    for (size_t flip = 0; flip < PAIRED_FLIPS; flip++) {
        random_philox(signs->key, flip, block, words);
        for (size_t i = 0; i < BLOCK; i++)
            (*place)[i * PAIRED_FLIPS + flip] =
                (uint8_t)(words[i / 4] >> i % 4 * BYTE);
    }
    return *place;
}

/* Sizes of the changes that are not zero, and what |sum| a choice of signs
 * must reach. */
struct flips {
    double *sizes; /* (n) */
    size_t n;
    double reach;
};

static struct flips flips_of(const double *changes, size_t n)
{
    struct flips flips = {.sizes = mem_new(n, sizeof(double))};
    double sum = 0, all = 0;

    for (size_t i = 0; i < n; i++) {
        if (changes[i] == 0)
            continue;
        sum += changes[i];
        all += fabs(changes[i]);
        flips.sizes[flips.n++] = fabs(changes[i]);
    }
    flips.reach = fabs(sum) - ROUNDING * all;
    return flips;
}

/* All 2^n sums of sizes with signs, ascending: each size splits those before
 * it in two rows that are merged. The caller frees. */
static double *all_sums(const double *sizes, size_t n)
{
    size_t many = (size_t)1 << n;
    double *sums = mem_new(many, sizeof *sums);
    double *next = mem_new(many, sizeof *next);

    for (size_t i = 0; i < n; i++) {
        size_t have = (size_t)1 << i, low = 0, high = 0;
        double *taken = sums;

        while (low < have) { /* the lower row ends first */
            double down = sums[low] - sizes[i], up = sums[high] + sizes[i];

            next[low + high] = fmin(down, up);
            if (down <= up)
                low++;
            else
                high++;
        }
        for (; high < have; high++)
            next[low + high] = sums[high] + sizes[i];
        sums = next;
        next = taken;
    }
    free(next);
    return sums;
}

/* The part of all 2^n signs that reach so far: sums of one half of the sizes
 * against those of the other, both in order. */
static double exact(const struct flips *flips)
{
    size_t n_low = flips->n / 2, n_high = flips->n - n_low;
    size_t many = (size_t)1 << n_high, left = (size_t)1 << n_low;
    double *low = all_sums(flips->sizes, n_low);
    double *high = all_sums(flips->sizes + n_low, n_high);
    double found = 0, all = (double)left * (double)many;

    for (size_t i = 0; i < many; i++) {
        while (left > 0 && low[left - 1] + high[i] >= flips->reach)
            left--;
        found += (double)(((size_t)1 << n_low) - left);
    }
    free(low);
    free(high);
    return 2 * found / all; /* as many with all signs turned */
}

/* For each value of byte `at` of the signs, the sum of its changes. */
static void byte_sums(const struct flips *flips, size_t at, double *sums)
{
    for (size_t value = 0; value < BYTES; value++) {
        sums[value] = 0;
        for (size_t bit = 0; bit < BYTE && at * BYTE + bit < flips->n; bit++) {
            double size = flips->sizes[at * BYTE + bit];

            sums[value] += (value >> bit & 1) ? size : -size;
        }
    }
}

/* Byte by byte over all flips: what a byte adds to each is looked up. */
static double at_random(const struct flips *flips,
                        struct paired_signs *signs)
{
    size_t n_bytes = (flips->n + BYTE - 1) / BYTE, found = 0;
    double *sums = mem_new(PAIRED_FLIPS, sizeof *sums), of_byte[BYTES];
    const uint8_t *bytes = NULL;

    for (size_t i = 0; i < n_bytes; i++, bytes += PAIRED_FLIPS) {
        if (i % BLOCK == 0)
            bytes = signs_block(signs, i / BLOCK);
        byte_sums(flips, i, of_byte);
        for (size_t flip = 0; flip < PAIRED_FLIPS; flip++)
            sums[flip] += of_byte[bytes[flip]];
    }
    for (size_t flip = 0; flip < PAIRED_FLIPS; flip++)
        found += fabs(sums[flip]) >= flips->reach;
    free(sums);
    return ((double)found + 1) / (PAIRED_FLIPS + 1.0);
}

static double sign_flip_p(const double *changes, size_t n,
                          struct paired_signs *signs)
{
    struct flips flips = flips_of(changes, n);
    double p = !(flips.reach > 0)             ? 1
               : flips.n <= PAIRED_MOST_EXACT ? exact(&flips)
                                              : at_random(&flips, signs);

    free(flips.sizes);
    return p;
}

struct paired paired_of(const double *changes, size_t n,
                        struct paired_signs *signs)
{
    struct paired paired = {.mean = NAN, .se = NAN, .p = NAN};
    double *there = mem_new(n, sizeof *there);
    double sum = 0, squares = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(changes[i]))
            sum += there[paired.n++] = changes[i];
    if (paired.n > 0)
        paired.mean = sum / (double)paired.n;
    for (size_t i = 0; i < paired.n; i++)
        squares += (there[i] - paired.mean) * (there[i] - paired.mean);
    if (paired.n > 1)
        paired.se = sqrt(squares / (double)(paired.n - 1) / (double)paired.n);
    if (paired.n > 1 && isfinite(paired.mean))
        paired.p = sign_flip_p(there, paired.n, signs);
    free(there);
    return paired;
}

double paired_least_p(size_t n)
{
    return n <= PAIRED_MOST_EXACT ? fmin(1, ldexp(2, -(int)n))
                                  : 1 / (PAIRED_FLIPS + 1.0);
}

size_t paired_enough(size_t n_tests)
{
    for (size_t n = 2; n <= PAIRED_MOST_EXACT; n++)
        if (paired_least_p(n) * (double)n_tests < PAIRED_CLEAR)
            return n;
    return 0;
}

struct ranked {
    double p;
    size_t i;
};

static int by_p(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return (x->p > y->p) - (x->p < y->p);
}

void paired_q(const double *p, size_t n, double *q)
{
    struct ranked *ranked = mem_new(n, sizeof *ranked);
    size_t many = 0;
    double least = 1;

    for (size_t i = 0; i < n; i++) {
        q[i] = NAN;
        if (!isnan(p[i]))
            ranked[many++] = (struct ranked){p[i], i};
    }
    qsort(ranked, many, sizeof *ranked, by_p);
    for (size_t i = many; i > 0; i--) { /* from the largest p down */
        least = fmin(least, ranked[i - 1].p * (double)many / (double)i);
        q[ranked[i - 1].i] = least;
    }
    free(ranked);
}
