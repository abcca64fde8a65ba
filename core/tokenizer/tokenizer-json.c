/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-json.c - reads tokenizer.json, and refuses by name what is not
 * supported in it. */
#include "tokenizer/tokenizer-internal.h"

#include <string.h>

static int read_unk(struct tokenizer_load *load, json_t *model,
                    struct bpe_options *options)
{
    const char *unk = NULL;
    int status = json_get_string(model, load->path, "unk_token", &unk,
                                 load->err);

    if (status || !unk)
        return status;
    options->unk = token_map_find(load->tokenizer->vocab, unk, strlen(unk));
    options->has_unk = options->unk >= 0;
    return options->has_unk
               ? ST_OK
               : tokenizer_load_error(load, unk,
                                      "is the unk_token; it "
                                      "must be in the vocabulary");
}

static int read_options(struct tokenizer_load *load, json_t *model,
                        struct bpe_options *options)
{
    struct {
        const char *key;
        bool *value;
    } switches[] = {
        {"byte_fallback", &options->byte_fallback},
        {"fuse_unk", &options->fuse_unk},
        {"ignore_merges", &options->ignore_merges},
    };
    size_t i;
    int status = read_unk(load, model, options);

    for (i = 0; !status && i < sizeof switches / sizeof *switches; i++)
        status = json_get_bool(model, load->path, switches[i].key,
                               switches[i].value, load->err);
    return status;
}

/* Old files leave out the model's type. */
static int check_model(struct tokenizer_load *load, json_t *model)
{
    static const char *const texts[] = {"continuing_subword_prefix",
                                        "end_of_word_suffix"};
    const char *text;
    size_t i;

    if (!json_is_object(model))
        return error_set(load->err, ST_DATA, "%s: model is not an object; it "
                         "must be one of type BPE", load->path);
    if (json_object_get(model, "type") &&
        strcmp(tokenizer_load_type(model), "BPE") != 0)
        return tokenizer_load_refuse(load, "model type",
                                     tokenizer_load_type(model), "BPE");
    if (json_number_value(json_object_get(model, "dropout")) > 0)
        return tokenizer_load_refuse(load, "model: dropout", "not 0", "null");
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        text = json_string_value(json_object_get(model, texts[i]));
        if (text && *text)
            return tokenizer_load_refuse(load, texts[i], text, "\"\"");
    }
    return ST_OK;
}

/* "a b", or ["a", "b"]. */
static int read_merge(struct tokenizer_load *load, json_t *merge,
                      int32_t rank)
{
    const char *left = json_string_value(json_array_get(merge, 0));
    const char *right = json_string_value(json_array_get(merge, 1));
    const char *both = json_string_value(merge);
    const char *blank = both ? strchr(both, ' ') : NULL;

    if (left && right && json_array_size(merge) == 2)
        return tokenizer_load_merge(load, left, strlen(left), right,
                                    strlen(right), rank);
    if (blank && !strchr(blank + 1, ' '))
        return tokenizer_load_merge(load, both, (size_t)(blank - both),
                                    blank + 1, strlen(blank + 1), rank);
    return error_set(load->err, ST_DATA, "is not a pair of tokens; it must "
                     "be \"a b\" or [\"a\", \"b\"]");
}

static int read_merges(struct tokenizer_load *load, json_t *merges)
{
    json_t *merge;
    size_t i;

    if (!json_is_array(merges))
        return error_set(load->err, ST_DATA, "%s: model has no \"merges\"; "
                         "it must be a list of pairs", load->path);
    json_array_foreach(merges, i, merge) {
        if (read_merge(load, merge, (int32_t)i))
            return error_within(load->err, "%s: merge %zu", load->path,
                                i + 1);
    }
    return ST_OK;
}

static int read_added(struct tokenizer_load *load, json_t *added)
{
    json_t *token, *id;
    size_t i;
    int status;

    if (added && !json_is_null(added) && !json_is_array(added))
        return error_set(load->err, ST_DATA, "%s: \"added_tokens\" is not a "
                         "list; it must be one of objects", load->path);
    json_array_foreach(added, i, token) {
        id = json_object_get(token, "id");
        if (!json_is_integer(id) || json_integer_value(id) < 0)
            return error_set(load->err, ST_DATA, "%s: added token %zu has no "
                             "\"id\"; it must be a whole number from 0",
                             load->path, i + 1);
        status = tokenizer_load_special_json(load, token,
                                             json_integer_value(id));
        if (status)
            return status;
    }
    return ST_OK;
}

static int read_steps(struct tokenizer_load *load, json_t *root)
{
    int status = tokenizer_load_normalizer(
        load, json_object_get(root, "normalizer"));

    if (!status)
        status = tokenizer_load_pretokenizer(
            load, json_object_get(root, "pre_tokenizer"));
    return status ? status
                  : tokenizer_load_decoder(load,
                                           json_object_get(root, "decoder"));
}

static int read_model(struct tokenizer_load *load, json_t *model)
{
    struct bpe_options options = {.unk = -1};
    json_t *vocab = json_object_get(model, "vocab");
    int status;

    if (!json_is_object(vocab))
        return error_set(load->err, ST_DATA, "%s: model has no \"vocab\"; it "
                         "must be an object of tokens and ids", load->path);
    status = tokenizer_load_vocab(load, vocab);
    if (!status)
        status = read_options(load, model, &options);
    if (!status)
        status = tokenizer_load_model(load, &options);
    return status ? status
                  : read_merges(load, json_object_get(model, "merges"));
}

int tokenizer_load_tokenizer_json(struct tokenizer_load *load, json_t *root)
{
    struct tokenizer *t = load->tokenizer;
    json_t *model = json_object_get(root, "model");
    int status;

    tokenizer_load_own_steps(load, root);
    status = check_model(load, model);
    if (!status)
        status = read_steps(load, root);
    if (!status)
        status = read_model(load, model);
    if (!status)
        status = read_added(load, json_object_get(root, "added_tokens"));
    if (!status)
        status = tokenizer_load_postprocessor(
            load, json_object_get(root, "post_processor"));
    t->front_by = "the tokenizer's post-processor";
    /* The BOS token, unless another file names one. */
    if (t->front.n == 1)
        t->bos = t->front.ids[0];
    return status;
}
