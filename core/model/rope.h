/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* rope.h - rotary positions: by how much each pair of a head's dims turns from
 * one token to the next (Su et al., arXiv 2104.09864), and the ways in which
 * models stretch that beyond the context that they were trained with. */
#ifndef CORE_MODEL_ROPE_H
#define CORE_MODEL_ROPE_H

#include <stdbool.h>

enum rope_kind {
    ROPE_NONE,    /* no rotation at all */
    ROPE_PLAIN,
    ROPE_LINEAR,  /* positions divided by a factor */
    ROPE_DYNAMIC, /* another base for samples longer than the context */
    ROPE_LLAMA3,  /* low frequencies divided by a factor */
    ROPE_YARN,    /* the same with a ramp; arXiv 2309.00071 */
    ROPE_LONG     /* a factor for each frequency; arXiv 2402.13753 */
};

#define ROPE_PAIRS 512 /* most pairs of dims that rotate */

struct rope {
    enum rope_kind kind;
    int dim;          /* the first ones of each head rotate */
    bool interleaved; /* pairs are (0, 1), (2, 3)...; else (0, dim/2)... */
    double theta;     /* base */
    double factor;    /* of the context's length */
    double scale;     /* LONG, YARN: of what is rotated */
    int context;      /* DYNAMIC, LLAMA3, YARN, LONG: trained with this */
    double low, high; /* LLAMA3: factors of frequencies; YARN: rotations */
    bool fractional;  /* YARN: ends of the ramp are not rounded */
    float short_factors[ROPE_PAIRS], long_factors[ROPE_PAIRS]; /* LONG */
};

/* Angles in radians from one token to the next for a sample of n tokens, into
 * inverse (dim / 2). In float32, step by step as transformers' function of
 * the kind does it: later positions multiply a difference. */
void rope_angles(const struct rope *rope, int n_token, float *inverse);
/* Do the angles depend on the sample's length, between a and b tokens? */
bool rope_differs(const struct rope *rope, int a, int b);
/* cosine and sine (rows, dim / 2) of the positions from `first` on of a sample
 * of n tokens, times the rope's scale. */
void rope_table(const struct rope *rope, int n_token, int first, int rows,
                float *cosine, float *sine);

#endif
