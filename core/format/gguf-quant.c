/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-quant.c - the element types of GGUF files: blocks of numbers.
 *
 * Source of the formats: ggml-common.h (blocks) and ggml-quants.c (formulas)
 * of the ggml project; and quants.py of the gguf package, which the results
 * equal bit for bit. d and m are float16, q whole numbers. Every product here
 * is exact in float32 (a float16 has 11 significant bits, a scale at most 7
 * with its sign, q at most 6; IQ4_XS 5 and 7), so that a fused multiply-add
 * gives the same bits, and each element is rounded at most once, by the sum.
 */
#include "format/gguf-quant.h"

#include "base/cpu-dispatch.h"
#include "tensor/dtype.h"

#include <string.h>

#define SMALL 32  /* elements of a block of Q4_0 and its like */
#define SUPER 256 /* of the "K" types: scales for parts of 16 or 32 */

static float half(const unsigned char *bytes)
{
    float value;

    dtype_to_f32(DTYPE_F16, bytes, &value, 1);
    return value;
}

static void decode_f32(const unsigned char *from, float *out, size_t n)
{
    dtype_to_f32(DTYPE_F32, from, out, n);
}

static void decode_f16(const unsigned char *from, float *out, size_t n)
{
    dtype_to_f32(DTYPE_F16, from, out, n);
}

static void decode_bf16(const unsigned char *from, float *out, size_t n)
{
    dtype_to_f32(DTYPE_BF16, from, out, n);
}

/* d; 16 bytes: the low halves are q of elements 0-15, the high ones those of
 * 16-31. x = d (q - 8) */
static inline void decode_q4_0(const unsigned char *block, float *out)
{
    const unsigned char *q = block + 2;
    float d = half(block);

    for (int i = 0; i < SMALL / 2; i++) {
        out[i] = d * (float)((q[i] & 15) - 8);
        out[i + SMALL / 2] = d * (float)((q[i] >> 4) - 8);
    }
}

/* d; m; q as in Q4_0. x = d q + m */
static inline void decode_q4_1(const unsigned char *block, float *out)
{
    const unsigned char *q = block + 4;
    float d = half(block), m = half(block + 2);

    for (int i = 0; i < SMALL / 2; i++) {
        out[i] = d * (float)(q[i] & 15) + m;
        out[i + SMALL / 2] = d * (float)(q[i] >> 4) + m;
    }
}

/* 32 numbers of 5 bits: bit i of four bytes is the highest of q[i], the rest
 * as in Q4_0. */
static void unpack_5(const unsigned char *high, const unsigned char *low,
                     int q[SMALL])
{
    uint32_t bits;

    memcpy(&bits, high, sizeof bits);
    for (int i = 0; i < SMALL / 2; i++) {
        q[i] = (low[i] & 15) | (int)(bits >> i & 1) << 4;
        q[i + SMALL / 2] = low[i] >> 4 |
                           (int)(bits >> (i + SMALL / 2) & 1) << 4;
    }
}

/* d; 4 bytes of highest bits; 16 bytes. x = d (q - 16) */
static inline void decode_q5_0(const unsigned char *block, float *out)
{
    float d = half(block);
    int q[SMALL];

    unpack_5(block + 2, block + 6, q);
    for (int i = 0; i < SMALL; i++)
        out[i] = d * (float)(q[i] - 16);
}

/* d; m; 4 bytes of highest bits; 16 bytes. x = d q + m */
static inline void decode_q5_1(const unsigned char *block, float *out)
{
    float d = half(block), m = half(block + 2);
    int q[SMALL];

    unpack_5(block + 4, block + 8, q);
    for (int i = 0; i < SMALL; i++)
        out[i] = d * (float)q[i] + m;
}

/* d; 32 signed bytes. x = d q */
static inline void decode_q8_0(const unsigned char *block, float *out)
{
    float d = half(block);

    for (int i = 0; i < SMALL; i++)
        out[i] = d * (float)(int8_t)block[2 + i];
}

/* 16 bytes: scale (low half) and minimum (high) of 16 elements each; 64 bytes
 * q; d; m. Of each 32 bytes of q, the lowest two bits of all are 32 elements,
 * then the next two bits. x = d scale q - m minimum */
static inline void decode_q2_k(const unsigned char *block, float *out)
{
    const unsigned char *scales = block, *q = block + 16;
    float d = half(block + 80), m = half(block + 82);

    for (int part = 0; part < SUPER / 16; part++) {
        const unsigned char *bytes = q + part / 8 * 32 + part % 2 * 16;
        float scale = d * (float)(scales[part] & 15);
        float minimum = m * (float)(scales[part] >> 4);
        int shift = part % 8 / 2 * 2;

        for (int i = 0; i < 16; i++)
            out[part * 16 + i] = scale * (float)(bytes[i] >> shift & 3) -
                                 minimum;
    }
}

/* Scales of Q3_K, 16 numbers of 6 bits: the low four of scale i are the low
 * half of byte i, or for i >= 8 the high half of byte i - 8; the high two are
 * in byte 8 + i % 4. */
static int scale_q3_k(const unsigned char *scales, int i)
{
    int low = i < 8 ? scales[i] & 15 : scales[i - 8] >> 4;

    return low | (scales[8 + i % 4] >> i / 4 * 2 & 3) << 4;
}

/* 32 bytes of highest bits; 64 bytes of low two bits as in Q2_K; 12 bytes of
 * scales of 16 elements each; d. Bit i / 32 of byte i % 32 is the highest of
 * q[i]. x = d (scale - 32) (q - 4) */
static inline void decode_q3_k(const unsigned char *block, float *out)
{
    const unsigned char *high = block, *low = block + 32;
    const unsigned char *scales = block + 96;
    float d = half(block + 108);

    for (int part = 0; part < SUPER / 16; part++) {
        const unsigned char *two = low + part / 8 * 32 + part % 2 * 16;
        const unsigned char *one = high + part % 2 * 16;
        float scale = d * (float)(scale_q3_k(scales, part) - 32);

        for (int i = 0; i < 16; i++) {
            int q = two[i] >> part % 8 / 2 * 2 & 3;

            q |= (one[i] >> part / 2 & 1) << 2;
            out[part * 16 + i] = scale * (float)(q - 4);
        }
    }
}

/* Scales and minima of Q4_K and Q5_K, 8 of each, of 6 bits, in 12 bytes: for
 * i < 4 the lower six bits of bytes i and i + 4; beyond, the halves of byte
 * i + 4, and above them the highest bits of bytes i - 4 and i. */
static void scale_q4_k(const unsigned char *bytes, int i, int *scale,
                       int *minimum)
{
    if (i < 4) {
        *scale = bytes[i] & 63;
        *minimum = bytes[i + 4] & 63;
    } else {
        *scale = (bytes[i + 4] & 15) | bytes[i - 4] >> 6 << 4;
        *minimum = bytes[i + 4] >> 4 | bytes[i] >> 6 << 4;
    }
}

/* d; m; 12 bytes of scales and minima of 32 elements each; 128 bytes, of each
 * 32 of which the low halves are 32 elements, then the high halves.
 * x = d scale q - m minimum */
static inline void decode_q4_k(const unsigned char *block, float *out)
{
    const unsigned char *q = block + 16;
    float d = half(block), m = half(block + 2);

    for (int part = 0; part < SUPER / 32; part++) {
        int scale, minimum, shift = part % 2 * 4;

        scale_q4_k(block + 4, part, &scale, &minimum);
        for (int i = 0; i < 32; i++) {
            int value = q[part / 2 * 32 + i] >> shift & 15;

            out[part * 32 + i] = d * (float)scale * (float)value -
                                 m * (float)minimum;
        }
    }
}

/* d; m; scales and minima as in Q4_K; 32 bytes of highest bits, bit i / 32 of
 * byte i % 32 being that of q[i]; the other bits as in Q4_K. */
static inline void decode_q5_k(const unsigned char *block, float *out)
{
    const unsigned char *high = block + 16, *low = block + 48;
    float d = half(block), m = half(block + 2);

    for (int part = 0; part < SUPER / 32; part++) {
        int scale, minimum, shift = part % 2 * 4;

        scale_q4_k(block + 4, part, &scale, &minimum);
        for (int i = 0; i < 32; i++) {
            int value = low[part / 2 * 32 + i] >> shift & 15;

            value |= (high[i] >> part & 1) << 4;
            out[part * 32 + i] = d * (float)scale * (float)value -
                                 m * (float)minimum;
        }
    }
}

/* 128 bytes of low halves: of each 64 the low ones are 64 elements, then the
 * high ones; 64 bytes of highest two bits, as in Q2_K; 16 signed bytes: scales
 * of 16 elements each; d. x = d scale (q - 32) */
static inline void decode_q6_k(const unsigned char *block, float *out)
{
    const unsigned char *low = block, *high = block + 128;
    float d = half(block + 208);

    for (int part = 0; part < SUPER / 16; part++) {
        const unsigned char *four = low + part / 8 * 64 + part % 4 * 16;
        const unsigned char *two = high + part / 8 * 32 + part % 2 * 16;
        float scale = d * (float)(int8_t)block[192 + part];

        for (int i = 0; i < 16; i++) {
            int q = four[i] >> part % 8 / 4 * 4 & 15;

            q |= (two[i] >> part % 8 / 2 * 2 & 3) << 4;
            out[part * 16 + i] = scale * (float)(q - 32);
        }
    }
}

/* What a q of IQ4_NL and IQ4_XS stands for. */
static const int8_t levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                  1, 13, 25, 38, 53, 69, 89, 113};

/* d; q as in Q4_0. x = d levels[q] */
static inline void decode_iq4_nl(const unsigned char *block, float *out)
{
    const unsigned char *q = block + 2;
    float d = half(block);

    for (int i = 0; i < SMALL / 2; i++) {
        out[i] = d * (float)levels[q[i] & 15];
        out[i + SMALL / 2] = d * (float)levels[q[i] >> 4];
    }
}

/* d; 2 bytes of the highest two bits of 8 scales of 32 elements each; 4 bytes
 * of their low halves; 128 bytes, of each 16 of which q as in Q4_0.
 * x = d (scale - 32) levels[q] */
static inline void decode_iq4_xs(const unsigned char *block, float *out)
{
    unsigned high = block[2] | (unsigned)block[3] << 8;
    const unsigned char *low = block + 4;
    float d = half(block);

    for (int part = 0; part < SUPER / 32; part++) {
        const unsigned char *q = block + 8 + part * 16;
        int four = low[part / 2] >> part % 2 * 4 & 15;
        int scale = four | (int)(high >> part * 2 & 3) << 4;
        float step = d * (float)(scale - 32);

        for (int i = 0; i < 16; i++) {
            out[part * 32 + i] = step * (float)levels[q[i] & 15];
            out[part * 32 + i + 16] = step * (float)levels[q[i] >> 4];
        }
    }
}

/* n elements of each, for every instruction set. */
#define MANY(name, elements, bytes)                                        \
    CLONES                                                                 \
    static void many_##name(const unsigned char *from, float *out,         \
                            size_t n)                                      \
    {                                                                      \
        for (size_t i = 0; i < n / (elements); i++)                        \
            decode_##name(from + i * (bytes), out + i * (elements));       \
    }

MANY(q8_0, SMALL, 34)
MANY(q4_0, SMALL, 18)
MANY(q4_1, SMALL, 20)
MANY(q5_0, SMALL, 22)
MANY(q5_1, SMALL, 24)
MANY(q2_k, SUPER, 84)
MANY(q3_k, SUPER, 110)
MANY(q4_k, SUPER, 144)
MANY(q5_k, SUPER, 176)
MANY(q6_k, SUPER, 210)
MANY(iq4_nl, SMALL, 18)
MANY(iq4_xs, SUPER, 136)

static const struct gguf_block blocks[] = {
    {"F32", 0, 1, 4, decode_f32},
    {"F16", 1, 1, 2, decode_f16},
    {"BF16", 30, 1, 2, decode_bf16},
    {"Q8_0", 8, SMALL, 34, many_q8_0},
    {"Q4_0", 2, SMALL, 18, many_q4_0},
    {"Q4_1", 3, SMALL, 20, many_q4_1},
    {"Q5_0", 6, SMALL, 22, many_q5_0},
    {"Q5_1", 7, SMALL, 24, many_q5_1},
    {"Q2_K", 10, SUPER, 84, many_q2_k},
    {"Q3_K", 11, SUPER, 110, many_q3_k},
    {"Q4_K", 12, SUPER, 144, many_q4_k},
    {"Q5_K", 13, SUPER, 176, many_q5_k},
    {"Q6_K", 14, SUPER, 210, many_q6_k},
    {"IQ4_NL", 20, SMALL, 18, many_iq4_nl},
    {"IQ4_XS", 23, SUPER, 136, many_iq4_xs},
    /* Known, to be refused by name. */
    {"Q8_1", 9, 1, 0, NULL},
    {"Q8_K", 15, 1, 0, NULL},
    {"IQ2_XXS", 16, 1, 0, NULL},
    {"IQ2_XS", 17, 1, 0, NULL},
    {"IQ3_XXS", 18, 1, 0, NULL},
    {"IQ1_S", 19, 1, 0, NULL},
    {"IQ3_S", 21, 1, 0, NULL},
    {"IQ2_S", 22, 1, 0, NULL},
    {"I8", 24, 1, 0, NULL},
    {"I16", 25, 1, 0, NULL},
    {"I32", 26, 1, 0, NULL},
    {"I64", 27, 1, 0, NULL},
    {"F64", 28, 1, 0, NULL},
    {"IQ1_M", 29, 1, 0, NULL},
    {"TQ1_0", 34, 1, 0, NULL},
    {"TQ2_0", 35, 1, 0, NULL},
    {"MXFP4", 39, 1, 0, NULL},
    {"NVFP4", 40, 1, 0, NULL},
    {"Q1_0", 41, 1, 0, NULL},
};

const struct gguf_block *gguf_block_find(uint32_t id)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (blocks[i].id == id)
            return &blocks[i];
    return NULL;
}

const char *gguf_block_names(void)
{
    return "F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, "
           "Q5_K, Q6_K, IQ4_NL, IQ4_XS";
}

void gguf_dequantize(const struct gguf_block *block,
                     const unsigned char *from, float *to, size_t n)
{
    block->decode(from, to, n);
}
