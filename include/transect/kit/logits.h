/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/kit/logits.h - what a row of n logits says, in float64 and nats:
 *
 *   double all = transect_logits_log_sum(row, n);
 *   double logprob = row[id] - all;
 *   double entropy = transect_logits_entropy(row, n, all);
 *   int64_t rank = transect_logits_rank(row, n, &id, 1);
 *
 * `all` is not finite where some logit is not, but for those that are -inf
 * beside others that are finite: such a row has no order.
 */
#ifndef TRANSECT_KIT_LOGITS_H
#define TRANSECT_KIT_LOGITS_H

#include <math.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* log sum exp */
static inline double transect_logits_log_sum(const float *logits, int64_t n)
{
    double largest = (double)logits[0], sum = 0;

    for (int64_t i = 1; i < n; i++)
        if ((double)logits[i] > largest)
            largest = (double)logits[i];
    for (int64_t i = 0; i < n; i++)
        sum += exp((double)logits[i] - largest);
    return largest + log(sum);
}

/* The same of some tokens; NaN of none. */
static inline double transect_logits_log_sum_of(const float *logits,
                                                const int32_t *ids,
                                                int32_t n_ids)
{
    double largest = -INFINITY, sum = 0;

    for (int32_t i = 0; i < n_ids; i++)
        if ((double)logits[ids[i]] > largest)
            largest = (double)logits[ids[i]];
    for (int32_t i = 0; i < n_ids; i++)
        sum += exp((double)logits[ids[i]] - largest);
    return n_ids > 0 ? largest + log(sum) : NAN;
}

/* - sum of p log p */
static inline double transect_logits_entropy(const float *logits, int64_t n,
                                             double all)
{
    double sum = 0;

    for (int64_t i = 0; i < n; i++) {
        double of = (double)logits[i] - all, p = exp(of);

        if (p != 0) /* 0 log 0 is 0 */
            sum -= p * of;
    }
    return sum;
}

/* Sum of p (log p - log q), of rows with these log sums. */
static inline double transect_logits_divergence(const float *p, double all_p,
                                                const float *q, double all_q,
                                                int64_t n)
{
    double sum = 0;

    for (int64_t i = 0; i < n; i++) {
        double of_p = (double)p[i] - all_p, of_q = (double)q[i] - all_q;
        double part = exp(of_p);

        if (part != 0)
            sum += part * (of_p - of_q);
    }
    return sum < 0 ? 0 : sum; /* below 0 by rounding alone */
}

/* Does token a come before b? Of equals the smaller id does. */
static inline int transect_logits_before(const float *logits, int64_t a,
                                         int64_t b)
{
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
}

/* How many tokens come before the first of these, of which there is one. */
static inline int64_t transect_logits_rank(const float *logits, int64_t n,
                                           const int32_t *ids, int32_t n_ids)
{
    int64_t best = ids[0], rank = 0;

    for (int32_t i = 1; i < n_ids; i++)
        if (transect_logits_before(logits, ids[i], best))
            best = ids[i];
    for (int64_t i = 0; i < n; i++)
        rank += transect_logits_before(logits, i, best);
    return rank;
}

/* The first n_top tokens, or all n if they are fewer; returns how many. */
static inline int32_t transect_logits_top(const float *logits, int64_t n,
                                          int32_t *top, int32_t n_top)
{
    int32_t found = 0;

    for (int64_t i = 0; i < n; i++) {
        int32_t at = found;

        if (found == n_top && !transect_logits_before(logits, i,
                                                      top[found - 1]))
            continue;
        if (found < n_top)
            found++;
        else
            at--;
        for (; at > 0 && transect_logits_before(logits, i, top[at - 1]); at--)
            top[at] = top[at - 1];
        top[at] = (int32_t)i;
    }
    return found;
}

#ifdef __cplusplus
}
#endif

#endif
