/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-direction.c - directions, held-out scores and accuracies as
 * scikit-learn has them (tests/data/direction.json, which
 * tests/parity/direction.py writes); what a logistic probe is by definition;
 * labels, folds and shuffles. */
#include "direction.h"
#include "base/json.h"
#include "base/mem.h"
#include "plugin/plugin-instance.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the vectors' size: pca comes of rows rounded to float32, all else is
 * computed in float64. */
#define BOUND 1e-6

static void end_instance(struct transect_ctx *ctx)
{
    for (size_t i = 0; i < ctx->n_blocks; i++)
        free(ctx->blocks[i]);
    free(ctx->blocks);
    *ctx = (struct transect_ctx){0};
}

static struct direction new_direction(struct transect_ctx *ctx)
{
    return (struct direction){
        .ctx = ctx, .host = &host_table, .c = 1,
        .linalg = host_table.extension(ctx, TRANSECT_LINALG),
        .wanted = {true, true, true}};
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    CU_ASSERT_FATAL(json_is_number(value));
    return json_number_value(value);
}

static double element(const json_t *object, const char *key, size_t i)
{
    return json_number_value(json_array_get(json_object_get(object, key), i));
}

/* One site with the rows, classes and folds of the case. */
static void take_case(struct direction *self, const json_t *of,
                      struct site *site)
{
    size_t n = json_array_size(json_object_get(of, "classes")), width;

    *site = (struct site){.width = (int32_t)number(of, "width")};
    width = (size_t)site->width;
    self->n_sample = (int32_t)n;
    self->c = number(of, "c");
    self->folds = (int32_t)number(of, "folds");
    self->shuffles = 1;
    self->sites = site;
    self->n_sites = 1;
    self->classes = host_table.alloc(self->ctx, n, 1);
    self->shuffled = host_table.alloc(self->ctx, n, 1);
    self->fold = host_table.alloc(self->ctx, n, sizeof *self->fold);
    site->rows = host_table.alloc(self->ctx, n * width, sizeof *site->rows);
    for (size_t i = 0; i < n; i++) {
        self->classes[i] = element(of, "classes", i) > 0;
        self->shuffled[i] = element(of, "shuffled", i) > 0;
        self->fold[i] = (int32_t)element(of, "fold", i);
    }
    for (size_t i = 0; i < n * width; i++)
        site->rows[i] = (float)element(of, "rows", i);
}

/* got (n) must be within BOUND of the largest. */
static void expect(const double *got, const json_t *of, const char *key,
                   size_t n)
{
    double largest = 0, off = 0;

    CU_ASSERT_EQUAL_FATAL(json_array_size(json_object_get(of, key)), n);
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(element(of, key, i)));
        off = fmax(off, fabs(got[i] - element(of, key, i)));
    }
    CU_ASSERT(largest > 0);
    CU_ASSERT(off <= BOUND * largest);
}

static void check_result(const struct direction *self,
                         const struct site *site, const json_t *right,
                         const struct result *result)
{
    double largest = 0;

    expect(result->rule.w, right, "w", (size_t)site->width);
    expect(result->held_out, right, "scores", (size_t)self->n_sample);
    for (int32_t i = 0; i < self->n_sample; i++)
        largest = fmax(largest, fabs(element(right, "scores", (size_t)i)));
    CU_ASSERT_DOUBLE_EQUAL(result->rule.b, number(right, "b"),
                           BOUND * fmax(largest, fabs(number(right, "b"))));
    CU_ASSERT_DOUBLE_EQUAL(result->accuracy.mean, number(right, "accuracy"),
                           1e-12);
    CU_ASSERT_DOUBLE_EQUAL(result->control.mean, number(right, "control"),
                           1e-12);
}

static void test_golden(void)
{
    static const char *const methods[] = {"mean", "pca", "logistic"};
    char *path = mem_path(getenv("top_srcdir"), "tests/data/direction.json");
    const char *name;
    struct error err;
    json_t *all, *one;
    int n = 0;

    CU_ASSERT_EQUAL_FATAL(json_load_object(path, &all, &err), ST_OK);
    json_object_foreach(all, name, one) {
        struct transect_ctx ctx = {0};
        struct direction self = new_direction(&ctx);
        struct site site;

        take_case(&self, one, &site);
        CU_ASSERT_EQUAL(direction_fit(&self), TRANSECT_OK);
        for (int method = 0; method < N_METHODS; method++)
            check_result(&self, &site, json_object_get(one, methods[method]),
                         &site.results[method]);
        end_instance(&ctx);
        n++;
    }
    CU_ASSERT_EQUAL(n, 4);
    json_decref(all);
    free(path);
}

static uint32_t state = 5;

static double any(void)
{
    state = state * 1664525u + 1013904223u;
    return (double)(int32_t)state / 2147483648.0;
}

/* A problem with random rows, times `size`, whose classes differ by `apart`
 * in each column; products of rows if they are wanted. */
static struct logistic make_problem(struct transect_ctx *ctx, int32_t n,
                                    int32_t width, double size, double apart,
                                    bool by_rows)
{
    size_t rows = (size_t)n, columns = (size_t)width;
    double *x = host_table.alloc(ctx, rows * columns, sizeof *x);
    double *gram = host_table.alloc(ctx, rows * rows, sizeof *gram);
    const double **list = host_table.alloc(ctx, rows, sizeof *list);
    unsigned char *classes = host_table.alloc(ctx, rows, 1);

    for (size_t i = 0; i < rows; i++) {
        classes[i] = i % 3 == 1;
        list[i] = x + i * columns;
        for (size_t j = 0; j < columns; j++)
            x[i * columns + j] = size * (any() + (classes[i] ? apart : 0));
    }
    for (size_t i = 0; i < rows * rows; i++)
        gram[i] = logistic_dot(list[i / rows], list[i % rows], width);
    return (struct logistic){.n = n, .width = width, .x = list,
                             .classes = classes, .c = 1,
                             .gram = by_rows ? gram : NULL};
}

/* At the minimum w = c sum_i (t_i - p_i) x_i, and sum_i (t_i - p_i) = 0. */
static void check_minimum(const struct logistic *problem, const double *w,
                          double b)
{
    double sum = 0, size = 0, off = 0;

    for (int32_t j = 0; j < problem->width; j++) {
        double slope = w[j];

        for (int32_t i = 0; i < problem->n; i++) {
            double f = logistic_dot(problem->x[i], w, problem->width) + b;
            double e = problem->classes[i] - 1 / (1 + exp(-f));

            slope -= problem->c * e * problem->x[i][j];
            size = fmax(size, fabs(problem->c * e * problem->x[i][j]));
            sum += j ? 0 : e;
        }
        off = fmax(off, fabs(slope));
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, 0, 1e-9 * problem->n);
    CU_ASSERT(off <= 1e-8 * size * problem->n);
}

static void test_minimum(void)
{
    static const struct {
        int32_t n, width;
        double size, apart, c;
    } cases[] = {
        {12, 30, 1, 0, 1},    {40, 7, 1, 0, 1},       {12, 30, 100, 2, 1},
        {40, 7, 100, 2, 1},   {20, 25, 1, 0.5, 1e5},  {30, 4, 1, 3, 1e5},
        {20, 25, 1, 1, 1e-6}, {30, 4, 1, 1, 1e-6},    {9, 12, 3000, 1, 1},
        {25, 25, 1, 0.1, 1},  {90, 9, 3000, 0.1, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int by_rows = 0; by_rows < 2; by_rows++) {
            struct transect_ctx ctx = {0};
            struct logistic problem = make_problem(
                &ctx, cases[i].n, cases[i].width, cases[i].size,
                cases[i].apart, by_rows);
            struct logistic_room room = logistic_room_new(
                &ctx, &host_table, problem.n,
                by_rows ? problem.n : problem.width);
            double *w = host_table.alloc(&ctx, (size_t)problem.width,
                                         sizeof *w), b;

            problem.c = cases[i].c;
            CU_ASSERT_EQUAL(
                logistic_fit(&ctx, &host_table,
                             host_table.extension(&ctx, TRANSECT_LINALG),
                             &problem, &room, w, &b), TRANSECT_OK);
            check_minimum(&problem, w, b);
            end_instance(&ctx);
        }
}

/* Rows that are all the same have no direction, and no class but one. */
static void test_same_rows(void)
{
    enum { N = 8, WIDTH = 3 };
    struct transect_ctx ctx = {0};
    struct direction self = new_direction(&ctx);
    float rows[N * WIDTH];
    unsigned char classes[N], shuffled[N];
    int32_t fold[N];
    struct site site = {.width = WIDTH, .rows = rows};

    for (int i = 0; i < N; i++) {
        classes[i] = shuffled[i] = i % 2;
        fold[i] = i / 2 % 2;
        for (int j = 0; j < WIDTH; j++)
            rows[i * WIDTH + j] = 0.1F * (float)(j + 1);
    }
    self.n_sample = N;
    self.folds = 2;
    self.shuffles = self.n_sites = 1;
    self.sites = &site;
    self.classes = classes;
    self.shuffled = shuffled;
    self.fold = fold;
    CU_ASSERT_EQUAL(direction_fit(&self), TRANSECT_OK);
    for (int method = 0; method < N_METHODS; method++) {
        const struct result *result = &site.results[method];

        CU_ASSERT_DOUBLE_EQUAL(result->norm, 0, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(result->gap, 0, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(result->accuracy.mean, 0.5, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(result->accuracy.se, sqrt(0.25 / (N - 1)),
                               1e-12);
    }
    end_instance(&ctx);
}

/* Values that are none are told with their place. */
static void test_not_finite(void)
{
    int32_t fold[] = {0, 0, 1, 1};
    unsigned char classes[] = {0, 1, 0, 1};
    float rows[] = {1, 2, 3, 4, 5, NAN, 7, 8};
    struct transect_ctx ctx = {0};
    struct direction self = new_direction(&ctx);
    struct site site = {.point = TRANSECT_RESID_POST, .layer = 3, .width = 2,
                        .rows = rows};

    self.n_sample = 4;
    self.folds = 2;
    self.shuffles = self.n_sites = 1;
    self.sites = &site;
    self.classes = self.shuffled = classes;
    self.fold = fold;
    CU_ASSERT_EQUAL(direction_fit(&self), TRANSECT_FAILED);
    CU_ASSERT_STRING_EQUAL(ctx.error.text, "resid_post of layer 3 has a value "
                           "that is not finite, in sample 2");
    end_instance(&ctx);
}

/* Labels of the samples; NULL ends them. */
static const char *const *labels;

static int give_prompt(transect_ctx *ctx, int32_t sample,
                       struct transect_prompt *prompt)
{
    (void)ctx;
    prompt->label = labels[sample];
    if (prompt->label && strcmp(prompt->label, "-") == 0)
        prompt->label = NULL;
    return TRANSECT_OK;
}

static const struct transect_prompts_host prompts = {
    .size = sizeof prompts, .prompt = give_prompt};

static int read_labels(struct direction *self, const char *const *list,
                       int32_t folds)
{
    labels = list;
    self->prompts = &prompts;
    self->folds = folds;
    self->n_sample = 0;
    self->n_of[0] = self->n_of[1] = 0;
    while (list[self->n_sample])
        self->n_sample++;
    return direction_take_labels(self);
}

static void check_order(const char *const *list, const char *first,
                        const char *second, int32_t n_first)
{
    struct transect_ctx ctx = {0};
    struct direction self = new_direction(&ctx);

    CU_ASSERT_EQUAL(read_labels(&self, list, 2), TRANSECT_OK);
    CU_ASSERT_STRING_EQUAL(self.labels[0], first);
    CU_ASSERT_STRING_EQUAL(self.labels[1], second);
    CU_ASSERT_EQUAL(self.n_of[0], n_first);
    CU_ASSERT_EQUAL(self.n_of[1], self.n_sample - n_first);
    end_instance(&ctx);
}

static void check_refused(const char *const *list, int32_t folds,
                          const char *why)
{
    struct transect_ctx ctx = {0};
    struct direction self = new_direction(&ctx);

    CU_ASSERT_EQUAL(read_labels(&self, list, folds), TRANSECT_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(ctx.error.text, why));
    end_instance(&ctx);
}

static void test_labels(void)
{
    check_order((const char *[]){"b", "a", "b", "a", "b", NULL}, "a", "b", 2);
    check_order((const char *[]){"1e1", "9", "9", "1e1", NULL}, "9", "1e1", 2);
    check_order((const char *[]){"0", "-1", "0", "-1", NULL}, "-1", "0", 2);
    check_order((const char *[]){"10", "9x", "10", "9x", NULL}, "10", "9x", 2);
    check_refused((const char *[]){"10", "9", "9x", "10", NULL}, 2,
                  "more than two labels: 10, 9 and 9x");
    check_refused((const char *[]){"a", "a", NULL}, 2,
                  "all samples have the label a");
    /* Of 40 bytes the last begins a character, which is left out. */
    check_refused((const char *[]){"123456789012345678901234567890123456789"
                                   "\u00e4", NULL}, 2,
                  "456789; this tells two");
    /* Texts are classes, whatever numbers they look like. */
    check_order((const char *[]){"1.0", "1", "1", "1.0", NULL}, "1", "1.0", 2);
    check_order((const char *[]){"0e2", "0e1", "0e1", "0e2", NULL}, "0e1",
                "0e2", 2);
    check_order((const char *[]){"9007199254740993", "9007199254740992",
                                 "9007199254740992", "9007199254740993",
                                 NULL},
                "9007199254740992", "9007199254740993", 2);
    check_order((const char *[]){"9", "0x10", "0x10", "9", NULL}, "0x10", "9",
                2);
    check_order((const char *[]){"1", " 2", " 2", "1", NULL}, " 2", "1", 2);
    check_refused((const char *[]){"0e1", "0e2", "0e3", "0e1", NULL}, 2,
                  "more than two labels: 0e1, 0e2 and 0e3");
    check_refused((const char *[]){"x", "", "x", "", NULL}, 2,
                  "sample 1 has an empty label");
    check_refused((const char *[]){" ", "x", "x", " ", NULL}, 2,
                  "sample 0 has an empty label");
    check_refused((const char *[]){"a", "b", "-", "b", NULL}, 2,
                  "sample 2 has no label");
    check_refused((const char *[]){"a", "b", "b", NULL}, 2,
                  "only 1 sample has the label a, and folds = 2");
    check_refused((const char *[]){"a", "b", "a", "b", NULL}, 3,
                  "only 2 samples have the label a");
}

/* Each fold must have its part of a class, before and behind shuffles. */
static void check_dealt(const struct direction *self)
{
    for (int32_t fold = 0; fold < self->folds; fold++) {
        int32_t n[2] = {0}, shuffled[2] = {0};

        for (int32_t i = 0; i < self->n_sample; i++)
            if (self->fold[i] == fold) {
                n[self->classes[i]]++;
                shuffled[self->shuffled[i]]++;
            }
        for (int k = 0; k < 2; k++) {
            CU_ASSERT(n[k] >= self->n_of[k] / self->folds);
            CU_ASSERT(n[k] <= self->n_of[k] / self->folds + 1);
            CU_ASSERT_EQUAL(n[k], shuffled[k]);
        }
        CU_ASSERT(n[0] + n[1] >= self->n_sample / self->folds);
        CU_ASSERT(n[0] + n[1] <= self->n_sample / self->folds + 1);
    }
}

static void test_folds(void)
{
    enum { N = 41 };
    const char *list[N + 1] = {0};
    struct direction dealt[3];
    struct transect_ctx ctx[3];
    int same = 0;

    for (int i = 0; i < N; i++)
        list[i] = i % 3 == 1 ? "b" : "a";
    for (int i = 0; i < 3; i++) {
        ctx[i] = (struct transect_ctx){.random_key = i < 2 ? 1 : 2};
        dealt[i] = new_direction(&ctx[i]);
        CU_ASSERT_EQUAL(read_labels(&dealt[i], list, 4), TRANSECT_OK);
        dealt[i].shuffles = 2;
        direction_deal(&dealt[i]);
        check_dealt(&dealt[i]);
    }
    CU_ASSERT(memcmp(dealt[0].fold, dealt[1].fold, N * sizeof(int32_t)) == 0);
    CU_ASSERT(memcmp(dealt[0].shuffled, dealt[1].shuffled, 2 * N) == 0);
    CU_ASSERT(memcmp(dealt[0].fold, dealt[2].fold, N * sizeof(int32_t)) != 0);
    CU_ASSERT(memcmp(dealt[0].shuffled, dealt[0].shuffled + N, N) != 0);
    for (int i = 0; i < N; i++)
        same += dealt[0].shuffled[i] == dealt[0].classes[i];
    CU_ASSERT(same < N);
    for (int i = 0; i < 3; i++)
        end_instance(&ctx[i]);
}

CU_ErrorCode add_direction_tests(void)
{
    CU_pSuite suite = CU_add_suite("direction", NULL, NULL);

    CU_add_test(suite, "as scikit-learn", test_golden);
    CU_add_test(suite, "a logistic probe is the minimum", test_minimum);
    CU_add_test(suite, "rows that are the same", test_same_rows);
    CU_add_test(suite, "rows that are not finite", test_not_finite);
    CU_add_test(suite, "two classes of labels", test_labels);
    CU_add_test(suite, "folds and shuffles", test_folds);
    return CU_get_error();
}
