/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-patcher-sources.c - what other prompts have and what files have, put
 * into a pass; and what is refused. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 2, HEADS = 2, WIDTH = 8, SAMPLES = 3, TOKENS = 6, VOCAB = 40 };

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = HEADS, .width = WIDTH, .vocab = VOCAB,
    .seed = 63};

#define V "[variant v]\n"

static bool start(struct trial *trial)
{
    return trial_make(trial, &recipe, SAMPLES, TOKENS);
}

static struct samples *make_samples(int other)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    for (int i = 0; i < SAMPLES; i++) {
        int32_t tokens[TOKENS];

        for (int j = 0; j < TOKENS; j++)
            tokens[j] = (i * 13 + j * 7 + other * 5) % VOCAB;
        samples_add(samples, tokens, TOKENS);
    }
    return samples;
}

/* Samples whose pairs have them one position later: the last has none. */
static struct samples *make_pairs(bool shifted)
{
    struct samples *samples = make_samples(0);

    samples->pair = make_samples(1);
    if (shifted) {
        samples->partner = mem_new(SAMPLES * TOKENS, sizeof(int32_t));
        for (int i = 0; i < SAMPLES * TOKENS; i++)
            samples->partner[i] = i % TOKENS + 1 < TOKENS ? i % TOKENS + 1
                                                          : -1;
    }
    return samples;
}

/* What a point shows in the variant, and in the prompts and pairs alone. */
struct three {
    struct watch after, prompt, pair;
};

static bool watch_three(struct trial *trial, const char *sections, int point,
                        bool shifted, struct three *three)
{
    *three = (struct three){0};
    trial->samples = make_pairs(shifted);
    if (!trial_watch(trial, sections, "v", point, &three->after))
        return false;
    trial->samples = make_samples(0);
    if (!trial_watch(trial, "", "baseline", point, &three->prompt))
        return false;
    trial->samples = make_samples(1);
    return trial_watch(trial, "", "baseline", point, &three->pair);
}

static void three_end(struct three *three)
{
    watch_end(&three->after);
    watch_end(&three->prompt);
    watch_end(&three->pair);
}

static bool same_row(const struct watch *a, int t, const struct watch *b,
                     int u, int sample, int layer, int head)
{
    return memcmp(watch_at(a, sample, layer, head) + t * a->cols,
                  watch_at(b, sample, layer, head) + u * b->cols,
                  (size_t)a->cols * sizeof(float)) == 0;
}

static void test_pair(void)
{
    struct trial trial;
    struct three three;

    if (!start(&trial))
        return;
    if (watch_three(&trial, V "patcher.point = z\npatcher.heads = L1H1\n"
                    "patcher.positions = 1 4-5\npatcher.from = pair\n",
                    TRANSECT_Z, false, &three))
        for (int s = 0; s < SAMPLES; s++)
            for (int t = 0; t < TOKENS; t++) {
                CU_ASSERT(same_row(&three.after, t,
                                   t == 1 || t > 3 ? &three.pair
                                                   : &three.prompt,
                                   t, s, 1, 1));
                CU_ASSERT(same_row(&three.after, t, &three.prompt, t, s, 1,
                                   0));
            }
    three_end(&three);
    trial_remove(&trial);
}

/* The stream of the first layer is all that later ones know of the tokens. */
static void test_whole_pair(void)
{
    struct trial trial;
    struct three three;

    if (!start(&trial))
        return;
    if (watch_three(&trial, V "patcher.point = resid_pre\npatcher.layers = 0\n"
                    "patcher.from = pair\n", TRANSECT_LOGITS, false, &three))
        for (int s = 0; s < SAMPLES; s++)
            for (int t = 0; t < TOKENS; t++)
                CU_ASSERT(same_row(&three.after, t, &three.pair, t, s, 0, 0));
    three_end(&three);
    trial_remove(&trial);
}

static void test_partners(void)
{
    const struct transect_table *table;
    struct trial trial;
    struct three three;

    if (!start(&trial))
        return;
    if (watch_three(&trial, V "patcher.point = mlp_out\npatcher.layers = 0\n"
                    "patcher.from = pair\n", TRANSECT_MLP_OUT, true, &three))
        for (int s = 0; s < SAMPLES; s++)
            for (int t = 0; t < TOKENS; t++)
                CU_ASSERT(same_row(&three.after, t,
                                   t + 1 < TOKENS ? &three.pair
                                                  : &three.prompt,
                                   t + 1 < TOKENS ? t + 1 : t, s, 0, 0));
    three_end(&three);
    trial.samples = make_pairs(true);
    if (trial_do(&trial, V "patcher.point = mlp_out\npatcher.layers = 0\n"
                 "patcher.from = pair\n")) {
        table = trial_table(&trial, "v", "patcher", "patched");
        CU_ASSERT_EQUAL(trial_number(table, 0, "rows"),
                        SAMPLES * (TOKENS - 1));
        CU_ASSERT_EQUAL(trial_number(table, 0, "without_partner"), SAMPLES);
        CU_ASSERT_STRING_EQUAL(trial_text(table, 0, "point"), "mlp_out");
    }
    trial.samples = make_pairs(true);
    CU_ASSERT_EQUAL(trial_plan(&trial, V "patcher.point = pattern\n"
                                         "patcher.from = pair\n"), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "from = pair: position 0 of "
                                  "sample 0 is position 1 there"));
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "align = start"));
    /* The last position alone has no partner, and stays. */
    trial.samples = make_pairs(true);
    CU_ASSERT(trial_do(&trial, V "inert = allow\npatcher.point = pattern\n"
                               "patcher.positions = last\n"
                               "patcher.from = pair\n"));
    trial_remove(&trial);
}

/* Nearly: a donor has other places in the passes, where BLAS may add up in
 * another order. */
static bool near(const float *x, const float *y, int n)
{
    for (int i = 0; i < n; i++)
        if (fabsf(x[i] - y[i]) > 1e-6f)
            return false;
    return true;
}

/* Each sample has what one other has, by the patcher and by the pruner. */
static void check_donors(struct trial *trial, const char *sections)
{
    struct watch after, before = {0};

    if (trial_watch(trial, sections, "v", TRANSECT_Z, &after) &&
        trial_watch(trial, "", "baseline", TRANSECT_Z, &before))
        for (int s = 0; s < SAMPLES; s++) {
            int n = TOKENS * WIDTH / HEADS, found = -1;

            for (int other = 0; other < SAMPLES; other++)
                if (near(watch_at(&after, s, 1, 1),
                         watch_at(&before, other, 1, 1), n))
                    found = other;
            CU_ASSERT(found >= 0 && found != s);
            CU_ASSERT(near(watch_at(&after, s, 1, 0),
                           watch_at(&before, s, 1, 0), n));
        }
    watch_end(&after);
    watch_end(&before);
}

static void test_resample(void)
{
    struct trial trial;

    if (!start(&trial))
        return;
    check_donors(&trial, V "patcher.point = z\npatcher.heads = L1H1\n"
                         "patcher.from = resample\n");
    check_donors(&trial, V "pruner.heads = L1H1\n"
                         "pruner.method = resample\n");
    trial_remove(&trial);
}

/* A .npy file of so many rows of WIDTH numbers, 0: of one row; the numbers are
 * 1, 2 and so on. */
static size_t make_npy(char *bytes, int rows)
{
    int n = snprintf(bytes + 10, 100,
                     rows ? "{'descr': '<f4', 'fortran_order': False, "
                            "'shape': (%d, 8), }\n"
                          : "{'descr': '<f4', 'fortran_order': False, "
                            "'shape': (8,), }\n", rows);
    float number = 0;
    size_t size = 10 + (size_t)n;

    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = (char)n;
    bytes[9] = 0;
    for (int i = 0; i < (rows ? rows : 1) * WIDTH; i++) {
        number += 1;
        memcpy(bytes + size, &number, sizeof number);
        size += sizeof number;
    }
    return size;
}

/* The same with a header of these members. */
static size_t make_safetensors(char *bytes, const char *header)
{
    size_t size = 8 + strlen(header);

    memset(bytes, 0, 8);
    bytes[0] = (char)strlen(header);
    memcpy(bytes + 8, header, strlen(header));
    for (int i = 0; i < WIDTH; i++, size += sizeof(float))
        memcpy(bytes + size, &(float){(float)i + 1}, sizeof(float));
    return size;
}

#define FILE_AT V "patcher.point = resid_mid\npatcher.layers = 1\n"           \
                "patcher.positions = 2-3\npatcher.from = values\n"

static void write_values(const struct trial *trial, const char *bytes,
                         size_t size)
{
    char *path = mem_path(trial->dir, "values");

    test_write(path, bytes, size);
    free(path);
}

/* The rows 2 and 3 have the numbers from `first` on, and from `next` on. */
static void check_file(struct trial *trial, int first, int next)
{
    struct watch watch;

    if (trial_watch(trial, FILE_AT, "v", TRANSECT_RESID_MID, &watch))
        for (int s = 0; s < SAMPLES; s++)
            for (int j = 0; j < WIDTH; j++) {
                const float *x = watch_at(&watch, s, 1, 0);

                CU_ASSERT_EQUAL(x[2 * WIDTH + j], first + j);
                CU_ASSERT_EQUAL(x[3 * WIDTH + j], next + j);
                CU_ASSERT(x[WIDTH + j] < 1 + j);
            }
    watch_end(&watch);
}

static void refuse_file(struct trial *trial, const char *bytes, size_t size,
                        const char *says)
{
    write_values(trial, bytes, size);
    CU_ASSERT_EQUAL(trial_plan(trial, FILE_AT), ST_USAGE);
    if (!strstr(trial->err.text, says))
        fprintf(stderr, "# %s\n", trial->err.text);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial->err.text, says));
}

static void test_file(void)
{
    char bytes[1000], *path;
    struct trial trial;
    size_t size;

    if (!start(&trial))
        return;
    write_values(&trial, bytes, make_npy(bytes, 0));
    check_file(&trial, 1, 1);
    write_values(&trial, bytes, make_npy(bytes, 4));
    check_file(&trial, 1 + 2 * WIDTH, 1 + 3 * WIDTH);
    write_values(&trial, bytes, make_npy(bytes, 3));
    CU_ASSERT_EQUAL(trial_plan(&trial, FILE_AT), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "values has 3 rows, none "
                                  "for position 3 of sample 0"));
    size = make_npy(bytes, 0);
    refuse_file(&trial, bytes, size - 1, "ends before its numbers do");
    refuse_file(&trial, bytes, size + 4, "or goes on behind them");
    refuse_file(&trial, bytes, 30, "ends in its header");
    refuse_file(&trial, bytes, 4, "too short");
    memset(bytes + size - 4, 0xff, 4);
    refuse_file(&trial, bytes, size, "not finite");
    size = make_npy(bytes, 0);
    *strstr(bytes + 10, "f4") = 'i';
    refuse_file(&trial, bytes, size, "is not of float32");
    size = make_npy(bytes, 0);
    memcpy(strstr(bytes + 10, "8,), }"), "4,2),}", 6);
    refuse_file(&trial, bytes, size, "rows of 2 numbers");
    refuse_file(&trial, "no numbers at all here", 22, "is neither a .npy");
    path = mem_path(trial.dir, "values");
    CU_ASSERT_EQUAL(remove(path), 0);
    free(path);
    trial_remove(&trial);
}

#define TENSOR "{\"dtype\":\"F32\",\"shape\":[8],\"data_offsets\":[0,32]}"
#define WIDE "{\"dtype\":\"F32\",\"shape\":[9],\"data_offsets\":[0,36]}"

/* Only the tensor's own members count, whatever names and texts there are. */
static void test_safetensors(void)
{
    static const char *const taken[] = {
        "{\"v\":" TENSOR "}",
        "{\"shape\":" TENSOR "}",
        " { \"dtype\" :\n" TENSOR " } ",
        "{\"__metadata__\":{\"dtype\":\"BF16\",\"shape\":\"[9]\"},"
        "\"v\":" TENSOR "}",
        "{\"v\":" TENSOR ",\"__metadata__\":{\"a\":\"\\\"}" WIDE "\\\\\"}}",
        "{\"v\":{\"x\":{\"dtype\":\"I8\",\"shape\":[9]},\"dtype\":\"F32\","
        "\"data_offsets\":[0,32],\"shape\":[8]}}",
    };
    static const struct {
        const char *header, *says;
    } refused[] = {
        {"{}", "has no tensor"},
        {"{\"__metadata__\":{\"v\":\"" "\"}}", "has no tensor"},
        {"{\"v\":" TENSOR ",\"w\":" TENSOR "}", "more than one tensor"},
        {"{\"v\":{\"shape\":[8]}}", "is not of float32"},
        {"{\"v\":{\"dtype\":\"F32\",\"x\":\"\\\"shape\"}}", "has no shape"},
        {"{\"v\":" WIDE "}", "ends before its numbers do"},
        {"{\"v\":" TENSOR, "is no JSON"},
        {"{\"v\":{\"dtype\":\"F32", "is no JSON"},
        {"{\"v\":", "is no JSON"},
        {"{\"v\"}", "is no JSON"},
        {"{\"v", "is no JSON"},
        {"[]", "is no JSON"},
        {"{\"v\":8}", "is no JSON"},
        {"", "is no JSON"},
    };
    char bytes[1000], *path;
    struct trial trial;

    if (!start(&trial))
        return;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        write_values(&trial, bytes, make_safetensors(bytes, taken[i]));
        check_file(&trial, 1, 1);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        refuse_file(&trial, bytes,
                    make_safetensors(bytes, refused[i].header),
                    refused[i].says);
    path = mem_path(trial.dir, "values");
    CU_ASSERT_EQUAL(remove(path), 0);
    free(path);
    trial_remove(&trial);
}

static void test_refusals(void)
{
    static const struct {
        const char *settings, *says;
    } cases[] = {
        {"from = zero", "nowhere to patch; give point"},
        {"point = z", "nothing to put there; give from"},
        {"point = z\npatcher.from = pair", "the input has no pairs"},
        {"point = z\npatcher.from = pear", "neither one of the words pair "},
        {"point = z\npatcher.from = zero\npatcher.layers = 0\n"
         "patcher.heads = L0H0", "heads and groups name their layers"},
        {"point = z resid_pre\npatcher.from = zero\npatcher.heads = L0H0",
         "resid_pre: is of no head; give layers"},
        {"point = embed\npatcher.from = zero\npatcher.layers = 0",
         "embed: is in no layer"},
        {"point = z\npatcher.from = zero\npatcher.dims = 4",
         "dims: z has only 4 columns"},
        {"point = z\npatcher.from = zero\npatcher.keys = 0",
         "z: has no keys"},
        {"point = z mlp_post\npatcher.from = zero\npatcher.units = 1",
         "z: has no hidden units"},
        {"point = mlp_post\npatcher.from = zero\npatcher.units = 1\n"
         "patcher.dims = 2", "units and dims are both of columns; give one"},
        {"point = pattern\npatcher.from = zero\npatcher.dims = 0",
         "give keys, not dims"},
        {"point = pattern\npatcher.from = noise", "takes neither noise"},
        {"point = pattern\npatcher.from = mean", "by = position"},
        {"point = z\npatcher.from = zero\npatcher.renormalize = yes",
         "renormalize is for pattern"},
        {"point = z\npatcher.from = zero\npatcher.layers =",
         "name no place"},
        {"point = z\npatcher.from = zero\npatcher.positions = subject",
         "subject"},
    };
    struct trial trial;

    if (!start(&trial))
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *sections = mem_printf(V "patcher.%s\n", cases[i].settings);

        CU_ASSERT_NOT_EQUAL(trial_plan(&trial, sections), ST_OK);
        if (!strstr(trial.err.text, cases[i].says))
            fprintf(stderr, "# %s\n", trial.err.text);
        CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, cases[i].says));
        free(sections);
    }
    trial_remove(&trial);
}

CU_ErrorCode add_patcher_sources_tests(void)
{
    CU_pSuite suite = CU_add_suite("patcher-sources", NULL, NULL);

    CU_add_test(suite, "rows of the pair", test_pair);
    CU_add_test(suite, "all rows of the pair", test_whole_pair);
    CU_add_test(suite, "positions without a partner", test_partners);
    CU_add_test(suite, "rows of another sample", test_resample);
    CU_add_test(suite, "numbers of a file", test_file);
    CU_add_test(suite, "headers of safetensors", test_safetensors);
    CU_add_test(suite, "what cannot be patched", test_refusals);
    return CU_get_error();
}
