/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-model-weights.c - which weights end up where, in every layout of the
 * files, and which tensors are refused. */
#include "model/arch.h"
#include "base/mapped-file.h"
#include "base/mem.h"
#include "model-fixture.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool in_mapping(const struct model *model, const float *data)
{
    size_t n;
    const struct mapped_file *mapping = model_files_mapped(model->files, &n);
    const unsigned char *at = (const unsigned char *)data;

    return at >= mapping->bytes && at < mapping->bytes + mapping->size;
}

static void test_in_place(void)
{
    struct model *model;

    fixture_make(&(struct model_recipe){0});
    model = fixture_open();
    CU_ASSERT_EQUAL(model->n_owned, 0);
    CU_ASSERT_TRUE(in_mapping(model, model->embedding.w));
    CU_ASSERT_TRUE(in_mapping(model, model->blocks[1].v.w));
    CU_ASSERT_PTR_EQUAL(model->unembed.w, model->embedding.w);
    CU_ASSERT_EQUAL(model->unembed.in_stride, 1);
    CU_ASSERT_EQUAL(model->unembed.out_stride, 32);
    CU_ASSERT_EQUAL(model->n_parameters,
                    100 * 32 + 64 * 32 + 2 * (12 * 32 * 32 + 13 * 32) +
                        2 * 32);
    model_close(model);
    fixture_remove();
}

/* One blank more in the header, so that no float is aligned. */
static void test_unaligned(void)
{
    struct model *model;
    float first, last;
    size_t size, length = 0;
    char *file, *moved;

    fixture_make(&(struct model_recipe){0});
    model = fixture_open();
    first = model->embedding.w[1];
    last = model->final_norm.bias[31];
    model_close(model);
    file = fixture_get(FIXTURE_WEIGHTS, &size);
    memcpy(&length, file, 8);
    moved = mem_new(size + 1, 1);
    memcpy(moved, file, 8 + length);
    moved[8 + length] = ' ';
    memcpy(moved + 8 + length + 1, file + 8 + length, size - 8 - length);
    length++;
    memcpy(moved, &length, 8);
    fixture_put(FIXTURE_WEIGHTS, moved, size + 1);
    free(file);
    free(moved);
    model = fixture_open();
    CU_ASSERT_PTR_NULL(model->embedding.w);
    CU_ASSERT_EQUAL(model_convert(model, &fixture_err), ST_OK);
    CU_ASSERT_EQUAL(model_stored_bytes(model), 0);
    CU_ASSERT_EQUAL(model_copied_bytes(model),
                    (uint64_t)model->n_parameters * 4);
    CU_ASSERT_EQUAL(model->embedding.w[1], first);
    CU_ASSERT_EQUAL(model->final_norm.bias[31], last);
    model_close(model);
    fixture_remove();
}

/* Two matrices of n elements each; returns whether they differ at all. */
static bool differ(const float *a, const float *b, int n, double tolerance)
{
    bool same = true;

    for (int i = 0; i < n; i++) {
        CU_ASSERT(fabs((double)a[i] - b[i]) <= tolerance);
        same = same && a[i] == b[i];
    }
    return !same;
}

/* Half precision differs from float32 by its rounding, in every layout. */
static void check_close(const struct model_recipe *recipe, double tolerance)
{
    struct model *exact, *model;
    bool embedding, mlp;

    fixture_make(&(struct model_recipe){.seed = 5});
    exact = fixture_open();
    fixture_remove(); /* the mapping stays */
    fixture_make(recipe);
    model = fixture_open();
    CU_ASSERT_EQUAL(model_convert(model, &fixture_err), ST_OK);
    embedding = differ(model->embedding.w, exact->embedding.w, 100 * 32,
                       tolerance);
    mlp = differ(model->blocks[1].mlp.in.w, exact->blocks[1].mlp.in.w,
                 32 * 96, tolerance);
    CU_ASSERT_EQUAL(embedding, tolerance > 0);
    CU_ASSERT_EQUAL(mlp, tolerance > 0);
    model_close(model);
    model_close(exact);
    fixture_remove();
}

static void test_layouts(void)
{
    check_close(&(struct model_recipe){.seed = 5, .dtype = "F16"}, 0x1p-11);
    check_close(&(struct model_recipe){.seed = 5, .dtype = "BF16"}, 0x1p-8);
    check_close(&(struct model_recipe){.seed = 5, .shards = 3}, 0);
    check_close(&(struct model_recipe){.seed = 5, .no_prefix = true}, 0);
}

static void test_buffers(void)
{
    struct model *model;

    fixture_make(&(struct model_recipe){.buffers = true});
    model = fixture_open();
    CU_ASSERT_PTR_NOT_NULL(tensors_find(model->files->tensors,
                                        "transformer.h.1.attn.bias"));
    model_close(model);
    fixture_edit_header("h.1.attn.masked_bias", "h.1.attn.marked_bias");
    fixture_refused("tensor 'transformer.h.1.attn.marked_bias' is one too "
                    "many");
    fixture_remove();
}

/* Element (i, j) of a tensor of the file. */
static float element(const struct model *model, const char *name, int64_t i,
                     int64_t j)
{
    const struct tensor *tensor = tensors_find(model->files->tensors, name);

    CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
    return ((const float *)tensor->data)[tensor->n_dim == 2
                                             ? i * tensor->dim[1] + j
                                             : j];
}

/* The view is the tensor from row i0 and column j0 on, or its transpose. */
static void check_view(const struct model *model, enum transect_weight weight,
                       int layer, int head, const char *name, int64_t i0,
                       int64_t j0, int64_t rows, int64_t cols, bool turned)
{
    struct transect_view view;
    int wrong = 0;

    CU_ASSERT_TRUE_FATAL(model_weight(model, weight, layer, head, &view));
    CU_ASSERT_EQUAL(view.rows, rows);
    CU_ASSERT_EQUAL(view.cols, cols);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
            float is = view.data[i * view.row_stride + j * view.col_stride];

            wrong += is != (turned ? element(model, name, j, i)
                                   : element(model, name, i0 + i, j0 + j));
        }
    CU_ASSERT_EQUAL(wrong, 0);
}

#define LAYER "transformer.h.1."

/* D 32, H 4, d 8, F 50, V 100, context 64 */
static void test_views(void)
{
    struct model *m;

    fixture_make(&(struct model_recipe){.heads = 4, .inner = 50});
    m = fixture_open();
    check_view(m, TRANSECT_W_E, -1, -1, "transformer.wte.weight", 0, 0, 100,
               32, false);
    check_view(m, TRANSECT_W_POS, -1, -1, "transformer.wpe.weight", 0, 0, 64,
               32, false);
    check_view(m, TRANSECT_LN1_GAIN, 1, -1, LAYER "ln_1.weight", 0, 0, 1, 32,
               false);
    check_view(m, TRANSECT_LN1_BIAS, 1, -1, LAYER "ln_1.bias", 0, 0, 1, 32,
               false);
    check_view(m, TRANSECT_W_Q, 1, 3, LAYER "attn.c_attn.weight", 0, 24, 32,
               8, false);
    check_view(m, TRANSECT_B_Q, 1, 3, LAYER "attn.c_attn.bias", 0, 24, 1, 8,
               false);
    check_view(m, TRANSECT_W_K, 1, 2, LAYER "attn.c_attn.weight", 0, 48, 32,
               8, false);
    check_view(m, TRANSECT_B_K, 1, 2, LAYER "attn.c_attn.bias", 0, 48, 1, 8,
               false);
    check_view(m, TRANSECT_W_V, 1, 1, LAYER "attn.c_attn.weight", 0, 72, 32,
               8, false);
    check_view(m, TRANSECT_B_V, 1, 1, LAYER "attn.c_attn.bias", 0, 72, 1, 8,
               false);
    check_view(m, TRANSECT_W_O, 1, 2, LAYER "attn.c_proj.weight", 16, 0, 8,
               32, false);
    check_view(m, TRANSECT_B_O, 1, -1, LAYER "attn.c_proj.bias", 0, 0, 1, 32,
               false);
    check_view(m, TRANSECT_LN2_GAIN, 1, -1, LAYER "ln_2.weight", 0, 0, 1, 32,
               false);
    check_view(m, TRANSECT_LN2_BIAS, 1, -1, LAYER "ln_2.bias", 0, 0, 1, 32,
               false);
    check_view(m, TRANSECT_W_IN, 1, -1, LAYER "mlp.c_fc.weight", 0, 0, 32, 50,
               false);
    check_view(m, TRANSECT_B_IN, 1, -1, LAYER "mlp.c_fc.bias", 0, 0, 1, 50,
               false);
    check_view(m, TRANSECT_W_OUT, 1, -1, LAYER "mlp.c_proj.weight", 0, 0, 50,
               32, false);
    check_view(m, TRANSECT_B_OUT, 1, -1, LAYER "mlp.c_proj.bias", 0, 0, 1, 32,
               false);
    check_view(m, TRANSECT_LNF_GAIN, -1, -1, "transformer.ln_f.weight", 0, 0,
               1, 32, false);
    check_view(m, TRANSECT_LNF_BIAS, -1, -1, "transformer.ln_f.bias", 0, 0, 1,
               32, false);
    check_view(m, TRANSECT_W_U, -1, -1, "transformer.wte.weight", 0, 0, 32,
               100, true);
    model_close(m);
    fixture_remove();
}

/* The orientation of torch.nn.Linear, by rules of a made-up family. */
static void test_out_first(void)
{
    static const float w[12 * 4] = {0};
    struct block block = {0};
    struct model model = {.config = {.n_head = 2, .n_kv_head = 1, .d_head = 3,
                                     .d_model = 4, .d_mlp = 12}};
    const struct tensor_rule in = {.slot = SLOT_IN, .shape = "FD"};
    const struct tensor_rule qkv = {.slot = SLOT_QKV, .shape = "3D"};

    arch_place(&model, &in, &block, w);
    CU_ASSERT_EQUAL(block.mlp.in.n_in, 4);
    CU_ASSERT_EQUAL(block.mlp.in.n_out, 12);
    CU_ASSERT_EQUAL(block.mlp.in.in_stride, 1);
    CU_ASSERT_EQUAL(block.mlp.in.out_stride, 4);
    arch_place(&model, &qkv, &block, w);
    CU_ASSERT_EQUAL(block.q.n_out, 6);
    CU_ASSERT_EQUAL(block.k.n_out, 3);
    CU_ASSERT_PTR_EQUAL(block.k.w, w + 6 * 4);
    CU_ASSERT_PTR_EQUAL(block.v.w, w + 9 * 4);
    CU_ASSERT_EQUAL(block.v.in_stride, 1);
    CU_ASSERT_EQUAL(block.v.out_stride, 4);
}

static void test_absent_bias(void)
{
    struct model *model;
    struct transect_view view;

    fixture_make(&(struct model_recipe){0});
    model = fixture_open();
    model->blocks[0].q.b = NULL;
    model->position_embedding = NULL;
    CU_ASSERT_FALSE(model_weight(model, TRANSECT_B_Q, 0, 1, &view));
    CU_ASSERT_FALSE(model_weight(model, TRANSECT_W_POS, -1, -1, &view));
    model_close(model);
    fixture_remove();
}

static void test_head(void)
{
    struct model *model;

    fixture_make(&(struct model_recipe){.untied = true});
    model = fixture_open();
    check_view(model, TRANSECT_W_U, -1, -1, "lm_head.weight", 0, 0, 32, 100,
               true);
    CU_ASSERT_PTR_NOT_EQUAL(model->unembed.w, model->embedding.w);
    model_close(model);
    fixture_edit_config("\"tie_word_embeddings\": false",
                        "\"tie_word_embeddings\": true");
    fixture_refused("'lm_head.weight' differs from 'transformer.wte.weight'");
    fixture_remove();
}

/* A head that is stored although it is tied, and one that is missing. */
static void test_stored_tied_head(void)
{
    struct model *model;
    float *copy;

    fixture_make(&(struct model_recipe){.untied = true});
    model = fixture_open();
    copy = mem_new(100 * 32, sizeof *copy);
    memcpy(copy, model->embedding.w, 100 * 32 * sizeof *copy);
    model_close(model);
    fixture_edit_tensor("lm_head.weight", 0, copy, 100 * 32 * sizeof *copy);
    free(copy);
    fixture_edit_config("\"tie_word_embeddings\": false",
                        "\"tie_word_embeddings\": true");
    model = fixture_open();
    CU_ASSERT_PTR_EQUAL(model->unembed.w, model->embedding.w);
    model_close(model);
    fixture_edit_header("lm_head.weight", "lm_dead.weight");
    fixture_refused("tensor 'lm_dead.weight' is one too many");
    fixture_edit_config("\"tie_word_embeddings\": true",
                        "\"tie_word_embeddings\": false");
    fixture_refused("tensor 'lm_head.weight' is missing; config.json asks for "
                    "it, with the shape [100, 32]");
    fixture_remove();
}

/* A matrix and a vector as F64, and a matrix of ones as F8. */
static void test_other_types(void)
{
    double wide[32 * 128], gain[32];
    unsigned char small[128 * 32];
    struct model *model;
    const float *w;
    int wrong = 0;

    for (int i = 0; i < 32 * 128; i++)
        wide[i] = 0.1 * i;
    for (int i = 0; i < 32; i++)
        gain[i] = 1.0 / (i + 1);
    memset(small, 0x38, sizeof small);
    fixture_make(&(struct model_recipe){.seed = 5});
    fixture_put_tensor("transformer.h.0.mlp.c_fc.weight", "F64", 32, 128, wide,
                       sizeof wide);
    fixture_put_tensor("transformer.h.0.ln_1.weight", "F64", 0, 32, gain,
                       sizeof gain);
    fixture_put_tensor("transformer.h.0.mlp.c_proj.weight", "F8_E4M3", 128, 32,
                       small, sizeof small);
    model = fixture_open();
    CU_ASSERT_EQUAL(model_convert(model, &fixture_err), ST_OK);
    w = model_floats(model, &model->blocks[0].mlp.in);
    for (int i = 0; i < 32 * 128; i++)
        wrong += w[i] != (float)wide[i];
    for (int i = 0; i < 32; i++)
        wrong += model->blocks[0].ln1.gain[i] != (float)gain[i];
    w = model_floats(model, &model->blocks[0].mlp.out);
    for (int i = 0; i < 128 * 32; i++)
        wrong += w[i] != 1;
    CU_ASSERT_EQUAL(wrong, 0);
    model_close(model);
    wide[33] = 1e300;
    fixture_put_tensor("transformer.h.0.mlp.c_fc.weight", "F64", 32, 128, wide,
                       sizeof wide);
    fixture_refused("element [0, 33] of tensor "
                    "'transformer.h.0.mlp.c_fc.weight' is infinite");
    fixture_remove();
}

/* As BF16 it is the embedding if that loses nothing by it. */
static void test_tied_dtype(void)
{
    uint16_t halves[100 * 32];
    float values[100 * 32];
    struct model *model;

    for (int i = 0; i < 100 * 32; i++) {
        uint32_t bits;

        values[i] = 1 + (float)(i % 128) / 128;
        memcpy(&bits, &values[i], sizeof bits);
        halves[i] = (uint16_t)(bits >> 16);
    }
    fixture_make(&(struct model_recipe){.seed = 5});
    fixture_put_tensor("transformer.wte.weight", "F32", 100, 32, values,
                       sizeof values);
    fixture_put_tensor("lm_head.weight", "BF16", 100, 32, halves,
                       sizeof halves);
    model = fixture_open();
    CU_ASSERT_PTR_EQUAL(model->unembed.w, model->embedding.w);
    model_close(model);
    halves[99 * 32 + 31] ^= 1;
    fixture_put_tensor("lm_head.weight", "BF16", 100, 32, halves,
                       sizeof halves);
    fixture_refused("'lm_head.weight' differs from 'transformer.wte.weight'");
    fixture_remove();
}

static void check_ignored(char *const *patterns, size_t n, const char *idle,
                          const char *right)
{
    struct model *model = NULL;
    const char *pattern;
    char *text;

    CU_ASSERT_EQUAL_FATAL(model_configure(fixture_dir, &model, &fixture_err),
                          ST_OK);
    model_ignore(model, patterns, n);
    CU_ASSERT_EQUAL(model_load(model, &fixture_err), ST_OK);
    pattern = model_idle_pattern(model);
    CU_ASSERT(idle ? pattern && strcmp(pattern, idle) == 0 : !pattern);
    text = model_ignored_text(model);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text, right);
    free(text);
    model_close(model);
}

/* Heads for other tasks, buffers, and what an experiment names. */
static void test_ignored(void)
{
    char *const patterns[] = {(char[]){"aux.*"}, (char[]){"*.probe"}};
    char *const idle[] = {(char[]){"aux.*"}, (char[]){"lm_head.*"}};
    char *const known[] = {(char[]){"aux.*"},
                           (char[]){"transformer.h.1.ln_1.weight"}};
    const float zeros[32] = {0};

    fixture_make(&(struct model_recipe){.seed = 5});
    fixture_put_tensor("v_head.summary.weight", "F32", 1, 32, zeros,
                       sizeof zeros);
    fixture_put_tensor("score.weight", "I64", 1, 2, zeros, 16);
    fixture_put_tensor("transformer.h.0.attn.rotary_emb.inv_freq", "F32", 0,
                       4, zeros, 16);
    fixture_put_tensor("transformer.h.1.attn.rotary_emb.inv_freq", "F32", 0,
                       4, zeros, 16);
    check_ignored(NULL, 0, NULL,
                  "score.weight, transformer.h.*.attn.rotary_emb.inv_freq, "
                  "v_head.summary.weight");
    fixture_put_tensor("aux.h2.0", "F32", 0, 4, zeros, 16);
    fixture_refused("tensor 'aux.h2.0' is one too many; a gpt2 model has "
                    "none of this name; if it changes no logit, name it by "
                    "'ignore' in [model]");
    check_ignored(idle, 2, "lm_head.*",
                  "aux.h2.*, score.weight, "
                  "transformer.h.*.attn.rotary_emb.inv_freq, "
                  "v_head.summary.weight");
    check_ignored(known, 2, "transformer.h.1.ln_1.weight",
                  "aux.h2.*, score.weight, "
                  "transformer.h.*.attn.rotary_emb.inv_freq, "
                  "v_head.summary.weight");
    fixture_put_tensor("layer.probe", "F32", 0, 4, zeros, 16);
    check_ignored(patterns, 2, NULL,
                  "aux.h2.*, layer.probe, score.weight, "
                  "transformer.h.*.attn.rotary_emb.inv_freq, "
                  "v_head.summary.weight");
    fixture_remove();
}

static void test_nonfinite(void)
{
    const float bad[] = {NAN, -INFINITY, 0};
    const uint16_t half = 0x7c01;

    fixture_make(&(struct model_recipe){0});
    fixture_edit_tensor("transformer.h.1.attn.c_attn.weight", (5 * 96 + 7) * 4,
                        &bad[0], 4);
    fixture_refused(FIXTURE_WEIGHTS ": element [5, 7] of tensor "
                    "'transformer.h.1.attn.c_attn.weight' is nan");
    fixture_edit_tensor("transformer.h.1.attn.c_attn.weight", (5 * 96 + 7) * 4,
                        &bad[2], 4);
    fixture_edit_tensor("transformer.h.0.ln_2.bias", 31 * 4, &bad[1], 4);
    fixture_refused("element [31] of tensor 'transformer.h.0.ln_2.bias' is "
                    "infinite");
    fixture_remove();
    fixture_make(&(struct model_recipe){.dtype = "F16"});
    fixture_edit_tensor("transformer.wte.weight", 2, &half, 2);
    fixture_refused("element [0, 1] of tensor 'transformer.wte.weight' is "
                    "nan");
    fixture_remove();
}

CU_ErrorCode add_model_weights_tests(void)
{
    CU_pSuite s = CU_add_suite("model-weights", NULL, NULL);

    if (!s || !CU_add_test(s, "F32 in place", test_in_place) ||
        !CU_add_test(s, "F32 that is not aligned", test_unaligned) ||
        !CU_add_test(s, "half precision, shards, names", test_layouts) ||
        !CU_add_test(s, "stray buffers", test_buffers) ||
        !CU_add_test(s, "weights as views", test_views) ||
        !CU_add_test(s, "outputs before inputs", test_out_first) ||
        !CU_add_test(s, "absent weights", test_absent_bias) ||
        !CU_add_test(s, "a head of its own", test_head) ||
        !CU_add_test(s, "a tied head", test_stored_tied_head) ||
        !CU_add_test(s, "F64 and F8", test_other_types) ||
        !CU_add_test(s, "a tied head of another type", test_tied_dtype) ||
        !CU_add_test(s, "ignored tensors", test_ignored) ||
        !CU_add_test(s, "NaN and infinity", test_nonfinite))
        return CU_get_error();
    return CUE_SUCCESS;
}
