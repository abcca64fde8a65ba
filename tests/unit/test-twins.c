/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-twins.c - every instruction set's kernels against the portable ones.
 * Where the arithmetic is the same, so are the bits; where an instruction set
 * fuses a product with a sum or adds in another order, the bound is stated. */
#include "base/cpu-dispatch.h"
#include "base/mem.h"
#include "tests.h"
#include "twin.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 1100
#define SHIFTS 3 /* floats off any alignment, and the guard behind */

/* Multiples of no vector, of each, and one more and less. */
static const int64_t lengths[] = {0,  1,  2,  3,   4,   5,   7,   8,   9,
                                  15, 16, 17, 31,  32,  33,  47,  63,  64,
                                  65, 96, 97, 127, 128, 255, 511, 768, 1025};
#define N_LENGTHS (sizeof lengths / sizeof lengths[0])

static const float extremes[] = {
    0,       -0.0f,    1e-45f,   -1e-45f,  1e-39f,   FLT_MIN,  -FLT_MIN,
    FLT_MAX, -FLT_MAX, INFINITY, -INFINITY, NAN,     88.0f,    -88.0f,
    87.4f,   -87.4f,   -103.0f,  14.0f,    -14.0f,   -13.2f,   0.625f};
#define N_EXTREMES (sizeof extremes / sizeof extremes[0])

static uint32_t bits_of(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The same number, and of a zero the same sign; any NaN is any other. */
static bool same(float a, float b)
{
    return bits_of(a) == bits_of(b) || (isnan(a) && isnan(b));
}

static bool near(float a, float b, double relative, double absolute)
{
    return same(a, b) || fabs((double)a - (double)b) <=
                             relative * fabs((double)b) + absolute;
}

/* Numbers of all usual sizes; with `wild`, every seventh is extreme. */
static void fill(float *x, int64_t n, uint32_t seed, bool wild)
{
    for (int64_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = ldexpf((float)(seed >> 8) / 8388608.0f - 1.0f,
                      (int)(seed >> 4 & 7) - 3);
        if (wild && seed % 7 == 0)
            x[i] = extremes[seed / 7 % N_EXTREMES];
    }
}

/* What differs, as a comment of the test's report. */
static void expect(bool good, const struct twin *twin, const char *what,
                   int64_t n, float got, float want)
{
    if (!good)
        printf("# %s, %s of %d: %.9g, portable %.9g\n", twin->name, what,
               (int)n, (double)got, (double)want);
    CU_ASSERT(good);
}

typedef void in_place(const struct twin *twin, float *x, int64_t n);

static float other[LONGEST]; /* second operands */

static void gelu_tanh(const struct twin *twin, float *x, int64_t n)
{
    twin->activation(ACT_GELU_TANH, x, n);
}

static void gelu_erf(const struct twin *twin, float *x, int64_t n)
{
    twin->activation(ACT_GELU_ERF, x, n);
}

static void silu(const struct twin *twin, float *x, int64_t n)
{
    twin->activation(ACT_SILU, x, n);
}

static void relu(const struct twin *twin, float *x, int64_t n)
{
    twin->activation(ACT_RELU, x, n);
}

static void cap(const struct twin *twin, float *x, int64_t n)
{
    twin->soft_cap(x, 1, n, n, 5);
}

static void alibi(const struct twin *twin, float *x, int64_t n)
{
    if (n)
        twin->add_alibi(x, 1, n, n, n - 1, other);
}

static void scale(const struct twin *twin, float *x, int64_t n)
{
    twin->scale(x, 0.3f, n);
}

static void multiply(const struct twin *twin, float *x, int64_t n)
{
    twin->multiply(x, other, n);
}

static void add(const struct twin *twin, float *x, int64_t n)
{
    twin->add(x, other, n);
}

/* The last of three tiles' exponentials, and what is known of the row. */
static void softmax(const struct twin *twin, float *x, int64_t n)
{
    struct softmax_row row = {.largest = 0.7f, .sum = 3};
    struct tile tile = {.s = x, .stride = n, .rows = 1, .cols = (int)n,
                        .first = (int)n - 1, .room = n};

    if (n < 3)
        return;
    twin->softmax_tile(&tile, &row);
    x[n - 3] = row.largest;
    x[n - 2] = row.sum;
    x[n - 1] = row.rescale;
}

static void rotate(const struct twin *twin, float *x, int64_t n, bool pairs)
{
    struct rope rope = {.dim = (int)(n / 2 * 2), .interleaved = pairs};

    twin->rotate(&rope, x, 1, n, 1, n, other, other + LONGEST / 2);
}

static void rotate_halves(const struct twin *twin, float *x, int64_t n)
{
    rotate(twin, x, n, false);
}

static void rotate_pairs(const struct twin *twin, float *x, int64_t n)
{
    rotate(twin, x, n, true);
}

/* Bounds relative to the element; absolute where sums cancel, of operands up
 * to 256, and of the smallest numbers. The tail of the tanh GELU multiplies
 * the rounding of its exponent, which is up to 88. */
static const struct {
    const char *name;
    in_place *run;
    bool wild;
    double relative, absolute;
} kernels[] = {
    {"GELU by tanh", gelu_tanh, true, 3e-5, 0},
    {"GELU by erf", gelu_erf, true, 6e-7, 1.5e-45},
    {"SiLU", silu, true, 5e-7, 0},
    {"ReLU", relu, true, 0, 0},
    {"soft cap", cap, true, 4e-7, 0},
    {"ALiBi", alibi, true, 0, 0},
    {"scale", scale, true, 0, 0},
    {"multiply", multiply, true, 0, 0},
    {"add", add, true, 0, 0},
    {"softmax", softmax, false, 1e-6, 0},
    {"softmax of extremes", softmax, true, 1e-6, 0},
    {"rotation of halves", rotate_halves, false, 0, 2e-5},
    {"rotation of neighbours", rotate_pairs, false, 0, 2e-5},
};

static void check_kernel(const struct twin *twin, size_t k, int64_t n,
                         int shift)
{
    float want[LONGEST + 2 * SHIFTS], got[LONGEST + 2 * SHIFTS];

    fill(want, n + 2 * SHIFTS, (uint32_t)n * 31u + (uint32_t)shift,
         kernels[k].wild);
    memcpy(got, want, sizeof got);
    kernels[k].run(twin_portable(), want + shift, n);
    kernels[k].run(twin, got + shift, n);
    for (int64_t i = 0; i < n + 2 * SHIFTS; i++) {
        bool inside = i >= shift && i < shift + n;

        expect(inside ? near(got[i], want[i], kernels[k].relative,
                             kernels[k].absolute)
                      : same(got[i], want[i]),
               twin, kernels[k].name, n, got[i], want[i]);
    }
}

static void check_norm(const struct twin *twin, enum norm_kind kind,
                       int64_t n, bool plain)
{
    float x[2 * LONGEST], want[2 * LONGEST], got[2 * LONGEST];
    struct norm norm = {plain ? NULL : other, plain ? NULL : other + 1};

    fill(x, 2 * n, (uint32_t)n, false);
    x[0] = 3000; /* a massive activation */
    twin_portable()->norm(kind, x, n, 2, n, &norm, 1e-5, want, n);
    twin->norm(kind, x, n, 2, n, &norm, 1e-5, got, n);
    for (int64_t i = 0; i < 2 * n; i++)
        expect(near(got[i], want[i], 4e-7, 4e-6), twin, "norm", n, got[i],
               want[i]);
}

static void check_rows(const struct twin *twin)
{
    fill(other, LONGEST, 5, false);
    for (size_t l = 0; l < N_LENGTHS; l++) {
        for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++)
            for (int shift = 0; shift <= SHIFTS; shift++)
                check_kernel(twin, k, lengths[l], shift);
        for (int plain = 0; plain < 2 && lengths[l]; plain++) {
            check_norm(twin, NORM_LAYER, lengths[l], plain);
            check_norm(twin, NORM_RMS, lengths[l], plain);
        }
    }
}

/* The first place of anything that is not finite, in both searches. */
static void check_search(const struct twin *twin)
{
    float x[LONGEST] = {0};

    for (size_t l = 0; l < N_LENGTHS; l++) {
        int64_t n = lengths[l];

        x[n] = NAN; /* beyond the end */
        CU_ASSERT_EQUAL(twin->find_nonfinite(x, n), -1);
        CU_ASSERT_EQUAL(twin->find_nonfinite_value(x, (size_t)n),
                        (size_t)n);
        for (int64_t at = n / 3; at < n; at += 1 + n / 5) {
            x[at] = at % 2 ? -INFINITY : NAN;
            CU_ASSERT_EQUAL(twin->find_nonfinite(x, n), at);
            CU_ASSERT_EQUAL(twin->find_nonfinite_value(x, (size_t)n),
                            (size_t)at);
            x[at] = FLT_MAX;
        }
        memset(x, 0, sizeof x);
    }
}

/* Every float16 and bfloat16, from an odd address, in one piece and in many,
 * bit for bit but for what a NaN carries. */
static void check_halves(const struct twin *twin)
{
    enum { N = 65536 };
    unsigned char *from = malloc(2 * N + 1);
    float *want = malloc(N * sizeof *want), *got = malloc(N * sizeof *got);
    int wrong = 0;

    for (size_t i = 0; i < N; i++)
        memcpy(from + 1 + 2 * i, &(uint16_t){(uint16_t)i}, 2);
    for (int type = DTYPE_F16; type <= DTYPE_BF16; type++) {
        twin_portable()->to_f32((enum dtype)type, from + 1, want, N);
        for (size_t at = 0, n = 0; at < N; at += n, n = (n + 1) % 300) {
            n = n < N - at ? n : N - at;
            twin->to_f32((enum dtype)type, from + 1 + 2 * at, got + at, n);
        }
        for (size_t i = 0; i < N; i++)
            wrong += !same(got[i], want[i]);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(from);
    free(want);
    free(got);
}

/* Blocks of any bytes, one and many. */
static void check_blocks(const struct twin *twin)
{
    enum { N = 5 * 256 };
    unsigned char from[4 * N];
    float want[N], got[N];

    for (size_t i = 0; i < sizeof from; i++)
        from[i] = (unsigned char)(i * i * 2654435761u >> 11);
    for (uint32_t id = 0; id < 64; id++) {
        const struct gguf_block *block = twin->block_find(id);
        int wrong = 0;

        if (!block || !block->bytes || block->elements == 1)
            continue;
        for (size_t n = (size_t)block->elements; n <= N;
             n += (size_t)block->elements) {
            twin_portable()->block_find(id)->decode(from, want, n);
            block->decode(from, got, n);
            for (size_t i = 0; i < n; i++)
                wrong += !same(got[i], want[i]);
        }
        if (wrong)
            printf("# %s differs\n", block->name);
        CU_ASSERT_EQUAL(wrong, 0);
    }
}

static void check(const struct twin *twin, const char *name)
{
    if (!twin) {
        test_skip("no %s in this compiler or processor", name);
        return;
    }
    check_rows(twin);
    check_search(twin);
    check_halves(twin);
    check_blocks(twin);
}

static void test_v3(void)
{
    check(twin_v3(), "x86-64-v3");
}

static void test_v4(void)
{
    check(twin_v4(), "x86-64-v4");
}

/* What the program runs is one of them, and the one it says. */
static void test_chosen(void)
{
    const struct twin *said = twin_portable();
    float got[LONGEST], want[LONGEST];

    if (strcmp(cpu_dispatch_chosen(), "x86-64-v3") == 0)
        said = twin_v3();
    else if (strcmp(cpu_dispatch_chosen(), "x86-64-v4") == 0)
        said = twin_v4();
    else
        CU_ASSERT_STRING_EQUAL(cpu_dispatch_chosen(), "portable");
    CU_ASSERT_PTR_NOT_NULL_FATAL(said);
    check(twin_chosen(), "kernels");
    for (int a = ACT_GELU_TANH; a <= ACT_SILU; a++) {
        fill(want, LONGEST, 9, false);
        memcpy(got, want, sizeof got);
        said->activation((enum activation)a, want, LONGEST);
        kernel_activation((enum activation)a, got, LONGEST);
        for (int i = 0; i < LONGEST; i++)
            CU_ASSERT(same(got[i], want[i]));
    }
}

CU_ErrorCode add_twins_tests(void)
{
    CU_pSuite suite = CU_add_suite("twins", NULL, NULL);

    CU_add_test(suite, "x86-64-v3 against portable", test_v3);
    CU_add_test(suite, "x86-64-v4 against portable", test_v4);
    CU_add_test(suite, "what was chosen against portable", test_chosen);
    return CU_get_error();
}
