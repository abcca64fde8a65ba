/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-postprocessor.c - reads the post_processor of a tokenizer.json:
 * the tokens that it puts in front of a text and behind it. */
#include "tokenizer/tokenizer-internal.h"

#include <stdlib.h>
#include <string.h>

static int wrong(struct tokenizer_load *load, const char *what)
{
    return error_set(load->err, ST_DATA, "%s: post_processor: %s",
                     load->path, what);
}

/* The file says the id besides the text; it is the id that is put. */
static int push_id(struct tokenizer_load *load, struct token_ids *list,
                   json_t *id)
{
    size_t size;

    if (!json_is_integer(id) || json_integer_value(id) < 0 ||
        json_integer_value(id) > TOKENIZER_MAX_ID ||
        !tokenizer_piece(load->tokenizer, (int32_t)json_integer_value(id),
                         &size))
        return wrong(load, "a token whose id is that of none; it must be one "
                           "of the vocabulary or of added_tokens");
    ids_push(list, (int32_t)json_integer_value(id));
    return ST_OK;
}

/* The ids that special_tokens has for a name in a template; or where it has
 * none, the added token of that name. */
static int push_special(struct tokenizer_load *load, struct token_ids *list,
                        json_t *template, json_t *special)
{
    const char *name = json_string_value(json_object_get(special, "id"));
    json_t *specials = json_object_get(template, "special_tokens");
    json_t *ids = json_object_get(json_object_get(specials, name ? name : ""),
                                  "ids");
    json_t *id;
    int32_t known = -1;
    size_t i;
    int status = ST_OK;

    if (name && json_array_size(ids) == 0)
        known = token_map_find(load->tokenizer->specials, name, strlen(name));
    if (known >= 0)
        ids_push(list, known);
    else if (json_array_size(ids) == 0)
        return wrong(load, "a token of the template has no ids in "
                           "special_tokens");
    json_array_foreach(ids, i, id) {
        if (!status)
            status = push_id(load, list, id);
    }
    return status;
}

/* What of a template for one text stands in front of it and behind it. */
static int read_template(struct tokenizer_load *load, json_t *template,
                         struct token_ids *front, struct token_ids *behind)
{
    json_t *single = json_object_get(template, "single"), *part, *special;
    size_t i, n_texts = 0;
    int status = ST_OK;

    json_array_foreach(single, i, part) {
        special = json_object_get(part, "SpecialToken");
        if (special && !status)
            status = push_special(load, n_texts > 0 ? behind : front,
                                  template, special);
        else if (json_object_get(part, "Sequence"))
            n_texts++;
    }
    if (!status && n_texts != 1)
        return wrong(load, "its template \"single\" does not have the text "
                           "once");
    return status;
}

/* "cls": ["<s>", 0], "sep": ["</s>", 2] */
static int read_pair(struct tokenizer_load *load, json_t *post,
                     struct token_ids *front, struct token_ids *behind)
{
    int status = push_id(load, front,
                         json_array_get(json_object_get(post, "cls"), 1));

    return status ? status
                  : push_id(load, behind,
                            json_array_get(json_object_get(post, "sep"), 1));
}

/* It shifts what is known of the tokens' places, and adds none. */
static int read_offsets(struct tokenizer_load *load, json_t *post,
                        struct token_ids *front, struct token_ids *behind)
{
    (void)load;
    (void)post;
    (void)front;
    (void)behind;
    return ST_OK;
}

static void append(struct token_ids *list, const struct token_ids *more)
{
    size_t i;

    for (i = 0; i < more->n; i++)
        ids_push(list, more->ids[i]);
}

/* What a processor puts goes around what those before it have put. */
static void surround(struct tokenizer *t, struct token_ids *front,
                     struct token_ids *behind)
{
    append(front, &t->front);
    free(t->front.ids);
    t->front = *front;
    append(&t->behind, behind);
    free(behind->ids);
}

static int read_one(struct tokenizer_load *load, json_t *post)
{
    static const struct {
        const char *type;
        int (*read)(struct tokenizer_load *load, json_t *post,
                    struct token_ids *front, struct token_ids *behind);
    } kinds[] = {
        {"TemplateProcessing", read_template}, {"ByteLevel", read_offsets},
        {"RobertaProcessing", read_pair}, {"BertProcessing", read_pair},
    };
    struct token_ids front = {0}, behind = {0};
    const char *type = tokenizer_load_type(post);
    int status;
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].type, type) == 0) {
            status = kinds[i].read(load, post, &front, &behind);
            surround(load->tokenizer, &front, &behind);
            return status;
        }
    return tokenizer_load_refuse(
        load, "post_processor", type,
        "TemplateProcessing, ByteLevel, RobertaProcessing, BertProcessing "
        "or a Sequence of them");
}

int tokenizer_load_postprocessor(struct tokenizer_load *load, json_t *post)
{
    json_t *each, *list = json_object_get(post, "processors");
    size_t i;
    int status = ST_OK;

    if (!post || json_is_null(post))
        return ST_OK;
    if (strcmp(tokenizer_load_type(post), "Sequence") != 0)
        return read_one(load, post);
    if (!json_is_array(list))
        return wrong(load, "a Sequence without its list");
    json_array_foreach(list, i, each) {
        if (!status)
            status = tokenizer_load_postprocessor(load, each);
    }
    return status;
}
