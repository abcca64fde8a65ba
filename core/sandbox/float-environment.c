/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* float-environment.c - finds and undoes what foreign code changed of the
 * floating-point environment. */
#include "sandbox/float-environment.h"

#include <fenv.h>
#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The control bits of the registers that hold it, and what they are for. */
struct meaning {
    uint64_t bits;
    const char *changed;
};

#define SENTENCE(what)                                                      \
    "changed the floating-point environment (" what "), in which all that " \
    "follows would have been computed; it was put back"
#define SUBNORMAL                                                           \
    SENTENCE("what becomes of subnormal numbers, as by -Ofast or "          \
             "-ffast-math when a library is linked")
#define ROUNDING SENTENCE("rounding mode")
#define TRAPS SENTENCE("which exceptions trap")
#define OTHER SENTENCE("precision")

#if defined __GNUC__ && defined __x86_64__
#include <xmmintrin.h>

#define MXCSR_FLAGS 0x3fu

/* MXCSR in the lower half, the control word of the x87, which has the long
 * doubles, in the upper one. */
static const struct meaning meanings[] = {
    {0x8040, SUBNORMAL},
    {UINT64_C(0x0c0000006000), ROUNDING},
    {UINT64_C(0x003f00001f80), TRAPS},
};

static uint64_t control(void)
{
    uint16_t word;

    __asm__ volatile("fnstcw %0" : "=m"(word));
    return (uint64_t)word << 32 | (_mm_getcsr() & ~MXCSR_FLAGS);
}

static void put_back(uint64_t bits)
{
    uint16_t word = (uint16_t)(bits >> 32);

    _mm_setcsr((uint32_t)bits | (_mm_getcsr() & MXCSR_FLAGS));
    __asm__ volatile("fldcw %0" : : "m"(word));
}
#elif defined __GNUC__ && defined __aarch64__
static const struct meaning meanings[] = {
    {UINT64_C(0x1080000) | 3, SUBNORMAL}, /* FZ, FZ16; FIZ and AH */
    {UINT64_C(0xc00000), ROUNDING},
    {UINT64_C(0x9f00), TRAPS},
};

static uint64_t control(void)
{
    uint64_t bits;

    __asm__ volatile("mrs %0, fpcr" : "=r"(bits));
    return bits;
}

static void put_back(uint64_t bits)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(bits));
}
#else
/* Found out by arithmetic; traps are not seen. */
static const struct meaning meanings[] = {
    {1, SUBNORMAL},
    {~UINT64_C(1), ROUNDING},
};

static uint64_t control(void)
{
    volatile float small = FLT_MIN;
    int keeps;

    small /= 2;
    keeps = small != 0 && small * 2 == FLT_MIN;
    return (uint64_t)fegetround() << 1 | (uint64_t)keeps;
}

static void put_back(uint64_t bits)
{
    fesetenv(FE_DFL_ENV);
    fesetround((int)(bits >> 1));
}
#endif

static uint64_t right; /* as it was noted */
static bool noted;

void float_note(void)
{
    if (!noted)
        right = control();
    noted = true;
}

const char *float_check(void)
{
    uint64_t changed = noted ? control() ^ right : 0;

    if (!changed)
        return NULL;
    put_back(right);
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (changed & meanings[i].bits)
            return meanings[i].changed;
    return OTHER;
}
