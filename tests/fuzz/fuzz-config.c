/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-config.c - a golden model's config.json with a few members changed,
 * weights that fit it, and a pass over tokens. The first byte chooses the
 * model, the last ones are the tokens. What the configuration is not refused
 * for must have all its tensors, and keep the sums and patterns of any pass.
 */
#include "harness.h"

#include "executor/forward.h"
#include "json-edits.h"
#include "random-weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TOKENS = 24, MOST_FLOATS = 1 << 17 };

static const char *const models[] = {
    "bloom-1",       "falcon-1", "falcon-3",  "gemma-0",   "gemma2-0",
    "gemma3_text-1", "glm4-0",   "gpt_neo-0", "gpt_neox-0", "gptj-0",
    "llama-1",       "llama-3",  "llama-5",   "mistral-0", "olmo2-0",
    "opt-0",         "phi-1",    "phi3-2",    "qwen2-1",   "qwen3-0",
    "stablelm-1",    "olmo3-1"};

enum { N_MODELS = sizeof models / sizeof *models };

/* Values that files have and the golden models do not. */
static const char *const more_words[] = {
    "gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "gpt2", "yarn",
    "linear", "dynamic", "llama3", "longrope", "default", "local", "global",
    "n_inner", "n_embd", "n_head", "n_layer", "n_positions", "rope_scaling",
    "rope_type", "factor", "low_freq_factor", "high_freq_factor",
    "original_max_position_embeddings", "attention_factor", "beta_fast",
    "beta_slow", "mscale", "mscale_all_dim", "truncate", "short_factor",
    "long_factor", "partial_rotary_factor", "activation_function",
    "scale_attn_weights", "scale_attn_by_inverse_layer_idx", "ffn_dim",
    "word_embed_proj_dim", "max_window_layers", "use_sliding_window",
    "sliding_window", "layer_types", "attention_types", "attention_layers",
    "window_size", "do_layer_norm_before", "num_kv_heads", "multi_query",
    "qk_layernorm", "use_parallel_residual", "use_qkv_bias"};

static json_t *documents[N_MODELS];
static struct fuzz_words words;
static char *dir;

static void set_up(void)
{
    char name[80];

    if (dir)
        return;
    dir = fuzz_subfolder("config");
    for (int i = 0; i < N_MODELS; i++) {
        snprintf(name, sizeof name, "tests/golden/%s/config.json", models[i]);
        documents[i] = fuzz_load_json(name);
        fuzz_add_words_of(&words, documents[i]);
    }
    for (size_t i = 0; i < sizeof more_words / sizeof *more_words; i++)
        fuzz_add_word(&words, more_words[i]);
}

/* What a pass showed of one layer, to be summed. */
struct seen {
    struct error error;
    int n_token, d_model;
    float *parts[TRANSECT_N_POINTS]; /* (T, D) */
};

static void check_sum(const struct seen *seen, int a, int b, int sum)
{
    for (int i = 0; i < seen->n_token * seen->d_model; i++)
        FUZZ_CHECK(seen->parts[a][i] + seen->parts[b][i] ==
                   seen->parts[sum][i]);
}

/* Rows of the pattern see themselves at most, and sum to 1. */
static void check_pattern(const struct transect_event *event)
{
    for (int64_t i = 0; i < event->view.rows; i++) {
        const float *row = event->view.data + i * event->view.row_stride;
        double sum = 0;

        for (int64_t j = 0; j < event->view.cols; j++) {
            FUZZ_CHECK(row[j] >= 0 && (row[j] == 0 || j <= event->first + i));
            sum += (double)row[j];
        }
        FUZZ_CHECK(fabs(sum - 1) < 1e-5);
    }
}

static int on_event(void *state, const struct transect_event *event)
{
    struct seen *seen = state;
    float *part = seen->parts[event->point];

    if (event->point == TRANSECT_PATTERN)
        check_pattern(event);
    if (!part)
        return TRANSECT_OK;
    FUZZ_CHECK(event->view.rows == seen->n_token);
    FUZZ_CHECK(event->view.cols == seen->d_model);
    for (int64_t i = 0; i < event->view.rows; i++)
        memcpy(part + i * seen->d_model,
               event->view.data + i * event->view.row_stride,
               (size_t)seen->d_model * sizeof *part);
    if (event->point == TRANSECT_RESID_MID)
        check_sum(seen, TRANSECT_RESID_PRE, TRANSECT_ATTN_OUT,
                  TRANSECT_RESID_MID);
    if (event->point == TRANSECT_RESID_POST)
        check_sum(seen, TRANSECT_RESID_MID, TRANSECT_MLP_OUT,
                  TRANSECT_RESID_POST);
    return TRANSECT_OK;
}

static const int summed[] = {TRANSECT_RESID_PRE, TRANSECT_ATTN_OUT,
                             TRANSECT_RESID_MID, TRANSECT_MLP_OUT,
                             TRANSECT_RESID_POST};

/* Without these in a model, that which is no sum there is not checked. */
static void begin(struct seen *seen, const struct model *model)
{
    const char *why;

    for (size_t i = 0; i < sizeof summed / sizeof *summed; i++)
        if (!model_has_point(&model->config, model->arch, summed[i], &why))
            return;
    if (model->config.stream_norm)
        return;
    seen->d_model = model->config.d_model;
    for (size_t i = 0; i < sizeof summed / sizeof *summed; i++)
        seen->parts[summed[i]] = calloc((size_t)seen->n_token *
                                        (size_t)seen->d_model,
                                        sizeof(float));
}

/* A pass is refused for hidden states that are not finite, and that alone. */
static void run_pass(const struct model *model, const int32_t *tokens, int n)
{
    struct seen seen = {.n_token = n};
    const struct span span = {.n_token = n};
    const struct batch batch = {tokens, n, &span, 1};
    struct hook_owner owner = {.id = "fuzz", .state = &seen,
                               .error = &seen.error};
    struct hooks *hooks = hooks_new(&model->config);
    struct forward *forward = NULL;
    struct error err = {0};
    const char *why;

    begin(&seen, model);
    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        if (model_has_point(&model->config, model->arch, point, &why))
            hooks_add(hooks, &owner,
                      &(struct transect_subscription){
                          .size = sizeof(struct transect_subscription),
                          .point = point, .on_event = on_event});
    FUZZ_CHECK(!forward_new(model, n, n, NULL, &forward, &err));
    if (forward_run(forward, hooks, &batch, &err))
        fuzz_check_refusal(&err, ST_FAILED, "finite");
    forward_free(forward);
    hooks_free(hooks);
    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        free(seen.parts[point]);
}

static void run_model(const struct model *configured, const char *path,
                      struct fuzz_input *input)
{
    const struct config *config = &configured->config;
    int32_t tokens[MOST_TOKENS];
    struct error err = {0};
    struct model *model;
    uint8_t *weights;
    size_t size;
    int n = 0;

    weights = random_weights(config, configured->arch, MOST_FLOATS, &size);
    if (!weights)
        return;
    free(fuzz_put("config/model.safetensors", weights, size));
    free(weights);
    while (n < MOST_TOKENS && n < config->n_context && (input->size || !n))
        tokens[n++] = (int32_t)(fuzz_byte(input) % (unsigned)config->n_vocab);
    if (model_open(path, &model, &err)) {
        fprintf(stderr, "%s\n", err.text);
        FUZZ_CHECK(!"weights that fit the configuration are refused");
    }
    run_pass(model, tokens, n);
    model_close(model);
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    struct model *model;
    struct error err = {0};
    json_t *json;
    bool accepted;

    set_up();
    json = json_deep_copy(documents[fuzz_below(&input, N_MODELS)]);
    fuzz_edit_json(&input, json, &words);
    free(fuzz_put_json("config/config.json", json));
    accepted = !model_configure(dir, &model, &err);
    if (accepted) {
        run_model(model, dir, &input);
        model_close(model);
    } else {
        fuzz_check_refusal(&err, ST_DATA, dir);
    }
    json_decref(json);
    return accepted;
}

const struct fuzz_target fuzz_config = {"config", run, false};
