/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-panel-product.c - products of every instruction set that the processor
 * has: what they are, and that an element has the same bits whatever is beside
 * it. */
#include "tests.h"

#include "executor/panel-product.h"

#include <math.h>
#include <string.h>

enum { ROWS = 31, LONG = 70, STRIDE = LONG + 3 };

struct sample {
    float a[ROWS * STRIDE], b[LONG * PANEL_COLS], c[ROWS * PANEL_COLS];
};

static void fill(struct sample *sample)
{
    for (int i = 0; i < ROWS * STRIDE; i++)
        sample->a[i] = sinf((float)(i * i % 1009));
    for (int i = 0; i < LONG * PANEL_COLS; i++)
        sample->b[i] = cosf((float)(i * i % 1013));
    for (int i = 0; i < ROWS * PANEL_COLS; i++)
        sample->c[i] = (float)(i % 7);
}

static struct panel_product product_of(const struct sample *sample, float *c,
                                       int rows, int n, int most)
{
    return (struct panel_product){
        .a = sample->a, .b = sample->b, .c = c, .a_stride = STRIDE,
        .c_stride = PANEL_COLS, .rows = rows, .n = n, .most = most,
        .scale = 0.5f};
}

/* c by definition; keys behind a row's last are not there, even if what they
 * would add is not a number. */
static void check_values(panel_product_fn *multiply, struct sample *sample,
                         int rows, int n, int most, bool goes_on)
{
    float c[ROWS * PANEL_COLS];
    struct panel_product product = product_of(sample, c, rows, n, most);
    double worst = 0;

    memcpy(c, sample->c, sizeof c);
    product.goes_on = goes_on;
    for (int i = 0; most < LONG && i < PANEL_COLS; i++)
        sample->b[most * PANEL_COLS + i] = NAN;
    multiply(&product);
    for (int i = 0; i < rows * PANEL_COLS; i++) {
        int row = i / PANEL_COLS, end = n + row < most ? n + row : most;
        double sum = goes_on ? (double)sample->c[i] : 0;

        for (int k = 0; k < end; k++)
            sum += (double)sample->a[row * STRIDE + k] *
                   (double)sample->b[k * PANEL_COLS + i % PANEL_COLS];
        worst = fmax(worst, fabs((double)c[i] - sum / 2));
    }
    CU_ASSERT(worst < 4e-6);
    CU_ASSERT_EQUAL(memcmp(c + rows * PANEL_COLS,
                           sample->c + rows * PANEL_COLS,
                           sizeof c - (size_t)(rows * PANEL_COLS) *
                                          sizeof *c), 0);
}

static void test_values(void)
{
    panel_product_fn *multiply;

    for (int i = 0; (multiply = panel_product_of(i)); i++)
        for (int rows = 1; rows <= ROWS; rows++) {
            struct sample sample;

            fill(&sample);
            check_values(multiply, &sample, rows, LONG, LONG, false);
            check_values(multiply, &sample, rows, 33, 33 + rows - 1, true);
            check_values(multiply, &sample, rows, 1, 5, true);
            check_values(multiply, &sample, rows, 0, 0, false);
        }
}

/* Each row alone, and in two pieces. */
static void check_rows(panel_product_fn *multiply, const struct sample *sample,
                       int n, int most)
{
    float all[ROWS * PANEL_COLS], row[PANEL_COLS];
    struct panel_product product = product_of(sample, all, ROWS, n, most);

    product.scale = 1;
    multiply(&product);
    for (int i = 0; i < ROWS; i++) {
        int end = n + i < most ? n + i : most, cut = end / 3;

        product = product_of(sample, row, 1, cut, cut);
        product.scale = 1;
        product.a += i * STRIDE;
        multiply(&product);
        product.a += cut;
        product.b += cut * PANEL_COLS;
        product.n = product.most = end - cut;
        product.goes_on = true;
        multiply(&product);
        CU_ASSERT_EQUAL(memcmp(row, all + i * PANEL_COLS, sizeof row), 0);
    }
}

static void test_rows(void)
{
    panel_product_fn *multiply;
    struct sample sample;

    fill(&sample);
    for (int i = 0; (multiply = panel_product_of(i)); i++) {
        check_rows(multiply, &sample, LONG, LONG);
        check_rows(multiply, &sample, 20, LONG);
        check_rows(multiply, &sample, 3, 9);
    }
}

/* Panels in pieces, from places that are no multiple of anything. */
static void check_put(const float *x, int64_t stride, int cols)
{
    enum { HEIGHT = 75 };
    static const int pieces[] = {3, 1, 28, 6, 33, 0};
    static float rows[96 * HEIGHT], columns[96 * 96];
    int n = 0;

    for (int i = 0; pieces[i]; n += pieces[i++]) {
        panel_put_rows(rows, HEIGHT, n, x + n * stride, stride, pieces[i],
                       cols);
        panel_put_columns(columns, n, x + n * stride, stride, pieces[i],
                          cols);
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < cols; j++) {
            float want = x[i * stride + j];

            CU_ASSERT_EQUAL(rows[j / PANEL_COLS * PANEL_COLS * HEIGHT +
                                 i * PANEL_COLS + j % PANEL_COLS], want);
            CU_ASSERT_EQUAL(columns[i / PANEL_COLS * PANEL_COLS * cols +
                                    j * PANEL_COLS + i % PANEL_COLS], want);
        }
}

static void test_put(void)
{
    static const int widths[] = {1, 5, 32, 64, 80};
    static float x[71 * 83];

    for (int i = 0; i < 71 * 83; i++)
        x[i] = (float)i;
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
        check_put(x, 83, widths[i]);
}

CU_ErrorCode add_panel_product_tests(void)
{
    CU_pSuite suite = CU_add_suite("panel-product", NULL, NULL);

    CU_add_test(suite, "values", test_values);
    CU_add_test(suite, "rows alone and in pieces", test_rows);
    CU_add_test(suite, "panels", test_put);
    return CU_get_error();
}
