/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* rate.c - what sgemm makes of products given, for each line of standard
 * input: the ceiling that grids.py takes in each of its turns. */
#include "bench.h"

#include "base/mem.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_PRODUCTS 16
#define SECONDS 0.3 /* that a line takes at least */

struct gemm {
    int m, n, k;
};

struct operands {
    float *a, *b, *c;
};

static int read_products(int argc, char **argv, struct gemm *products)
{
    if (argc < 1 || argc > MAX_PRODUCTS)
        return 1;
    for (int i = 0; i < argc; i++) {
        struct gemm *p = &products[i];

        if (sscanf(argv[i], "%dx%dx%d", &p->m, &p->n, &p->k) != 3 ||
            p->m < 1 || p->n < 1 || p->k < 1)
            return 1;
    }
    return 0;
}

static float *filled(size_t n, struct error *err)
{
    float *x = mem_tensor(n, 1, err);

    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)(i % 97) / 97 - 0.5f;
    return x;
}

static int operands_new(const struct gemm *products, int n,
                        struct operands *operands, struct error *err)
{
    size_t a = 0, b = 0, c = 0;

    for (const struct gemm *p = products; p < products + n; p++) {
        size_t rows = (size_t)p->m, cols = (size_t)p->n, k = (size_t)p->k;

        a = rows * k > a ? rows * k : a;
        b = cols * k > b ? cols * k : b;
        c = rows * cols > c ? rows * cols : c;
    }
    *operands = (struct operands){filled(a, err), filled(b, err),
                                  filled(c, err)};
    return operands->a && operands->b && operands->c ? ST_OK : err->status;
}

/* Operations in a second. */
static double rate(const struct gemm *products, int n,
                   const struct operands *operands)
{
    struct began began = begin();
    double seconds, done = 0;

    do {
        for (const struct gemm *p = products; p < products + n; p++) {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p->m, p->n,
                        p->k, 1.0f, operands->a, p->k, operands->b, p->n,
                        0.0f, operands->c, p->n);
            done += 2.0 * p->m * p->n * p->k;
        }
        seconds = since(&began).wall;
    } while (seconds < SECONDS);
    return done / seconds;
}

int bench_rate(const struct bench *bench, int argc, char **argv)
{
    struct gemm products[MAX_PRODUCTS];
    struct operands operands = {0};
    struct error err = {0};
    char line[64];
    int status;

    (void)bench;
    if (read_products(argc, argv, products)) {
        fputs("bench: products are needed, ROWSxCOLUMNSxK each\n", stderr);
        return 1;
    }
    status = operands_new(products, argc, &operands, &err);
    while (!status && fgets(line, sizeof line, stdin)) {
        printf("%.0f\n", rate(products, argc, &operands));
        fflush(stdout);
    }
    free(operands.a);
    free(operands.b);
    free(operands.c);
    return status ? bench_fail(&err) : 0;
}
