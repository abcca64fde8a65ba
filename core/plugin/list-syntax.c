/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* list-syntax.c - lists of layers, heads, dims and tokens as users write
 * them. */
#include "plugin/list-syntax.h"

#include "base/buffer.h"
#include "base/mem.h"
#include "base/nearest-name.h"
#include "base/parse.h"
#include "base/text.h"
#include "hooks/hook-points.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS " \t\r\n,"
#define SHOWN 60       /* bytes of a wrong item in a message */
#define SHOWN_TOKENS 8 /* of those that a text makes */

/* What of 0..limit-1 an item chooses. */
struct range {
    int first, last;
};

/* The next item, NUL-terminated for the caller to free, or NULL. */
static char *next_item(const char **text)
{
    const char *start = *text + strspn(*text, SEPARATORS);
    size_t n = strcspn(start, SEPARATORS);

    *text = start + n;
    return n ? mem_strndup(start, n) : NULL;
}

/* A number below limit, of the first n bytes of an item. */
static int parse_number(const char *item, size_t n, const char *noun,
                        int limit, int *out, struct error *err)
{
    char *digits = mem_strndup(item, n);
    uint64_t value = 0;
    bool valid = parse_unsigned(digits, &value);
    int status = ST_OK;

    if (n == 0 || strspn(digits, "0123456789") < n)
        status = error_set(err, ST_USAGE,
                           "'%.*s' is not a %s; write a number such as 3, a "
                           "range such as 0-3, or *", SHOWN, item, noun);
    else if (limit <= 0)
        status = error_set(err, ST_USAGE,
                           "there is no %s %.*s; the model has no %ss", noun,
                           SHOWN, digits, noun);
    else if (!valid || value >= (uint64_t)limit)
        status = error_set(err, ST_USAGE,
                           "there is no %s %.*s; the model has %ss 0 to %d",
                           noun, SHOWN, digits, noun, limit - 1);
    else
        *out = (int)value;
    free(digits);
    return status;
}

/* "3", "0-3" or "*" */
static int parse_range(const char *item, const char *noun, int limit,
                       struct range *range, struct error *err)
{
    const char *dash = strchr(item, '-');
    size_t n = dash ? (size_t)(dash - item) : strlen(item);

    if (strcmp(item, "*") == 0) {
        *range = (struct range){0, limit - 1};
        return ST_OK;
    }
    if (parse_number(item, n, noun, limit, &range->first, err) != ST_OK)
        return err->status;
    range->last = range->first;
    if (dash && parse_number(dash + 1, strlen(dash + 1), noun, limit,
                             &range->last, err) != ST_OK)
        return err->status;
    if (range->last < range->first)
        return error_set(err, ST_USAGE, "the range %.*s runs backwards; "
                         "write %d-%d", SHOWN, item, range->last,
                         range->first);
    return ST_OK;
}

/* The numbers that are chosen, ascending. */
static void collect(const bool *chosen, int limit, int32_t **list, size_t *n)
{
    *n = 0;
    for (int i = 0; i < limit; i++)
        *n += chosen[i];
    *list = mem_new(*n, sizeof **list);
    *n = 0;
    for (int i = 0; i < limit; i++)
        if (chosen[i])
            (*list)[(*n)++] = i;
}

int list_numbers(const char *text, const char *noun, int limit, int32_t **list,
                 size_t *n, struct error *err)
{
    bool *chosen = mem_new(limit > 0 ? (size_t)limit : 0, sizeof *chosen);
    struct range range;
    int status = ST_OK;
    char *item;

    while (status == ST_OK && (item = next_item(&text))) {
        status = parse_range(item, noun, limit, &range, err);
        for (int i = range.first; status == ST_OK && i <= range.last; i++)
            chosen[i] = true;
        free(item);
    }
    if (status == ST_OK)
        collect(chosen, limit, list, n);
    free(chosen);
    return status;
}

/* Heads, or key/value heads with those that they serve. */
struct head_kind {
    char letter;
    const char *noun;
    int limit;
};

/* "L2H7", either part a range or '*', or "*" */
static int parse_head(const char *item, int n_layer,
                      const struct head_kind *kind, struct range *layers,
                      struct range *heads, struct error *err)
{
    const char *h = strchr(item, kind->letter), c = kind->letter;
    char *layer;
    int status;

    if (strcmp(item, "*") == 0) {
        *layers = (struct range){0, n_layer - 1};
        *heads = (struct range){0, kind->limit - 1};
        return ST_OK;
    }
    if (*item != 'L' || !h || h == item + 1 || !h[1])
        return error_set(err, ST_USAGE, "'%.*s' is not a %s; write L2%c7, "
                         "L2%c*, L*%c0, L0-3%c1 or *", SHOWN, item,
                         kind->noun, c, c, c, c);
    layer = mem_strndup(item + 1, (size_t)(h - item - 1));
    status = parse_range(layer, "layer", n_layer, layers, err);
    free(layer);
    if (status == ST_OK)
        status = parse_range(h + 1, kind->noun, kind->limit, heads, err);
    return status == ST_OK ? ST_OK
                           : error_within(err, "in '%.*s'", SHOWN, item);
}

struct transect_head *list_of_heads(const struct head_set *set, size_t *n)
{
    struct transect_head *list = mem_new(head_set_count(set), sizeof *list);

    *n = 0;
    for (int l = 0; l < set->n_layer; l++)
        for (int h = 0; h < set->n_head; h++)
            if (head_set_layer(set, l)[h])
                list[(*n)++] = (struct transect_head){l, h};
    return list;
}

static int parse_set(const char *text, int n_layer,
                     const struct head_kind *kind, struct head_set **out,
                     struct error *err)
{
    struct head_set *set = head_set_new(n_layer, kind->limit);
    struct range layers, heads;
    int status = ST_OK;
    char *item;

    while (status == ST_OK && (item = next_item(&text))) {
        status = parse_head(item, n_layer, kind, &layers, &heads, err);
        for (int l = layers.first; status == ST_OK && l <= layers.last; l++)
            for (int h = heads.first; h <= heads.last; h++)
                head_set_add(set, l, h);
        free(item);
    }
    if (status == ST_OK)
        *out = set;
    else
        head_set_free(set);
    return status;
}

int list_heads(const char *text, int n_layer, int n_head,
               struct head_set **heads, struct error *err)
{
    const struct head_kind kind = {'H', "head", n_head};

    return parse_set(text, n_layer, &kind, heads, err);
}

int list_groups(const char *text, int n_layer, int n_kv_head,
                struct head_set **groups, struct error *err)
{
    const struct head_kind kind = {'G', "group", n_kv_head};

    return parse_set(text, n_layer, &kind, groups, err);
}

/* Names are few: looking through them all costs less than an index. */
static int find_point(const char *item, int *point, struct error *err)
{
    const char *names[TRANSECT_N_POINTS];
    char phrase[512];

    for (int i = 0; i < TRANSECT_N_POINTS; i++) {
        names[i] = point_name(i);
        if (strcmp(item, names[i]) == 0) {
            *point = i;
            return ST_OK;
        }
    }
    return error_set(err, ST_USAGE, "'%.*s' is not a hook point%s", SHOWN,
                     item,
                     nearest_name_phrase(phrase, sizeof phrase, item, names,
                                         TRANSECT_N_POINTS));
}

int list_points(const char *text, int32_t **list, size_t *n, struct error *err)
{
    bool chosen[TRANSECT_N_POINTS] = {false};
    int status = ST_OK, point = 0;
    char *item;

    while (status == ST_OK && (item = next_item(&text))) {
        if (strcmp(item, "*") == 0)
            memset(chosen, true, sizeof chosen);
        else if ((status = find_point(item, &point, err)) == ST_OK)
            chosen[point] = true;
        free(item);
    }
    if (status == ST_OK)
        collect(chosen, TRANSECT_N_POINTS, list, n);
    return status;
}

/* Bytes of the item that text begins with, quotes included. */
static size_t item_size(const char *text)
{
    size_t n = 1;

    if (*text != '"')
        return strcspn(text, SEPARATORS);
    while (text[n] && text[n] != '"')
        n += text[n] == '\\' && text[n + 1] ? 2 : 1;
    return text[n] ? n + 1 : n;
}

static int parse_id(const char *item, size_t n, int n_vocab, int32_t *id,
                    struct error *err)
{
    char *digits = mem_strndup(item, n);
    uint64_t value = 0;
    bool whole = strspn(digits, "0123456789") == n &&
                 parse_unsigned(digits, &value);

    free(digits);
    if (!whole)
        return error_set(err, ST_USAGE, "'%.*s' is not a token; write a text "
                         "in quotes, such as \" Paris\", or an id",
                         n < SHOWN ? (int)n : SHOWN, item);
    if (value >= (uint64_t)n_vocab)
        return error_set(err, ST_USAGE, "there is no token %.*s; the model "
                         "has tokens 0 to %d", n < SHOWN ? (int)n : SHOWN,
                         item, n_vocab - 1);
    *id = (int32_t)value;
    return ST_OK;
}

static bool stands_for(const struct tokenizer *tokenizer, int32_t id,
                       const char *text)
{
    size_t size = 0;
    const char *piece = tokenizer_piece(tokenizer, id, &size);

    return piece && size == strlen(text) && memcmp(piece, text, size) == 0;
}

/* The tokens that a text is made of, for a message; or why there are none. */
static int refuse_text(const struct tokenizer *tokenizer, const char *quoted,
                       const struct token_ids *ids, struct error *err)
{
    struct buffer list = {0};

    for (size_t i = 0; i < ids->n && i < SHOWN_TOKENS; i++) {
        size_t size = 0;
        const char *piece = tokenizer_piece(tokenizer, ids->ids[i], &size);
        char *text = piece ? text_quote(piece, size) : mem_strdup("?");
        char *entry = mem_printf("%s%s (%d)", i ? ", " : "", text,
                                 (int)ids->ids[i]);

        buffer_add(&list, entry, strlen(entry));
        free(entry);
        free(text);
    }
    if (ids->n > SHOWN_TOKENS)
        buffer_add(&list, ", ...", 5);
    buffer_add(&list, "", 1);
    error_set(err, ST_USAGE, "no token of the model stands for %s; its "
              "tokenizer makes %s of it", quoted,
              ids->n ? list.bytes : "nothing");
    free(list.bytes);
    return err->status;
}

/* *found: the token whose text it is, or -1. */
static int search_text(const struct tokenizer *tokenizer, const char *text,
                       const char *quoted, int n_vocab, int32_t *found,
                       struct error *err)
{
    *found = -1;
    for (int32_t i = 0; i < n_vocab; i++) {
        if (!stands_for(tokenizer, i, text))
            continue;
        if (*found >= 0)
            return error_set(err, ST_USAGE, "%s is the text of several "
                             "tokens, as %d and %d; write an id", quoted,
                             (int)*found, (int)i);
        *found = i;
    }
    return ST_OK;
}

/* What the tokenizer makes of the text by itself need not be what it makes of
 * it in a prompt: SentencePiece puts a blank in front. So a token counts whose
 * own text this is, and there must be one. */
static int find_text(struct tokenizer *tokenizer, const char *text,
                     const char *quoted, int n_vocab, int32_t *id,
                     struct error *err)
{
    struct token_ids ids = {0};
    int32_t found = -1;
    int status = tokenizer_encode(tokenizer, text, strlen(text), &ids, err);

    if (!status && ids.n == 1 && stands_for(tokenizer, ids.ids[0], text))
        found = ids.ids[0];
    else if (!status)
        status = search_text(tokenizer, text, quoted, n_vocab, &found, err);
    if (!status && found < 0)
        status = refuse_text(tokenizer, quoted, &ids, err);
    else if (!status && found >= n_vocab)
        status = error_set(err, ST_USAGE, "%s is token %d of the tokenizer, "
                           "for which the model has no logit", quoted,
                           (int)found);
    *id = found;
    free(ids.ids);
    return status;
}

/* n bytes with quotes around them. */
static int parse_text(const char *item, size_t n,
                      struct model_tokenizer *shared, int n_vocab, int32_t *id,
                      struct error *err)
{
    char *text = n > 1 && item[n - 1] == '"' ? text_unquote(item + 1, n - 2)
                                             : NULL;
    char *quoted;
    struct tokenizer *tokenizer;
    int status;

    if (!text || !*text) {
        free(text);
        return error_set(err, ST_USAGE, "%.*s is no text in quotes, where a "
                         "quote is written \\\" and other escapes are \\n, "
                         "\\t and \\\\", n < SHOWN ? (int)n : SHOWN, item);
    }
    quoted = text_quote(text, strlen(text));
    if (model_tokenizer_get(shared, &tokenizer, err))
        status = error_within(err, "%s needs the model's tokenizer; write an "
                              "id, or mend that", quoted);
    else
        status = find_text(tokenizer, text, quoted, n_vocab, id, err);
    free(quoted);
    free(text);
    return status;
}

static bool has(const struct token_ids *ids, int32_t id)
{
    for (size_t i = 0; i < ids->n; i++)
        if (ids->ids[i] == id)
            return true;
    return false;
}

int list_tokens(const char *text, struct model_tokenizer *tokenizer,
                int n_vocab, int32_t **list, size_t *n, struct error *err)
{
    struct token_ids ids = {0};
    int status = ST_OK;
    int32_t id = -1;
    size_t size;

    for (text += strspn(text, SEPARATORS); *text && !status;
         text += size, text += strspn(text, SEPARATORS)) {
        size = item_size(text);
        status = *text == '"'
                     ? parse_text(text, size, tokenizer, n_vocab, &id, err)
                     : parse_id(text, size, n_vocab, &id, err);
        if (!status && text[size] && !strchr(SEPARATORS, text[size]))
            status = error_set(err, ST_USAGE, "blanks or commas stand "
                               "between tokens, as behind %.*s", (int)size,
                               text);
        if (!status && has(&ids, id))
            status = error_set(err, ST_USAGE, "token %d is there twice",
                               (int)id);
        ids_push(&ids, id);
    }
    if (status) {
        free(ids.ids);
        return status;
    }
    *list = ids.ids;
    *n = ids.n;
    return ST_OK;
}
