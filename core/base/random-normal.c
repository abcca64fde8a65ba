/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* random-normal.c - random numbers that depend on a key and a place only. */
#include "base/random-normal.h"

#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static void philox_round(uint32_t c[4], const uint32_t key[2])
{
    uint64_t a = (uint64_t)0xD2511F53u * c[0];
    uint64_t b = (uint64_t)0xCD9E8D57u * c[2];
    uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ key[0], (uint32_t)b,
                        (uint32_t)(a >> 32) ^ c[3] ^ key[1], (uint32_t)a};

    for (int i = 0; i < 4; i++)
        c[i] = next[i];
}

void random_philox(uint64_t key, uint64_t stream, uint64_t block,
                   uint32_t out[4])
{
    uint32_t k[2] = {(uint32_t)key, (uint32_t)(key >> 32)};

    out[0] = (uint32_t)block;
    out[1] = (uint32_t)(block >> 32);
    out[2] = (uint32_t)stream;
    out[3] = (uint32_t)(stream >> 32);
    for (int round = 0; round < 10; round++) {
        philox_round(out, k);
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
}

/* Two deviates from two words; u is never 0, so its logarithm is finite. */
static void box_muller(uint32_t a, uint32_t b, double out[2])
{
    const double two_pi = 6.283185307179586;
    double u = ((double)a + 0.5) / 4294967296.0;
    double angle = two_pi * ((double)b + 0.5) / 4294967296.0;
    double radius = sqrt(-2.0 * log(u));

    out[0] = radius * cos(angle);
    out[1] = radius * sin(angle);
}

void random_normal(uint64_t key, uint64_t stream, float *out, size_t n)
{
    uint32_t words[4];
    double normal[4];

    for (size_t i = 0; i < n; i += 4) {
        random_philox(key, stream, i / 4, words);
        box_muller(words[0], words[1], normal);
        box_muller(words[2], words[3], normal + 2);
        for (size_t j = 0; j < 4 && i + j < n; j++)
            out[i + j] = (float)normal[j];
    }
}

/* FNV-1a over the name, then mixed with the seed (MurmurHash3's finalizer),
 * so that neighbouring seeds share nothing. */
uint64_t random_key(uint64_t seed, const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    hash ^= seed * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 33;
}

void random_subset(uint64_t key, uint64_t stream, int n, int k, int *set)
{
    int *all = mem_new((size_t)n, sizeof *all);
    bool *chosen = mem_new((size_t)n, sizeof *chosen);
    uint32_t words[4];
    int m = 0;

    for (int i = 0; i < n; i++)
        all[i] = i;
    for (int i = 0; i < k; i++) {
        int j, swap = all[i];

        if (i % 4 == 0)
            random_philox(key, stream, (uint64_t)i / 4, words);
        /* As even as 32 bits are over so few numbers. */
        j = i + (int)((uint64_t)words[i % 4] * (uint64_t)(n - i) >> 32);
        all[i] = all[j];
        all[j] = swap;
        chosen[all[i]] = true;
    }
    for (int i = 0; i < n; i++)
        if (chosen[i])
            set[m++] = i;
    free(all);
    free(chosen);
}
