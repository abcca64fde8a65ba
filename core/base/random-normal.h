/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* random-normal.h - random numbers that depend on a key and a place only. */
#ifndef CORE_BASE_RANDOM_NORMAL_H
#define CORE_BASE_RANDOM_NORMAL_H

#include <stddef.h>
#include <stdint.h>

/* Block `block` of stream `stream` of `key`: four words, uniform in all their
 * bits, by Philox 4x32-10 (Salmon et al., SC11), whose counter is block and
 * stream, low words first. */
void random_philox(uint64_t key, uint64_t stream, uint64_t block,
                   uint32_t out[4]);
/* The first n standard normal deviates of stream `stream` of `key`: Philox
 * and the Box-Muller transform. */
void random_normal(uint64_t key, uint64_t stream, float *out, size_t n);
/* Draws k of 0..n-1 into set, ascending: the first k places of a shuffle. */
void random_subset(uint64_t key, uint64_t stream, int n, int k, int *set);
/* A key from a seed and a name. */
uint64_t random_key(uint64_t seed, const char *name);

#endif
