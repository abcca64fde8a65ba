/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-config.c - reads what tokenizer_config.json and
 * special_tokens_map.json say about special tokens, and the steps that are
 * made for a class of tokenizers. */
#include "base/mem.h"
#include "tokenizer/tokenizer-internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK "\u2581"

/* What GPT-2's tokenizer takes where its files name none of these. */
#define DEFAULT_SPECIAL "<|endoftext|>"
static const char *const defaulted[] = {"bos_token", "eos_token",
                                        "unk_token"};
#define N_DEFAULTED (sizeof defaulted / sizeof *defaulted)

/* transformers (5) takes only vocabulary, merges and post_processor of the
 * class LlamaTokenizer from tokenizer.json; the steps it makes itself, as
 * tokenizer_config.json says. But not for models that it has registered for
 * tokenizer.json as it is (of those, these are what the program runs), and not
 * where the file is byte-level. */
static const char *const as_filed[] = {"mistral", "phi3", "glm4", "stablelm",
                                       "olmo2", "olmo3", "qwen2"};

/* load->config's, else config.json's, whose object this is. */
static bool makes_own_steps(const struct tokenizer_load *load,
                            const json_t *model)
{
    size_t i, n = sizeof as_filed / sizeof *as_filed;
    const char *name, *type;

    name = json_string_value(json_object_get(load->config,
                                             "tokenizer_class"));
    if (!name)
        name = json_string_value(json_object_get(model, "tokenizer_class"));
    type = json_string_value(json_object_get(model, "model_type"));
    for (i = 0; i < n && type; i++)
        if (strcmp(type, as_filed[i]) == 0)
            return false;
    return name && (strcmp(name, "LlamaTokenizer") == 0 ||
                    strcmp(name, "LlamaTokenizerFast") == 0);
}

/* The same where config.json, if there is one, may have to be read. */
static int find_own_steps(struct tokenizer_load *load, bool *own)
{
    json_t *model = NULL;
    char *path = mem_path(load->dir, "config.json");
    int status = ST_OK;

    if (!load->model && access(path, F_OK) == 0)
        status = json_load_object(path, &model, load->err);
    *own = makes_own_steps(load, load->model ? load->model : model);
    json_decref(model);
    free(path);
    return status;
}

int tokenizer_load_config(struct tokenizer_load *load)
{
    bool own, prefix = true, legacy = false;
    int status = tokenizer_load_reals(load, "tokenizer_config.json",
                                      &load->config);

    if (!status)
        status = find_own_steps(load, &own);
    if (status || !own)
        return status;
    status = json_get_bool(load->config, load->path, "add_prefix_space",
                           &prefix, load->err);
    if (!status)
        status = json_get_bool(load->config, load->path, "legacy", &legacy,
                               load->err);
    load->scheme = !prefix ? "never" : legacy ? "always" : "first";
    return status;
}

static bool is_byte_level(json_t *root)
{
    static const char *const parts[] = {"pre_tokenizer", "decoder",
                                        "post_processor"};
    bool is = false;
    char *text;
    size_t i;

    for (i = 0; i < sizeof parts / sizeof *parts; i++) {
        text = json_dumps(json_object_get(root, parts[i]), JSON_ENCODE_ANY);
        is = is || (text && strstr(text, "\"ByteLevel\""));
        free(text);
    }
    return is;
}

void tokenizer_load_own_steps(struct tokenizer_load *load, json_t *root)
{
    json_t *model = json_object_get(root, "model"), *metaspace;

    if (!load->scheme || is_byte_level(root))
        return;
    metaspace = json_pack("{s:s, s:s, s:s, s:b}", "type", "Metaspace",
                          "replacement", MARK, "prepend_scheme",
                          load->scheme, "split", 0);
    json_object_set_new(root, "normalizer", json_null());
    json_object_set_new(root, "pre_tokenizer", metaspace);
    json_object_set_new(root, "decoder", tokenizer_decoder_of_marks(
                            strcmp(load->scheme, "never") != 0));
    json_object_set_new(model, "fuse_unk", json_true());
    json_object_set_new(model, "byte_fallback", json_true());
    json_object_del(model, "unk_token");
    json_object_del(model, "ignore_merges");
}

/* Only byte-level tokenizers take it from here. */
static int check_prefix(struct tokenizer_load *load, json_t *root)
{
    const struct pretokenizer *steps = load->tokenizer->pretokenizer;
    bool adds = pretokenize_has(steps, NORMALIZE_PREFIX), wanted = adds;
    int status = json_get_bool(root, load->path, "add_prefix_space", &wanted,
                               load->err);

    if (status || wanted == adds || !pretokenize_has(steps, NORMALIZE_SYMBOLS))
        return status;
    return error_set(load->err, ST_DATA, "%s: add_prefix_space is not that "
                     "of the pre_tokenizer, %s; the two must agree",
                     load->path, adds ? "true" : "false");
}

static int check_config(struct tokenizer_load *load, json_t *root)
{
    const char *class = "GPT2Tokenizer";
    int status;

    status = json_get_word(root, load->path, "tokenizer_class", &class,
                           load->err);
    if (status)
        return status;
    if (load->source == TOKENIZER_VOCAB &&
        strcmp(class, "GPT2Tokenizer") != 0 &&
        strcmp(class, "GPT2TokenizerFast") != 0)
        return error_set(load->err, ST_DATA, "%s: tokenizer_class %s is not "
                         "supported without a tokenizer.json; only "
                         "GPT2Tokenizer is", load->path, class);
    return check_prefix(load, root);
}

/* {"50256": {"content": ...}, ...} */
static int read_decoder(struct tokenizer_load *load, json_t *decoder)
{
    const char *key;
    json_t *token;
    char *end;
    long id;
    int status;

    json_object_foreach(decoder, key, token) {
        id = strtol(key, &end, 10);
        if (end == key || *end || id < 0)
            return error_set(load->err, ST_DATA, "%s: added_tokens_decoder "
                             "has a key that is not an id; keys must be "
                             "whole numbers from 0", load->path);
        status = tokenizer_load_special_json(load, token, id);
        if (status)
            return status;
    }
    return ST_OK;
}

static bool is_special_key(const char *key)
{
    static const char suffix[] = "_token";
    size_t size = strlen(key), n = sizeof suffix - 1;

    return size > n && strcmp(key + size - n, suffix) == 0;
}

static int read_list(struct tokenizer_load *load, json_t *root,
                     const char *key)
{
    json_t *list = json_object_get(root, key), *token;
    const char *name;
    size_t i;
    int status = ST_OK;

    if (list && !json_is_null(list) && !json_is_array(list) &&
        !json_is_object(list))
        return error_set(load->err, ST_DATA, "%s: \"%s\" is not a list; it "
                         "must be one of tokens", load->path, key);
    json_array_foreach(list, i, token) {
        if (!status)
            status = tokenizer_load_special_json(load, token, -1);
    }
    json_object_foreach(list, name, token) {
        if (!status)
            status = tokenizer_load_special_json(load, token, -1);
    }
    return status;
}

/* Every "..._token" that is a token (there are switches of such names), and
 * the lists of additional ones. Those that are not in the vocabulary get their
 * ids in this order. */
static int read_named(struct tokenizer_load *load, json_t *root)
{
    static const char *const first[] = {"bos_token", "eos_token", "unk_token",
                                        "sep_token", "pad_token", "cls_token",
                                        "mask_token"};
    const char *key;
    json_t *token;
    int status = ST_OK;
    size_t i;

    for (i = 0; !status && i < sizeof first / sizeof *first; i++) {
        token = json_object_get(root, first[i]);
        if (json_is_string(token) || json_is_object(token))
            status = tokenizer_load_special_json(load, token, -1);
    }
    json_object_foreach(root, key, token) {
        if (!status && is_special_key(key) &&
            (json_is_string(token) || json_is_object(token)))
            status = tokenizer_load_special_json(load, token, -1);
    }
    if (status)
        return status;
    status = read_list(load, root, "additional_special_tokens");
    return status ? status : read_list(load, root, "extra_special_tokens");
}

static void set_bos(struct tokenizer *t, json_t *token)
{
    const char *text = json_string_value(token);

    if (json_is_object(token))
        text = json_string_value(json_object_get(token, "content"));
    if (text)
        t->bos = token_map_find(t->specials, text, strlen(text));
}

/* named[i]: does a file speak of defaulted[i]? The first that does counts. */
static int read_settings(struct tokenizer_load *load, json_t *root,
                         bool *named)
{
    json_t *token;
    size_t i;
    int status;

    status = read_decoder(load, json_object_get(root,
                                                "added_tokens_decoder"));
    if (!status)
        status = read_named(load, root);
    for (i = 0; !status && i < N_DEFAULTED; i++) {
        token = json_object_get(root, defaulted[i]);
        if (!token || named[i])
            continue;
        named[i] = true;
        if (i == 0)
            set_bos(load->tokenizer, token);
    }
    return status;
}

static int set_defaults(struct tokenizer_load *load, const bool *named)
{
    bool there = token_map_find(load->tokenizer->vocab, DEFAULT_SPECIAL,
                            strlen(DEFAULT_SPECIAL)) >= 0;
    json_t *token = json_string(DEFAULT_SPECIAL);
    int status = ST_OK;
    size_t i;

    for (i = 0; i < N_DEFAULTED; i++) {
        if (status || named[i] || !there)
            continue;
        status = tokenizer_load_special_json(load, token, -1);
        if (i == 0 && load->tokenizer->bos < 0)
            set_bos(load->tokenizer, token);
    }
    json_decref(token);
    return status;
}

/* add_bos_token counts only without a tokenizer.json: where there is one,
 * transformers takes what its post_processor does, and not what is set. */
int tokenizer_load_settings(struct tokenizer_load *load)
{
    struct tokenizer *t = load->tokenizer;
    bool named[N_DEFAULTED] = {false}, adds_bos = false;
    json_t *map = NULL;
    int status = ST_OK;

    free(load->path);
    load->path = mem_path(load->dir, "tokenizer_config.json");
    if (load->config)
        status = check_config(load, load->config);
    if (!status && load->config && load->source != TOKENIZER_JSON)
        status = json_get_bool(load->config, load->path, "add_bos_token",
                               &adds_bos, load->err);
    if (!status && load->config)
        status = read_settings(load, load->config, named);
    if (!status)
        status = tokenizer_load_reals(load, "special_tokens_map.json", &map);
    if (!status && map)
        status = read_settings(load, map, named);
    if (!status)
        status = set_defaults(load, named);
    if (!status && load->source != TOKENIZER_JSON) {
        t->front_by = "add_bos_token of tokenizer_config.json";
        if (adds_bos && t->bos >= 0)
            ids_push(&t->front, t->bos);
    }
    json_decref(map);
    return status;
}
