/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-pruner.c - what each semantics does to the model, against weights
 * edited by hand, the float64 reference and the baseline. */
#include "experiment-fixture.h"
#include "base/read-file.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Head width 32; samples are packed. */
enum { LAYERS = 3, HEADS = 4, WIDTH = 128, D = WIDTH / HEADS };
enum { SAMPLES = 3, TOKENS = 50 };

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = HEADS, .width = WIDTH, .seed = 51};

/* Two correct ways to the same float32 result. */
#define TOLERANCE 1e-6

#define V "[variant v]\n"
#define SLICE "pruner.semantics = post-projection-slice\n"

static bool start(struct trial *trial)
{
    return trial_make(trial, &recipe, SAMPLES, TOKENS);
}

/* What a point showed in the variant v, and in a run without variants. */
struct pair {
    struct watch after, before;
};

static bool watch_pair(struct trial *trial, const char *sections, int point,
                       struct pair *pair)
{
    *pair = (struct pair){0};
    return trial_watch(trial, sections, "v", point, &pair->after) &&
           trial_watch(trial, "", "baseline", point, &pair->before);
}

static void pair_end(struct pair *pair)
{
    watch_end(&pair->after);
    watch_end(&pair->before);
}

/* Where the data of a tensor begin in a safetensors file. */
static long tensor_offset(const char *path, const char *name)
{
    char *bytes;
    size_t size;
    struct error err;
    uint64_t length;
    json_t *header;
    json_int_t begin;

    CU_ASSERT_EQUAL_FATAL(read_file(path, &bytes, &size, &err), ST_OK);
    memcpy(&length, bytes, sizeof length);
    header = json_loadb(bytes + 8, length, 0, NULL);
    begin = json_integer_value(json_array_get(
        json_object_get(json_object_get(header, name), "data_offsets"), 0));
    CU_ASSERT(begin > 0);
    json_decref(header);
    free(bytes);
    return (long)(8 + length) + (long)begin;
}

/* Zeroes a head's rows of W_O in the model's file. */
static void cut_weights(const struct trial *trial, int layer, int head)
{
    static const char zeros[sizeof(float) * D * WIDTH];
    char *path = mem_path(trial->model, "model.safetensors");
    char *name = mem_printf("transformer.h.%d.attn.c_proj.weight", layer);
    long begin = tensor_offset(path, name);
    FILE *file = fopen(path, "r+b");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fseek(file, begin + head * (long)sizeof zeros, SEEK_SET);
    CU_ASSERT_EQUAL(fwrite(zeros, sizeof zeros, 1, file), 1);
    CU_ASSERT_EQUAL(fclose(file), 0);
    free(name);
    free(path);
}

/* The hidden states of the pruned model are those of a model without the
 * heads' weights, and not those of the whole model. */
static void check_by_hand(const char *sections, const int (*heads)[2],
                          size_t n)
{
    struct trial pruned, cut;
    struct watch want = {0};
    struct pair got;

    if (!start(&pruned))
        return;
    if (!start(&cut)) {
        trial_remove(&pruned);
        return;
    }
    for (size_t i = 0; i < n; i++)
        cut_weights(&cut, heads[i][0], heads[i][1]);
    if (watch_pair(&pruned, sections, TRANSECT_RESID_POST, &got) &&
        trial_watch(&cut, "", "baseline", TRANSECT_RESID_POST, &want)) {
        CU_ASSERT(watch_error(&got.after, &want) <= TOLERANCE);
        CU_ASSERT(watch_error(&got.before, &want) > 1e-3);
    }
    watch_end(&want);
    pair_end(&got);
    trial_remove(&cut);
    trial_remove(&pruned);
}

static void test_by_hand(void)
{
    static const int one[][2] = {{1, 2}};
    static const int set[][2] = {{0, 3}, {1, 0}, {1, 2}, {2, 1}};

    check_by_hand(V "pruner.heads = L1H2\n", one, 1);
    check_by_hand(V "pruner.heads = L0H3 L1H0 L1H2 L2H1\n"
                    "pruner.semantics = z\npruner.method = zero\n", set, 4);
    check_by_hand(V "pruner.heads = L0H3 L1H0 L1H2 L2H1\n"
                    "pruner.semantics = result\n", set, 4);
}

static void test_z_is_result(void)
{
    static const char *const heads[] = {"L0H0", "L2H3", "L0H1 L1H* L2H0-2",
                                        "*"};
    struct trial trial;

    if (!start(&trial))
        return;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char *z = mem_printf(V "pruner.heads = %s\n", heads[i]);
        char *result = mem_printf("%spruner.semantics = result\n", z);
        struct watch a, b = {0};

        if (trial_watch(&trial, z, "v", TRANSECT_RESID_POST, &a) &&
            trial_watch(&trial, result, "v", TRANSECT_RESID_POST, &b))
            CU_ASSERT(watch_error(&b, &a) <= TOLERANCE);
        watch_end(&a);
        watch_end(&b);
        free(z);
        free(result);
    }
    trial_remove(&trial);
}

/* attn_out (TOKENS, WIDTH) += scale * z (TOKENS, D) W_O of head `to`. */
static void add_projected(double *out, const double *z, double scale,
                          const struct model *model, int layer, int to)
{
    struct transect_view w;

    CU_ASSERT_TRUE_FATAL(model_weight(model, TRANSECT_W_O, layer, to, &w));
    for (int t = 0; t < TOKENS; t++)
        for (int i = 0; i < D; i++)
            for (int j = 0; j < WIDTH; j++)
                out[t * WIDTH + j] +=
                    scale * z[t * D + i] *
                    (double)w.data[i * w.row_stride + j * w.col_stride];
}

static void add_scaled(double *out, const double *x, double scale)
{
    for (int i = 0; i < TOKENS * WIDTH; i++)
        out[i] += scale * x[i];
}

/* attn_out of layer 1 where heads 0 and 2 are the mean of 1 and 3: of their
 * z, through the pruned head's own W_O; or of what W_O made of them. */
static void expect_mean(const struct reference *reference,
                        const struct model *model, bool projected,
                        double *out)
{
    const double *at[HEADS], *z[HEADS];
    int rows, cols;

    for (int h = 0; h < HEADS; h++) {
        at[h] = reference_get(reference, TRANSECT_HEAD_OUT, 1, h, &rows,
                              &cols);
        z[h] = reference_get(reference, TRANSECT_Z, 1, h, &rows, &cols);
    }
    memcpy(out, reference_get(reference, TRANSECT_ATTN_OUT, 1, 0, &rows,
                              &cols), TOKENS * WIDTH * sizeof *out);
    for (int h = 0; h < HEADS; h += 2) {
        add_scaled(out, at[h], -1);
        for (int s = 1; s < HEADS; s += 2) {
            if (projected)
                add_scaled(out, at[s], 0.5);
            else
                add_projected(out, z[s], 0.5, model, 1, h);
        }
    }
}

static void check_mean(struct trial *trial, const char *semantics,
                       struct watch *watch)
{
    char *sections = mem_printf(V "pruner.heads = L1H0 L1H2 L2H1\n"
                                  "pruner.method = mean\n"
                                  "pruner.semantics = %s\n", semantics);
    double *want = mem_new(TOKENS * WIDTH, sizeof *want);

    if (!trial_watch(trial, sections, "v", TRANSECT_ATTN_OUT, watch))
        goto out;
    for (int s = 0; s < SAMPLES; s++) {
        struct reference *reference;

        CU_ASSERT_EQUAL_FATAL(reference_run(trial->model,
                                            trial->tokens + s * TOKENS,
                                            TOKENS, &reference), 0);
        expect_mean(reference, trial->plan->model, semantics[0] == 'r',
                    want);
        CU_ASSERT(row_error(watch_at(watch, s, 1, 0), want, TOKENS, WIDTH) <=
                  1e-5);
        reference_free(reference);
    }
out:
    free(want);
    free(sections);
}

/* The mean of z and the mean of results are not the same. */
static void test_mean(void)
{
    struct watch z = {0}, result = {0};
    struct trial trial;

    if (!start(&trial))
        return;
    check_mean(&trial, "z", &z);
    check_mean(&trial, "result", &result);
    if (z.data && result.data)
        CU_ASSERT(watch_error(&z, &result) > 1e-3);
    watch_end(&z);
    watch_end(&result);
    trial_remove(&trial);
}

static const float *value_bias(const struct trial *trial, int layer,
                               int head)
{
    return trial->plan->model->blocks[layer].v.b + head * D;
}

static void test_z_input_zero(void)
{
    struct trial trial;
    struct pair z;

    if (!start(&trial))
        return;
    if (watch_pair(&trial, V "pruner.heads = L1H2\n"
                             "pruner.semantics = z-input\n", TRANSECT_Z,
                   &z)) {
        const float *bias = value_bias(&trial, 1, 2);

        for (int s = 0; s < SAMPLES; s++) {
            for (int t = 0; t < TOKENS; t++)
                CU_ASSERT_EQUAL(memcmp(watch_at(&z.after, s, 1, 2) + t * D,
                                       bias, D * sizeof *bias), 0);
            CU_ASSERT_EQUAL(memcmp(watch_at(&z.after, s, 1, 1),
                                   watch_at(&z.before, s, 1, 1),
                                   TOKENS * D * sizeof *bias), 0);
        }
    }
    pair_end(&z);
    trial_remove(&trial);
}

/* b_V + beta W_V of a head, in float64. */
static double folded_bias(const struct trial *trial, int layer, int head,
                          int j)
{
    const struct model *model = trial->plan->model;
    const float *beta = model->blocks[layer].ln1.bias;
    double sum = (double)value_bias(trial, layer, head)[j];
    struct transect_view w;

    CU_ASSERT_TRUE_FATAL(model_weight(model, TRANSECT_W_V, layer, head, &w));
    for (int i = 0; i < WIDTH; i++)
        sum += (double)beta[i] *
               (double)w.data[i * w.row_stride + j * w.col_stride];
    return sum;
}

/* What a norm that gives nothing but its bias leads to stays. */
static void test_z_folded(void)
{
    static double want[TOKENS * D];
    struct trial trial;
    struct pair z;

    if (!start(&trial))
        return;
    if (watch_pair(&trial, V "pruner.heads = L0H0 L1H2\n"
                             "pruner.semantics = z-folded\n", TRANSECT_Z,
                   &z)) {
        double beyond = 0;

        for (int i = 0; i < TOKENS * D; i++) {
            want[i] = folded_bias(&trial, 1, 2, i % D);
            beyond += fabs(want[i] - (double)value_bias(&trial, 1, 2)[i % D]);
        }
        CU_ASSERT(beyond > 0.1 * TOKENS);
        for (int s = 0; s < SAMPLES; s++) {
            CU_ASSERT(row_error(watch_at(&z.after, s, 1, 2), want, TOKENS,
                                D) <= TOLERANCE);
            CU_ASSERT_EQUAL(memcmp(watch_at(&z.after, s, 0, 1),
                                   watch_at(&z.before, s, 0, 1),
                                   TOKENS * D * sizeof(float)), 0);
        }
    }
    pair_end(&z);
    trial_remove(&trial);
}

/* The mean of what the survivors have beyond their value biases, on top of
 * the head's own. */
static void test_z_input_mean(void)
{
    static double want[TOKENS * D];
    struct trial trial;
    struct pair z;

    if (!start(&trial))
        return;
    if (watch_pair(&trial, V "pruner.heads = L0H0 L0H3\n"
                             "pruner.semantics = z-input\n"
                             "pruner.method = mean\n", TRANSECT_Z, &z)) {
        for (int i = 0; i < TOKENS * D; i++) {
            want[i] = (double)value_bias(&trial, 0, 3)[i % D];
            for (int h = 1; h <= 2; h++)
                want[i] += ((double)watch_at(&z.before, 2, 0, h)[i] -
                            (double)value_bias(&trial, 0, h)[i % D]) / 2;
        }
        CU_ASSERT(row_error(watch_at(&z.after, 2, 0, 3), want, TOKENS, D) <=
                  TOLERANCE);
    }
    pair_end(&z);
    trial_remove(&trial);
}

/* Columns of attn_out: those of the "head" are 0, the others stay; which is
 * not what becomes of the model without the head. */
static void test_slice(void)
{
    struct trial trial;
    struct watch z = {0};
    struct pair pair;

    if (!start(&trial))
        return;
    if (watch_pair(&trial, V "pruner.heads = L1H2\n" SLICE,
                   TRANSECT_ATTN_OUT, &pair))
        for (int i = 0; i < SAMPLES * TOKENS * WIDTH; i++)
            CU_ASSERT_EQUAL(watch_at(&pair.after, 0, 1, 0)[i],
                            i % WIDTH / D == 2
                                ? 0
                                : watch_at(&pair.before, 0, 1, 0)[i]);
    if (pair.after.data &&
        trial_watch(&trial, V "pruner.heads = L1H2\n", "v",
                    TRANSECT_ATTN_OUT, &z))
        CU_ASSERT(watch_error(&pair.after, &z) > 1e-2);
    watch_end(&z);
    pair_end(&pair);
    trial_remove(&trial);
}

/* For columns too the mean is that of the surviving ones. */
static void test_slice_mean(void)
{
    static double want[TOKENS * D];
    static float got[TOKENS * D];
    struct trial trial;
    struct pair pair;

    if (!start(&trial))
        return;
    if (watch_pair(&trial, V "pruner.heads = L1H0 L1H2\n"
                             "pruner.method = mean\n" SLICE,
                   TRANSECT_ATTN_OUT, &pair)) {
        for (int i = 0; i < TOKENS * D; i++) {
            const float *after = watch_at(&pair.after, 1, 1, 0);
            const float *before = watch_at(&pair.before, 1, 1, 0);
            int at = i / D * WIDTH + i % D;

            got[i] = after[at + 2 * D];
            want[i] = ((double)before[at + D] +
                       (double)before[at + 3 * D]) / 2;
        }
        CU_ASSERT(row_error(got, want, TOKENS, D) <= TOLERANCE);
    }
    pair_end(&pair);
    trial_remove(&trial);
}

/* Are two points equal bit for bit in layer 1 only, or (all) everywhere? */
static void check_equal(struct trial *trial, const char *sections, int x,
                        int y, bool all)
{
    struct watch a, b = {0};

    if (trial_watch(trial, sections, "v", x, &a) &&
        trial_watch(trial, sections, "v", y, &b))
        for (int l = 0; l < LAYERS; l++) {
            int differ = memcmp(watch_at(&a, 0, l, 0), watch_at(&b, 0, l, 0),
                                SAMPLES * TOKENS * WIDTH * sizeof(float));

            CU_ASSERT_EQUAL(differ == 0, all || l == 1);
        }
    watch_end(&a);
    watch_end(&b);
}

static void test_whole(void)
{
    static const char some[] = V "pruner.attention = 1\npruner.mlps = 1\n"
                                 "pruner.heads = L0H1\n";
    struct trial trial;

    if (!start(&trial))
        return;
    check_equal(&trial, V "pruner.attention = *\n", TRANSECT_RESID_PRE,
                TRANSECT_RESID_MID, true);
    check_equal(&trial, V "pruner.mlps = *\n", TRANSECT_RESID_MID,
                TRANSECT_RESID_POST, true);
    check_equal(&trial, some, TRANSECT_RESID_PRE, TRANSECT_RESID_MID, false);
    check_equal(&trial, some, TRANSECT_RESID_MID, TRANSECT_RESID_POST,
                false);
    trial_remove(&trial);
}

CU_ErrorCode add_pruner_tests(void)
{
    CU_pSuite suite = CU_add_suite("pruner", NULL, NULL);

    CU_add_test(suite, "a head's weights cut by hand", test_by_hand);
    CU_add_test(suite, "zero: z and result agree", test_z_is_result);
    CU_add_test(suite, "mean of z, mean of results", test_mean);
    CU_add_test(suite, "z-input: the value bias stays", test_z_input_zero);
    CU_add_test(suite, "z-input: mean without biases", test_z_input_mean);
    CU_add_test(suite, "z-folded: the norm's bias stays", test_z_folded);
    CU_add_test(suite, "columns of attn_out", test_slice);
    CU_add_test(suite, "mean of columns", test_slice_mean);
    CU_add_test(suite, "whole attention and MLP outputs", test_whole);
    return CU_get_error();
}
