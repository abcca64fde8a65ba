/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* paired-statistics.h - did a mean over samples change, that were seen before
 * and after? In float64. */
#ifndef CORE_RESULTS_PAIRED_STATISTICS_H
#define CORE_RESULTS_PAIRED_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/* Below it a change is told apart from none. */
#define PAIRED_CLEAR 0.05

/* The stream of a run's random numbers that is for signs. */
#define PAIRED_KEY "sign flips"

/* So many changes that are not zero have all their signs tried; of more,
 * so many random signs are. */
enum { PAIRED_MOST_EXACT = 30, PAIRED_FLIPS = 9999 };

/* Random signs by a key, made when a test first asks for them and kept for the
 * tests that follow: all by one key have the same. */
struct paired_signs;
struct paired_signs *paired_signs_new(uint64_t key);
void paired_signs_free(struct paired_signs *signs);

/* The changes of n samples, of which those that are NaN are left out. */
struct paired {
    size_t n;
    double mean; /* NaN: of none */
    double se;   /* s / sqrt(n) with n - 1 in s; NaN: of fewer than two */
    double p;    /* two-sided; NaN: of fewer than two, or where one is
                    infinite */
};

/* p is that of a sign-flip permutation test of the mean: if nothing changes,
 * each change could as well have had the other sign, and p is the part of all
 * signs whose mean is as far from zero as the one that was found, or further.
 * All signs are counted, or random ones: then (b + 1) / (m + 1), the ones
 * found among them (Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9,
 * 39). The distribution of all signs is symmetric, so that |mean| as statistic
 * is the same as SciPy's 2 min(less, greater), at most 1. */
struct paired paired_of(const double *changes, size_t n,
                        struct paired_signs *signs);
/* The least p that n changes can have: 2 of their 2^n signs, or that of the
 * random ones. */
double paired_least_p(size_t n);
/* The fewest changes of which one test among so many could have a q below
 * PAIRED_CLEAR, though no other reaches as far; 0: no number does. */
size_t paired_enough(size_t n_tests);
/* q (n) of p-values, after Benjamini and Hochberg: the smallest rate of false
 * discoveries at which that one counts. Those that are NaN are no tests and
 * have NaN. */
void paired_q(const double *p, size_t n, double *q);

#endif
