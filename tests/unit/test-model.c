/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-model.c - opening models: what their folders may hold, which weights
 * end up where, and each contradiction that is refused. */
#include "arch.h"
#include "file.h"
#include "folder.h"
#include "make-model.h"
#include "mapping.h"
#include "mem.h"
#include "model.h"
#include "tests.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SINGLE "model.safetensors"

static char top[4096]; /* a fresh folder for each test */
static struct error err;

static void set_up(const struct model_recipe *recipe)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(top, sizeof top, "%s/transect-model-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top)) { /* nothing below may touch another folder */
        perror(top);
        exit(1);
    }
    memset(&err, 0, sizeof err);
    CU_ASSERT_EQUAL_FATAL(make_model(top, recipe), 0);
}

static void tear_down(void)
{
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

static struct model *open_model(void)
{
    struct model *model = NULL;

    if (model_open(top, &model, &err))
        printf("# %s\n", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    return model;
}

static void assert_refused(const char *message)
{
    struct model *model = NULL;

    err.text[0] = '\0';
    CU_ASSERT_EQUAL(model_open(top, &model, &err), ST_DATA);
    CU_ASSERT_PTR_NULL(model);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, message));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, top));
    if (!strstr(err.text, message))
        printf("# '%s' is not in '%s'\n", message, err.text);
}

static void put(const char *name, const void *bytes, size_t size)
{
    char *path = mem_path(top, name);
    FILE *file = fopen(path, "wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
    CU_ASSERT_EQUAL(fclose(file), 0);
    free(path);
}

static char *get(const char *name, size_t *size)
{
    char *path = mem_path(top, name), *bytes = NULL;

    CU_ASSERT_EQUAL_FATAL(file_read(path, &bytes, size, &err), 0);
    free(path);
    return bytes;
}

/* Replaces a piece of config.json. */
static void edit_config(const char *from, const char *to)
{
    size_t size;
    char *text = get("config.json", &size), *edited;
    size_t before = 0;

    while (before < size && strncmp(text + before, from, strlen(from)) != 0)
        before++;
    CU_ASSERT_FATAL(before < size);
    edited = mem_printf("%.*s%s%s", (int)before, text, to,
                        text + before + strlen(from));
    put("config.json", edited, strlen(edited));
    free(edited);
    free(text);
}

/* Replaces bytes of a tensor in model.safetensors. */
static void edit_tensor(const char *name, size_t offset, const void *bytes,
                        size_t n)
{
    struct tensors *tensors;
    const struct tensor *tensor;
    char *file;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(tensors_open(top, &tensors, &err), 0);
    tensor = tensors_find(tensors, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
    offset += (size_t)((const unsigned char *)tensor->data -
                       tensors->mappings[0].bytes);
    tensors_close(tensors);
    file = get(SINGLE, &size);
    memcpy(file + offset, bytes, n);
    put(SINGLE, file, size);
    free(file);
}

/* Replaces a piece of the header by one of the same length. */
static void edit_header(const char *from, const char *to)
{
    size_t size;
    char *file = get(SINGLE, &size);
    char *at = memmem(file, size, from, strlen(from));

    CU_ASSERT_EQUAL_FATAL(strlen(from), strlen(to));
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    memcpy(at, to, strlen(to));
    put(SINGLE, file, size);
    free(file);
}

static void test_config(void)
{
    struct model *model;
    const struct config *config;

    set_up(&(struct model_recipe){.layers = 3, .heads = 4, .inner = 50,
                                  .act = "relu", .epsilon = 1e-3,
                                  .scale_by_layer = true});
    model = open_model();
    config = &model->config;
    CU_ASSERT_STRING_EQUAL(config->model_type, "gpt2");
    CU_ASSERT_EQUAL(config->n_layer, 3);
    CU_ASSERT_EQUAL(config->n_head, 4);
    CU_ASSERT_EQUAL(config->n_kv_head, 4);
    CU_ASSERT_EQUAL(config->d_head, 8);
    CU_ASSERT_EQUAL(config->d_model, 32);
    CU_ASSERT_EQUAL(config->d_mlp, 50);
    CU_ASSERT_EQUAL(config->n_vocab, 100);
    CU_ASSERT_EQUAL(config->n_context, 64);
    CU_ASSERT_EQUAL(config->norm_epsilon, 1e-3);
    CU_ASSERT_EQUAL(config->activation, ACT_RELU);
    CU_ASSERT_TRUE(config->tied);
    CU_ASSERT_EQUAL(config->bos, 99);
    CU_ASSERT_TRUE(config->scale_by_layer);
    CU_ASSERT_DOUBLE_EQUAL(config->score_scale, 1 / sqrt(8), 1e-15);
    model_close(model);
    edit_config("\"scale_attn_weights\": true", "\"scale_attn_weights\": "
                "false");
    model = open_model();
    CU_ASSERT_EQUAL(model->config.score_scale, 1);
    model_close(model);
    tear_down();
}

static void test_defaults(void)
{
    const char text[] = "{\"model_type\": \"gpt2\", \"n_inner\": null}";
    const struct arch *arch = NULL;
    struct config config;

    set_up(&(struct model_recipe){0});
    put("config.json", text, strlen(text));
    CU_ASSERT_EQUAL_FATAL(model_read_config(top, &config, &arch, &err), 0);
    CU_ASSERT_PTR_EQUAL(arch, &arch_gpt2);
    CU_ASSERT_EQUAL(config.n_layer, 12);
    CU_ASSERT_EQUAL(config.n_head, 12);
    CU_ASSERT_EQUAL(config.d_model, 768);
    CU_ASSERT_EQUAL(config.d_mlp, 3072);
    CU_ASSERT_EQUAL(config.n_vocab, 50257);
    CU_ASSERT_EQUAL(config.n_context, 1024);
    CU_ASSERT_EQUAL(config.norm_epsilon, 1e-5);
    CU_ASSERT_EQUAL(config.activation, ACT_GELU_TANH);
    CU_ASSERT_EQUAL(config.bos, 50256);
    CU_ASSERT_TRUE(config.tied);
    CU_ASSERT_DOUBLE_EQUAL(config.score_scale, 0.125, 1e-15);
    tear_down();
}

static void test_wrong_config(void)
{
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"\"gpt2\"", "\"llama\"",
         "config.json: 'model_type' is 'llama', which is not supported; "
         "supported: gpt2"},
        {"\"model_type\"", "\"kind\"", "no 'model_type'"},
        {"\"gpt2\"", "\"gp\\nt2\"", "'model_type' has characters"},
        {"gelu_new", "silu", "'activation_function' is 'silu'"},
        {"\"n_head\": 2", "\"n_head\": 3",
         "'n_embd' 32 is not a multiple of 'n_head' 3"},
        {"\"n_head\": 2", "\"n_head\": 0", "'n_head' is 0"},
        {"\"n_layer\": 2", "\"n_layer\": \"2\"", "'n_layer' is a string"},
        {"\"n_embd\": 32", "\"n_embd\": 4294967328", "'n_embd' is 4294967328"},
        {"\"n_embd\": 32", "\"n_embd\": 32, \"hidden_size\": 64",
         "'n_embd' is 32 but 'hidden_size' is 64"},
        {"\"n_positions\": 64", "\"n_positions\": 64, \"n_ctx\": 32",
         "'n_positions' is 64 but 'n_ctx' is 32"},
        {"1e-05", "0", "'layer_norm_epsilon' is 0"},
        {"1e-05", "\"x\"", "'layer_norm_epsilon' is a string"},
        {"\"bos_token_id\": 99", "\"bos_token_id\": -1",
         "'bos_token_id' is -1"},
        {"\"n_layer\"", "\"add_cross_attention\": true, \"n_layer\"",
         "'add_cross_attention' is true"},
        {"\"tie_word_embeddings\": true", "\"tie_word_embeddings\": 1",
         "'tie_word_embeddings' is a number"},
        {"\"n_layer\": 2", "\"n_layer\": 2, \"n_layer\": 2", "duplicate"},
        {"}", "", "config.json:"},
    };

    set_up(&(struct model_recipe){.epsilon = 0x1p-17});
    edit_config("7.62939453125e-06", "1e-05");
    model_close(open_model());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size;
        char *whole = get("config.json", &size);

        edit_config(cases[i].from, cases[i].to);
        assert_refused(cases[i].message);
        put("config.json", whole, size);
        free(whole);
    }
    tear_down();
}

/* A model without BOS, and a small vocabulary without the default one. */
static void test_no_bos(void)
{
    struct model *model;

    set_up(&(struct model_recipe){0});
    edit_config("\"bos_token_id\": 99", "\"bos_token_id\": null");
    model = open_model();
    CU_ASSERT_EQUAL(model->config.bos, -1);
    model_close(model);
    edit_config("\"bos_token_id\": null", "\"bos_token_id\": 100");
    model = open_model();
    CU_ASSERT_EQUAL(model->config.bos, -1);
    model_close(model);
    edit_config("\"bos_token_id\"", "\"other\"");
    model = open_model();
    CU_ASSERT_EQUAL(model->config.bos, -1);
    model_close(model);
    tear_down();
}

static void test_no_folder(void)
{
    struct model *model = NULL;

    CU_ASSERT_EQUAL(model_open("/nonexistent", &model, &err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/nonexistent: "));
    CU_ASSERT_EQUAL(model_open("/dev/null", &model, &err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/dev/null: is not a folder"));
    CU_ASSERT_PTR_NULL(model);
}

static bool in_mapping(const struct model *model, const float *data)
{
    const struct mapping *mapping = &model->tensors->mappings[0];
    const unsigned char *at = (const unsigned char *)data;

    return at >= mapping->bytes && at < mapping->bytes + mapping->size;
}

static void test_in_place(void)
{
    struct model *model;

    set_up(&(struct model_recipe){0});
    model = open_model();
    CU_ASSERT_EQUAL(model->n_owned, 0);
    CU_ASSERT_TRUE(in_mapping(model, model->token_embedding));
    CU_ASSERT_TRUE(in_mapping(model, model->blocks[1].v.w));
    CU_ASSERT_PTR_EQUAL(model->unembed.w, model->token_embedding);
    CU_ASSERT_EQUAL(model->unembed.in_stride, 1);
    CU_ASSERT_EQUAL(model->unembed.out_stride, 32);
    CU_ASSERT_EQUAL(model_n_parameters(model),
                    100 * 32 + 64 * 32 + 2 * (12 * 32 * 32 + 13 * 32) +
                        2 * 32);
    model_close(model);
    tear_down();
}

/* One blank more in the header, so that no float is aligned. */
static void test_unaligned(void)
{
    struct model *model;
    float first, last;
    size_t size, length = 0;
    char *file, *moved;

    set_up(&(struct model_recipe){0});
    model = open_model();
    first = model->token_embedding[1];
    last = model->final_norm.bias[31];
    model_close(model);
    file = get(SINGLE, &size);
    memcpy(&length, file, 8);
    moved = mem_new(size + 1, 1);
    memcpy(moved, file, 8 + length);
    moved[8 + length] = ' ';
    memcpy(moved + 8 + length + 1, file + 8 + length, size - 8 - length);
    length++;
    memcpy(moved, &length, 8);
    put(SINGLE, moved, size + 1);
    free(file);
    free(moved);
    model = open_model();
    CU_ASSERT_EQUAL(model->n_owned, model->tensors->n);
    CU_ASSERT_EQUAL(model->token_embedding[1], first);
    CU_ASSERT_EQUAL(model->final_norm.bias[31], last);
    model_close(model);
    tear_down();
}

/* Half precision differs from float32 by its rounding, in every layout. */
static void check_close(const struct model_recipe *recipe, double tolerance)
{
    struct model *exact, *model;
    double worst = 0;

    set_up(&(struct model_recipe){.seed = 5});
    exact = open_model();
    tear_down(); /* the mapping stays */
    set_up(recipe);
    model = open_model();
    for (int i = 0; i < 100 * 32; i++)
        worst = fmax(worst, fabs((double)(model->token_embedding[i] -
                                          exact->token_embedding[i])));
    for (int i = 0; i < 32 * 96; i++)
        worst = fmax(worst, fabs((double)(model->blocks[1].q.w[i] -
                                          exact->blocks[1].q.w[i])));
    CU_ASSERT_TRUE(worst <= tolerance);
    CU_ASSERT_EQUAL(worst > 0, tolerance > 0);
    model_close(model);
    model_close(exact);
    tear_down();
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

    set_up(&(struct model_recipe){.buffers = true});
    model = open_model();
    CU_ASSERT_PTR_NOT_NULL(tensors_find(model->tensors,
                                        "transformer.h.1.attn.bias"));
    model_close(model);
    edit_header("h.1.attn.masked_bias", "h.1.attn.marked_bias");
    assert_refused("tensor 'transformer.h.1.attn.marked_bias' is one too "
                   "many");
    tear_down();
}

/* Element (i, j) of a tensor of the file. */
static float element(const struct model *model, const char *name, int64_t i,
                     int64_t j)
{
    const struct tensor *tensor = tensors_find(model->tensors, name);

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

    set_up(&(struct model_recipe){.heads = 4, .inner = 50});
    m = open_model();
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
    tear_down();
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
    CU_ASSERT_EQUAL(block.in.n_in, 4);
    CU_ASSERT_EQUAL(block.in.n_out, 12);
    CU_ASSERT_EQUAL(block.in.in_stride, 1);
    CU_ASSERT_EQUAL(block.in.out_stride, 4);
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

    set_up(&(struct model_recipe){0});
    model = open_model();
    model->blocks[0].q.b = NULL;
    model->position_embedding = NULL;
    CU_ASSERT_FALSE(model_weight(model, TRANSECT_B_Q, 0, 1, &view));
    CU_ASSERT_FALSE(model_weight(model, TRANSECT_W_POS, -1, -1, &view));
    model_close(model);
    tear_down();
}

static void test_head(void)
{
    struct model *model;

    set_up(&(struct model_recipe){.untied = true});
    model = open_model();
    check_view(model, TRANSECT_W_U, -1, -1, "lm_head.weight", 0, 0, 32, 100,
               true);
    CU_ASSERT_PTR_NOT_EQUAL(model->unembed.w, model->token_embedding);
    model_close(model);
    edit_config("\"tie_word_embeddings\": false",
                "\"tie_word_embeddings\": true");
    assert_refused("'lm_head.weight' differs from 'transformer.wte.weight'");
    tear_down();
}

/* A head that is stored although it is tied, and one that is missing. */
static void test_stored_tied_head(void)
{
    struct model *model;
    float *copy;

    set_up(&(struct model_recipe){.untied = true});
    model = open_model();
    copy = mem_new(100 * 32, sizeof *copy);
    memcpy(copy, model->token_embedding, 100 * 32 * sizeof *copy);
    model_close(model);
    edit_tensor("lm_head.weight", 0, copy, 100 * 32 * sizeof *copy);
    free(copy);
    edit_config("\"tie_word_embeddings\": false",
                "\"tie_word_embeddings\": true");
    model = open_model();
    CU_ASSERT_PTR_EQUAL(model->unembed.w, model->token_embedding);
    model_close(model);
    edit_header("lm_head.weight", "lm_dead.weight");
    assert_refused("tensor 'lm_dead.weight' is one too many");
    edit_config("\"tie_word_embeddings\": true",
                "\"tie_word_embeddings\": false");
    assert_refused("tensor 'lm_head.weight' is missing; config.json asks for "
                   "it, with the shape [100, 32]");
    tear_down();
}

static void test_contradictions(void)
{
    set_up(&(struct model_recipe){.layers = 3});
    edit_config("\"n_layer\": 3", "\"n_layer\": 1");
    assert_refused("config.json contradicts the tensors: it says 1 layers, "
                   "but there is 'transformer.h.2.");
    edit_config("\"n_layer\": 1", "\"n_layer\": 4");
    assert_refused("tensor 'transformer.h.3.ln_1.weight' is missing; "
                   "config.json asks for it, with the shape [32]");
    edit_config("\"n_layer\": 4", "\"n_layer\": 3");
    edit_config("\"n_inner\": 128", "\"n_inner\": 127");
    assert_refused("'transformer.h.0.mlp.c_fc.weight' has the shape "
                   "[32, 128]; config.json makes it [32, 127]");
    edit_config("\"n_inner\": 127", "\"n_inner\": 128");
    model_close(open_model());
    edit_header("\"shape\":[32,32]", "\"shape\":[1024] ");
    assert_refused("has the shape [1024]; config.json makes it [32, 32]");
    tear_down();
}

static void test_dtype(void)
{
    set_up(&(struct model_recipe){.dtype = "F16"});
    edit_header("ln_1.weight\":{\"dtype\":\"F16\"",
                "ln_1.weight\":{\"dtype\":\"I16\"");
    assert_refused("'transformer.h.0.ln_1.weight' is I16, which is not "
                   "supported; supported are F32, F16, BF16");
    tear_down();
}

static void test_nonfinite(void)
{
    const float bad[] = {NAN, -INFINITY, 0};
    const uint16_t half = 0x7c01;

    set_up(&(struct model_recipe){0});
    edit_tensor("transformer.h.1.attn.c_attn.weight", (5 * 96 + 7) * 4,
                &bad[0], 4);
    assert_refused(SINGLE ": element [5, 7] of tensor "
                   "'transformer.h.1.attn.c_attn.weight' is nan");
    edit_tensor("transformer.h.1.attn.c_attn.weight", (5 * 96 + 7) * 4,
                &bad[2], 4);
    edit_tensor("transformer.h.0.ln_2.bias", 31 * 4, &bad[1], 4);
    assert_refused("element [31] of tensor 'transformer.h.0.ln_2.bias' is "
                   "infinite");
    tear_down();
    set_up(&(struct model_recipe){.dtype = "F16"});
    edit_tensor("transformer.wte.weight", 2, &half, 2);
    assert_refused("element [0, 1] of tensor 'transformer.wte.weight' is "
                   "nan");
    tear_down();
}

static void test_points(void)
{
    struct config config = {0};
    struct arch rotary = {.learned_positions = false};
    const char *why = NULL;
    int absent = 0;

    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        absent += !model_has_point(&config, &arch_gpt2, point, &why);
    CU_ASSERT_EQUAL(absent, 1);
    CU_ASSERT_FALSE(model_has_point(&config, &arch_gpt2, TRANSECT_MLP_GATE,
                                    &why));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "no gate"));
    CU_ASSERT_FALSE(model_has_point(&config, &rotary, TRANSECT_POS_EMBED,
                                    &why));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "position"));
}

static void test_digests(void)
{
    struct model *model;
    json_t *list;
    const char *path;

    set_up(&(struct model_recipe){.shards = 2});
    put("config.json.bak", "", 0);
    model = open_model();
    list = model_digests(model);
    CU_ASSERT_PTR_NOT_NULL_FATAL(list);
    CU_ASSERT_EQUAL(json_array_size(list), 3);
    path = json_string_value(json_object_get(json_array_get(list, 0),
                                             "path"));
    CU_ASSERT_STRING_EQUAL(path, "config.json");
    path = json_string_value(json_object_get(json_array_get(list, 2),
                                             "path"));
    CU_ASSERT_STRING_EQUAL(path, "model-00002-of-00002.safetensors");
    CU_ASSERT_EQUAL(json_string_length(json_object_get(
                        json_array_get(list, 2), "sha256")), 64);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(
                        json_array_get(list, 2), "bytes")),
                    (json_int_t)model->tensors->mappings[1].size);
    json_decref(list);
    model_close(model);
    tear_down();
}

CU_ErrorCode add_model_tests(void)
{
    CU_pSuite s = CU_add_suite("model", NULL, NULL);

    if (!s || !CU_add_test(s, "config.json", test_config) ||
        !CU_add_test(s, "defaults of the family", test_defaults) ||
        !CU_add_test(s, "wrong configs", test_wrong_config) ||
        !CU_add_test(s, "no BOS token", test_no_bos) ||
        !CU_add_test(s, "no folder", test_no_folder) ||
        !CU_add_test(s, "F32 in place", test_in_place) ||
        !CU_add_test(s, "F32 that is not aligned", test_unaligned) ||
        !CU_add_test(s, "half precision, shards, names", test_layouts) ||
        !CU_add_test(s, "stray buffers", test_buffers) ||
        !CU_add_test(s, "weights as views", test_views) ||
        !CU_add_test(s, "outputs before inputs", test_out_first) ||
        !CU_add_test(s, "absent weights", test_absent_bias) ||
        !CU_add_test(s, "a head of its own", test_head) ||
        !CU_add_test(s, "a tied head", test_stored_tied_head) ||
        !CU_add_test(s, "config against tensors", test_contradictions) ||
        !CU_add_test(s, "unsupported dtype", test_dtype) ||
        !CU_add_test(s, "NaN and infinity", test_nonfinite) ||
        !CU_add_test(s, "hook points", test_points) ||
        !CU_add_test(s, "digests", test_digests))
        return CU_get_error();
    return CUE_SUCCESS;
}
