/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-activation-export.c - float32 as the halves of its width, against what
 * a nearest number is. */
#include "activation-export.h"
#include "unit/tests.h"

#include <math.h>
#include <string.h>

struct half {
    enum type type;
    int digits;   /* of the fraction */
    int bias;     /* of the exponent */
};

static const struct half float16 = {TYPE_FLOAT16, 10, 15};
static const struct half bfloat16 = {TYPE_BFLOAT16, 7, 127};

/* The number that a half without sign is. */
static double value(const struct half *half, int bits)
{
    int exponent = bits >> half->digits;
    int fraction = bits & ((1 << half->digits) - 1);

    if (!exponent)
        return ldexp(fraction, 1 - half->bias - half->digits);
    return ldexp(fraction + (1 << half->digits),
                 exponent - half->bias - half->digits);
}

static int infinite(const struct half *half)
{
    return 0x7fff >> half->digits << half->digits;
}

static int convert(const struct half *half, double x, int64_t *beyond)
{
    float from = (float)x;
    uint16_t to;

    export_convert(half->type, &from, 1, &to, beyond);
    return to;
}

static int n_wrong;

static void expect(const struct half *half, double x, int bits)
{
    int64_t beyond, beyond_too;
    int minus = bits | 0x8000;

    n_wrong += convert(half, x, &beyond) != bits;
    n_wrong += convert(half, -x, &beyond_too) != minus;
    n_wrong += (beyond == 0) != (bits == infinite(half) && isfinite(x));
    n_wrong += beyond != beyond_too;
}

/* Every number of the type, what lies in the middle between it and the next
 * one, and the float32 numbers beside that. */
static void check_all(const struct half *half)
{
    n_wrong = 0;
    for (int bits = 0; bits < infinite(half); bits++) {
        double x = value(half, bits), middle = (x + value(half, bits + 1)) / 2;
        float below = nextafterf((float)middle, 0);
        float above = nextafterf((float)middle, INFINITY);

        expect(half, x, bits);
        expect(half, middle, bits + (bits & 1));
        expect(half, (double)below, bits);
        expect(half, (double)above, bits + 1);
    }
    expect(half, INFINITY, infinite(half));
    CU_ASSERT_EQUAL(n_wrong, 0);
}

static void test_float16(void)
{
    int64_t beyond;

    check_all(&float16);
    CU_ASSERT_EQUAL(convert(&float16, 65519, &beyond), 0x7bff);
    CU_ASSERT_EQUAL(beyond, -1);
    CU_ASSERT_EQUAL(convert(&float16, 65520, &beyond), 0x7c00);
    CU_ASSERT_EQUAL(beyond, 0);
    CU_ASSERT_EQUAL(convert(&float16, 1e-40, &beyond), 0);
}

static void test_bfloat16(void)
{
    check_all(&bfloat16);
}

static void test_no_number(void)
{
    static const uint32_t bits[] = {0x7fc00000, 0x7f800001, 0xff80ffff};
    int64_t beyond;

    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        uint16_t to;
        float from;

        memcpy(&from, &bits[i], sizeof from);
        export_convert(TYPE_FLOAT16, &from, 1, &to, &beyond);
        CU_ASSERT((to & 0x7fff) > 0x7c00 && beyond < 0);
        export_convert(TYPE_BFLOAT16, &from, 1, &to, &beyond);
        CU_ASSERT((to & 0x7fff) > 0x7f80 && beyond < 0);
    }
}

/* The first of a row that is too large is told. */
static void test_beyond(void)
{
    const float row[] = {1, -3, 70000, 1e30f};
    uint16_t to[4];
    int64_t beyond;

    export_convert(TYPE_FLOAT16, row, 4, to, &beyond);
    CU_ASSERT_EQUAL(beyond, 2);
    CU_ASSERT_EQUAL(to[0], 0x3c00);
    CU_ASSERT_EQUAL(to[1], 0xc200);
    export_convert(TYPE_BFLOAT16, row, 4, to, &beyond);
    CU_ASSERT_EQUAL(beyond, -1);
}

CU_ErrorCode add_activation_export_tests(void)
{
    CU_pSuite suite = CU_add_suite("activation-export", NULL, NULL);

    CU_add_test(suite, "every float16, and what is between", test_float16);
    CU_add_test(suite, "every bfloat16, and what is between", test_bfloat16);
    CU_add_test(suite, "what is no number stays so", test_no_number);
    CU_add_test(suite, "what is too large", test_beyond);
    return CU_get_error();
}
