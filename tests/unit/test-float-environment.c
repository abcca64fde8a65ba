/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-float-environment.c - changes of the floating-point environment are
 * found and undone. */
#include "sandbox/float-environment.h"
#include "tests.h"

#include <fenv.h>
#include <float.h>
#include <stdbool.h>
#include <string.h>

static bool says(const char *what)
{
    const char *text = float_check();

    return text && strstr(text, what);
}

static void test_rounding(void)
{
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        float_note();
        CU_ASSERT_EQUAL(fesetround(modes[i]), 0);
        CU_ASSERT(says("(rounding mode)"));
        CU_ASSERT_EQUAL(fegetround(), FE_TONEAREST);
        CU_ASSERT_PTR_NULL(float_check());
    }
}

/* Arithmetic raises them all the time. */
static void test_exceptions(void)
{
    volatile double zero = 0;

    float_note();
    CU_ASSERT(1 / zero > DBL_MAX);
    feraiseexcept(FE_INEXACT | FE_UNDERFLOW);
    CU_ASSERT_PTR_NULL(float_check());
    CU_ASSERT(fetestexcept(FE_DIVBYZERO) != 0);
    feclearexcept(FE_ALL_EXCEPT);
}

#if defined __x86_64__
static bool keeps_subnormals(void)
{
    volatile float small = FLT_MIN;

    small /= 2;
    return small != 0 && small * 2 == FLT_MIN;
}

static void test_registers(void)
{
    static const struct {
        unsigned bit;
        const char *what;
    } cases[] = {{0x8000, "subnormal"}, {0x40, "subnormal"},
                 {0x2000, "rounding"}, {0x200, "trap"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float_note();
        __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() ^ cases[i].bit);
        CU_ASSERT(says(cases[i].what));
        CU_ASSERT(keeps_subnormals());
    }
}

static void test_x87(void)
{
    unsigned short was, is;

    __asm__ volatile("fnstcw %0" : "=m"(was));
    is = was & (unsigned short)~0x300; /* 24 bits */
    float_note();
    __asm__ volatile("fldcw %0" : : "m"(is));
    CU_ASSERT(says("(precision)"));
    __asm__ volatile("fnstcw %0" : "=m"(is));
    CU_ASSERT_EQUAL(is, was);
}
#endif

CU_ErrorCode add_float_environment_tests(void)
{
    CU_pSuite suite = CU_add_suite("float-environment", NULL, NULL);

    CU_add_test(suite, "rounding", test_rounding);
    CU_add_test(suite, "exceptions do not count", test_exceptions);
#if defined __x86_64__
    CU_add_test(suite, "each control bit of SSE", test_registers);
    CU_add_test(suite, "the x87's precision", test_x87);
#endif
    return CU_get_error();
}
