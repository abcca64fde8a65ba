/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* panel-product-body.h - the product for one instruction set: vectors of
 * WIDTH floats, and as many rows at a time as there are registers to sum two
 * vectors of each. Included once for each set, since vectors of a size that
 * a function's set lacks are taken apart before it is inlined. */

typedef float KERNEL(vector)
    __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

#define vector KERNEL(vector)

/* Rows row..row+rows-1, of which the first has n products; `rows` is a
 * constant where this is inlined. */
static inline __attribute__((always_inline)) void KERNEL(multiply_rows)(
    const struct panel_product *p, int row, int from, const int rows)
{
    const float *a = p->a + row * p->a_stride, *b = p->b + from;
    float *c = p->c + row * p->c_stride + from;
    int n = p->n + row < p->most ? p->n + row : p->most;
    vector sum[ROWS][2] = {{{0}}};

    for (int i = 0; p->goes_on && i < rows; i++)
        for (int j = 0; j < 2; j++)
            sum[i][j] = *(const vector *)(c + i * p->c_stride + j * WIDTH);
    for (int k = 0; k < n; k++, a++, b += PANEL_COLS)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < 2; j++)
                sum[i][j] += a[i * p->a_stride] *
                             *(const vector *)(b + j * WIDTH);
#pragma GCC unroll 16
    for (int k = 1; k < rows; k++, a++, b += PANEL_COLS) {
        if (n + k > p->most)
            break;
        for (int i = k; i < rows; i++)
            for (int j = 0; j < 2; j++)
                sum[i][j] += a[i * p->a_stride] *
                             *(const vector *)(b + j * WIDTH);
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < 2; j++)
            *(vector *)(c + i * p->c_stride + j * WIDTH) =
                sum[i][j] * p->scale;
}

static void KERNEL(multiply)(const struct panel_product *p)
{
    for (int from = 0; from < PANEL_COLS; from += 2 * WIDTH) {
        int row = 0;

        for (; row + ROWS <= p->rows; row += ROWS)
            KERNEL(multiply_rows)(p, row, from, ROWS);
        for (; ROWS > 8 && row + 8 <= p->rows; row += 8)
            KERNEL(multiply_rows)(p, row, from, ROWS < 8 ? ROWS : 8);
        for (; row + 4 <= p->rows; row += 4)
            KERNEL(multiply_rows)(p, row, from, 4);
        for (; row + 2 <= p->rows; row += 2)
            KERNEL(multiply_rows)(p, row, from, 2);
        for (; row < p->rows; row++)
            KERNEL(multiply_rows)(p, row, from, 1);
    }
}

#undef vector
#undef KERNEL
#undef WIDTH
#undef ROWS
