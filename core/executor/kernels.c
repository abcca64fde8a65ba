/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* kernels.c - everything in a forward pass that is not a matrix product. */
#include "executor/kernels.h"

#include "base/cpu-dispatch.h"

#include <math.h>
#include <string.h>

/* The halves of e^x, to 2 units in the last place, written so that compilers
 * vectorize them: e^x = 2^n e^r with |r| <= ln(2)/2, for x between -87.5 and
 * 88.7. */
static inline float exp_split(float x, float *n_shifted)
{
    const float shift = 12582912.0f + 126; /* 1.5 * 2^23: to an integer */
    float n;

    *n_shifted = x * 1.44269504f + shift;
    n = *n_shifted - shift;
    return x - n * 0.693359375f - n * -2.12194440e-4f;
}

/* Beyond these bounds e^x is that of the bound, or 0. Comparisons let a NaN
 * through. */
static inline float exp_reduce(float x, float *n_shifted)
{
    float high = x > 88.7f ? 88.7f : x;

    return exp_split(high < -87.5f ? -87.5f : high, n_shifted);
}

/* e^r by the polynomial of Cephes' expf, here doubled, since it is scaled by
 * 2^(n-1): the exponent's bits of a result below the smallest normal number
 * are then those of 0, down to n = -126. */
static inline float exp_expand(float r, float n_shifted)
{
    float p = 2 * 1.9875691500e-4f, power;
    uint32_t bits;

    p = p * r + 2 * 1.3981999507e-3f;
    p = p * r + 2 * 8.3334519073e-3f;
    p = p * r + 2 * 4.1665795894e-2f;
    p = p * r + 2 * 1.6666665459e-1f;
    p = p * r + 2 * 5.0000001201e-1f;
    p = (p * r + 2.0f) * r + 2.0f;
    memcpy(&bits, &n_shifted, sizeof bits);
    bits <<= 23; /* leaves n + 126 */
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

static inline float exp_approx(float x)
{
    float n, r = exp_reduce(x, &n);

    return exp_expand(r, n);
}

/* tanh to 2 units in the last place, likewise: Cephes' tanhf. */
static inline float tanh_approx(float x)
{
    float size = fabsf(x), square = x * x;
    float p = -5.70498872745e-3f;
    float far = 1.0f - 2.0f / (exp_approx(2.0f * size) + 1.0f);

    p = p * square + 2.06390887954e-2f;
    p = p * square - 5.37397155531e-2f;
    p = p * square + 1.33314422036e-1f;
    p = p * square - 3.33332819422e-1f;
    return size < 0.625f ? p * square * x + x : copysignf(far, x);
}

/* The normal distribution's P(X > x) for x >= 0, to 5 units in the last
 * place as far as it is a normal number: e^(-x^2 / 2) times a polynomial in
 * 1 / (1 + c x), the best of its degree in relative error up to x = 14. The
 * square is taken in two parts, of which the larger is exact. */
static inline float normal_tail(float x)
{
    float u = 1.0f / (1.0f + 0.3535f * x);
    float p = -0.0295148902f, head, rest, n, r;
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    bits &= 0xfffff000u;
    memcpy(&head, &bits, sizeof head);
    rest = (x - head) * (x + head);
    r = exp_reduce(-0.5f * (head * head), &n) - 0.5f * rest;
    p = p * u + 0.142245382f;
    p = p * u - 0.243639082f;
    p = p * u + 0.13916555f;
    p = p * u - 0.0133381095f;
    p = p * u + 0.101353683f;
    p = p * u + 0.121539623f;
    p = p * u + 0.141165867f;
    p = p * u + 0.141021952f;
    return exp_expand(r, n) * (p * u);
}

CLONES
static void layer_norm(const float *in, int64_t cols,
                       const struct norm *norm, double epsilon, float *out)
{
    double sum = 0, squares = 0;
    float mean, scale;

#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < cols; j++)
        sum += (double)in[j];
    sum /= (double)cols;
#pragma omp simd reduction(+ : squares)
    for (int64_t j = 0; j < cols; j++)
        squares += ((double)in[j] - sum) * ((double)in[j] - sum);
    mean = (float)sum;
    scale = (float)(1.0 / sqrt(squares / (double)cols + epsilon));
    if (norm->gain)
        for (int64_t j = 0; j < cols; j++)
            out[j] = (in[j] - mean) * scale * norm->gain[j];
    else
        for (int64_t j = 0; j < cols; j++)
            out[j] = (in[j] - mean) * scale;
}

CLONES
static void rms_norm(const float *in, int64_t cols, const struct norm *norm,
                     double epsilon, float *out)
{
    double squares = 0;
    float scale;

#pragma omp simd reduction(+ : squares)
    for (int64_t j = 0; j < cols; j++)
        squares += (double)in[j] * (double)in[j];
    scale = (float)(1.0 / sqrt(squares / (double)cols + epsilon));
    for (int64_t j = 0; j < cols; j++)
        out[j] = in[j] * scale * (norm->gain ? norm->gain[j] : 1.0f);
}

void kernel_norm(enum norm_kind kind, const float *x, int64_t x_stride,
                 int64_t n, int64_t cols, const struct norm *norm,
                 double epsilon, float *y, int64_t y_stride)
{
    for (int64_t i = 0; i < n; i++) {
        float *out = y + i * y_stride;

        if (kind == NORM_RMS)
            rms_norm(x + i * x_stride, cols, norm, epsilon, out);
        else
            layer_norm(x + i * x_stride, cols, norm, epsilon, out);
        if (norm->bias)
            kernel_add(out, norm->bias, cols);
    }
}

/* 0.5 x (1 + tanh(u)) = x / (1 + e^-2u), which does not cancel. */
CLONES
static void gelu_tanh(float *x, int64_t n)
{
    const float c = 0.7978845608f; /* sqrt(2 / pi) */

    for (int64_t i = 0; i < n; i++) {
        float u = c * (x[i] + 0.044715f * x[i] * x[i] * x[i]);

        x[i] = x[i] / (1.0f + exp_approx(-2.0f * u));
    }
}

/* x / (1 + e^-x) */
CLONES
static void silu(float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = x[i] / (1.0f + exp_approx(-x[i]));
}

/* x P(X < x): of a negative x its tail, of a positive one all but that, so
 * that nothing cancels. Beyond 14 the tail is 0. */
CLONES
static void gelu_erf(float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        float size = fabsf(x[i]) > 14.0f ? 14.0f : fabsf(x[i]);

        x[i] = (x[i] > 0.0f ? x[i] : 0.0f) - size * normal_tail(size);
    }
}

CLONES
static void relu(float *x, int64_t n)
{
    /* Written so that a NaN stays one. */
    for (int64_t i = 0; i < n; i++)
        x[i] = x[i] < 0.0f ? 0.0f : x[i];
}

void kernel_activation(enum activation activation, float *x, int64_t n)
{
    switch (activation) {
    case ACT_GELU_TANH:
        gelu_tanh(x, n);
        break;
    case ACT_GELU_ERF:
        gelu_erf(x, n);
        break;
    case ACT_RELU:
        relu(x, n);
        break;
    case ACT_SILU:
        silu(x, n);
        break;
    }
}

/* The end of the keys that a row sees. */
static int64_t end_of(int64_t row, int64_t first, int64_t cols)
{
    return first + row + 1 < cols ? first + row + 1 : cols;
}

/* And their beginning. */
static int64_t start_of(int64_t row, int64_t first, int64_t window)
{
    int64_t start = window ? first + row + 1 - window : 0;

    return start > 0 ? start : 0;
}

static inline float larger(float a, float b)
{
    return b > a ? b : a;
}

/* Of many, by quarters, since each comparison waits for the one before it. */
INLINE float largest_of(const float *x, int64_t n)
{
    int64_t quarter = n / (4 * KERNEL_ROOM(1)) * KERNEL_ROOM(1);
    const float *y = x + quarter, *z = y + quarter, *u = z + quarter;
    float a = x[0], b = a, c = a, d = a;

    if (quarter > 0) {
        SIMD_LARGEST(a, b, c, d)
        for (int64_t j = 0; j < quarter; j++) {
            a = x[j] > a ? x[j] : a;
            b = y[j] > b ? y[j] : b;
            c = z[j] > c ? z[j] : c;
            d = u[j] > d ? u[j] : d;
        }
        a = larger(larger(a, b), larger(c, d));
    }
    SIMD_LARGEST(a)
    for (int64_t j = 4 * quarter; j < n; j++)
        a = x[j] > a ? x[j] : a;
    return a;
}

/* The largest is subtracted, so that no exponential overflows. */
INLINE float exponentials(float *x, int64_t n, float largest)
{
    float sum = 0;

#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < n; j++) {
        float below = x[j] - largest, shifted, r, e;

        r = exp_split(below < -87.5f ? -87.5f : below, &shifted);
        e = exp_expand(r, shifted);
        x[j] = e;
        sum += e;
    }
    return sum;
}

/* n scores of a row. One of nothing but minus infinity has no largest yet:
 * false. */
INLINE bool stream_row(float *x, int64_t n, struct softmax_row *row)
{
    float largest = largest_of(x, n);

    if (largest > row->largest) {
        row->rescale = row->largest > -INFINITY
                           ? exp_approx(row->largest - largest)
                           : 0;
        row->sum *= row->rescale;
        row->largest = largest;
    } else if (largest == -INFINITY && row->largest == -INFINITY) {
        return false;
    }
    row->sum += exponentials(x, n, row->largest);
    return true;
}

/* The keys start..end-1 that a row of a tile sees, and the whole vectors that
 * its sum takes up, low..high-1, as far as there is room. */
struct seen {
    int64_t start, end, low, high;
};

static inline struct seen seen_of(const struct tile *tile, int64_t row)
{
    struct seen seen = {.start = start_of(row, tile->first, tile->window),
                        .end = end_of(row, tile->first, tile->cols)};

    seen.low = seen.start - seen.start % KERNEL_ROOM(1);
    seen.high = KERNEL_ROOM(seen.end);
    if (seen.high > tile->room)
        seen.high = tile->room;
    if (seen.start >= seen.end)
        seen = (struct seen){0};
    return seen;
}

/* Beside the keys that a row sees its scores are minus infinity, whose
 * exponentials are 0. All rows before the first is read: a vector that was
 * just written in parts is waited for. */
static void mask_tile(const struct tile *tile)
{
    for (int64_t i = 0; i < tile->rows; i++) {
        struct seen seen = seen_of(tile, i);
        float *x = tile->s + i * tile->stride;

        for (int64_t j = seen.low; j < seen.start; j++)
            x[j] = -INFINITY;
        for (int64_t j = seen.end; j < seen.high; j++)
            x[j] = -INFINITY;
    }
}

CLONES
void kernel_softmax_tile(const struct tile *tile, struct softmax_row *rows)
{
    mask_tile(tile);
    for (int64_t i = 0; i < tile->rows; i++) {
        struct seen seen = seen_of(tile, i);
        int64_t low = seen.low, high = seen.high;
        float *x = tile->s + i * tile->stride;

        rows[i].rescale = 1;
        if (low == high || !stream_row(x + low, high - low, &rows[i]))
            low = high = 0;
        if (low > 0)
            memset(x, 0, (size_t)low * sizeof *x);
        if (high < tile->cols)
            memset(x + high, 0, (size_t)(tile->cols - high) * sizeof *x);
    }
}

float kernel_softmax_factor(const struct softmax_row *row, float largest)
{
    return exp_approx(largest - row->largest) / row->sum;
}

void kernel_mask_causal(float *scores, int64_t rows, int64_t cols,
                        int64_t stride, int64_t first, int64_t window)
{
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < start_of(i, first, window); j++)
            scores[i * stride + j] = -INFINITY;
        for (int64_t j = end_of(i, first, cols); j < cols; j++)
            scores[i * stride + j] = -INFINITY;
    }
}

CLONES
void kernel_add_alibi(float *scores, int64_t rows, int64_t cols,
                      int64_t stride, int64_t first, const float *bias)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            scores[i * stride + j] += bias[j] - bias[first + i];
}

CLONES
void kernel_soft_cap(float *x, int64_t rows, int64_t cols, int64_t stride,
                     float cap)
{
    for (int64_t i = 0; i < rows; i++) {
        float *row = x + i * stride;

        for (int64_t j = 0; j < cols; j++)
            row[j] = cap * tanh_approx(row[j] / cap);
    }
}

/* One head of one row, its pairs (a[i], b[i]). */
CLONES
static void rotate_halves(float *restrict a, float *restrict b,
                          int64_t pairs, const float *cosine,
                          const float *sine)
{
    for (int64_t i = 0; i < pairs; i++) {
        float x = a[i], y = b[i];

        a[i] = x * cosine[i] - y * sine[i];
        b[i] = y * cosine[i] + x * sine[i];
    }
}

/* The same with pairs (x[2i], x[2i+1]). */
CLONES
static void rotate_neighbours(float *x, int64_t pairs, const float *cosine,
                              const float *sine)
{
    for (int64_t i = 0; i < pairs; i++) {
        float a = x[2 * i], b = x[2 * i + 1];

        x[2 * i] = a * cosine[i] - b * sine[i];
        x[2 * i + 1] = b * cosine[i] + a * sine[i];
    }
}

void kernel_rotate(const struct rope *rope, float *x, int64_t rows,
                   int64_t stride, int64_t heads, int64_t d,
                   const float *cosine, const float *sine)
{
    int64_t pairs = rope->dim / 2;

    for (int64_t i = 0; i < rows; i++)
        for (int64_t h = 0; h < heads; h++) {
            float *head = x + i * stride + h * d;

            if (rope->interleaved)
                rotate_neighbours(head, pairs, cosine + i * pairs,
                                  sine + i * pairs);
            else
                rotate_halves(head, head + pairs, pairs, cosine + i * pairs,
                              sine + i * pairs);
        }
}

CLONES
void kernel_scale(float *x, float factor, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] *= factor;
}

CLONES
void kernel_multiply(float *x, const float *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] *= y[i];
}

CLONES
void kernel_add(float *x, const float *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] += y[i];
}

/* 0 * x is 0 for finite x only. */
CLONES
static bool is_finite(const float *x, int64_t n)
{
    float zero = 0;

#pragma omp simd reduction(+ : zero)
    for (int64_t i = 0; i < n; i++)
        zero += x[i] * 0.0f;
    return zero == 0.0f;
}

int64_t kernel_find_nonfinite(const float *x, int64_t n)
{
    const int64_t block = 1024;

    for (int64_t from = 0; from < n; from += block) {
        int64_t to = from + block < n ? from + block : n;

        if (is_finite(x + from, to - from))
            continue;
        while (isfinite(x[from]))
            from++;
        return from;
    }
    return -1;
}
