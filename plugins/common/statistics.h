/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* statistics.h - means, spreads, and tests of means, in float64. */
#ifndef COMMON_STATISTICS_H
#define COMMON_STATISTICS_H

/* Running mean and sum of squared deviations from it, by Welford's method,
 * which a large mean does not spoil. All zero: of no values. */
struct moments {
    double n, mean, squares;
};

void moments_add(struct moments *moments, double x);
/* Adds what another one has seen, by the pairwise formula of Chan, Golub and
 * LeVeque (The American Statistician 37, 242). */
void moments_merge(struct moments *moments, const struct moments *other);
/* What the distance of the means adds to the sum of products of deviations
 * when values (x, y) are put together with others; before they are. */
double comoments_between(const struct moments *x, const struct moments *y,
                         const struct moments *other_x,
                         const struct moments *other_y);
/* The mean and the population standard deviation; NaN of no values. */
double moments_mean(const struct moments *moments);
double moments_std(const struct moments *moments);

/* The probability that Student's t with df degrees of freedom has a magnitude
 * of |t| or more: I_x(df/2, 1/2) with x = df / (df + t^2), DLMF 8.17.
 * Infinite t gives 0, NaN gives NaN. */
double student_p(double t, double df);

/* Do two groups differ in their mean? */
struct welch {
    double difference; /* of the means, a - b */
    double t, df;      /* Welch's t and the degrees of freedom, after
                          Welch and Satterthwaite */
    double p;          /* two-sided */
    double d;          /* Cohen's, by the pooled standard deviation */
};

/* Variances are those of samples (divided by n - 1), so that a group of
 * fewer than two values gives NaN in all but the difference. */
struct welch welch_of(const struct moments *a, const struct moments *b);

/* The regularized incomplete beta function I_x(a, b) for a, b > 0, with
 * y = 1 - x given as well, since one of the two may be tiny: the continued
 * fraction DLMF 8.17.22, and I_x(a, b) = 1 - I_y(b, a) where that converges
 * faster. Logarithms of gamma functions limit it for large a or b: its
 * relative error is about 1e-9 where they are 1e5. */
double beta_regularized(double a, double b, double x, double y);

#endif
