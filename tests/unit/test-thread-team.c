/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-thread-team.c - work that threads share: every item once, and bit for
 * bit the results of one thread. */
#include "tests.h"

#include "tensor/linear.h"
#include "base/mem.h"
#include "executor/row-kernels.h"
#include "format/safetensors.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MOST 7 /* members */

struct covered {
    atomic_int *times; /* (total) */
    atomic_int pieces[MOST];
    atomic_int uneven; /* pieces that begin amid a grain */
    int64_t grain;
};

static void cover(void *of, int member, int64_t first, int64_t n)
{
    struct covered *covered = of;

    covered->pieces[member]++;
    covered->uneven += first % covered->grain != 0;
    for (int64_t i = first; i < first + n; i++)
        covered->times[i]++;
}

static void check_cover(struct thread_team *team, int64_t total, int64_t grain)
{
    struct covered covered = {.grain = grain};
    bool once = true;

    covered.times = mem_new((size_t)total + 1, sizeof *covered.times);
    team_share(team, total, grain, cover, &covered);
    for (int64_t i = 0; i < total; i++)
        once = once && covered.times[i] == 1;
    CU_ASSERT_TRUE(once);
    CU_ASSERT_EQUAL(covered.times[total], 0);
    CU_ASSERT_EQUAL(covered.uneven, 0);
    for (int i = 0; i < MOST; i++)
        CU_ASSERT(covered.pieces[i] <= 1);
    if (total >= grain * team_size(team) * 2)
        for (int i = 0; i < team_size(team); i++)
            CU_ASSERT_EQUAL(covered.pieces[i], 1);
    free(covered.times);
}

/* Again and again, so that members are met asleep and awake. */
static void test_cover(void)
{
    static const int64_t totals[] = {0, 1, 2, 31, 32, 33, 1000};
    static const int64_t grains[] = {1, 16, 48};

    for (int n = 1; n <= MOST; n++) {
        struct thread_team *team = team_new(n);

        CU_ASSERT_EQUAL(team_size(team), n);
        for (int again = 0; again < 50; again++)
            for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
                for (size_t j = 0; j < sizeof grains / sizeof *grains; j++)
                    check_cover(team, totals[i], grains[j]);
        team_free(team);
    }
    CU_ASSERT_EQUAL(team_size(NULL), 1);
    check_cover(NULL, 33, 16);
}

static float *values(int64_t n, int salt)
{
    float *x = mem_new((size_t)n, sizeof *x);

    for (int64_t i = 0; i < n; i++)
        x[i] = (float)((i * 7919 + salt) % 1009 - 504) / 256;
    return x;
}

/* (rows, n_in) times (n_in, n_out), in float32 or by panels, by outputs or by
 * inputs. */
struct trial {
    int rows, n_in, n_out;
    bool in_first, stored, bias;
};

static void multiply(const struct linear *linear, const struct trial *t,
                     const float *x, struct thread_team *team, float *y)
{
    const struct product product = {x, y, t->n_in, t->n_out + 3, t->rows};
    float *panel = mem_new(linear_panel(linear) + 1, sizeof *panel);

    linear_apply(linear, &product, panel, team);
    free(panel);
}

static struct linear make_linear(const struct trial *t, const float *w,
                                 const float *b, struct tensor *tensor)
{
    *tensor = (struct tensor){.dtype = DTYPE_F32, .n_dim = 2,
                              .data = w};
    tensor->dim[0] = t->in_first ? t->n_in : t->n_out;
    tensor->dim[1] = t->in_first ? t->n_out : t->n_in;
    return (struct linear){
        .w = t->stored ? NULL : w,
        .b = t->bias ? b : NULL,
        .n_in = t->n_in,
        .n_out = t->n_out,
        .in_stride = t->in_first ? t->n_out : 1,
        .out_stride = t->in_first ? 1 : t->n_in,
        .stored = {.tensor = tensor, .in_first = t->in_first,
                   .run = t->n_out},
    };
}

static void check_product(const struct trial *t)
{
    int64_t size = (int64_t)t->rows * (t->n_out + 3);
    float *x = values((int64_t)t->rows * t->n_in, 3);
    float *w = values((int64_t)t->n_in * t->n_out, 5);
    float *b = values(t->n_out, 7), *want = values(size, 11);
    struct tensor tensor;
    struct linear linear = make_linear(t, w, b, &tensor);
    struct thread_team *team = team_new(1);

    multiply(&linear, t, x, team, want);
    team_free(team);
    for (int n = 2; n <= MOST; n++) {
        float *got = values(size, 11);

        team = team_new(n);
        multiply(&linear, t, x, team, got);
        team_free(team);
        CU_ASSERT_EQUAL(memcmp(got, want, (size_t)size * sizeof *got), 0);
        free(got);
    }
    free(x);
    free(w);
    free(b);
    free(want);
}

/* Long and wide ones, which are shared by rows or outputs; one row; edges
 * that are no multiple of anything; products too small to be shared. */
static void test_products(void)
{
    static const struct trial trials[] = {
        {512, 192, 384, true, false, true},
        {130, 96, 2000, true, false, true},
        {130, 96, 2000, false, false, false},
        {1001, 300, 193, false, false, true},
        {1, 1500, 5003, true, false, true},
        {9, 1500, 3001, false, true, true},
        {700, 333, 450, true, true, true},
        {96, 1000, 384, true, false, false},
        {128, 160, 200, true, false, false}, /* a last piece 8 wide */
        {33, 8000, 190, true, false, true}, /* ... 1 row high */
        {5, 17, 33, true, false, true},
    };

    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        check_product(&trials[i]);
}

#define ROWS 403
#define COLS 107

/* All kernels, one after the other, on one matrix. */
static float *all_kernels(struct thread_team *team, enum norm_kind kind)
{
    float *x = values((int64_t)ROWS * COLS, 1);
    float *y = values((int64_t)ROWS * COLS, 2);
    float *gain = values(COLS, 3);
    struct norm norm = {gain, gain};
    struct rows_norm job = {.kind = kind, .norm = &norm, .epsilon = 1e-5,
                            .x = x, .y = x, .groups = 1, .cols = COLS,
                            .x_stride = COLS, .y_stride = COLS};

    rows_norm(team, ROWS, &job);
    rows_add(team, ROWS, COLS, x, y);
    rows_activate(team, ROWS, COLS, ACT_GELU_TANH, x);
    rows_gate(team, ROWS, COLS, ACT_SILU, y, x);
    free(y);
    free(gain);
    return x;
}

/* Groups side by side against each by itself. */
static void check_groups(struct thread_team *team, enum norm_kind kind)
{
    enum { N = 3, EACH = COLS / N };
    float *x = values((int64_t)ROWS * COLS, 1);
    float *y = values((int64_t)ROWS * COLS, 1);
    float *gain = values(COLS, 3);
    struct norm norm = {gain, NULL};
    struct rows_norm job = {.kind = kind, .norm = &norm, .epsilon = 1e-5,
                            .x = x, .y = x, .groups = N, .cols = EACH,
                            .x_stride = COLS, .y_stride = COLS};

    rows_norm(team, ROWS, &job);
    job.groups = 1;
    for (int i = 0; i < N; i++) {
        norm.gain = gain + i * EACH;
        job.x = job.y = y + i * EACH;
        rows_norm(NULL, ROWS, &job);
    }
    CU_ASSERT_EQUAL(memcmp(x, y, sizeof *x * ROWS * COLS), 0);
    free(x);
    free(y);
    free(gain);
}

static void check_rows(enum norm_kind kind)
{
    float *want = all_kernels(NULL, kind);

    for (int n = 2; n <= MOST; n++) {
        struct thread_team *team = team_new(n);
        float *got = all_kernels(team, kind);

        check_groups(team, kind);
        CU_ASSERT_EQUAL(memcmp(got, want, sizeof *got * ROWS * COLS), 0);
        CU_ASSERT_EQUAL(rows_find_nonfinite(team, ROWS, COLS, got), -1);
        got[390 * COLS + 5] = NAN;
        CU_ASSERT_EQUAL(rows_find_nonfinite(team, ROWS, COLS, got),
                        390 * COLS + 5);
        got[77] = INFINITY;
        CU_ASSERT_EQUAL(rows_find_nonfinite(team, ROWS, COLS, got), 77);
        team_free(team);
        free(got);
    }
    free(want);
}

static void test_rows(void)
{
    check_rows(NORM_LAYER);
    check_rows(NORM_RMS);
}

CU_ErrorCode add_thread_team_tests(void)
{
    CU_pSuite suite = CU_add_suite("team", NULL, NULL);

    if (!suite ||
        !CU_add_test(suite, "every item is somebody's", test_cover) ||
        !CU_add_test(suite, "products of a team", test_products) ||
        !CU_add_test(suite, "rows of a team", test_rows))
        return CU_get_error();
    return CUE_SUCCESS;
}
