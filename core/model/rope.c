/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* rope.c - rotary positions. */
#include "model/rope.h"

#include <math.h>

#define PI 3.14159265358979323846

/* The i-th frequency without any stretching, as its reciprocal. */
static float power(double theta, int i, int dim)
{
    float exponent = (float)(2 * i) / (float)dim;

    return (float)pow((double)(float)theta, (double)exponent);
}

static void plain(const struct rope *rope, double theta, float *inverse)
{
    for (int i = 0; i < rope->dim / 2; i++)
        inverse[i] = 1.0f / power(theta, i, rope->dim);
}

/* "NTK-aware": as if the base were larger, by as much as the sample is longer
 * than the context. */
static void dynamic(const struct rope *rope, int n_token, float *inverse)
{
    double dim = rope->dim, theta = rope->theta;
    double longer = rope->factor * n_token / rope->context -
                    (rope->factor - 1);

    if (n_token > rope->context)
        theta *= pow(longer, dim / (dim - 2));
    plain(rope, theta, inverse);
}

/* Wavelengths that fit often into the context stay, those that hardly fit
 * are stretched by the factor, those between by a part of it. */
static void llama3(const struct rope *rope, float *inverse)
{
    float context = (float)rope->context;
    float low = (float)rope->low, high = (float)rope->high;
    float factor = (float)rope->factor;

    plain(rope, rope->theta, inverse);
    for (int i = 0; i < rope->dim / 2; i++) {
        float wave = (float)(2 * PI) / inverse[i];
        float smooth = (context / wave - low) / (high - low);

        if (wave > context / low)
            inverse[i] /= factor;
        else if (wave >= context / high)
            inverse[i] = (1.0f - smooth) * inverse[i] / factor +
                         smooth * inverse[i];
    }
}

/* The pair that makes this many rotations over the context. */
static double yarn_pair(const struct rope *rope, double rotations)
{
    return rope->dim * log(rope->context / (rotations * 2 * PI)) /
           (2 * log(rope->theta));
}

static void yarn(const struct rope *rope, float *inverse)
{
    double from = yarn_pair(rope, rope->high);
    double to = yarn_pair(rope, rope->low);

    from = fmax(rope->fractional ? from : floor(from), 0);
    to = fmin(rope->fractional ? to : ceil(to), rope->dim - 1);
    if (from == to)
        to += 0.001;
    for (int i = 0; i < rope->dim / 2; i++) {
        float p = power(rope->theta, i, rope->dim);
        float ramp = ((float)i - (float)from) / (float)(to - from);
        float keep = 1.0f - fminf(fmaxf(ramp, 0.0f), 1.0f);

        inverse[i] = 1.0f / ((float)rope->factor * p) * (1.0f - keep) +
                     1.0f / p * keep;
    }
}

void rope_angles(const struct rope *rope, int n_token, float *inverse)
{
    const float *factors = n_token > rope->context ? rope->long_factors
                                                   : rope->short_factors;

    switch (rope->kind) {
    case ROPE_DYNAMIC:
        dynamic(rope, n_token, inverse);
        break;
    case ROPE_LLAMA3:
        llama3(rope, inverse);
        break;
    case ROPE_YARN:
        yarn(rope, inverse);
        break;
    case ROPE_LONG:
        for (int i = 0; i < rope->dim / 2; i++)
            inverse[i] = 1.0f /
                         (factors[i] * power(rope->theta, i, rope->dim));
        break;
    default:
        plain(rope, rope->theta, inverse);
        for (int i = 0; rope->kind == ROPE_LINEAR && i < rope->dim / 2; i++)
            inverse[i] /= (float)rope->factor;
    }
}

bool rope_differs(const struct rope *rope, int a, int b)
{
    if (rope->kind == ROPE_LONG)
        return (a > rope->context) != (b > rope->context);
    return rope->kind == ROPE_DYNAMIC && a != b &&
           (a > rope->context || b > rope->context);
}

void rope_table(const struct rope *rope, int n_token, int first, int rows,
                float *cosine, float *sine)
{
    int pairs = rope->dim / 2;
    float inverse[ROPE_PAIRS], scale = (float)rope->scale;

    rope_angles(rope, n_token, inverse);
    for (int t = 0; t < rows; t++)
        for (int i = 0; i < pairs; i++) {
            double angle = (double)((float)(first + t) * inverse[i]);

            cosine[t * pairs + i] = (float)cos(angle) * scale;
            sine[t * pairs + i] = (float)sin(angle) * scale;
        }
}
