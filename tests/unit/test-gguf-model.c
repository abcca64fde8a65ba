/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-gguf-model.c - GGUF files in Hugging Face's terms: configuration,
 * names, and values that the converter had changed. */
#include "format/gguf-model.h"
#include "gguf-fixture.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

static void test_llama(void)
{
    put_header(&gguf_file, 1, 11);
    gguf_put_sizes("llama", RMS);
    put_int(&gguf_file, "llama.attention.head_count_kv", 1);
    put_real(&gguf_file, "llama.rope.freq_base", 500000);
    put_int(&gguf_file, "tokenizer.ggml.bos_token_id", 1);
    put_int(&gguf_file, "tokenizer.ggml.eos_token_id", 2);
    gguf_put_embedding();
    gguf_check_config(
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
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("llama", RMS);
    put_int(&gguf_file, "llama.attention.sliding_window", 5);
    gguf_put_embedding();
    gguf_check_config("{\"model_type\": \"mistral\", \"sliding_window\": 5}");
    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("gpt2", "layer_norm_epsilon");
    gguf_put_embedding();
    gguf_check_config(
        "{\"model_type\": \"gpt2\", \"n_layer\": 2, \"n_embd\": 8,"
        " \"n_head\": 2, \"n_inner\": 12, \"n_positions\": 64,"
        " \"layer_norm_epsilon\": 1e-05}");
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("phi2", "layer_norm_epsilon");
    put_int(&gguf_file, "phi2.rope.dimension_count", 2);
    gguf_put_embedding();
    gguf_check_config("{\"model_type\": \"phi\", \"layer_norm_eps\": 1e-05,"
                 " \"partial_rotary_factor\": 0.5}");
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("gemma2", RMS);
    put_int(&gguf_file, "gemma2.attention.key_length", 6);
    gguf_put_embedding();
    gguf_check_config("{\"model_type\": \"gemma2\", \"head_dim\": 6,"
                 " \"query_pre_attn_scalar\": 6}");
}

/* The converter writes 0 for Phi 4, which has no window. */
static void test_windows(void)
{
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("phi3", RMS);
    put_int(&gguf_file, "phi3.attention.sliding_window", 0);
    gguf_put_embedding();
    gguf_check_config("{\"model_type\": \"phi3\", \"sliding_window\": null}");
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("llama", RMS);
    put_int(&gguf_file, "llama.attention.sliding_window", 0);
    gguf_put_embedding();
    gguf_check_config("{\"model_type\": \"llama\", \"sliding_window\": null}");
    put_header(&gguf_file, 1, 9);
    gguf_put_sizes("gemma3", RMS);
    put_real(&gguf_file, "gemma3.rope.freq_base_swa", 5000);
    put_int(&gguf_file, "gemma3.attention.sliding_window_pattern", 3);
    gguf_put_embedding();
    gguf_check_config("{\"rope_local_base_freq\": 5000.0,"
                 " \"sliding_window_pattern\": 3}");
    put_header(&gguf_file, 1, 9);
    gguf_put_sizes("qwen3", RMS);
    put_real(&gguf_file, "qwen3.rope.freq_base", 20000);
    put_real(&gguf_file, "qwen3.rope.freq_base_swa", 5000);
    gguf_put_embedding();
    gguf_refused(
        "'qwen3.rope.freq_base_swa' is 5000, which is not supported; it "
        "must be 20000, or absent");
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("gemma2", RMS);
    put_int(&gguf_file, "gemma2.attention.sliding_window_pattern", 4);
    gguf_put_embedding();
    gguf_refused(
        "sliding_window_pattern' is 4, which is not supported; it must "
        "be 2");
}

static void put_olmo(uint64_t more)
{
    put_header(&gguf_file, 1, 8 + more);
    gguf_put_sizes("olmo2", RMS);
    put_int(&gguf_file, "olmo2.attention.sliding_window", 5);
}

/* OLMo 2 with a window is OLMo 3; of its layers a list says which have it, or
 * how many there are to one that has none. */
static void test_olmo(void)
{
    const char pattern[] = "olmo2.attention.sliding_window_pattern";

    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("olmo2", RMS);
    put_real(&gguf_file, "olmo2.rope.freq_base", 500);
    gguf_put_embedding();
    gguf_check_config("{\"model_type\": \"olmo2\", \"rope_theta\": 500.0}");
    put_olmo(6);
    put_list(&gguf_file, pattern, GGUF_BOOL, 2);
    put_bytes(&gguf_file, "\0\1", 2);
    put_real(&gguf_file, "olmo2.rope.freq_base", 500);
    put_text(&gguf_file, "olmo2.rope.scaling.type", "yarn");
    put_real(&gguf_file, "olmo2.rope.scaling.factor", 8);
    put_real(&gguf_file, "olmo2.rope.scaling.yarn_attn_factor",
             1.2079441541679836f);
    put_int(&gguf_file, "olmo2.rope.scaling.original_context_length", 16);
    gguf_put_embedding();
    gguf_check_config(
        "{\"model_type\": \"olmo3\", \"sliding_window\": 5,"
        " \"layer_types\": [\"full_attention\", \"sliding_attention\"],"
        " \"rope_parameters\": {\"full_attention\": {\"rope_type\": \"yarn\","
        " \"factor\": 8.0, \"beta_fast\": 32.0, \"beta_slow\": 1.0,"
        " \"original_max_position_embeddings\": 16, \"rope_theta\": 500.0},"
        " \"sliding_attention\": {\"rope_type\": \"default\","
        " \"rope_theta\": 500.0}}}");
    put_olmo(1);
    put_int(&gguf_file, pattern, 2);
    gguf_put_embedding();
    gguf_check_config("{\"layer_types\": [\"sliding_attention\","
                      " \"full_attention\"]}");
    put_olmo(0);
    gguf_put_embedding();
    gguf_check_config("{\"layer_types\": [\"sliding_attention\","
                      " \"sliding_attention\"]}");
    put_olmo(1);
    put_list(&gguf_file, pattern, GGUF_BOOL, 1);
    put_bytes(&gguf_file, "\1", 1);
    gguf_put_embedding();
    gguf_refused("'olmo2.attention.sliding_window_pattern' has not one");
    put_olmo(1);
    put_list(&gguf_file, pattern, GGUF_U32, 1);
    put_u32(&gguf_file, 2);
    gguf_put_embedding();
    gguf_refused("is a list, of kind number; a list of true and false");
    put_olmo(3);
    put_text(&gguf_file, "olmo2.rope.scaling.type", "yarn");
    put_real(&gguf_file, "olmo2.rope.scaling.factor", 8);
    put_real(&gguf_file, "olmo2.rope.scaling.yarn_attn_factor", 1.5f);
    gguf_put_embedding();
    gguf_refused("'rope.scaling.yarn_attn_factor' is not supported");
}

/* Settings that other models of these families' tensors have. */
static void test_other_models(void)
{
    put_header(&gguf_file, 1, 9);
    gguf_put_sizes("llama", RMS);
    put_real(&gguf_file, "llama.logit_scale", 1);
    put_real(&gguf_file, "llama.attention.clamp_kqv", 0);
    gguf_put_embedding();
    gguf_check_config("{\"model_type\": \"llama\"}");
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("llama", RMS);
    put_real(&gguf_file, "llama.residual_scale", 0.25f);
    gguf_put_embedding();
    gguf_refused(
        "'llama.residual_scale' is 0.25, which is not supported; it must "
        "be 1, or absent");
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("bloom", "layer_norm_epsilon");
    put_real(&gguf_file, "bloom.attention.max_alibi_bias", 4);
    gguf_put_embedding();
    gguf_refused("'bloom.attention.max_alibi_bias' is 4");
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("qwen2", RMS);
    put_truth(&gguf_file, "qwen2.attention.causal", false);
    gguf_put_embedding();
    gguf_refused("the model is an encoder");
}

static void test_no_model(void)
{
    put_header(&gguf_file, 0, 0);
    gguf_refused("no 'general.architecture'");
    put_header(&gguf_file, 0, 1);
    put_text(&gguf_file, "general.architecture", "rwkv6");
    gguf_refused("'general.architecture' is 'rwkv6', which is not supported; "
            "supported: llama, qwen2");
    put_header(&gguf_file, 0, 7);
    gguf_put_sizes("llama", RMS);
    gguf_refused("tensor 'token_embd.weight' is missing");
    put_header(&gguf_file, 0, 1);
    put_text(&gguf_file, "general.architecture", "llama");
    gguf_refused("no 'llama.block_count' in the metadata");
    put_header(&gguf_file, 0, 8);
    gguf_put_sizes("llama", RMS);
    put_int(&gguf_file, "llama.expert_count", 8);
    gguf_refused("mixture of experts");
    put_header(&gguf_file, 0, 8);
    gguf_put_sizes("llama", RMS);
    put_int(&gguf_file, "split.count", 3);
    gguf_refused("is one part of several");
    put_header(&gguf_file, 0, 2);
    put_text(&gguf_file, "general.architecture", "llama");
    put_list(&gguf_file, "llama.block_count", GGUF_U32, 1);
    put_u32(&gguf_file, 2);
    gguf_refused("'llama.block_count' is a list, of kind number; one whole");
}

/* The values of the file's one tensor, under its new name. */
static void check_values(const char *name, const float *right, size_t n)
{
    struct tensors *tensors = NULL;
    const struct tensor *tensor;
    float got[64];

    gguf_begin();
    if (gguf_tensors(&gguf_opened, &tensors, &gguf_error))
        printf("# %s\n", gguf_error.text);
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
    gguf_end();
}

/* Parts of rows that begin and end within blocks: Q8_0, whose blocks hold 32
 * bytes behind a scale, here 1. */
static void test_parts_of_rows(void)
{
    enum { ROWS = 2, COLS = 96, BLOCK = 32 };
    struct tensors *tensors = NULL;
    float whole[ROWS * COLS], part[COLS];

    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("llama", RMS);
    put_tensor(&gguf_file, "blk.0.ffn_up.weight", 8, ROWS, COLS, 0);
    put_padding(&gguf_file);
    for (int i = 0; i < ROWS * COLS; i++) {
        if (i % BLOCK == 0)
            put_bytes(&gguf_file, "\x00\x3c", 2);
        put_bytes(&gguf_file, &(const int8_t){(int8_t)(i - 96)}, 1);
    }
    gguf_begin();
    CU_ASSERT_EQUAL_FATAL(gguf_tensors(&gguf_opened, &tensors, &gguf_error),
                          ST_OK);
    tensor_read(tensors->tensors, whole);
    CU_ASSERT_EQUAL(whole[ROWS * COLS - 1], ROWS * COLS - 1 - 96);
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t from = 0; from < COLS; from++)
            for (int64_t n = 1; n <= COLS - from; n++) {
                tensor_read_row(tensors->tensors, i, from, n, part);
                CU_ASSERT_EQUAL(memcmp(part, whole + i * COLS + from,
                                       (size_t)n * sizeof *part), 0);
            }
    tensors_close(tensors);
    gguf_end();
}

/* A tensor of rows x cols, or a vector if rows is 0: 0, 1, 2... */
static void put_count(const char *name, uint64_t rows, uint64_t cols)
{
    put_tensor(&gguf_file, name, 0, rows, cols, 0);
    put_padding(&gguf_file);
    for (uint64_t i = 0; i < (rows ? rows : 1) * cols; i++) {
        float value = (float)i;

        put_bytes(&gguf_file, &value, sizeof value);
    }
}

/* Of a head 4 wide, rows 0 1 2 3 hold what are its rows 0 2 1 3. */
static void test_paired(void)
{
    const float weight[16] = {0, 1, 4, 5, 2, 3, 6, 7,
                              8, 9, 12, 13, 10, 11, 14, 15};
    const float bias[8] = {0, 2, 1, 3, 4, 6, 5, 7};
    const float plain[4] = {0, 1, 2, 3};

    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("llama", RMS);
    put_count("blk.12.attn_q.weight", 8, 2);
    check_values("model.layers.12.self_attn.q_proj.weight", weight, 16);
    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("llama", RMS);
    put_count("blk.0.attn_k.bias", 0, 8);
    check_values("model.layers.0.self_attn.k_proj.bias", bias, 8);
    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("llama", RMS);
    put_count("blk.0.attn_v.weight", 4, 1);
    check_values("model.layers.0.self_attn.v_proj.weight", plain, 4);
    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("qwen2", RMS);
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
    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("gptneox", "layer_norm_epsilon");
    put_count("blk.1.attn_qkv.bias", 0, 24);
    check_values("gpt_neox.layers.1.attention.query_key_value.bias", right,
                 24);
    /* One key and value for both heads: nothing moves. */
    for (int i = 0; i < 16; i++)
        right[i] = (float)i;
    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("falcon", "layer_norm_epsilon");
    put_count("blk.1.attn_qkv.weight", 16, 1);
    check_values("transformer.h.1.self_attention.query_key_value.weight",
                 right, 16);
}

static void test_transposed(void)
{
    const float right[6] = {0, 3, 1, 4, 2, 5};
    const unsigned char block[34] = {0x00, 0x3c, 1, 2, 0xff}; /* d = 1 */
    float columns[64] = {1, 1, 2, 2, -1, -1};

    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("gpt2", "layer_norm_epsilon");
    put_count("blk.0.ffn_up.weight", 2, 3);
    check_values("transformer.h.0.mlp.c_fc.weight", right, 6);
    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("gpt2", "layer_norm_epsilon");
    put_tensor(&gguf_file, "blk.0.ffn_down.weight", 8, 2, 32, 0);
    put_padding(&gguf_file);
    put_bytes(&gguf_file, block, sizeof block);
    put_bytes(&gguf_file, block, sizeof block);
    check_values("transformer.h.0.mlp.c_proj.weight", columns, 64);
}

static void test_plus_one(void)
{
    const float right[3] = {-1, 0, 1}, plain[3] = {0, 1, 2};

    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("gemma", RMS);
    put_count("blk.0.attn_norm.weight", 0, 3);
    check_values("model.layers.0.input_layernorm.weight", right, 3);
    put_header(&gguf_file, 1, 7);
    gguf_put_sizes("llama", RMS);
    put_count("output_norm.weight", 0, 3);
    check_values("model.norm.weight", plain, 3);
}

static void refused_tensor(const char *name, uint64_t rows, uint64_t cols)
{
    struct tensors *tensors = NULL;

    put_header(&gguf_file, 1, 7);
    gguf_put_sizes(strstr(name, "qkv") ? "bloom" : "llama", RMS);
    put_count(name, rows, cols);
    gguf_begin();
    gguf_refused_with(gguf_tensors(&gguf_opened, &tensors, &gguf_error),
                 "is no whole number of heads 4 wide");
    gguf_end();
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
        {"windows", test_windows},
        {"windows of OLMo 3", test_olmo},
        {"settings that make another model", test_other_models},
        {"files that are no model, or one that is not supported",
         test_no_model},
        {"parts of rows", test_parts_of_rows},
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
