/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-row-product.c - rows of products: the same bits alone, together, in
 * another order, at other places, in a team, from stored matrices; and how far
 * they are from float64. With each instruction set that is here. */
#include "tests.h"

#include "base/mem.h"
#include "tensor/linear.h"
#include "tensor/row-product.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST 200  /* rows */
#define SPARE 3   /* floats between rows of x and y */
#define OFFSET 5  /* floats in front of them: memory that is not aligned */

/* (rows, n_in) times (n_in, n_out): W by inputs, or by outputs. */
struct trial {
    int n_in, n_out;
    bool in_first, bias;
    const struct row_tiles *tiles;
    float *x, *w, *b, *y; /* y: of MOST rows in one product */
};

/* Values with all 24 bits set at random, so that every sum is rounded. */
static float *values(int64_t n, uint32_t state)
{
    float *x = mem_new((size_t)n, sizeof *x);

    for (int64_t i = 0; i < n; i++) {
        state = state * UINT32_C(1664525) + UINT32_C(1013904223);
        x[i] = (float)(int32_t)state / 2147483648.0f;
    }
    return x;
}

static int64_t x_stride(const struct trial *t)
{
    return t->n_in + SPARE;
}

static int64_t y_stride(const struct trial *t)
{
    return t->n_out + SPARE;
}

static void multiply(const struct trial *t, const float *x, int64_t rows,
                     float *y, struct thread_team *team)
{
    const struct row_product product = {
        .x = x, .w = t->w, .y = y,
        .x_stride = x_stride(t), .y_stride = y_stride(t),
        .in_stride = t->in_first ? t->n_out : 1,
        .out_stride = t->in_first ? 1 : t->n_in,
        .rows = rows, .n_in = t->n_in, .n_out = t->n_out,
        .addend = t->bias ? t->b : NULL};

    row_product_multiply(&product, t->tiles, team);
}

/* Is a row of y the one that it was among all? */
static bool same(const struct trial *t, const float *y, int64_t row)
{
    return memcmp(y, t->y + row * y_stride(t),
                  (size_t)t->n_out * sizeof *y) == 0;
}

/* Rows from..from+n-1 of x by themselves, elsewhere in memory; what is between
 * rows of y, and behind them, is left alone. */
static void check_part(const struct trial *t, int64_t from, int64_t n,
                       struct thread_team *team)
{
    float *x = values(OFFSET + n * x_stride(t), 9);
    float *y = values(OFFSET + (n + 1) * y_stride(t), 9);
    float *before = values(OFFSET + (n + 1) * y_stride(t), 9);
    bool all = true, clean;

    memcpy(x + OFFSET, t->x + from * x_stride(t),
           (size_t)(n * x_stride(t)) * sizeof *x);
    multiply(t, x + OFFSET, n, y + OFFSET, team);
    clean = memcmp(y, before, OFFSET * sizeof *y) == 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t end = OFFSET + i * y_stride(t) + t->n_out;

        all = all && same(t, y + OFFSET + i * y_stride(t), from + i);
        clean = clean &&
                memcmp(y + end, before + end, SPARE * sizeof *y) == 0;
    }
    clean = clean && memcmp(y + OFFSET + n * y_stride(t),
                            before + OFFSET + n * y_stride(t),
                            (size_t)y_stride(t) * sizeof *y) == 0;
    CU_ASSERT_TRUE(all);
    CU_ASSERT_TRUE(clean);
    free(x);
    free(y);
    free(before);
}

/* Row i at the place of row 7 i + 3 modulo MOST. */
static void check_permuted(const struct trial *t)
{
    float *x = mem_new((size_t)(MOST * x_stride(t)), sizeof *x);
    float *y = mem_new((size_t)(MOST * y_stride(t)), sizeof *y);
    bool all = true;

    for (int i = 0; i < MOST; i++)
        memcpy(x + (7 * i + 3) % MOST * x_stride(t), t->x + i * x_stride(t),
               (size_t)t->n_in * sizeof *x);
    multiply(t, x, MOST, y, NULL);
    for (int i = 0; i < MOST; i++)
        all = all && same(t, y + (7 * i + 3) % MOST * y_stride(t), i);
    CU_ASSERT_TRUE(all);
    free(x);
    free(y);
}

/* Each addition and multiplication rounds by at most half a unit of the last
 * place of a sum that is no larger than that of its terms' sizes: of the terms
 * of a block, of the blocks, and of the addend. */
static void check_values(const struct trial *t)
{
    double steps = (t->n_in < 384 ? t->n_in : 384) + t->n_in / 384 + 3;
    double bound = steps * (double)FLT_EPSILON / 2, worst = 0;

    for (int i = 0; i < MOST; i += 13)
        for (int j = 0; j < t->n_out; j++) {
            double sum = t->bias ? (double)t->b[j] : 0, size = fabs(sum);

            for (int k = 0; k < t->n_in; k++) {
                double term = (double)t->x[i * x_stride(t) + k] *
                              (double)t->w[t->in_first ? k * t->n_out + j
                                                       : j * t->n_in + k];

                sum += term;
                size += fabs(term);
            }
            sum -= (double)t->y[i * y_stride(t) + j];
            worst = fmax(worst, fabs(sum) / size);
        }
    CU_ASSERT(worst <= bound);
}

static void trial_make(struct trial *t)
{
    t->x = values(MOST * x_stride(t), 3);
    t->w = values((int64_t)t->n_in * t->n_out, 5);
    t->b = values(t->n_out, 7);
    t->y = values(MOST * y_stride(t), 11);
    multiply(t, t->x, MOST, t->y, NULL);
}

static void trial_free(struct trial *t)
{
    free(t->x);
    free(t->w);
    free(t->b);
    free(t->y);
}

/* Blocks of inputs, panels and tiles that end within the matrix and with it;
 * one of each. */
static const struct trial trials[] = {
    {.n_in = 1, .n_out = 1, .in_first = true},
    {.n_in = 3, .n_out = 65, .bias = true},
    {.n_in = 65, .n_out = 3, .in_first = true, .bias = true},
    {.n_in = 63, .n_out = 63},
    {.n_in = 521, .n_out = 65, .bias = true},
    {.n_in = 521, .n_out = 131, .in_first = true, .bias = true},
    {.n_in = 384, .n_out = 32, .in_first = true},
    {.n_in = 400, .n_out = 44},
    {.n_in = 769, .n_out = 1, .bias = true},
};

#define N_TRIALS (int)(sizeof trials / sizeof *trials)

static void with_all(void (*check)(const struct trial *t))
{
    const struct row_tiles *tiles;

    for (int i = 0; (tiles = row_tiles_of(i)); i++)
        for (int j = 0; j < N_TRIALS; j++) {
            struct trial t = trials[j];

            t.tiles = tiles;
            trial_make(&t);
            check(&t);
            trial_free(&t);
        }
}

static void check_counts(const struct trial *t)
{
    bool small = t->n_in * t->n_out < 5000;

    for (int n = 1; n <= MOST; n += small || n < 26 ? 1 : 29)
        check_part(t, (MOST - n) / 2, n, NULL);
    check_part(t, 0, MOST, NULL);
    check_part(t, MOST - 1, 1, NULL);
}

static void test_counts(void)
{
    with_all(check_counts);
}

static void test_permuted(void)
{
    with_all(check_permuted);
}

static void test_values(void)
{
    with_all(check_values);
}

static void test_teams(void)
{
    for (int n = 2; n <= 4; n++) {
        struct thread_team *team = team_new(n);
        const struct row_tiles *tiles;

        for (int i = 0; (tiles = row_tiles_of(i)); i++)
            for (int j = 0; j < N_TRIALS; j++) {
                struct trial t = trials[j];

                t.tiles = tiles;
                trial_make(&t);
                check_part(&t, 0, MOST, team);
                check_part(&t, 1, 110, team);
                trial_free(&t);
            }
        team_free(team);
    }
}

/* Chains of fused multiplications are the same in longer registers. */
static void test_registers(void)
{
    const struct row_tiles *all[] = {row_tiles_of(0), row_tiles_of(1)};

    if (!all[1] || strcmp(all[1]->name, "AVX2") != 0) {
        test_skip("this processor has no two instruction sets that fuse");
        return;
    }
    for (int j = 0; j < N_TRIALS; j++) {
        struct trial t = trials[j];

        t.tiles = all[0];
        trial_make(&t);
        t.tiles = all[1];
        check_part(&t, 0, MOST, NULL);
        trial_free(&t);
    }
}

/* More rows than a block of them has. */
static void test_many(void)
{
    enum { TIMES = 6 };
    struct trial t = {.n_in = 390, .n_out = 40, .tiles = row_tiles_of(0)};
    float *x, *y;
    bool all = true;

    trial_make(&t);
    x = mem_new((size_t)(TIMES * MOST * x_stride(&t)), sizeof *x);
    y = mem_new((size_t)(TIMES * MOST * y_stride(&t)), sizeof *y);
    for (int i = 0; i < TIMES; i++)
        memcpy(x + i * MOST * x_stride(&t), t.x,
               (size_t)(MOST * x_stride(&t)) * sizeof *x);
    multiply(&t, x, TIMES * MOST, y, NULL);
    for (int i = 0; i < TIMES * MOST; i++)
        all = all && same(&t, y + i * y_stride(&t), i % MOST);
    CU_ASSERT_TRUE(all);
    free(x);
    free(y);
    trial_free(&t);
}

/* y += x W is y + x W, in which y is as a bias of each row. */
static void test_onto(void)
{
    struct trial t = {.n_in = 500, .n_out = 70, .in_first = true,
                      .bias = true, .tiles = row_tiles_of(0)};
    struct row_product product;
    bool all = true;

    trial_make(&t);
    product = (struct row_product){
        .x = t.x, .w = t.w, .x_stride = x_stride(&t),
        .in_stride = t.n_out, .out_stride = 1, .y_stride = y_stride(&t),
        .rows = MOST, .n_in = t.n_in, .n_out = t.n_out};
    product.y = mem_new((size_t)(MOST * y_stride(&t)), sizeof *product.y);
    for (int i = 0; i < MOST; i++)
        memcpy(product.y + i * y_stride(&t), t.b,
               (size_t)t.n_out * sizeof *t.b);
    product.addend = product.y;
    product.addend_stride = y_stride(&t);
    row_product_multiply(&product, t.tiles, NULL);
    for (int i = 0; i < MOST; i++)
        all = all && same(&t, product.y + i * y_stride(&t), i);
    CU_ASSERT_TRUE(all);
    free(product.y);
    trial_free(&t);
}

/* The map and its way back: rows alone and together, from memory and from a
 * file's float32 in several panels, with and without a team. */
static void check_linear(bool in_first, bool back)
{
    enum { ROWS = 29, IN = 2800, OUT = 421 };
    int n_x = back ? OUT : IN, n_y = back ? IN : OUT;
    float *w = values(IN * OUT, 3), *b = values(OUT, 5);
    float *x = values(ROWS * n_x, 7), *y = mem_new(ROWS * IN, sizeof *y);
    struct tensor tensor = {.dtype = DTYPE_F32, .n_dim = 2, .data = w,
                            .dim = {in_first ? IN : OUT,
                                    in_first ? OUT : IN}};
    struct linear linear = {.w = w, .b = b, .n_in = IN, .n_out = OUT,
                            .in_stride = in_first ? OUT : 1,
                            .out_stride = in_first ? 1 : IN};
    struct thread_team *team = team_new(3);
    bool all = true;

    for (int turn = 0; turn < 3; turn++) {
        int step = turn == 0 ? ROWS : turn == 1 ? 1 : 10;
        float *got = mem_new(ROWS * IN, sizeof *got), *panel;

        if (turn == 2) {
            linear.stored = (struct stored){.tensor = &tensor, .run = OUT,
                                            .in_first = in_first};
            linear.w = NULL;
        }
        panel = mem_new(linear_panel(&linear) + 1, sizeof *panel);
        CU_ASSERT_EQUAL(linear_panel(&linear) < IN * OUT, true);
        for (int i = 0; i < ROWS; i += step) {
            const struct product product = {
                .x = x + i * n_x, .y = got + i * n_y, .x_stride = n_x,
                .y_stride = n_y, .rows = ROWS - i < step ? ROWS - i : step};

            if (back)
                linear_apply_transposed(&linear, &product, panel);
            else
                linear_apply(&linear, &product, panel, turn ? team : NULL);
        }
        if (turn == 0)
            memcpy(y, got, sizeof *y * ROWS * IN);
        all = all && memcmp(y, got, sizeof *y * ROWS * (size_t)n_y) == 0;
        free(got);
        free(panel);
    }
    CU_ASSERT_TRUE(all);
    team_free(team);
    free(w);
    free(b);
    free(x);
    free(y);
}

static void test_linear(void)
{
    for (int i = 0; i < 4; i++)
        check_linear(i % 2, i / 2);
}

CU_ErrorCode add_row_product_tests(void)
{
    CU_pSuite suite = CU_add_suite("row-product", NULL, NULL);

    CU_add_test(suite, "any number of rows", test_counts);
    CU_add_test(suite, "rows in another order", test_permuted);
    CU_add_test(suite, "against float64", test_values);
    CU_add_test(suite, "teams", test_teams);
    CU_add_test(suite, "registers of 8 and 16", test_registers);
    CU_add_test(suite, "many rows", test_many);
    CU_add_test(suite, "onto what is there", test_onto);
    CU_add_test(suite, "maps in memory and stored", test_linear);
    return CU_get_error();
}
