/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bfloat16-tiles.c - products of bfloat16 tiles, by AMX. */
#include "tensor/bfloat16-tiles.h"

#if defined HAVE_AMX_TILES && HAVE_SYSCALL && HAVE_SYS_SYSCALL_H
#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AMX __attribute__((target("amx-tile,amx-bf16")))
/* Of Linux: the request for a part of the registers' state, and its number
 * (asm/prctl.h, arch/x86/include/asm/fpu/types.h). */
#define REQUEST_STATE 0x1023
#define TILE_STATE 18

static const char *lacking;

/* CPUID, leaf 7: bits 22 (AMX-BF16) and 24 (AMX-TILE) of EDX. */
static void find_tiles(void)
{
    const unsigned int both = 1U << 22 | 1U << 24;
    unsigned int a, b, c, d;

    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & both) != both)
        lacking = "the processor lacks amx_bf16";
    else if (syscall(SYS_arch_prctl, REQUEST_STATE, TILE_STATE) != 0)
        lacking = "the system gives no AMX tiles";
}

const char *bfloat16_tiles_lacking(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_tiles);
    return lacking;
}

/* All eight tiles: 16 rows of 64 bytes. Intel's manual has the layout. It is
 * constant, as GCC takes the first bytes alone for read by the intrinsic. */
static const struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} layout = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

AMX void bfloat16_tiles_begin(void)
{
    _tile_loadconfig(&layout);
}

AMX void bfloat16_tiles_end(void)
{
    _tile_release();
}

/* Tiles 0 to 3 are y's, 4 and 5 x's, 6 and 7 W's. In a file of its own, since
 * GCC orders no stores before the intrinsics that load. */
AMX void bfloat16_tiles_add(const struct bfloat16_block *block)
{
    int64_t stride = block->stride * (int64_t)sizeof *block->y;
    float *upper = block->y, *lower = block->y + 16 * block->stride;
    const uint16_t *w = block->w, *x = block->x;
    const uint16_t *x_lower =
        x + block->depth * BFLOAT16_PIECES * BFLOAT16_TILE;

    _tile_loadd(0, upper, stride);
    _tile_loadd(1, upper + 16, stride);
    _tile_loadd(2, lower, stride);
    _tile_loadd(3, lower + 16, stride);
    for (int64_t i = 0; i < block->depth; i++) {
        _tile_loadd(6, w, 64);
        _tile_loadd(7, w + BFLOAT16_TILE, 64);
        for (int64_t p = BFLOAT16_PIECES - 1; p >= 0; p--) {
            _tile_loadd(4, x + p * BFLOAT16_TILE, 64);
            _tile_loadd(5, x_lower + p * BFLOAT16_TILE, 64);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(1, 4, 7);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
        w += 2 * BFLOAT16_TILE;
        x += BFLOAT16_PIECES * BFLOAT16_TILE;
        x_lower += BFLOAT16_PIECES * BFLOAT16_TILE;
    }
    _tile_stored(0, upper, stride);
    _tile_stored(1, upper + 16, stride);
    _tile_stored(2, lower, stride);
    _tile_stored(3, lower + 16, stride);
}
#else
const char *bfloat16_tiles_lacking(void)
{
    return "this build has no code for amx_bf16";
}

void bfloat16_tiles_begin(void)
{
}

void bfloat16_tiles_end(void)
{
}

void bfloat16_tiles_add(const struct bfloat16_block *block)
{
    (void)block;
}
#endif
