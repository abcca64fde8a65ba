/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* dtype.c - element types of tensors in files. */
#include "tensor/dtype.h"

#include "base/cpu-dispatch.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "files are little-endian and used in place; this machine is not"
#endif

static const struct {
    const char *name;
    enum dtype type;
    size_t size;
} types[] = {
    /* The first six in the order of the enum. */
    {"F32", DTYPE_F32, 4},         {"F16", DTYPE_F16, 2},
    {"BF16", DTYPE_BF16, 2},       {"F64", DTYPE_F64, 8},
    {"F8_E4M3", DTYPE_F8_E4M3, 1}, {"F8_E5M2", DTYPE_F8_E5M2, 1},
    {"BOOL", DTYPE_OTHER, 1},      {"U8", DTYPE_OTHER, 1},
    {"I8", DTYPE_OTHER, 1},        {"U16", DTYPE_OTHER, 2},
    {"I16", DTYPE_OTHER, 2},       {"U32", DTYPE_OTHER, 4},
    {"I32", DTYPE_OTHER, 4},       {"U64", DTYPE_OTHER, 8},
    {"I64", DTYPE_OTHER, 8},
};

size_t dtype_size(enum dtype type)
{
    return type >= DTYPE_CODED ? 0 : types[type].size;
}

const char *dtype_name(enum dtype type)
{
    return type >= DTYPE_CODED ? "other" : types[type].name;
}

bool dtype_parse(const char *name, enum dtype *type, size_t *size)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(name, types[i].name) == 0) {
            *type = types[i].type;
            *size = types[i].size;
            return true;
        }
    return false;
}

/* bfloat16 is the upper half of a float32. Bytes of any alignment. */
CLONES
static void from_bf16(const unsigned char *from, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t half;
        uint32_t bits;

        memcpy(&half, from + 2 * i, sizeof half);
        bits = (uint32_t)half << 16;
        memcpy(&to[i], &bits, sizeof bits);
    }
}

/* IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. Subnormals are
 * whole multiples of 2^-24, made by arithmetic on normal floats only, so that
 * the result does not depend on the flush-to-zero mode. */
CLONES
static void from_f16(const unsigned char *from, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t sign, rest, bias, bits, tiny;
        float multiple;
        uint16_t half;

        memcpy(&half, from + 2 * i, sizeof half);
        sign = (uint32_t)(half & 0x8000) << 16;
        rest = half & 0x7fff;
        multiple = (float)(int32_t)rest * 0x1p-24f;
        memcpy(&tiny, &multiple, sizeof tiny);
        bias = rest >= 0x7c00 ? 224u << 23 : 112u << 23;
        bits = sign | (rest < 0x400 ? tiny : (rest << 13) + bias);
        memcpy(&to[i], &bits, sizeof bits);
    }
}

static void from_f64(const unsigned char *from, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double value;

        memcpy(&value, from + sizeof value * i, sizeof value);
        to[i] = (float)value;
    }
}

/* 1 sign, 4 exponent and 3 fraction bits; all that is below the sign set is
 * NaN. Subnormals are whole multiples of 2^-9. */
static void from_f8_e4m3(const unsigned char *from, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t sign = (uint32_t)(from[i] & 0x80) << 24;
        uint32_t rest = from[i] & 0x7f, tiny, bits;
        float multiple = (float)(int32_t)rest * 0x1p-9f;

        memcpy(&tiny, &multiple, sizeof tiny);
        bits = rest < 8 ? tiny : (rest << 20) + (120u << 23);
        bits = sign | (rest == 0x7f ? 0x7fc00000 : bits);
        memcpy(&to[i], &bits, sizeof bits);
    }
}

static void from_f8_e5m2(const unsigned char *from, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char half[2] = {0, from[i]};

        from_f16(half, &to[i], 1);
    }
}

void dtype_to_f32(enum dtype type, const void *from, float *to, size_t n)
{
    switch (type) {
    case DTYPE_F32:
        memcpy(to, from, n * sizeof *to);
        break;
    case DTYPE_F16:
        from_f16(from, to, n);
        break;
    case DTYPE_F64:
        from_f64(from, to, n);
        break;
    case DTYPE_F8_E4M3:
        from_f8_e4m3(from, to, n);
        break;
    case DTYPE_F8_E5M2:
        from_f8_e5m2(from, to, n);
        break;
    default:
        from_bf16(from, to, n);
    }
}

#define BLOCK 256 /* values in a block */

/* Adding one to the exponent of a NaN or infinity carries into bit 31. */
static uint32_t carry(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return (bits & 0x7fffffff) + 0x00800000;
}

/* Without a branch in the loop, so that it is vectorized. */
CLONES
static bool block_is_finite(const float values[BLOCK])
{
    uint32_t any = 0;

    for (int i = 0; i < BLOCK; i++)
        any |= carry(values[i]);
    return !(any >> 31);
}

size_t dtype_find_nonfinite(const float *values, size_t n)
{
    size_t i = 0;

    while (n - i >= BLOCK && block_is_finite(values + i))
        i += BLOCK;
    while (i < n && !(carry(values[i]) >> 31))
        i++;
    return i;
}
