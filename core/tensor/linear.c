/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* linear.c - linear maps: one matrix product, in pieces for a team, or one for
 * each panel of a stored matrix. */
#include "tensor/linear.h"

#include "tensor/gemm-split.h"

#include <assert.h>
#include <cblas.h>
#include <string.h>

/* Floats of a panel. Fewer would cost more, because each product packs x
 * anew; more do not help. */
#define PANEL (1 << 20)
/* Outputs of a panel are a multiple of this, so that the edges of BLAS' tiles,
 * and with them the order of additions, are where they are without panels.
 * Where gemm_split_of_blas() finds no split of outputs (Haswell, Zen), panels
 * differ from the whole matrix in last bits. */
#define TILE 192
/* Elements below which another thread costs more than it saves. */
#define LEAST_CONVERSION 16384

static int panel_outputs(const struct linear *linear)
{
    int n = PANEL / linear->n_in / TILE * TILE;

    n = n < TILE ? TILE : n;
    return n < linear->n_out ? n : linear->n_out;
}

size_t linear_panel(const struct linear *linear)
{
    if (linear->w || !linear->stored.tensor)
        return 0;
    return (size_t)panel_outputs(linear) * (size_t)linear->n_in;
}

int64_t linear_rows_alike(const struct linear *linear, int64_t most)
{
    bool whole = linear->w || !linear->stored.tensor;
    int step = whole ? linear->n_out : panel_outputs(linear);
    int last = linear->n_out % step ? linear->n_out % step : step;
    double size = (double)last * linear->n_in; /* of the smallest product */
    int64_t rows;

    if (size * (double)most < GEMM_SPLIT_LEAST_ALONE)
        return 0;
    rows = gemm_split_alike();
    while (rows && rows < most && size * (double)rows < GEMM_SPLIT_LEAST_ALONE)
        rows *= 2;
    return rows <= most ? rows : 0;
}

void linear_read(const struct linear *linear, int first, int n, float *out)
{
    const struct stored *s = &linear->stored;
    int64_t count, n_in = linear->n_in;

    for (int64_t done = 0; done < n; done += count) {
        int64_t from = first + done, left = s->run - from % s->run;
        int64_t place = s->first + from / s->run * s->period + from % s->run;

        count = left < n - done ? left : n - done;
        if (s->in_first)
            for (int64_t i = 0; i < n_in; i++)
                tensor_read_row(s->tensor, s->input + i, place, count,
                                out + i * n + done);
        else
            for (int64_t j = 0; j < count; j++)
                tensor_read_row(s->tensor, place + j, s->input, n_in,
                                out + (done + j) * n_in);
    }
}

/* y = x W + b for a matrix in memory. */
static void multiply(const struct linear *linear,
                     const struct product *product)
{
    /* A matrix one wide has both strides 1; only one of them is BLAS's. */
    bool plain = linear->out_stride == 1 &&
                 linear->in_stride >= linear->n_out;
    int64_t w_stride = plain ? linear->in_stride : linear->out_stride;

    for (int64_t i = 0; linear->b && i < product->rows; i++)
        memcpy(product->y + i * product->y_stride, linear->b,
               (size_t)linear->n_out * sizeof *linear->b);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, plain ? CblasNoTrans : CblasTrans,
                (int)product->rows, linear->n_out, linear->n_in, 1.0f,
                product->x, (int)product->x_stride, linear->w, (int)w_stride,
                linear->b ? 1.0f : 0.0f, product->y, (int)product->y_stride);
}

/* A product in pieces: a grid over the rows and outputs of y. */
struct grid {
    const struct linear *linear;
    const struct product *product;
    int across, down;      /* pieces */
    int64_t width, height; /* of a piece but the last */
};

static void multiply_pieces(void *of, int member, int64_t first, int64_t n)
{
    const struct grid *grid = of;
    int64_t last = first + n;

    (void)member;
    for (int64_t i = first; i < last; i++) {
        struct linear linear = *grid->linear;
        struct product product = *grid->product;
        int64_t col = i % grid->across * grid->width;
        int64_t row = i / grid->across * grid->height;

        linear.w += col * linear.out_stride;
        linear.b = linear.b ? linear.b + col : NULL;
        if (linear.n_out - col < grid->width)
            linear.n_out -= (int)col;
        else
            linear.n_out = (int)grid->width;
        product.x += row * product.x_stride;
        product.y += row * product.y_stride + col;
        if (product.rows - row < grid->height)
            product.rows -= row;
        else
            product.rows = grid->height;
        multiply(&linear, &product);
    }
}

/* The least multiple of `unit` of which n pieces cover `total`; unit 0: total.
 */
static int64_t piece_of(int64_t total, int n, int64_t unit)
{
    if (n == 1 || !unit)
        return total;
    return ((total + n - 1) / n + unit - 1) / unit * unit;
}

/* Size of the last piece. */
static int64_t last_piece(int64_t total, int64_t piece)
{
    return total - (total - 1) / piece * piece;
}

/* A grid of at most across x down pieces. false: its smallest piece is too
 * small, or has one row or output, for which BLAS may use a vector kernel. */
static bool cut(struct grid *grid, int across, int down)
{
    int64_t rows = grid->product->rows, outputs = grid->linear->n_out;
    double least = grid->linear->b ? GEMM_SPLIT_LEAST : GEMM_SPLIT_LEAST_ALONE;
    const struct gemm_split *cuts = gemm_split_of_blas();
    int64_t last_outputs, last_rows;

    grid->width = piece_of(outputs, across, cuts->outputs);
    grid->height = piece_of(rows, down, cuts->rows);
    grid->across = (int)((outputs + grid->width - 1) / grid->width);
    grid->down = (int)((rows + grid->height - 1) / grid->height);
    last_outputs = last_piece(outputs, grid->width);
    last_rows = last_piece(rows, grid->height);
    return (grid->across == 1 || last_outputs > 1) &&
           (grid->down == 1 || last_rows > 1) &&
           (double)last_outputs * (double)last_rows *
               (double)grid->linear->n_in >= least;
}

/* Floats that BLAS packs: x once for each column of the grid, W for each row.
 */
static double packed(const struct grid *grid)
{
    return (double)grid->product->rows * grid->across +
           (double)grid->linear->n_out * grid->down;
}

/* The grid with the most pieces, at most one a member, and of these the one
 * with the fewest floats to pack. */
static void plan_grid(struct grid *grid, int members)
{
    struct grid next = *grid;

    cut(grid, 1, 1);
    for (int down = 1; down <= members; down++)
        for (int across = 1; across * down <= members; across++) {
            int more;

            if (!cut(&next, across, down))
                continue;
            more = next.across * next.down - grid->across * grid->down;
            if (more > 0 || (more == 0 && packed(&next) < packed(grid)))
                *grid = next;
        }
}

static void share_product(const struct linear *linear,
                          const struct product *product,
                          struct thread_team *team)
{
    struct grid grid = {.linear = linear, .product = product};

    if (product->rows < 1)
        return;
    if (team_size(team) == 1 || (double)product->rows * linear->n_out *
                                        linear->n_in < 2 * GEMM_SPLIT_LEAST) {
        multiply(linear, product);
        return;
    }
    plan_grid(&grid, team_size(team));
    team_share(team, grid.across * grid.down, 1, multiply_pieces, &grid);
}

/* Outputs first..first+n_out-1 of a stored matrix, to be converted. */
struct conversion {
    const struct linear *linear;
    int first, n_out;
    float *panel;
};

/* A piece of the panel, in consecutive memory: of inputs if they are rows of
 * the tensor, else of outputs. */
static void convert_piece(void *of, int member, int64_t first, int64_t n)
{
    const struct conversion *job = of;
    struct linear part;

    (void)member;
    if (job->linear->stored.in_first) {
        part = linear_inputs(job->linear, (int)first, (int)n);
        linear_read(&part, job->first, job->n_out,
                    job->panel + first * job->n_out);
    } else {
        linear_read(job->linear, job->first + (int)first, (int)n,
                    job->panel + first * job->linear->n_in);
    }
}

static void convert(const struct conversion *job, struct thread_team *team)
{
    struct conversion own = *job;
    bool in_first = job->linear->stored.in_first;
    int64_t across = in_first ? job->n_out : job->linear->n_in;

    team_share(team, in_first ? job->linear->n_in : job->n_out,
               LEAST_CONVERSION / across + 1, convert_piece, &own);
}

/* The map to at most n outputs of a stored matrix, converted. */
static struct linear convert_panel(const struct linear *linear, int first,
                                   int n, float *panel,
                                   struct thread_team *team)
{
    struct linear part = *linear;
    int left = linear->n_out - first;

    part.w = panel;
    part.n_out = left < n ? left : n;
    part.in_stride = linear->stored.in_first ? part.n_out : 1;
    part.out_stride = linear->stored.in_first ? 1 : part.n_in;
    part.b = linear->b ? linear->b + first : NULL;
    convert(&(struct conversion){linear, first, part.n_out, panel}, team);
    return part;
}

void linear_apply(const struct linear *linear, const struct product *product,
                  float *panel, struct thread_team *team)
{
    struct product piece = *product;
    int step;

    if (linear->w) {
        share_product(linear, product, team);
        return;
    }
    step = panel_outputs(linear);
    for (int first = 0; first < linear->n_out; first += step) {
        struct linear part = convert_panel(linear, first, step, panel, team);

        piece.y = product->y + first;
        share_product(&part, &piece, team);
    }
}

/* y (rows, n_in) += x (rows, n_out) W^T for a matrix in memory. */
static void multiply_transposed(const struct linear *linear,
                                const struct product *product)
{
    bool plain = linear->out_stride == 1 &&
                 linear->in_stride >= linear->n_out;
    int64_t w_stride = plain ? linear->in_stride : linear->out_stride;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, plain ? CblasTrans : CblasNoTrans,
                (int)product->rows, linear->n_in, linear->n_out, 1.0f,
                product->x, (int)product->x_stride, linear->w, (int)w_stride,
                1.0f, product->y, (int)product->y_stride);
}

void linear_apply_transposed(const struct linear *linear,
                             const struct product *product, float *panel)
{
    struct linear part = *linear;
    struct product piece = *product;
    int step = linear->w ? linear->n_out : panel_outputs(linear);

    for (int64_t i = 0; i < product->rows; i++)
        memset(product->y + i * product->y_stride, 0,
               (size_t)linear->n_in * sizeof *product->y);
    for (int first = 0; first < linear->n_out; first += step) {
        piece.x = product->x + first;
        if (!linear->w)
            part = convert_panel(linear, first, step, panel, NULL);
        multiply_transposed(&part, &piece);
    }
}

bool linear_join(const struct linear *a, const struct linear *b,
                 struct linear *both)
{
    const float *next_bias = a->b ? a->b + a->n_out : NULL;

    if (!a->w || a->n_in != b->n_in || a->in_stride != b->in_stride ||
        a->out_stride != b->out_stride || b->b != next_bias ||
        b->w != a->w + a->n_out * a->out_stride)
        return false;
    *both = *a;
    both->n_out += b->n_out;
    return true;
}

struct linear linear_inputs(const struct linear *linear, int first, int n)
{
    struct linear part = *linear;

    if (part.w)
        part.w += first * part.in_stride;
    part.stored.input += first;
    part.n_in = n;
    part.b = NULL;
    return part;
}

struct linear linear_outputs(const struct linear *linear, int first, int n)
{
    struct linear part = *linear;
    struct stored *s = &part.stored;

    part.n_out = n;
    part.b = part.b ? part.b + first : NULL;
    if (part.w)
        part.w += first * part.out_stride;
    if (!s->tensor)
        return part;
    assert(first % s->run == 0 || first % s->run + n <= s->run);
    s->first += first / s->run * s->period + first % s->run;
    if (first % s->run)
        s->run = n;
    return part;
}
