/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-panels.c - weights that stay as their files have them: what they give
 * when they are converted once, bit for bit. */
#include "tests.h"

#include "capture.h"
#include "base/read-file.h"
#include "base/mem.h"
#include "model-fixture.h"
#include "hooks/hook-points.h"
#include "format/safetensors.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_TOKEN 12

static uint16_t half_of(enum dtype dtype, float value)
{
    return dtype == DTYPE_F16 ? make_model_f16(value) : make_model_bf16(value);
}

/* A matrix of 16-bit values, and what is expected of it. */
struct trial {
    enum dtype dtype;
    bool in_first;
    int n_in, n_out, rows;
    int run, gap; /* outputs side by side, and others between */
    bool bias;
};

static float value_of(int64_t i)
{
    return (float)((i * 7919 + 13) % 1009 - 504) / 512;
}

/* The stored matrix within a wider and longer tensor. */
static struct linear store(const struct trial *t, struct tensor *tensor,
                           uint16_t **data)
{
    int period = t->run + t->gap;
    int64_t wide = (t->n_out + t->run - 1) / t->run * period + 3;
    size_t n = (size_t)wide * (size_t)(t->n_in + 2);

    *data = mem_new(n, sizeof **data);
    for (size_t i = 0; i < n; i++)
        (*data)[i] = half_of(t->dtype, value_of((int64_t)i));
    *tensor = (struct tensor){.dtype = t->dtype, .n_dim = 2,
                              .data = *data, .size = n * sizeof **data};
    tensor->dim[t->in_first ? 1 : 0] = wide;
    tensor->dim[t->in_first ? 0 : 1] = t->n_in + 2;
    return (struct linear){
        .n_in = t->n_in, .n_out = t->n_out,
        .in_stride = t->in_first ? t->n_out : 1,
        .out_stride = t->in_first ? 1 : t->n_in,
        .stored = {tensor, t->in_first, 3, t->run, period, 2}};
}

/* Element (i, j), from the definition of struct stored. */
static double element(const struct linear *l, int i, int j)
{
    const struct stored *s = &l->stored;
    int64_t place = s->first + j / s->run * s->period + j % s->run;
    float value;

    tensor_read_row(s->tensor, s->in_first ? s->input + i : place,
                    s->in_first ? place : s->input + i, 1, &value);
    return (double)value;
}

/* The largest difference of a row from the product in float64, over the
 * row's norm. */
static double worst_row(const struct linear *l, const float *x, int rows,
                        const float *y)
{
    size_t n = (size_t)rows * (size_t)l->n_out;
    double *want = mem_new(n, sizeof *want), worst;

    for (int i = 0; i < l->n_in; i++)
        for (int j = 0; j < l->n_out; j++) {
            double w = element(l, i, j);

            for (int r = 0; r < rows; r++)
                want[r * l->n_out + j] += (double)x[r * l->n_in + i] * w;
        }
    for (int r = 0; r < rows; r++)
        for (int j = 0; l->b && j < l->n_out; j++)
            want[r * l->n_out + j] += (double)l->b[j];
    worst = capture_worst_row(y, want, rows, l->n_out, NULL);
    free(want);
    return worst;
}

static void check_trial(const struct trial *t)
{
    struct tensor tensor;
    uint16_t *data;
    struct linear stored = store(t, &tensor, &data), copied;
    size_t n_x = (size_t)t->rows * (size_t)t->n_in;
    size_t n_y = (size_t)t->rows * (size_t)t->n_out;
    size_t n_w = (size_t)t->n_in * (size_t)t->n_out;
    float *x = mem_new(n_x, sizeof *x), *w = mem_new(n_w, sizeof *w);
    float *b = mem_new((size_t)t->n_out, sizeof *b);
    float *once = mem_new(n_y, sizeof *once);
    float *panels = mem_new(n_y, sizeof *panels);
    float *panel = mem_new(linear_panel(&stored), sizeof *panel);

    for (size_t i = 0; i < n_x; i++)
        x[i] = value_of((int64_t)i * 31 + 5);
    for (int j = 0; j < t->n_out; j++)
        b[j] = value_of(j * 17 + 1);
    stored.b = t->bias ? b : NULL;
    copied = stored;
    copied.w = w;
    linear_read(&stored, 0, t->n_out, w);
    linear_apply(&copied,
                 &(struct product){x, once, t->n_in, t->n_out, t->rows},
                 NULL, NULL);
    linear_apply(&stored,
                 &(struct product){x, panels, t->n_in, t->n_out, t->rows},
                 panel, NULL);
    CU_ASSERT_EQUAL(memcmp(once, panels, n_y * sizeof *once), 0);
    CU_ASSERT(worst_row(&stored, x, t->rows, panels) <= 1e-5);
    CU_ASSERT_EQUAL(linear_panel(&copied), 0);
    free(data);
    free(x);
    free(w);
    free(b);
    free(once);
    free(panels);
    free(panel);
}

/* Odd sizes; several panels, the last one short; fused and grouped outputs,
 * of which a panel ends within a run. */
static void test_products(void)
{
    static const struct trial trials[] = {
        {DTYPE_F16, false, 37, 5, 1, 5, 0, true},
        {DTYPE_BF16, true, 37, 5, 3, 5, 0, false},
        {DTYPE_F16, true, 5501, 401, 1, 401, 0, true},
        {DTYPE_F16, false, 5501, 401, 33, 401, 0, false},
        {DTYPE_BF16, true, 5501, 401, 33, 401, 7, true},
        {DTYPE_BF16, false, 5501, 401, 1, 64, 128, true},
        {DTYPE_F16, false, 4097, 577, 130, 24, 17, true},
        {DTYPE_F16, true, 4097, 577, 7, 24, 17, false},
        {DTYPE_BF16, false, 3, 1, 9, 1, 2, true},
    };

    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        check_trial(&trials[i]);
}

static void write_values(FILE *file, const struct tensor *tensor,
                         enum dtype dtype)
{
    size_t n = tensor_count(tensor);
    float *values = mem_new(n, sizeof *values);

    tensor_read(tensor, values);
    for (size_t i = 0; i < n; i++) {
        uint16_t half = half_of(dtype, values[i]);

        fwrite(&half, sizeof half, 1, file);
    }
    free(values);
}

/* The same tensors in 16 bits: header, then the values, one by one. Types that
 * are no floats are those of stray buffers, which no model reads. */
static void write_half(const char *dir, const struct tensors *tensors,
                       enum dtype dtype)
{
    const char *type = dtype == DTYPE_F16 ? "F16" : "BF16";
    char *path = mem_path(dir, FIXTURE_WEIGHTS);
    FILE *file = fopen(path, "wb");
    json_t *header = json_object();
    uint64_t length, at = 0;
    char *text;

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (size_t i = 0; i < tensors->n; i++) {
        const struct tensor *t = &tensors->tensors[i];
        uint64_t size = tensor_count(t) * 2;
        json_t *shape;

        if (t->dtype == DTYPE_OTHER)
            continue;
        shape = json_array();
        for (int d = 0; d < t->n_dim; d++)
            json_array_append_new(shape, json_integer(t->dim[d]));
        json_object_set_new(
            header, t->name,
            json_pack("{s:s, s:o, s:[I, I]}", "dtype", type, "shape", shape,
                      "data_offsets", (json_int_t)at,
                      (json_int_t)(at + size)));
        at += size;
    }
    text = json_dumps(header, JSON_COMPACT);
    length = strlen(text);
    fwrite(&length, sizeof length, 1, file);
    fputs(text, file);
    for (size_t i = 0; i < tensors->n; i++)
        if (tensors->tensors[i].dtype != DTYPE_OTHER)
            write_values(file, &tensors->tensors[i], dtype);
    CU_ASSERT_EQUAL(fclose(file), 0);
    free(text);
    json_decref(header);
    free(path);
}

/* Points at which the two passes differ. */
static int differences(const struct capture *a, const struct capture *b)
{
    int differ = 0;

    for (int p = 0; p < TRANSECT_N_POINTS; p++) {
        size_t layers = point_info(p)->layered ? (size_t)a->config->n_layer
                                               : 1;
        size_t cols = capture_columns(a, p);
        size_t n = layers * capture_heads(a, p) * N_TOKEN * cols;

        if (!capture_has(a->config, p))
            continue;
        differ += memcmp(a->tensors[p], b->tensors[p],
                         n * sizeof(float)) != 0;
    }
    return differ;
}

/* Every point of a pass by panels and of one without; a view that was asked
 * for in between makes no difference. */
static void check_passes(struct model *model, const char *name)
{
    struct capture panels, once;
    struct transect_view view;
    int32_t tokens[N_TOKEN];
    uint64_t stored = model_stored_bytes(model);
    int differ;

    capture_tokens(tokens, N_TOKEN, model->config.n_vocab, 3);
    capture_init(&panels, &model->config, N_TOKEN, 0);
    capture_init(&once, &model->config, N_TOKEN, 0);
    CU_ASSERT(stored > 0);
    CU_ASSERT_TRUE(model_weight(model, TRANSECT_W_O, 0, 1, &view));
    CU_ASSERT(model_stored_bytes(model) < stored);
    CU_ASSERT_PTR_NULL(model->blocks[0].o.w);
    capture_run(model, &panels, tokens, 1);
    CU_ASSERT_EQUAL(model_convert(model, &fixture_err), ST_OK);
    CU_ASSERT_PTR_EQUAL(view.data, model->blocks[0].o.w +
                                       model->config.d_head *
                                           model->blocks[0].o.in_stride);
    CU_ASSERT_EQUAL(model_panel(model), 0);
    capture_run(model, &once, tokens, 1);
    differ = differences(&panels, &once);
    if (differ)
        fprintf(stderr, "# %s: %d points differ\n", name, differ);
    CU_ASSERT_EQUAL(differ, 0);
    capture_clear(&panels);
    capture_clear(&once);
}

static void check_golden(const char *dir, const char *name, enum dtype dtype)
{
    char *path = mem_path(dir, "config.json"), *config;
    struct tensors *tensors;
    struct model *model;
    size_t size;

    fixture_make(&(struct model_recipe){0});
    CU_ASSERT_EQUAL_FATAL(read_file(path, &config, &size, &fixture_err), 0);
    CU_ASSERT_EQUAL_FATAL(safetensors_open(dir, &tensors, &fixture_err), 0);
    fixture_put("config.json", config, size);
    write_half(fixture_dir, tensors, dtype);
    model = fixture_open();
    check_passes(model, name);
    model_close(model);
    tensors_close(tensors);
    fixture_remove();
    free(config);
    free(path);
}

static void test_families(void)
{
    char *top = mem_path(getenv("srcdir"), "tests/golden");
    DIR *folder = opendir(top);
    const struct dirent *entry;
    int n = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    while ((entry = readdir(folder))) {
        char *dir = mem_path(top, entry->d_name);

        if (entry->d_name[0] != '.') {
            check_golden(dir, entry->d_name, DTYPE_F16);
            check_golden(dir, entry->d_name, DTYPE_BF16);
            n++;
        }
        free(dir);
    }
    CU_ASSERT(n > 0);
    closedir(folder);
    free(top);
}

/* Wide enough for several panels of the unembedding and of the MLPs. */
static void test_gpt2(void)
{
    static const char *const types[] = {"F16", "BF16"};

    for (size_t i = 0; i < 2; i++) {
        struct model *model;

        fixture_make(&(struct model_recipe){
            .heads = 6, .width = 192, .inner = 6001, .vocab = 7001,
            .dtype = types[i], .untied = i == 1});
        model = fixture_open();
        CU_ASSERT(linear_panel(&model->unembed) < 192 * 7001);
        CU_ASSERT(linear_panel(&model->blocks[1].mlp.in) < 192 * 6001);
        check_passes(model, types[i]);
        model_close(model);
        fixture_remove();
    }
}

CU_ErrorCode add_panels_tests(void)
{
    CU_pSuite s = CU_add_suite("panels", NULL, NULL);

    if (!s || !CU_add_test(s, "products by panels", test_products) ||
        !CU_add_test(s, "every family in 16 bits", test_families) ||
        !CU_add_test(s, "a model of several panels", test_gpt2))
        return CU_get_error();
    return CUE_SUCCESS;
}
