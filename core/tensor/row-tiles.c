/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row-tiles.c - tiles of AVX-512, of AVX2, and of vectors of four floats. */
#include "tensor/row-tiles.h"

#include "base/cpu-dispatch.h"

#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(TRANSECT_SANITIZED) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

/* A tile's sums are in registers only where no loop counts its rows. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 12")
#endif

/* A tile of `rows` rows, a constant, by two vectors. Of the rows' addresses
 * only each third is kept: the others are its own plus the stride or twice
 * the stride, which an instruction of x86-64 adds by itself. */
#define TILE(NAME, TARGET, VECTOR, MULTIPLY_ADD)                              \
    typedef VECTOR NAME##_vector                                              \
        __attribute__((aligned(4), may_alias));                               \
                                                                              \
    TARGET INLINE void NAME##_tile(const struct row_tile *t, const int rows)  \
    {                                                                         \
        enum { LANES = sizeof(VECTOR) / sizeof(float) };                      \
        const float *x[ROW_TILES_MOST_ROWS / 3], *panel = t->panel;           \
        int64_t stride = t->x_stride;                                         \
        VECTOR sums[ROW_TILES_MOST_ROWS][2];                                  \
                                                                              \
        UNROLL for (int r = 0; r < rows; r++) {                               \
            const float *addend = t->addend + r * t->addend_stride;           \
                                                                              \
            sums[r][0] = sums[r][1] = (VECTOR){0};                            \
            if (r % 3 == 0)                                                   \
                x[r / 3] = t->x + r * stride;                                 \
            __builtin_prefetch(addend);                                       \
            __builtin_prefetch(addend + LANES);                               \
        }                                                                     \
        for (int k = 0; k < t->n_in; k++, panel += 2 * LANES) {               \
            VECTOR left = *(const NAME##_vector *)panel;                      \
            VECTOR right = *(const NAME##_vector *)(panel + LANES);           \
                                                                              \
            UNROLL for (int r = 0; r < rows; r++) {                           \
                float a = x[r / 3][k + r % 3 * stride];                       \
                                                                              \
                sums[r][0] = MULTIPLY_ADD(a, left, sums[r][0]);               \
                sums[r][1] = MULTIPLY_ADD(a, right, sums[r][1]);              \
            }                                                                 \
        }                                                                     \
        UNROLL for (int r = 0; r < rows; r++) {                               \
            NAME##_vector *y = (NAME##_vector *)(t->y + r * t->y_stride);     \
            const NAME##_vector *addend =                                     \
                (const NAME##_vector *)(t->addend + r * t->addend_stride);    \
                                                                              \
            y[0] = addend[0] + sums[r][0];                                    \
            y[1] = addend[1] + sums[r][1];                                    \
        }                                                                     \
    }

#define SIX_ROWS(NAME)                                                        \
    case 1: NAME##_tile(tile, 1); break;                                      \
    case 2: NAME##_tile(tile, 2); break;                                      \
    case 3: NAME##_tile(tile, 3); break;                                      \
    case 4: NAME##_tile(tile, 4); break;                                      \
    case 5: NAME##_tile(tile, 5); break;                                      \
    case 6: NAME##_tile(tile, 6); break;

#ifdef __x86_64__
#define ADD_512(a, b, c) _mm512_fmadd_ps(_mm512_set1_ps(a), b, c)
#define ADD_256(a, b, c) _mm256_fmadd_ps(_mm256_set1_ps(a), b, c)

TILE(avx512, AVX512, __m512, ADD_512)
TILE(avx2, AVX2, __m256, ADD_256)

AVX512 static void avx512_multiply(const struct row_tile *tile, int rows)
{
    switch (rows) {
    SIX_ROWS(avx512)
    case 7: avx512_tile(tile, 7); break;
    case 8: avx512_tile(tile, 8); break;
    case 9: avx512_tile(tile, 9); break;
    case 10: avx512_tile(tile, 10); break;
    case 11: avx512_tile(tile, 11); break;
    case 12: avx512_tile(tile, 12); break;
    }
}

AVX2 static void avx2_multiply(const struct row_tile *tile, int rows)
{
    switch (rows) {
    SIX_ROWS(avx2)
    }
}

/* Four floats of row i, and in the upper half of row i + 4. */
AVX2 INLINE __m256 two_fours(const float *w, int64_t stride, int i)
{
    __m256 low = _mm256_castps128_ps256(_mm_loadu_ps(w + i * stride));

    return _mm256_insertf128_ps(low, _mm_loadu_ps(w + (i + 4) * stride), 1);
}

AVX2 static void avx2_turn(const float *w, int64_t stride, float *panel,
                           int outputs)
{
    UNROLL for (int half = 0; half < 8; half += 4) {
        __m256 a = two_fours(w + half, stride, 0);
        __m256 b = two_fours(w + half, stride, 1);
        __m256 c = two_fours(w + half, stride, 2);
        __m256 d = two_fours(w + half, stride, 3);
        __m256 low_ab = _mm256_unpacklo_ps(a, b);
        __m256 low_cd = _mm256_unpacklo_ps(c, d);
        __m256 high_ab = _mm256_unpackhi_ps(a, b);
        __m256 high_cd = _mm256_unpackhi_ps(c, d);
        float *to = panel + half * outputs;

        _mm256_storeu_ps(to, _mm256_shuffle_ps(low_ab, low_cd, 0x44));
        _mm256_storeu_ps(to + outputs,
                         _mm256_shuffle_ps(low_ab, low_cd, 0xee));
        _mm256_storeu_ps(to + 2 * outputs,
                         _mm256_shuffle_ps(high_ab, high_cd, 0x44));
        _mm256_storeu_ps(to + 3 * outputs,
                         _mm256_shuffle_ps(high_ab, high_cd, 0xee));
    }
}
#endif

typedef float four __attribute__((vector_size(16)));

#ifdef __aarch64__
#define ADD_128(a, b, c) vfmaq_n_f32(c, b, a)
#else
#define ADD_128(a, b, c) ((a) * (b) + (c))
#endif

TILE(plain, UNWATCHED, four, ADD_128)

UNWATCHED static void plain_multiply(const struct row_tile *tile, int rows)
{
    switch (rows) {
    SIX_ROWS(plain)
    }
}

static void plain_turn(const float *w, int64_t stride, float *panel,
                       int outputs)
{
    for (int j = 0; j < 8; j++)
        for (int i = 0; i < 8; i++)
            panel[i * outputs + j] = w[j * stride + i];
}

const struct row_tiles *row_tiles_of(int i)
{
    static const struct row_tiles all[] = {
#ifdef __x86_64__
        {"AVX-512", 12, 32, avx512_multiply, avx2_turn},
        {"AVX2", 6, 16, avx2_multiply, avx2_turn},
#endif
        {"portable", 6, 8, plain_multiply, plain_turn},
    };
    int n = sizeof all / sizeof *all;

    i += cpu_dispatch_lacking();
    return i < n ? &all[i] : NULL;
}
