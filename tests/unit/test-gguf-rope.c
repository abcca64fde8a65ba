/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-gguf-rope.c - what GGUF files say of rotary positions beyond the
 * context that a model was trained with. */
#include "format/gguf-model.h"
#include "gguf-fixture.h"
#include "tests.h"

#include <math.h>

/* llama.cpp has the factors of Llama 3 as a tensor: d/2 of them. */
static void put_factors(float last)
{
    const float factors[2] = {1, last};

    put_header(&gguf_file, 2, 8);
    gguf_put_sizes("llama", RMS);
    put_real(&gguf_file, "llama.rope.freq_base", 1e8f);
    put_tensor(&gguf_file, "rope_freqs.weight", 0, 0, 2, 320);
    gguf_put_embedding();
    put_bytes(&gguf_file, factors, sizeof factors);
}

static void test_rotation(void)
{
    put_factors(8);
    gguf_check_config("{\"rope_scaling\": {\"rope_type\": \"llama3\","
                 " \"factor\": 8.0, \"low_freq_factor\": 1.0,"
                 " \"high_freq_factor\": 4.0,"
                 " \"original_max_position_embeddings\": 8192}}");
    put_factors(-8);
    gguf_refused("factors as Llama 3 has them expected");
    put_header(&gguf_file, 1, 10);
    gguf_put_sizes("qwen2", RMS);
    put_text(&gguf_file, "qwen2.rope.scaling.type", "yarn");
    put_real(&gguf_file, "qwen2.rope.scaling.factor", 4);
    put_int(&gguf_file, "qwen2.rope.scaling.original_context_length", 16);
    gguf_put_embedding();
    gguf_check_config("{\"rope_scaling\": {\"rope_type\": \"yarn\","
                 " \"factor\": 4.0, \"beta_fast\": 32.0,"
                 " \"beta_slow\": 1.0,"
                 " \"original_max_position_embeddings\": 16}}");
    put_header(&gguf_file, 1, 8);
    gguf_put_sizes("qwen2", RMS);
    put_text(&gguf_file, "qwen2.rope.scaling.type", "new");
    gguf_put_embedding();
    gguf_refused("supported are none, linear, yarn, longrope");
}

/* Four pairs, the third of which turns 2.5 times in what Llama 3 was trained
 * with, between the 1 and the 4 that its factors go over between. */
static void put_four_factors(float third)
{
    put_header(&gguf_file, 2, 9);
    gguf_put_sizes("llama", RMS);
    put_int(&gguf_file, "llama.attention.key_length", 8);
    put_real(&gguf_file, "llama.rope.freq_base", 271984);
    put_tensor(&gguf_file, "rope_freqs.weight", 0, 0, 4, 320);
    gguf_put_embedding();
    put_bytes(&gguf_file, (const float[4]){1, 1, third, 8}, 4 * sizeof(float));
}

static void test_rotation_between(void)
{
    double turns = 8192 / sqrt(271984) / (2 * 3.14159265358979);
    double kept = (turns - 1) / (4 - 1);

    put_four_factors((float)(1 / (kept + (1 - kept) / 8)));
    gguf_check_config("{\"rope_scaling\": {\"rope_type\": \"llama3\","
                 " \"factor\": 8.0, \"low_freq_factor\": 1.0,"
                 " \"high_freq_factor\": 4.0,"
                 " \"original_max_position_embeddings\": 8192}}");
    put_four_factors((float)(1.001 / (kept + (1 - kept) / 8)));
    gguf_refused("factors as Llama 3 has them expected");
}

/* transformers' attention_factor: that of yarn for a factor of 4, which is
 * 1 + ln(4) / 10, times what the file says. */
static void test_rotation_strength(void)
{
    json_t *config = NULL;
    double strength;

    put_header(&gguf_file, 1, 10);
    gguf_put_sizes("qwen2", RMS);
    put_text(&gguf_file, "qwen2.rope.scaling.type", "yarn");
    put_real(&gguf_file, "qwen2.rope.scaling.factor", 4);
    put_real(&gguf_file, "qwen2.rope.scaling.attn_factor", 1.25f);
    gguf_put_embedding();
    gguf_begin();
    CU_ASSERT_EQUAL_FATAL(gguf_config(&gguf_opened, &config, &gguf_error),
                          ST_OK);
    strength = json_real_value(json_object_get(
        json_object_get(config, "rope_scaling"), "attention_factor"));
    CU_ASSERT_DOUBLE_EQUAL(strength, 1.25 * 1.138629436, 1e-8);
    json_decref(config);
    gguf_end();
}

/* Linear and longrope of no factors, and beside those of Llama 3. */
static void test_rotation_without_factors(void)
{
    static const char *const types[] = {"linear", "longrope", "yarn"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        put_header(&gguf_file, 1, 8);
        gguf_put_sizes("phi3", RMS);
        put_text(&gguf_file, "phi3.rope.scaling.type", types[i]);
        gguf_put_embedding();
        gguf_refused("supported are none, linear, yarn, longrope");
    }
    put_header(&gguf_file, 2, 8);
    gguf_put_sizes("llama", RMS);
    put_text(&gguf_file, "llama.rope.scaling.type", "linear");
    put_tensor(&gguf_file, "rope_freqs.weight", 0, 0, 2, 320);
    gguf_put_embedding();
    put_bytes(&gguf_file, (const float[2]){1, 8}, 2 * sizeof(float));
    gguf_refused("both tensor 'rope_freqs.weight' and a 'rope.scaling.type'");
}

/* What the file says of a rotation beyond its factor. */
static void test_rotation_details(void)
{
    put_header(&gguf_file, 1, 12);
    gguf_put_sizes("qwen2", RMS);
    put_text(&gguf_file, "qwen2.rope.scaling.type", "yarn");
    put_real(&gguf_file, "qwen2.rope.scaling.factor", 4);
    put_real(&gguf_file, "qwen2.rope.scaling.yarn_beta_fast", 16);
    put_real(&gguf_file, "qwen2.rope.scaling.yarn_beta_slow", 2);
    put_real(&gguf_file, "qwen2.rope.scaling.yarn_ext_factor", 1);
    gguf_put_embedding();
    gguf_check_config("{\"rope_scaling\": {\"rope_type\": \"yarn\","
                 " \"factor\": 4.0, \"beta_fast\": 16.0,"
                 " \"beta_slow\": 2.0}}");
    put_header(&gguf_file, 3, 8);
    gguf_put_sizes("phi3", RMS);
    put_real(&gguf_file, "phi3.rope.scaling.attn_factor", 1.25f);
    put_tensor(&gguf_file, "rope_factors_long.weight", 0, 0, 2, 320);
    put_tensor(&gguf_file, "rope_factors_short.weight", 0, 0, 2, 352);
    gguf_put_embedding();
    put_bytes(&gguf_file, (const float[10]){1, 8, 0, 0, 0, 0, 0, 0, 1, 2},
              10 * sizeof(float));
    gguf_check_config("{\"rope_scaling\": {\"rope_type\": \"longrope\","
                 " \"short_factor\": [1.0, 2.0],"
                 " \"long_factor\": [1.0, 8.0],"
                 " \"attention_factor\": 1.25}}");
}

CU_ErrorCode add_gguf_rope_tests(void)
{
    static CU_TestInfo tests[] = {
        {"beyond the trained context", test_rotation},
        {"without their factors, or of two kinds",
         test_rotation_without_factors},
        {"in detail", test_rotation_details},
        {"between two of Llama 3's turns", test_rotation_between},
        {"of another strength", test_rotation_strength},
        CU_TEST_INFO_NULL,
    };
    CU_SuiteInfo suites[] = {{"gguf-rope", NULL, NULL, NULL, NULL, tests},
                             CU_SUITE_INFO_NULL};

    return CU_register_suites(suites);
}
