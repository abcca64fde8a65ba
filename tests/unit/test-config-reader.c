/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-config-reader.c - config.json of the families: older ways to write a
 * thing mean the same, and what cannot be run is refused by name. */
#include "tests.h"

#include "model/arch.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZES                                                          \
    "\"num_hidden_layers\": 4, \"num_attention_heads\": 4, "           \
    "\"hidden_size\": 32, \"max_position_embeddings\": 64, "           \
    "\"vocab_size\": 50"

/* What a config.json with the sizes and these members says. */
static int configure(const char *type, const char *members,
                     struct config *config, struct error *err)
{
    char *text = mem_printf("{" SIZES "%s%s}", *members ? ", " : "", members);
    json_t *json = NULL;
    int status = json_parse_object(text, strlen(text), "config.json", &json,
                                   err);

    if (!status && !json_object_get(json, "num_key_value_heads"))
        json_object_set_new(json, "num_key_value_heads", json_integer(4));
    if (!status)
        status = arch_configure(arch_find(type), json, "config.json", config,
                                err);
    json_decref(json);
    free(text);
    return status;
}

/* Fails the test if it cannot be read. */
static struct config config_of(const char *type, const char *members)
{
    struct config config = {0};
    struct error err = {0};

    if (configure(type, members, &config, &err)) {
        fprintf(stderr, "# %s\n", err.text);
        CU_FAIL("a configuration cannot be read");
    }
    return config;
}

static bool same_rope(const struct rope *a, const struct rope *b)
{
    float x[ROPE_PAIRS] = {0}, y[ROPE_PAIRS] = {0};

    if (a->kind != b->kind || a->dim != b->dim || a->scale != b->scale ||
        a->interleaved != b->interleaved)
        return false;
    rope_angles(a, 100, x);
    rope_angles(b, 100, y);
    return memcmp(x, y, sizeof x) == 0;
}

static const char *const same[][3] = {
    {"llama", "\"rope_theta\": 500.0",
     "\"rope_parameters\": {\"rope_type\": \"default\", "
     "\"rope_theta\": 500.0}"},
    {"llama", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}, "
              "\"rope_theta\": 30",
     "\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 2.0, "
     "\"rope_theta\": 30}"},
    {"llama", "\"rope_scaling\": null", ""},
    {"qwen2", "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4, "
              "\"original_max_position_embeddings\": 16}",
     "\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 4, "
     "\"beta_fast\": 32, \"beta_slow\": 1, "
     "\"original_max_position_embeddings\": 16}"},
    {"gpt_neox", "\"rotary_pct\": 0.5, \"rotary_emb_base\": 700",
     "\"rope_parameters\": {\"partial_rotary_factor\": 0.5, "
     "\"rope_theta\": 700}"},
    {"phi3", "\"rope_scaling\": {\"type\": \"su\", "
             "\"short_factor\": [1, 1, 1, 1], "
             "\"long_factor\": [1, 2, 3, 4]}, "
             "\"original_max_position_embeddings\": 32",
     "\"rope_parameters\": {\"rope_type\": \"longrope\", "
     "\"rope_theta\": 10000.0, "
     "\"short_factor\": [1, 1, 1, 1], \"long_factor\": [1, 2, 3, 4], "
     "\"factor\": 2}, \"original_max_position_embeddings\": 32"},
    {"stablelm", "\"partial_rotary_factor\": 0.5",
     "\"rope_parameters\": {\"partial_rotary_factor\": 0.5}"},
    {"gemma3_text",
     "\"head_dim\": 8, \"rope_theta\": 5e5, \"rope_local_base_freq\": 100, "
     "\"sliding_window_pattern\": 2, "
     "\"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 8}",
     "\"head_dim\": 8, \"layer_types\": [\"sliding_attention\", "
     "\"full_attention\", \"sliding_attention\", \"full_attention\"], "
     "\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"linear\", "
     "\"factor\": 8, \"rope_theta\": 5e5}, "
     "\"sliding_attention\": {\"rope_theta\": 100}}"},
    {"olmo3",
     "\"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 8}",
     "\"layer_types\": [\"sliding_attention\", \"sliding_attention\", "
     "\"sliding_attention\", \"full_attention\"], "
     "\"sliding_window\": 4096, "
     "\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"linear\", "
     "\"factor\": 8, \"rope_theta\": 5e5}, "
     "\"sliding_attention\": {\"rope_theta\": 5e5}}"},
    {"qwen2", "\"use_sliding_window\": true, \"max_window_layers\": 3, "
              "\"sliding_window\": 7",
     "\"use_sliding_window\": true, \"sliding_window\": 7, "
     "\"layer_types\": [\"full_attention\", \"full_attention\", "
     "\"full_attention\", \"sliding_attention\"]"},
    {"gpt_neo", "\"attention_types\": [[[\"global\", \"local\"], 2]]",
     "\"attention_layers\": [\"global\", \"local\", \"global\", "
     "\"local\"]"},
    {"gpt_neo", "\"attention_types\": [[[\"local\"], 4]]",
     "\"attention_layers\": [\"local\", \"local\", \"local\", "
     "\"local\"], \"attention_types\": [[[\"global\"], 4]]"},
    {"llama", "", "\"rope_theta\": 1e4, \"num_key_value_heads\": null, "
                  "\"sliding_window\": 3, \"no_such_key\": 4"},
    {"phi", "\"partial_rotary_factor\": 1",
     "\"partial_rotary_factor\": null"},
    {"llama", "\"rope_scaling\": {\"rope_type\": \"yarn\", "
              "\"factor\": 4}",
     "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4}, "
     "\"original_max_position_embeddings\": 16"},
};

static void test_older(void)
{
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct config a = config_of(same[i][0], same[i][1]);
        struct config b = config_of(same[i][0], same[i][2]);

        CU_ASSERT(same_rope(&a.rope, &b.rope));
        CU_ASSERT(same_rope(&a.local_rope, &b.local_rope));
        CU_ASSERT_EQUAL(a.window, b.window);
        CU_ASSERT_EQUAL(memcmp(a.local, b.local, sizeof a.local), 0);
        if (!same_rope(&a.rope, &b.rope))
            fprintf(stderr, "# %s: %s\n", same[i][0], same[i][1]);
    }
}

static const char *const refused[][3] = {
    {"llama", "\"quantization_config\": {\"bits\": 4}",
     "'quantization_config' is {"},
    {"opt", "\"is_encoder_decoder\": true", "'is_encoder_decoder' is true"},
    {"llama", "\"hidden_act\": \"mish\"", "'hidden_act' is 'mish'"},
    {"llama", "\"num_key_value_heads\": 3",
     "'num_attention_heads' 4 is not a multiple of 'num_key_value_heads' 3"},
    {"llama", "\"rms_norm_eps\": 0", "'rms_norm_eps' is 0"},
    {"llama", "\"rope_theta\": -1", "'rope_theta' is -1"},
    {"llama", "\"head_dim\": 7", "7 of a head's 7 dims rotate"},
    {"llama", "\"rope_scaling\": 3", "'rope_scaling' is not an object"},
    {"qwen2", "\"rope_parameters\": {\"full_attention\": "
              "{\"rope_theta\": 500.0}}",
     "'full_attention' is an object within the parameters of rotation"},
    {"llama", "\"rope_scaling\": {\"type\": \"yarn\"}",
     "'factor' is missing"},
    {"llama", "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8, "
              "\"low_freq_factor\": 4, \"high_freq_factor\": 4}",
     "'high_freq_factor' 4 is not above"},
    {"mistral", "\"layer_types\": [\"full_attention\", \"full_attention\", "
                "\"full_attention\", \"full_attention\"]",
     "all layers are of one kind"},
    {"qwen2", "\"layer_types\": [\"full_attention\"]",
     "'layer_types' is not a list of 4 words"},
    {"qwen2", "\"layer_types\": [\"linear_attention\", \"full_attention\", "
              "\"full_attention\", \"full_attention\"]",
     "entry 1 of 'layer_types'"},
    {"qwen2", "\"layer_types\": [\"sliding_attention\", \"full_attention\", "
              "\"full_attention\", \"full_attention\"]",
     "layer 0 of 'layer_types' is local"},
    {"gemma2", "\"sliding_window\": null", "layer 0 is local"},
    {"gemma2", "\"final_logit_softcapping\": -2",
     "'final_logit_softcapping' is -2"},
    {"gemma3_text", "\"head_dim\": 8, \"attn_logit_softcapping\": 50",
     "'attn_logit_softcapping' is 50, which is not supported"},
    {"gemma3_text", "\"head_dim\": 8, \"rope_parameters\": "
                    "{\"rope_type\": \"linear\", \"factor\": 8}",
     "has neither 'full_attention' nor 'sliding_attention'"},
    {"gemma3_text", "\"head_dim\": 8, \"rope_parameters\": [8]",
     "'rope_parameters' is not an object"},
    {"gemma3_text", "\"head_dim\": 8, \"rope_scaling\": \"linear\"",
     "'rope_scaling' is not an object"},
    {"gemma3_text", "\"head_dim\": 8, \"rope_scaling\": "
                    "{\"rope_type\": \"linear\", \"factor\": 8}, "
                    "\"rope_parameters\": {\"full_attention\": "
                    "{\"rope_theta\": 5e5}}",
     "'rope_scaling' is given, and 'full_attention'"},
    {"olmo3", "\"rope_theta\": 10000",
     "'rope_theta' is 10000, and it is not said whether for local layers"},
    {"olmo3", "\"rope_scaling\": {\"rope_type\": \"dynamic\", "
              "\"factor\": 2}", "dynamic is not supported"},
    {"llama", "\"rope_scaling\": {\"type\": \"dynamic\", "
              "\"factor\": 1e-9}", "'factor' is 1e-09"},
    {"stablelm", "\"partial_rotary_factor\": 1e29",
     "'partial_rotary_factor' is 1e+29; it must be at most 1"},
    {"phi3", "\"rope_scaling\": {\"type\": \"longrope\", "
             "\"short_factor\": [1, 1, 1, 1], "
             "\"long_factor\": [1, 1, 1, 1]}, "
             "\"original_max_position_embeddings\": 1",
     "'original_max_position_embeddings' is 1"},
    {"llama", "\"partial_rotary_factor\": 0.5",
     "'partial_rotary_factor' is 0.5, which is not supported"},
    {"phi3", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}",
     "not supported for a phi3 model"},
    {"phi3", "\"rope_scaling\": {\"type\": \"longrope\", "
             "\"short_factor\": [1], \"long_factor\": [1]}",
     "'short_factor' is not a list of 4 numbers"},
    {"gptj", "\"n_layer\": 4, \"n_head\": 4, \"n_embd\": 32, "
             "\"n_positions\": 64, \"rotary_dim\": 3", "'rotary_dim' is 3"},
    {"gpt_neo", "\"attention_types\": [[[\"global\"], 3]]",
     "'attention_types' is for fewer than the 4 layers"},
    {"gpt_neo", "\"attention_types\": [[[\"global\"], 99999999999]]",
     "'attention_types' is for more than the 4 layers"},
    {"gpt_neo", "\"attention_types\": [[[\"sparse\"], 4]]",
     "a kind other than global and local"},
    {"gpt_neo", "", "'attention_types' is for more than the 4 layers"},
    {"gpt_neo", "\"attention_layers\": [\"local\"]",
     "'attention_layers' is not a list of 4 words"},
    {"gpt_neo", "\"attention_layers\": [\"local\", \"local\", "
                "\"local\", \"sparse\"]",
     "entry 4 of 'attention_layers'"},
    {"mistral", "\"rms_norm_eps\": null",
     "'rms_norm_eps' is null, which it must not be; without the key it is "
     "1e-6"},
    {"gpt_neox", "\"head_dim\": 4",
     "'head_dim' is 4, but heads are 8 wide"},
    {"qwen3", "\"head_dim\": null", "'head_dim' is null"},
    {"bloom", "\"pretraining_tp\": 2, \"slow_but_exact\": true",
     "'slow_but_exact' is true"},
    {"bloom", "\"apply_residual_connection_post_layernorm\": true",
     "'apply_residual_connection_post_layernorm' is true"},
    {"falcon", "\"new_decoder_architecture\": true, "
               "\"parallel_attn\": false", "'parallel_attn' false"},
    {"falcon", "\"num_ln_in_parallel_attn\": 2",
     "'num_ln_in_parallel_attn' is 2 without"},
};

static void test_refused(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct config config;
        struct error err = {0};
        int status = configure(refused[i][0], refused[i][1], &config, &err);

        CU_ASSERT_EQUAL(status, ST_DATA);
        CU_ASSERT_EQUAL(strncmp(err.text, "config.json: ", 13), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, refused[i][2]));
        if (!strstr(err.text, refused[i][2]))
            fprintf(stderr, "# '%s' is not in '%s'\n", refused[i][2],
                    err.text);
    }
}

/* A dynamic model takes samples longer than it was trained with, whose base
 * grows with them; short ones are as they were. */
static void test_dynamic(void)
{
    const struct config config = config_of(
        "llama", "\"rope_scaling\": {\"type\": \"dynamic\", "
                 "\"factor\": 2.5}");
    float some[4], more[4], most[4];

    CU_ASSERT_EQUAL(config.n_context, 160);
    rope_angles(&config.rope, 1, some);
    rope_angles(&config.rope, 64, more);
    CU_ASSERT_EQUAL(memcmp(some, more, sizeof some), 0);
    CU_ASSERT_FALSE(rope_differs(&config.rope, 1, 64));
    CU_ASSERT_TRUE(rope_differs(&config.rope, 64, 65));
    rope_angles(&config.rope, 100, more);
    rope_angles(&config.rope, 160, most);
    CU_ASSERT_EQUAL(some[0], 1);
    CU_ASSERT(most[3] < more[3] && more[3] < some[3]);
}

/* Of the file, of the family, of neither. */
static void test_bos(void)
{
    struct config given = config_of("llama", "\"bos_token_id\": 3");
    struct config none = config_of("llama", "\"bos_token_id\": null");
    struct config assumed = config_of("llama", "");

    CU_ASSERT_EQUAL(given.bos, 3);
    CU_ASSERT_FALSE(given.bos_assumed);
    CU_ASSERT_EQUAL(none.bos, -1);
    CU_ASSERT_FALSE(none.bos_assumed);
    CU_ASSERT_EQUAL(assumed.bos, 1);
    CU_ASSERT_TRUE(assumed.bos_assumed);
}

/* Every row of every table: a default of JSON, and no name twice. */
static void test_rows(void)
{
    size_t n;
    const char *const *names = arch_names(&n);

    for (size_t i = 0; i < n; i++) {
        const struct arch *arch = arch_find(names[i]);

        for (size_t k = 0; k < arch->n_keys; k++) {
            const struct config_key *row = &arch->keys[k];
            json_t *value = row->fallback
                                ? json_loads(row->fallback, JSON_DECODE_ANY,
                                             NULL)
                                : NULL;

            CU_ASSERT_EQUAL(!value, row->use == KEY_IS_IGNORED);
            CU_ASSERT(!json_is_null(value) || row->nullable);
            CU_ASSERT(!row->nullable || row->note);
            CU_ASSERT_PTR_EQUAL(
                config_keys_find(arch->keys, arch->n_keys, row->name), row);
            json_decref(value);
        }
    }
}

/* Of every family: what is read with nothing but its name is in its table, and
 * its defaults make a model. */
static void test_defaults_alone(void)
{
    size_t n;
    const char *const *names = arch_names(&n);

    for (size_t i = 0; i < n; i++) {
        struct config config;
        struct error err = {0};
        json_t *json = json_object();

        CU_ASSERT_EQUAL(arch_configure(arch_find(names[i]), json, "x",
                                       &config, &err), ST_OK);
        CU_ASSERT(config.n_assumed < MAX_ASSUMED);
        if (err.status)
            fprintf(stderr, "# %s: %s\n", names[i], err.text);
        json_decref(json);
    }
}

/* With nothing but their names, families have transformers' sizes, and say
 * which they assumed. */
static void test_assumed(void)
{
    struct config config;
    struct error err = {0};
    json_t *json = json_object();

    CU_ASSERT_EQUAL_FATAL(arch_configure(arch_find("mistral"), json,
                                         "config.json", &config, &err),
                          ST_OK);
    CU_ASSERT_EQUAL(config.n_layer, 32);
    CU_ASSERT_EQUAL(config.n_kv_head, 8);
    CU_ASSERT_EQUAL(config.d_head, 128);
    CU_ASSERT_EQUAL(config.n_context, 131072);
    CU_ASSERT_EQUAL(config.window, 4096);
    CU_ASSERT_EQUAL(config.n_assumed, 13);
    CU_ASSERT_STRING_EQUAL(config.assumed[0]->name, "num_hidden_layers");
    CU_ASSERT_STRING_EQUAL(config.assumed[0]->fallback, "32");
    json_object_set_new(json, "sliding_window", json_integer(64));
    CU_ASSERT_EQUAL_FATAL(arch_configure(arch_find("mistral"), json,
                                         "config.json", &config, &err),
                          ST_OK);
    CU_ASSERT_EQUAL(config.window, 64);
    CU_ASSERT_EQUAL(config.n_assumed, 12);
    json_decref(json);
}

/* Another name goes before, unless it is null. */
static void test_alias(void)
{
    static const char *const members[] = {
        "\"n_layer\": 2, \"num_hidden_layers\": 4",
        "\"n_layer\": 4", "\"num_hidden_layers\": 4",
        "\"n_layer\": 4, \"num_hidden_layers\": null",
    };

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        char *text = mem_printf("{\"n_inner\": null, %s}", members[i]);
        struct config config = {0};
        struct error err = {0};
        json_t *json = NULL;

        CU_ASSERT_EQUAL_FATAL(json_parse_object(text, strlen(text), "x",
                                                &json, &err), ST_OK);
        CU_ASSERT_EQUAL(arch_configure(arch_find("gpt2"), json, "x", &config,
                                       &err), ST_OK);
        CU_ASSERT_EQUAL(config.n_layer, 4);
        CU_ASSERT_EQUAL(config.d_mlp, 4 * 768);
        json_decref(json);
        free(text);
    }
}

CU_ErrorCode add_config_reader_tests(void)
{
    CU_pSuite suite = CU_add_suite("reader", NULL, NULL);

    CU_add_test(suite, "older ways to say the same", test_older);
    CU_add_test(suite, "what cannot be run", test_refused);
    CU_add_test(suite, "positions beyond the context", test_dynamic);
    CU_add_test(suite, "the BOS token", test_bos);
    CU_add_test(suite, "rows of keys", test_rows);
    CU_add_test(suite, "defaults alone", test_defaults_alone);
    CU_add_test(suite, "what is assumed", test_assumed);
    CU_add_test(suite, "two names of a key", test_alias);
    return CU_get_error();
}
