/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-names.c - names of tensors and of settings in GGUF files, and what
 * Hugging Face calls them. Source: constants.py and tensor_mapping.py of the
 * gguf package; convert_hf_to_gguf.py of llama.cpp. */
#include "base/mem.h"
#include "format/gguf-model.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))
#define LAYER "model.layers.%d."

/* Llama's, which most families share. */
static const struct gguf_name common_names[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
    {"blk.%d.attn_norm", LAYER "input_layernorm"},
    {"blk.%d.attn_q", LAYER "self_attn.q_proj"},
    {"blk.%d.attn_k", LAYER "self_attn.k_proj"},
    {"blk.%d.attn_v", LAYER "self_attn.v_proj"},
    {"blk.%d.attn_qkv", LAYER "self_attn.qkv_proj"},
    {"blk.%d.attn_output", LAYER "self_attn.o_proj"},
    {"blk.%d.attn_q_norm", LAYER "self_attn.q_norm"},
    {"blk.%d.attn_k_norm", LAYER "self_attn.k_norm"},
    {"blk.%d.ffn_norm", LAYER "post_attention_layernorm"},
    {"blk.%d.ffn_gate", LAYER "mlp.gate_proj"},
    {"blk.%d.ffn_up", LAYER "mlp.up_proj"},
    {"blk.%d.ffn_down", LAYER "mlp.down_proj"},
};

/* Gemma 2 and 3: norms on both sides. */
static const struct gguf_name gemma2_names[] = {
    {"blk.%d.post_attention_norm", LAYER "post_attention_layernorm"},
    {"blk.%d.ffn_norm", LAYER "pre_feedforward_layernorm"},
    {"blk.%d.post_ffw_norm", LAYER "post_feedforward_layernorm"},
};

static const struct gguf_name olmo2_names[] = {
    {"blk.%d.post_attention_norm", LAYER "post_attention_layernorm"},
    {"blk.%d.post_ffw_norm", LAYER "post_feedforward_layernorm"},
};

static const struct gguf_name glm4_names[] = {
    {"blk.%d.post_attention_norm", LAYER "post_self_attn_layernorm"},
    {"blk.%d.post_ffw_norm", LAYER "post_mlp_layernorm"},
    {"blk.%d.ffn_up", LAYER "mlp.gate_up_proj"},
};

static const struct gguf_name phi_names[] = {
    {"output_norm", "model.final_layernorm"},
    {"blk.%d.attn_output", LAYER "self_attn.dense"},
    {"blk.%d.ffn_up", LAYER "mlp.fc1"},
    {"blk.%d.ffn_down", LAYER "mlp.fc2"},
};

static const struct gguf_name phi3_names[] = {
    {"blk.%d.ffn_up", LAYER "mlp.gate_up_proj"},
};

static const struct gguf_name gpt2_names[] = {
    {"token_embd", "transformer.wte"},
    {"position_embd", "transformer.wpe"},
    {"output_norm", "transformer.ln_f"},
    {"blk.%d.attn_norm", "transformer.h.%d.ln_1"},
    {"blk.%d.attn_qkv", "transformer.h.%d.attn.c_attn"},
    {"blk.%d.attn_output", "transformer.h.%d.attn.c_proj"},
    {"blk.%d.ffn_norm", "transformer.h.%d.ln_2"},
    {"blk.%d.ffn_up", "transformer.h.%d.mlp.c_fc"},
    {"blk.%d.ffn_down", "transformer.h.%d.mlp.c_proj"},
};

#define NEOX_LAYER "gpt_neox.layers.%d."

static const struct gguf_name neox_names[] = {
    {"token_embd", "gpt_neox.embed_in"},
    {"output_norm", "gpt_neox.final_layer_norm"},
    {"output", "embed_out"},
    {"blk.%d.attn_norm", NEOX_LAYER "input_layernorm"},
    {"blk.%d.attn_qkv", NEOX_LAYER "attention.query_key_value"},
    {"blk.%d.attn_output", NEOX_LAYER "attention.dense"},
    {"blk.%d.ffn_norm", NEOX_LAYER "post_attention_layernorm"},
    {"blk.%d.ffn_up", NEOX_LAYER "mlp.dense_h_to_4h"},
    {"blk.%d.ffn_down", NEOX_LAYER "mlp.dense_4h_to_h"},
};

#define BLOOM_LAYER "transformer.h.%d."

static const struct gguf_name bloom_names[] = {
    {"token_embd", "transformer.word_embeddings"},
    {"token_embd_norm", "transformer.word_embeddings_layernorm"},
    {"output_norm", "transformer.ln_f"},
    {"blk.%d.attn_norm", BLOOM_LAYER "input_layernorm"},
    {"blk.%d.attn_qkv", BLOOM_LAYER "self_attention.query_key_value"},
    {"blk.%d.attn_output", BLOOM_LAYER "self_attention.dense"},
    {"blk.%d.ffn_norm", BLOOM_LAYER "post_attention_layernorm"},
    {"blk.%d.ffn_up", BLOOM_LAYER "mlp.dense_h_to_4h"},
    {"blk.%d.ffn_down", BLOOM_LAYER "mlp.dense_4h_to_h"},
};

/* With a norm for attention and one for the MLP, side by side; other Falcons
 * have Bloom's names. */
static const struct gguf_name falcon2_names[] = {
    {"token_embd", "transformer.word_embeddings"},
    {"output_norm", "transformer.ln_f"},
    {"blk.%d.attn_norm", BLOOM_LAYER "ln_mlp"},
    {"blk.%d.attn_norm_2", BLOOM_LAYER "ln_attn"},
    {"blk.%d.attn_qkv", BLOOM_LAYER "self_attention.query_key_value"},
    {"blk.%d.attn_output", BLOOM_LAYER "self_attention.dense"},
    {"blk.%d.ffn_up", BLOOM_LAYER "mlp.dense_h_to_4h"},
    {"blk.%d.ffn_down", BLOOM_LAYER "mlp.dense_4h_to_h"},
};

/* Settings that go by other names than Llama's; `from` is what they replace
 * there. */
static const struct gguf_key gpt2_keys[] = {
    {"block_count", "n_layer", KEY_INT, true},
    {"attention.head_count", "n_head", KEY_INT, true},
    {"embedding_length", "n_embd", KEY_INT, true},
    {"feed_forward_length", "n_inner", KEY_INT, true},
    {"context_length", "n_positions", KEY_INT, true},
    {"attention.layer_norm_epsilon", "layer_norm_epsilon", KEY_REAL, true},
};

static const struct gguf_key bloom_keys[] = {
    {"block_count", "n_layer", KEY_INT, true},
    {"attention.head_count", "n_head", KEY_INT, true},
    {"context_length", "seq_length", KEY_INT, true},
    {"attention.layer_norm_epsilon", "layer_norm_epsilon", KEY_REAL, true},
};

static const struct gguf_key neox_keys[] = {
    {"rope.freq_base", "rotary_emb_base", KEY_REAL, false},
    {"use_parallel_residual", "use_parallel_residual", KEY_BOOL, true},
};

static const struct gguf_key gemma3_keys[] = {
    {"rope.freq_base_swa", "rope_local_base_freq", KEY_REAL, false},
    {"attention.sliding_window_pattern", "sliding_window_pattern", KEY_INT,
     false},
};

static const struct gguf_key falcon_keys[] = {
    {"attention.head_count_kv", "num_kv_heads", KEY_INT, false},
    {"feed_forward_length", "ffn_hidden_size", KEY_INT, true},
    {"attention.layer_norm_epsilon", "layer_norm_epsilon", KEY_REAL, true},
};

#define NAMES(family) .names = family##_names, .n_names = COUNT(family##_names)
#define KEYS(family) .keys = family##_keys, .n_keys = COUNT(family##_keys)

static const struct gguf_family families[] = {
    {.architecture = "llama", .model_type = "llama", .paired = true},
    {.architecture = "qwen2", .model_type = "qwen2"},
    {.architecture = "qwen3", .model_type = "qwen3"},
    {.architecture = "gemma", .model_type = "gemma", .plus_one = true},
    {.architecture = "gemma2", .model_type = "gemma2", .plus_one = true,
     NAMES(gemma2)},
    {.architecture = "gemma3", .model_type = "gemma3_text",
     .plus_one = true, NAMES(gemma2), KEYS(gemma3)},
    {.architecture = "phi2", .model_type = "phi", NAMES(phi)},
    {.architecture = "phi3", .model_type = "phi3", NAMES(phi3)},
    {.architecture = "olmo2", .model_type = "olmo2", NAMES(olmo2)},
    {.architecture = "glm4", .model_type = "glm4", NAMES(glm4)},
    {.architecture = "stablelm", .model_type = "stablelm"},
    {.architecture = "gpt2", .model_type = "gpt2", .transposed = true,
     NAMES(gpt2), KEYS(gpt2)},
    {.architecture = "gptneox", .model_type = "gpt_neox",
     .sorted_qkv = true, NAMES(neox), KEYS(neox)},
    {.architecture = "bloom", .model_type = "bloom", .sorted_qkv = true,
     NAMES(bloom), KEYS(bloom)},
    {.architecture = "falcon", .model_type = "falcon", .sorted_qkv = true,
     .mark = "blk.0.attn_norm_2.weight", NAMES(falcon2), KEYS(falcon)},
    {.architecture = "falcon", .model_type = "falcon", .sorted_qkv = true,
     NAMES(bloom), KEYS(falcon)},
};

static int unknown(const struct gguf *gguf, const char *architecture,
                   struct error *err)
{
    char known[300] = "";

    for (size_t i = 0; i < COUNT(families); i++) {
        if (families[i].mark)
            continue;
        strncat(known, i ? ", " : "", sizeof known - strlen(known) - 1);
        strncat(known, families[i].architecture,
                sizeof known - strlen(known) - 1);
    }
    return error_set(err, ST_DATA, "%s: 'general.architecture' is '%.100s', "
                     "which is not supported; supported: %s",
                     gguf->mapping.path, architecture, known);
}

int gguf_find_family(const struct gguf *gguf,
                     const struct gguf_family **family, struct error *err)
{
    char *architecture = NULL;
    int status = gguf_get_word(gguf, "general.architecture", &architecture,
                               err);

    if (status)
        return status;
    if (!architecture)
        return error_set(err, ST_DATA, "%s: no 'general.architecture' in "
                         "the metadata", gguf->mapping.path);
    *family = NULL;
    for (size_t i = 0; i < COUNT(families) && !*family; i++)
        if (strcmp(architecture, families[i].architecture) == 0 &&
            (!families[i].mark || gguf_find_tensor(gguf, families[i].mark)))
            *family = &families[i];
    if (!*family)
        status = unknown(gguf, architecture, err);
    free(architecture);
    return status;
}

/* Is name, of n characters, `from` with a number for "%d"? Gives where that
 * number stands, if there is one. */
static bool match(const char *from, const char *name, size_t n,
                  struct gguf_text *number)
{
    const char *mark = strstr(from, "%d");
    size_t before = mark ? (size_t)(mark - from) : strlen(from), digits;

    *number = (struct gguf_text){NULL, 0};
    if (n < before || strncmp(from, name, before) != 0)
        return false;
    if (!mark)
        return n == before;
    digits = strspn(name + before, "0123456789");
    *number = (struct gguf_text){name + before, digits};
    name += before + digits;
    n -= before + digits;
    return digits && n == strlen(mark + 2) &&
           strncmp(mark + 2, name, n) == 0;
}

static char *translate(const struct gguf_name *names, size_t n_names,
                       const char *name)
{
    const char *suffix = strrchr(name, '.');
    struct gguf_text number;

    for (size_t i = 0; suffix && i < n_names; i++)
        if (match(names[i].from, name, (size_t)(suffix - name), &number)) {
            const char *mark = strstr(names[i].to, "%d");

            if (!mark)
                return mem_printf("%s%s", names[i].to, suffix);
            return mem_printf("%.*s%.*s%s%s", (int)(mark - names[i].to),
                              names[i].to, (int)number.size, number.bytes,
                              mark + 2, suffix);
        }
    return NULL;
}

char *gguf_name_of(const struct gguf_family *family, const char *name)
{
    char *to = translate(family->names, family->n_names, name);

    if (!to)
        to = translate(common_names, COUNT(common_names), name);
    return to ? to : mem_strdup(name);
}
