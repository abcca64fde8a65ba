/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* config-keys.c - the keys of config.json that are common to all families.
 */
#include "model/config-keys.h"

#include <string.h>

#define ONLY_DECODERS "only decoders without an encoder are"

/* Of transformers' PreTrainedConfig, and settings of generation, which its
 * files had before there was a generation_config.json. */
static const struct config_key common[] = {
    KEY_REFUSE("is_encoder_decoder", false, ONLY_DECODERS),
    KEY_REFUSE("add_cross_attention", false, ONLY_DECODERS),
    KEY_REFUSE("quantization_config", null,
               "weights of F32, F16 or BF16 expected"),
    KEY_REFUSE("per_layer_config", null,
               "layers that differ in what it changes"),
    KEY_IGNORE("model_type"), /* it has chosen the family */
    KEY_IGNORE("_name_or_path"),
    KEY_IGNORE("architectures"),
    KEY_IGNORE("attn_implementation"),
    KEY_IGNORE("auto_map"),
    KEY_IGNORE("begin_suppress_tokens"),
    KEY_IGNORE("chunk_size_feed_forward"),
    KEY_IGNORE("decoder_start_token_id"),
    KEY_IGNORE("do_sample"),
    KEY_IGNORE("dtype"),
    KEY_IGNORE("eos_token_id"),
    KEY_IGNORE("finetuning_task"),
    KEY_IGNORE("id2label"),
    KEY_IGNORE("initializer_range"),
    KEY_IGNORE("label2id"),
    KEY_IGNORE("length_penalty"),
    KEY_IGNORE("max_length"),
    KEY_IGNORE("min_length"),
    KEY_IGNORE("num_beams"),
    KEY_IGNORE("num_labels"),
    KEY_IGNORE("output_attentions"),
    KEY_IGNORE("output_hidden_states"),
    KEY_IGNORE("pad_token_id"),
    KEY_IGNORE("prefix"),
    KEY_IGNORE("problem_type"),
    KEY_IGNORE("repetition_penalty"),
    KEY_IGNORE("return_dict"),
    KEY_IGNORE("sep_token_id"),
    KEY_IGNORE("task_specific_params"),
    KEY_IGNORE("temperature"),
    KEY_IGNORE("tokenizer_class"),
    KEY_IGNORE("top_k"),
    KEY_IGNORE("top_p"),
    KEY_IGNORE("torch_dtype"),
    KEY_IGNORE("torchscript"),
    KEY_IGNORE("transformers_version"),
    KEY_IGNORE("use_cache"),
};

const struct config_key *config_keys_common(size_t *n)
{
    *n = sizeof common / sizeof *common;
    return common;
}

static const struct config_key *find(const struct config_key *rows, size_t n,
                                     const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].name, name) == 0 ||
            (rows[i].alias && strcmp(rows[i].alias, name) == 0))
            return &rows[i];
    return NULL;
}

const struct config_key *config_keys_find(const struct config_key *rows,
                                          size_t n, const char *name)
{
    const struct config_key *row = find(rows, n, name);

    return row ? row : find(common, sizeof common / sizeof *common, name);
}

/* transformers sets what stands under the alias last, unless it is null. */
json_t *config_keys_given(const json_t *json, const struct config_key *row)
{
    json_t *other = row->alias ? json_object_get(json, row->alias) : NULL;

    return other && !json_is_null(other) ? other
                                         : json_object_get(json, row->name);
}
