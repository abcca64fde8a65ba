/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-model.c - opening models: what config.json says, what contradicts it,
 * what a folder is made of. */
#include "model/arch.h"
#include "base/mapped-file.h"
#include "model-fixture.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void test_config(void)
{
    struct model *model;
    const struct config *config;

    fixture_make(&(struct model_recipe){.layers = 3, .heads = 4, .inner = 50,
                                        .act = "relu", .epsilon = 1e-3,
                                        .scale_by_layer = true});
    model = fixture_open();
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
    fixture_edit_config("\"scale_attn_weights\": true",
                        "\"scale_attn_weights\": false");
    model = fixture_open();
    CU_ASSERT_EQUAL(model->config.score_scale, 1);
    model_close(model);
    fixture_remove();
}

static void test_defaults(void)
{
    const char text[] = "{\"model_type\": \"gpt2\", \"n_inner\": null}";
    struct config config;
    struct model *model;

    fixture_make(&(struct model_recipe){0});
    fixture_put("config.json", text, strlen(text));
    CU_ASSERT_EQUAL_FATAL(model_configure(fixture_dir, &model,
                                          &fixture_err), 0);
    config = model->config;
    CU_ASSERT_PTR_EQUAL(model->arch, &arch_gpt2);
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
    model_close(model);
    fixture_remove();
}

static void test_wrong_config(void)
{
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"\"gpt2\"", "\"gpt3\"",
         "config.json: 'model_type' is 'gpt3', which is not supported; "
         "supported: bloom, falcon"},
        {"\"gpt2\"", "\"mixtral\"", "'mixtral', which is a mixture of "
         "experts, and not supported; supported: bloom"},
        {"\"gpt2\"", "\"bert\"", "'bert', which is an encoder"},
        {"\"gpt2\"", "\"llama\"", "config.json asks for it"},
        {"\"model_type\"", "\"kind\"", "no 'model_type'"},
        {"\"gpt2\"", "\"gp\\nt2\"", "'model_type' has characters"},
        {"gelu_new", "mish", "'activation_function' is 'mish'"},
        {"\"n_head\": 2", "\"n_head\": 3",
         "'n_embd' 32 is not a multiple of 'n_head' 3"},
        {"\"n_head\": 2", "\"n_head\": 0", "'n_head' is 0"},
        {"\"n_layer\": 2", "\"n_layer\": \"2\"", "'n_layer' is a string"},
        {"\"n_embd\": 32", "\"n_embd\": 4294967328", "'n_embd' is 4294967328"},
        {"\"n_embd\": 32", "\"n_embd\": 32, \"hidden_size\": 64",
         "has the shape [100, 32]; config.json makes it [100, 64]"},
        {"\"n_embd\": 32", "\"n_embd\": null",
         "'n_embd' is null, which it must not be; without the key it is "
         "768"},
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

    fixture_make(&(struct model_recipe){.epsilon = 0x1p-17});
    fixture_edit_config("7.62939453125e-06", "1e-05");
    model_close(fixture_open());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size;
        char *whole = fixture_get("config.json", &size);

        fixture_edit_config(cases[i].from, cases[i].to);
        fixture_refused(cases[i].message);
        fixture_put("config.json", whole, size);
        free(whole);
    }
    fixture_remove();
}

/* A model without BOS, and a small vocabulary without the default one. */
static void test_no_bos(void)
{
    struct model *model;

    fixture_make(&(struct model_recipe){0});
    fixture_edit_config("\"bos_token_id\": 99", "\"bos_token_id\": null");
    model = fixture_open();
    CU_ASSERT_EQUAL(model->config.bos, -1);
    model_close(model);
    fixture_edit_config("\"bos_token_id\": null", "\"bos_token_id\": 100");
    model = fixture_open();
    CU_ASSERT_EQUAL(model->config.bos, -1);
    model_close(model);
    fixture_edit_config("\"bos_token_id\"", "\"other\"");
    model = fixture_open();
    CU_ASSERT_EQUAL(model->config.bos, -1);
    model_close(model);
    fixture_remove();
}

static void test_no_folder(void)
{
    struct model *model = NULL;

    CU_ASSERT_EQUAL(model_open("/nonexistent", &model, &fixture_err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture_err.text, "/nonexistent: "));
    CU_ASSERT_EQUAL(model_open("/dev/null", &model, &fixture_err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture_err.text, "/dev/null: is neither "
                                  "a folder nor a file"));
    CU_ASSERT_PTR_NULL(model);
}

static void test_contradictions(void)
{
    fixture_make(&(struct model_recipe){.layers = 3});
    fixture_edit_config("\"n_layer\": 3", "\"n_layer\": 1");
    fixture_refused("config.json contradicts the tensors: it says 1 layers, "
                    "but there is 'transformer.h.2.");
    fixture_edit_config("\"n_layer\": 1", "\"n_layer\": 4");
    fixture_refused("tensor 'transformer.h.3.ln_1.weight' is missing; "
                    "config.json asks for it, with the shape [32]");
    fixture_edit_config("\"n_layer\": 4", "\"n_layer\": 3");
    fixture_edit_config("\"n_inner\": 128", "\"n_inner\": 127");
    fixture_refused("'transformer.h.0.mlp.c_fc.weight' has the shape "
                    "[32, 128]; config.json makes it [32, 127]");
    fixture_edit_config("\"n_inner\": 127", "\"n_inner\": 128");
    model_close(fixture_open());
    fixture_edit_header("\"shape\":[32,32]", "\"shape\":[1024] ");
    fixture_refused("has the shape [1024]; config.json makes it [32, 32]");
    fixture_remove();
}

static void test_dtype(void)
{
    fixture_make(&(struct model_recipe){.dtype = "F16"});
    fixture_edit_header("ln_1.weight\":{\"dtype\":\"F16\"",
                        "ln_1.weight\":{\"dtype\":\"I16\"");
    fixture_refused("'transformer.h.0.ln_1.weight' is I16, which is not "
                    "supported; supported are F32, F16, BF16");
    fixture_remove();
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

    fixture_make(&(struct model_recipe){.shards = 2});
    fixture_put("config.json.bak", "", 0);
    model = fixture_open();
    model_start_digests(model);
    CU_ASSERT_EQUAL_FATAL(model_digests(model, &list, &fixture_err), ST_OK);
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
                    (json_int_t)model->files->tensors->mappings[1].size);
    json_decref(list);
    model_close(model);
    fixture_remove();
}

CU_ErrorCode add_model_tests(void)
{
    CU_pSuite s = CU_add_suite("model", NULL, NULL);

    if (!s || !CU_add_test(s, "config.json", test_config) ||
        !CU_add_test(s, "defaults of the family", test_defaults) ||
        !CU_add_test(s, "wrong configs", test_wrong_config) ||
        !CU_add_test(s, "no BOS token", test_no_bos) ||
        !CU_add_test(s, "no folder", test_no_folder) ||
        !CU_add_test(s, "config against tensors", test_contradictions) ||
        !CU_add_test(s, "unsupported dtype", test_dtype) ||
        !CU_add_test(s, "hook points", test_points) ||
        !CU_add_test(s, "digests", test_digests))
        return CU_get_error();
    return CUE_SUCCESS;
}
