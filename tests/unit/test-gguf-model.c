/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-gguf-model.c - GGUF files in Hugging Face's terms: configuration,
 * names, and values that the converter had changed. */
#include "gguf-bytes.h"
#include "format/gguf-model.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct gguf_bytes file;
static struct gguf gguf;
static struct error err;

/* Reads what was composed. */
static void begin(void)
{
    gguf = (struct gguf){.mapping = {"test.gguf", file.bytes, file.n}};
    memset(&err, 0, sizeof err);
    if (gguf_read(&gguf, &err))
        printf("# %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(err.status, ST_OK);
}

static void end(void)
{
    gguf_clear(&gguf);
    free(file.bytes);
    file = (struct gguf_bytes){NULL, 0};
}

static void refused_with(int status, const char *message)
{
    CU_ASSERT_EQUAL(status, ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, message));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "test.gguf: "));
    if (!strstr(err.text, message))
        printf("# '%s' is not in '%s'\n", message, err.text);
}

static void refused(const char *message)
{
    json_t *config = NULL;

    begin();
    refused_with(gguf_config(&gguf, &config, &err), message);
    end();
}

/* The sizes that every family has: 2 layers, 2 heads 4 wide. 7 values. */
static void put_sizes(const char *architecture, const char *epsilon)
{
    static const struct {
        const char *key;
        uint32_t n;
    } sizes[] = {
        {"block_count", 2},          {"embedding_length", 8},
        {"feed_forward_length", 12}, {"attention.head_count", 2},
        {"context_length", 64},
    };
    char key[100];

    put_text(&file, "general.architecture", architecture);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(key, sizeof key, "%s.%s", architecture, sizes[i].key);
        put_int(&file, key, sizes[i].n);
    }
    snprintf(key, sizeof key, "%s.attention.%s", architecture, epsilon);
    put_real(&file, key, 1e-5f);
}

#define RMS "layer_norm_rms_epsilon"

/* A table of 10 tokens is all that the configuration needs. */
static void put_embedding(void)
{
    const float zeros[80] = {0};

    put_tensor(&file, "token_embd.weight", 0, 10, 8, 0);
    put_padding(&file);
    put_bytes(&file, zeros, sizeof zeros);
}

/* Each member of `expected`, a JSON object, is in the configuration. */
static void check_config(const char *expected)
{
    json_t *right = json_loads(expected, 0, NULL), *config = NULL, *value;
    const char *key;

    CU_ASSERT_PTR_NOT_NULL_FATAL(right);
    begin();
    if (gguf_config(&gguf, &config, &err))
        printf("# %s\n", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(config);
    json_object_foreach (right, key, value) {
        if (!json_equal(json_object_get(config, key), value))
            printf("# '%s' is not as expected\n", key);
        CU_ASSERT_TRUE(json_equal(json_object_get(config, key), value));
    }
    json_decref(config);
    json_decref(right);
    end();
}

static void test_llama(void)
{
    put_header(&file, 1, 11);
    put_sizes("llama", RMS);
    put_int(&file, "llama.attention.head_count_kv", 1);
    put_real(&file, "llama.rope.freq_base", 500000);
    put_int(&file, "tokenizer.ggml.bos_token_id", 1);
    put_int(&file, "tokenizer.ggml.eos_token_id", 2);
    put_embedding();
    check_config(
        "{\"model_type\": \"llama\", \"num_hidden_layers\": 2,"
        " \"hidden_size\": 8, \"intermediate_size\": 12,"
        " \"num_attention_heads\": 2, \"num_key_value_heads\": 1,"
        " \"head_dim\": 4, \"max_position_embeddings\": 64,"
        " \"rms_norm_eps\": 1e-05, \"rope_theta\": 500000.0,"
        " \"vocab_size\": 10, \"bos_token_id\": 1, \"eos_token_id\": 2,"
        " \"tie_word_embeddings\": true, \"attention_bias\": false,"
        " \"mlp_bias\": false}");
}

static void test_families(void)
{
    put_header(&file, 1, 8);
    put_sizes("llama", RMS);
    put_int(&file, "llama.attention.sliding_window", 5);
    put_embedding();
    check_config("{\"model_type\": \"mistral\", \"sliding_window\": 5}");
    put_header(&file, 1, 7);
    put_sizes("gpt2", "layer_norm_epsilon");
    put_embedding();
    check_config("{\"model_type\": \"gpt2\", \"n_layer\": 2, \"n_embd\": 8,"
                 " \"n_head\": 2, \"n_inner\": 12, \"n_positions\": 64,"
                 " \"layer_norm_epsilon\": 1e-05}");
    put_header(&file, 1, 8);
    put_sizes("phi2", "layer_norm_epsilon");
    put_int(&file, "phi2.rope.dimension_count", 2);
    put_embedding();
    check_config("{\"model_type\": \"phi\", \"layer_norm_eps\": 1e-05,"
                 " \"partial_rotary_factor\": 0.5}");
    put_header(&file, 1, 8);
    put_sizes("gemma2", RMS);
    put_int(&file, "gemma2.attention.key_length", 6);
    put_embedding();
    check_config("{\"model_type\": \"gemma2\", \"head_dim\": 6,"
                 " \"query_pre_attn_scalar\": 6}");
}

/* llama.cpp has the factors of Llama 3 as a tensor: d/2 of them. */
static void put_factors(float last)
{
    const float factors[2] = {1, last};

    put_header(&file, 2, 8);
    put_sizes("llama", RMS);
    put_real(&file, "llama.rope.freq_base", 1e8f);
    put_tensor(&file, "rope_freqs.weight", 0, 0, 2, 320);
    put_embedding();
    put_bytes(&file, factors, sizeof factors);
}

static void test_rotation(void)
{
    put_factors(8);
    check_config("{\"rope_scaling\": {\"rope_type\": \"llama3\","
                 " \"factor\": 8.0, \"low_freq_factor\": 1.0,"
                 " \"high_freq_factor\": 4.0,"
                 " \"original_max_position_embeddings\": 8192}}");
    put_factors(-8);
    refused("factors as Llama 3 has them expected");
    put_header(&file, 1, 10);
    put_sizes("qwen2", RMS);
    put_text(&file, "qwen2.rope.scaling.type", "yarn");
    put_real(&file, "qwen2.rope.scaling.factor", 4);
    put_int(&file, "qwen2.rope.scaling.original_context_length", 16);
    put_embedding();
    check_config("{\"rope_scaling\": {\"rope_type\": \"yarn\","
                 " \"factor\": 4.0, \"beta_fast\": 32.0,"
                 " \"beta_slow\": 1.0,"
                 " \"original_max_position_embeddings\": 16}}");
    put_header(&file, 1, 8);
    put_sizes("qwen2", RMS);
    put_text(&file, "qwen2.rope.scaling.type", "new");
    put_embedding();
    refused("supported are none, linear, yarn, longrope");
}

/* Linear and longrope of no factors, and beside those of Llama 3. */
static void test_rotation_without_factors(void)
{
    static const char *const types[] = {"linear", "longrope", "yarn"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        put_header(&file, 1, 8);
        put_sizes("phi3", RMS);
        put_text(&file, "phi3.rope.scaling.type", types[i]);
        put_embedding();
        refused("supported are none, linear, yarn, longrope");
    }
    put_header(&file, 2, 8);
    put_sizes("llama", RMS);
    put_text(&file, "llama.rope.scaling.type", "linear");
    put_tensor(&file, "rope_freqs.weight", 0, 0, 2, 320);
    put_embedding();
    put_bytes(&file, (const float[2]){1, 8}, 2 * sizeof(float));
    refused("both tensor 'rope_freqs.weight' and a 'rope.scaling.type'");
}

/* What the file says of a rotation beyond its factor. */
static void test_rotation_details(void)
{
    put_header(&file, 1, 12);
    put_sizes("qwen2", RMS);
    put_text(&file, "qwen2.rope.scaling.type", "yarn");
    put_real(&file, "qwen2.rope.scaling.factor", 4);
    put_real(&file, "qwen2.rope.scaling.yarn_beta_fast", 16);
    put_real(&file, "qwen2.rope.scaling.yarn_beta_slow", 2);
    put_real(&file, "qwen2.rope.scaling.yarn_ext_factor", 1);
    put_embedding();
    check_config("{\"rope_scaling\": {\"rope_type\": \"yarn\","
                 " \"factor\": 4.0, \"beta_fast\": 16.0,"
                 " \"beta_slow\": 2.0}}");
    put_header(&file, 3, 8);
    put_sizes("phi3", RMS);
    put_real(&file, "phi3.rope.scaling.attn_factor", 1.25f);
    put_tensor(&file, "rope_factors_long.weight", 0, 0, 2, 320);
    put_tensor(&file, "rope_factors_short.weight", 0, 0, 2, 352);
    put_embedding();
    put_bytes(&file, (const float[10]){1, 8, 0, 0, 0, 0, 0, 0, 1, 2},
              10 * sizeof(float));
    check_config("{\"rope_scaling\": {\"rope_type\": \"longrope\","
                 " \"short_factor\": [1.0, 2.0],"
                 " \"long_factor\": [1.0, 8.0],"
                 " \"attention_factor\": 1.25}}");
}

/* The converter writes 0 for Phi 4, which has no window. */
static void test_windows(void)
{
    put_header(&file, 1, 8);
    put_sizes("phi3", RMS);
    put_int(&file, "phi3.attention.sliding_window", 0);
    put_embedding();
    check_config("{\"model_type\": \"phi3\", \"sliding_window\": null}");
    put_header(&file, 1, 8);
    put_sizes("llama", RMS);
    put_int(&file, "llama.attention.sliding_window", 0);
    put_embedding();
    check_config("{\"model_type\": \"llama\", \"sliding_window\": null}");
    put_header(&file, 1, 9);
    put_sizes("gemma3", RMS);
    put_real(&file, "gemma3.rope.freq_base_swa", 5000);
    put_int(&file, "gemma3.attention.sliding_window_pattern", 3);
    put_embedding();
    check_config("{\"rope_local_base_freq\": 5000.0,"
                 " \"sliding_window_pattern\": 3}");
    put_header(&file, 1, 9);
    put_sizes("qwen3", RMS);
    put_real(&file, "qwen3.rope.freq_base", 20000);
    put_real(&file, "qwen3.rope.freq_base_swa", 5000);
    put_embedding();
    refused("'qwen3.rope.freq_base_swa' is 5000, which is not supported; it "
            "must be 20000, or absent");
    put_header(&file, 1, 8);
    put_sizes("gemma2", RMS);
    put_int(&file, "gemma2.attention.sliding_window_pattern", 4);
    put_embedding();
    refused("sliding_window_pattern' is 4, which is not supported; it must "
            "be 2");
}

/* Settings that other models of these families' tensors have. */
static void test_other_models(void)
{
    put_header(&file, 1, 9);
    put_sizes("llama", RMS);
    put_real(&file, "llama.logit_scale", 1);
    put_real(&file, "llama.attention.clamp_kqv", 0);
    put_embedding();
    check_config("{\"model_type\": \"llama\"}");
    put_header(&file, 1, 8);
    put_sizes("llama", RMS);
    put_real(&file, "llama.residual_scale", 0.25f);
    put_embedding();
    refused("'llama.residual_scale' is 0.25, which is not supported; it must "
            "be 1, or absent");
    put_header(&file, 1, 8);
    put_sizes("bloom", "layer_norm_epsilon");
    put_real(&file, "bloom.attention.max_alibi_bias", 4);
    put_embedding();
    refused("'bloom.attention.max_alibi_bias' is 4");
    put_header(&file, 1, 8);
    put_sizes("qwen2", RMS);
    put_truth(&file, "qwen2.attention.causal", false);
    put_embedding();
    refused("the model is an encoder");
}

static void test_no_model(void)
{
    put_header(&file, 0, 0);
    refused("no 'general.architecture'");
    put_header(&file, 0, 1);
    put_text(&file, "general.architecture", "rwkv6");
    refused("'general.architecture' is 'rwkv6', which is not supported; "
            "supported: llama, qwen2");
    put_header(&file, 0, 7);
    put_sizes("llama", RMS);
    refused("tensor 'token_embd.weight' is missing");
    put_header(&file, 0, 1);
    put_text(&file, "general.architecture", "llama");
    refused("no 'llama.block_count' in the metadata");
    put_header(&file, 0, 8);
    put_sizes("llama", RMS);
    put_int(&file, "llama.expert_count", 8);
    refused("mixture of experts");
    put_header(&file, 0, 8);
    put_sizes("llama", RMS);
    put_int(&file, "split.count", 3);
    refused("is one part of several");
    put_header(&file, 0, 2);
    put_text(&file, "general.architecture", "llama");
    put_list(&file, "llama.block_count", GGUF_U32, 1);
    put_u32(&file, 2);
    refused("'llama.block_count' is a list, of kind number; one whole");
}

/* The values of the file's one tensor, under its new name. */
static void check_values(const char *name, const float *right, size_t n)
{
    struct tensors *tensors = NULL;
    const struct tensor *tensor;
    float got[64];

    begin();
    if (gguf_tensors(&gguf, &tensors, &err))
        printf("# %s\n", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tensors);
    tensor = tensors_find(tensors, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
    CU_ASSERT_EQUAL_FATAL(tensor_count(tensor), n);
    tensor_read(tensor, got);
    CU_ASSERT_EQUAL(memcmp(got, right, n * sizeof *got), 0);
    for (int64_t i = 0; tensor_has_rows(tensor) && i < tensor->dim[0]; i++) {
        int64_t cols = tensor->dim[1], from = cols / 2;

        tensor_read_row(tensor, i, from, cols - from, got);
        CU_ASSERT_EQUAL(memcmp(got, right + i * cols + from,
                               (size_t)(cols - from) * sizeof *got), 0);
    }
    tensors_close(tensors);
    end();
}

/* A tensor of rows x cols, or a vector if rows is 0: 0, 1, 2... */
static void put_count(const char *name, uint64_t rows, uint64_t cols)
{
    put_tensor(&file, name, 0, rows, cols, 0);
    put_padding(&file);
    for (uint64_t i = 0; i < (rows ? rows : 1) * cols; i++) {
        float value = (float)i;

        put_bytes(&file, &value, sizeof value);
    }
}

/* Of a head 4 wide, rows 0 1 2 3 hold what are its rows 0 2 1 3. */
static void test_paired(void)
{
    const float weight[16] = {0, 1, 4, 5, 2, 3, 6, 7,
                              8, 9, 12, 13, 10, 11, 14, 15};
    const float bias[8] = {0, 2, 1, 3, 4, 6, 5, 7};
    const float plain[4] = {0, 1, 2, 3};

    put_header(&file, 1, 7);
    put_sizes("llama", RMS);
    put_count("blk.12.attn_q.weight", 8, 2);
    check_values("model.layers.12.self_attn.q_proj.weight", weight, 16);
    put_header(&file, 1, 7);
    put_sizes("llama", RMS);
    put_count("blk.0.attn_k.bias", 0, 8);
    check_values("model.layers.0.self_attn.k_proj.bias", bias, 8);
    put_header(&file, 1, 7);
    put_sizes("llama", RMS);
    put_count("blk.0.attn_v.weight", 4, 1);
    check_values("model.layers.0.self_attn.v_proj.weight", plain, 4);
    put_header(&file, 1, 7);
    put_sizes("qwen2", RMS);
    put_count("blk.0.attn_q.bias", 0, 4);
    check_values("model.layers.0.self_attn.q_proj.bias", plain, 4);
}

/* Two heads, each with its key and value: q0 q1 k0 k1 v0 v1 become q0 k0 v0 q1
 * k1 v1. */
static void test_sorted(void)
{
    float right[24];

    for (int i = 0; i < 24; i++)
        right[i] = (float)(i % 12 / 4 * 8 + i / 12 * 4 + i % 4);
    put_header(&file, 1, 7);
    put_sizes("gptneox", "layer_norm_epsilon");
    put_count("blk.1.attn_qkv.bias", 0, 24);
    check_values("gpt_neox.layers.1.attention.query_key_value.bias", right,
                 24);
    /* One key and value for both heads: nothing moves. */
    for (int i = 0; i < 16; i++)
        right[i] = (float)i;
    put_header(&file, 1, 7);
    put_sizes("falcon", "layer_norm_epsilon");
    put_count("blk.1.attn_qkv.weight", 16, 1);
    check_values("transformer.h.1.self_attention.query_key_value.weight",
                 right, 16);
}

static void test_transposed(void)
{
    const float right[6] = {0, 3, 1, 4, 2, 5};
    const unsigned char block[34] = {0x00, 0x3c, 1, 2, 0xff}; /* d = 1 */
    float columns[64] = {1, 1, 2, 2, -1, -1};

    put_header(&file, 1, 7);
    put_sizes("gpt2", "layer_norm_epsilon");
    put_count("blk.0.ffn_up.weight", 2, 3);
    check_values("transformer.h.0.mlp.c_fc.weight", right, 6);
    put_header(&file, 1, 7);
    put_sizes("gpt2", "layer_norm_epsilon");
    put_tensor(&file, "blk.0.ffn_down.weight", 8, 2, 32, 0);
    put_padding(&file);
    put_bytes(&file, block, sizeof block);
    put_bytes(&file, block, sizeof block);
    check_values("transformer.h.0.mlp.c_proj.weight", columns, 64);
}

static void test_plus_one(void)
{
    const float right[3] = {-1, 0, 1}, plain[3] = {0, 1, 2};

    put_header(&file, 1, 7);
    put_sizes("gemma", RMS);
    put_count("blk.0.attn_norm.weight", 0, 3);
    check_values("model.layers.0.input_layernorm.weight", right, 3);
    put_header(&file, 1, 7);
    put_sizes("llama", RMS);
    put_count("output_norm.weight", 0, 3);
    check_values("model.norm.weight", plain, 3);
}

static void refused_tensor(const char *name, uint64_t rows, uint64_t cols)
{
    struct tensors *tensors = NULL;

    put_header(&file, 1, 7);
    put_sizes(strstr(name, "qkv") ? "bloom" : "llama", RMS);
    put_count(name, rows, cols);
    begin();
    refused_with(gguf_tensors(&gguf, &tensors, &err),
                 "is no whole number of heads 4 wide");
    end();
}

static void test_wrong_rows(void)
{
    refused_tensor("blk.0.attn_q.weight", 6, 2);
    refused_tensor("blk.0.attn_qkv.weight", 12, 1);
    refused_tensor("blk.0.attn_qkv.weight", 4, 1);
    refused_tensor("blk.0.attn_qkv.bias", 0, 22);
}

CU_ErrorCode add_gguf_model_tests(void)
{
    CU_TestInfo tests[] = {
        {"llama's configuration", test_llama},
        {"other families' configurations", test_families},
        {"rotation beyond the trained context", test_rotation},
        {"rotations that lack their factors, or have two kinds",
         test_rotation_without_factors},
        {"rotations in detail", test_rotation_details},
        {"windows", test_windows},
        {"settings that make another model", test_other_models},
        {"files that are no model, or one that is not supported",
         test_no_model},
        {"rows of paired dims", test_paired},
        {"queries, keys and values sorted", test_sorted},
        {"matrices transposed", test_transposed},
        {"gains plus one", test_plus_one},
        {"rows that are no heads", test_wrong_rows},
        CU_TEST_INFO_NULL,
    };
    CU_SuiteInfo suites[] = {{"gguf-model", NULL, NULL, NULL, NULL, tests},
                             CU_SUITE_INFO_NULL};

    return CU_register_suites(suites);
}
