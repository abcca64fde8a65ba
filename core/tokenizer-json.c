/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-json.c - reads tokenizer.json, and refuses by name what would
 * make it another tokenizer than GPT-2's. */
#include "bytes.h"
#include "tokenizer-impl.h"

#include <stdlib.h>
#include <string.h>

static int refuse(struct tokenizer_load *load, const char *what,
                  const char *is, const char *right)
{
    char *quoted = bytes_quote(is, strnlen(is, 60));

    error_set(load->err, ST_DATA, "%s: %s is %s; only %s is supported",
              load->path, what, quoted, right);
    free(quoted);
    return ST_DATA;
}

/* "null", the type's name, or what JSON calls it. */
static const char *type_of(json_t *part)
{
    const char *type;

    if (!part || json_is_null(part))
        return "null";
    type = json_string_value(json_object_get(part, "type"));
    return type ? type : "without a type";
}

static bool is_true(json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* A template of the text alone, as newer writers put it, adds nothing. */
static bool adds_nothing(json_t *template)
{
    json_t *single = json_object_get(template, "single");

    return json_array_size(single) == 1 &&
           json_object_get(json_array_get(single, 0), "Sequence");
}

static int check_steps(struct tokenizer_load *load, json_t *root)
{
    json_t *split = json_object_get(root, "pre_tokenizer");
    json_t *post = json_object_get(root, "post_processor");
    const char *normalizer = type_of(json_object_get(root, "normalizer"));
    const char *decoder = type_of(json_object_get(root, "decoder"));
    const char *type = type_of(post);

    if (strcmp(normalizer, "null") != 0)
        return refuse(load, "normalizer", normalizer, "null");
    if (strcmp(type_of(split), "ByteLevel") != 0)
        return refuse(load, "pre_tokenizer", type_of(split), "ByteLevel");
    if (!json_is_false(json_object_get(split, "add_prefix_space")))
        return refuse(load, "pre_tokenizer: add_prefix_space", "not false",
                      "false");
    if (json_is_false(json_object_get(split, "use_regex")))
        return refuse(load, "pre_tokenizer: use_regex", "false", "true");
    if (strcmp(type, "null") != 0 && strcmp(type, "ByteLevel") != 0 &&
        !(strcmp(type, "TemplateProcessing") == 0 && adds_nothing(post)))
        return refuse(load, "post_processor", type, "ByteLevel, or null,");
    if (strcmp(decoder, "null") != 0 && strcmp(decoder, "ByteLevel") != 0)
        return refuse(load, "decoder", decoder, "ByteLevel");
    return ST_OK;
}

/* Old files leave out the model's type. */
static int check_model(struct tokenizer_load *load, json_t *model)
{
    static const char *const texts[] = {"continuing_subword_prefix",
                                        "end_of_word_suffix"};
    static const char *const truths[] = {"byte_fallback", "ignore_merges"};
    json_t *type = json_object_get(model, "type");
    const char *text;
    size_t i;

    if (!json_is_object(model))
        return error_set(load->err, ST_DATA, "%s: model is not an object; it "
                         "must be one of type BPE", load->path);
    if (type && strcmp(type_of(model), "BPE") != 0)
        return refuse(load, "model type", type_of(model), "BPE");
    if (json_number_value(json_object_get(model, "dropout")) > 0)
        return refuse(load, "model: dropout", "not 0", "null");
    for (i = 0; i < 2; i++) {
        text = json_string_value(json_object_get(model, texts[i]));
        if (text && *text)
            return refuse(load, texts[i], text, "\"\"");
        if (is_true(model, truths[i]))
            return refuse(load, truths[i], "true", "false");
    }
    return ST_OK;
}

/* "a b", or ["a", "b"]. */
static int read_merge(struct tokenizer_load *load, json_t *merge)
{
    const char *left = json_string_value(json_array_get(merge, 0));
    const char *right = json_string_value(json_array_get(merge, 1));
    const char *both = json_string_value(merge);
    const char *blank = both ? strchr(both, ' ') : NULL;

    if (left && right && json_array_size(merge) == 2)
        return load_merge(load, left, strlen(left), right, strlen(right));
    if (blank && !strchr(blank + 1, ' '))
        return load_merge(load, both, (size_t)(blank - both), blank + 1,
                          strlen(blank + 1));
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
        if (read_merge(load, merge))
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
        status = load_special(load, token, json_integer_value(id));
        if (status)
            return status;
    }
    return ST_OK;
}

int load_tokenizer_json(struct tokenizer_load *load, json_t *root)
{
    json_t *model = json_object_get(root, "model");
    json_t *vocab = json_object_get(model, "vocab");
    int status;

    status = check_model(load, model);
    if (!status)
        status = check_steps(load, root);
    if (status)
        return status;
    if (!json_is_object(vocab))
        return error_set(load->err, ST_DATA, "%s: model has no \"vocab\"; it "
                         "must be an object of tokens and ids", load->path);
    status = load_vocab(load, json_incref(vocab));
    if (!status)
        status = read_merges(load, json_object_get(model, "merges"));
    if (!status)
        status = read_added(load, json_object_get(root, "added_tokens"));
    return status;
}
