/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-ggml.c - builds a tokenizer from what a GGUF file says of it: of
 * the kinds "gpt2" (merges) and "llama" (scores). */
#include "tokenizer/tokenizer-ggml.h"

#include "base/mem.h"
#include "base/text.h"
#include "tokenizer/tokenizer-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARK "\u2581" /* replaces a space in "llama" vocabularies */

struct source {
    const struct ggml_tokenizer *ggml;
    struct tokenizer_load load;
    struct bpe_options options;
    bool *lengths; /* (longest token + 1): is a token so long? llama's */
};

static int find_gpt2_steps(struct source *source, struct ggml_steps *steps)
{
    const char *pre = source->ggml->pre, *names;

    if (pre && ggml_find_steps(pre, steps, &names))
        return ST_OK;
    ggml_find_steps("", steps, &names);
    return tokenizer_load_refuse(&source->load, "tokenizer.ggml.pre",
                                 pre ? pre : "missing", names);
}

static void prepend_mark(struct pretokenizer *steps, bool first_only)
{
    struct normalizer prepend = {.kind = NORMALIZE_PREPEND,
                                 .first_only = first_only};

    prepend.text = mem_strdup(MARK);
    pretokenize_add_normalizer(steps, prepend);
}

static int load_llama_normalizer(struct source *source)
{
    const struct ggml_tokenizer *ggml = source->ggml;
    struct pretokenizer *steps = pretokenize_new();
    struct normalizer squeeze = {.kind = NORMALIZE_SQUEEZE};
    struct normalizer mark = {.kind = NORMALIZE_REPLACE};
    int status = regex_new(" ", PATTERN_LITERAL, &mark.pattern,
                           source->load.err);

    source->load.tokenizer->normalizer = steps;
    if (status)
        return status;
    if (ggml->squeezes)
        pretokenize_add_normalizer(steps, squeeze);
    if (ggml->add_space_prefix)
        prepend_mark(steps, ggml->first_only);
    mark.text = mem_strdup(MARK);
    pretokenize_add_normalizer(steps, mark);
    return ST_OK;
}

static int load_steps(struct source *source)
{
    struct ggml_steps steps = {0};
    const char *model = source->ggml->model;
    int status = ST_OK;

    if (strcmp(model, "gpt2") == 0)
        status = find_gpt2_steps(source, &steps);
    else if (strcmp(model, "llama") == 0)
        steps.decoder = tokenizer_decoder_of_marks(
            source->ggml->add_space_prefix);
    else
        status = tokenizer_load_refuse(&source->load, "tokenizer.ggml.model",
                                       model, "gpt2 or llama");
    if (!status)
        status = strcmp(model, "llama") == 0
                     ? load_llama_normalizer(source)
                     : tokenizer_load_normalizer(&source->load,
                                                 steps.normalizer);
    if (!status)
        status = tokenizer_load_pretokenizer(&source->load,
                                             steps.pretokenizer);
    if (!status)
        status = tokenizer_load_decoder(&source->load, steps.decoder);
    json_decref(steps.normalizer);
    json_decref(steps.pretokenizer);
    json_decref(steps.decoder);
    source->options.ignore_merges = steps.ignore_merges;
    return status;
}

static enum ggml_token_type type_of(const struct ggml_tokenizer *ggml,
                                    size_t id)
{
    return ggml->types ? (enum ggml_token_type)ggml->types[id]
                       : GGML_TOKEN_NORMAL;
}

/* The token with a final NUL; NULL and a message if it has another one. The
 * caller frees. */
static char *token_text(struct source *source, size_t id)
{
    const struct gguf_text *token = &source->ggml->tokens[id];

    if (token->size > 0 && !memchr(token->bytes, '\0', token->size))
        return mem_strndup(token->bytes, token->size);
    error_set(source->load.err, ST_DATA, "%s: tokenizer.ggml.tokens: token "
              "%zu is \"%s\"; a text without NUL is needed", source->load.path,
              id, token->size > 0 ? "one with a NUL" : "empty");
    return NULL;
}

static int load_tokens(struct source *source)
{
    const struct ggml_tokenizer *ggml = source->ggml;
    int status = ST_OK;
    char *text;
    size_t id;

    for (id = 0; !status && id < ggml->n_tokens; id++) {
        text = token_text(source, id);
        if (!text)
            return ST_DATA;
        status = tokenizer_load_token(&source->load, text,
                                      ggml->tokens[id].size, (int64_t)id);
        free(text);
    }
    return status;
}

/* "left right" */
static int load_merge_text(struct source *source, size_t i)
{
    const struct gguf_text *merge = &source->ggml->merges[i];
    const char *blank = NULL, *end = merge->bytes + merge->size;
    int status;

    if (merge->size > 0) /* the first byte is one of the left part */
        blank = memchr(merge->bytes + 1, ' ', merge->size - 1);
    if (!blank)
        status = error_set(source->load.err, ST_DATA, "is not a pair of "
                           "tokens with one space between");
    else
        status = tokenizer_load_merge(
            &source->load, merge->bytes, (size_t)(blank - merge->bytes),
            blank + 1, (size_t)(end - blank - 1), (int32_t)i);
    return status ? error_within(source->load.err, "%s: "
                                 "tokenizer.ggml.merges: merge %zu",
                                 source->load.path, i)
                  : ST_OK;
}

/* Without any, every text would be single bytes. */
static int load_merges(struct source *source)
{
    size_t i;
    int status = ST_OK;

    if (!source->ggml->n_merges)
        return error_set(source->load.err, ST_DATA, "%s: "
                         "tokenizer.ggml.merges is missing or empty; a gpt2 "
                         "tokenizer needs it", source->load.path);
    for (i = 0; !status && i < source->ggml->n_merges; i++)
        status = load_merge_text(source, i);
    return status;
}

struct scored {
    float score;
    int32_t id;
};

static int best_first(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static void find_lengths(struct source *source)
{
    const struct ggml_tokenizer *ggml = source->ggml;
    size_t longest = 0, i;

    for (i = 0; i < ggml->n_tokens; i++)
        if (ggml->tokens[i].size > longest)
            longest = ggml->tokens[i].size;
    source->lengths = mem_new(longest + 1, sizeof *source->lengths);
    for (i = 0; i < ggml->n_tokens; i++)
        source->lengths[ggml->tokens[i].size] = true;
}

/* Every pair of tokens that makes this one: SentencePiece merges whatever
 * makes a token. Few lengths are those of tokens, which keeps a token of
 * megabytes, as in a damaged file, from taking hours. */
static void add_pairs(struct source *source, int32_t id, int32_t rank)
{
    const struct gguf_text *token = &source->ggml->tokens[id];
    struct tokenizer *t = source->load.tokenizer;
    size_t n = text_utf8(token->bytes, token->size), length = n;
    int32_t left, right;

    for (; length > 0 && n < token->size; n += length) {
        length = text_utf8(token->bytes + n, token->size - n);
        if (!source->lengths[n] || !source->lengths[token->size - n])
            continue;
        left = token_map_find(t->vocab, token->bytes, n);
        right = token_map_find(t->vocab, token->bytes + n, token->size - n);
        if (left >= 0 && right >= 0)
            bpe_add(t->bpe, left, right, id, rank);
    }
}

/* Tokens of one score have one rank: the leftmost is merged first. */
static int load_scores(struct source *source)
{
    const struct ggml_tokenizer *ggml = source->ggml;
    struct scored *order;
    int32_t rank = 0;
    size_t n = 0, i;

    if (!ggml->scores)
        return error_set(source->load.err, ST_DATA, "%s: "
                         "tokenizer.ggml.scores is missing; a llama "
                         "tokenizer needs it", source->load.path);
    order = mem_new(ggml->n_tokens, sizeof *order);
    for (i = 0; i < ggml->n_tokens; i++)
        if (type_of(ggml, i) == GGML_TOKEN_NORMAL && !isnan(ggml->scores[i]))
            order[n++] = (struct scored){ggml->scores[i], (int32_t)i};
    qsort(order, n, sizeof *order, best_first);
    find_lengths(source);
    for (i = 0; i < n; i++) {
        rank += i > 0 && order[i].score != order[i - 1].score;
        add_pairs(source, order[i].id, rank);
    }
    free(order);
    free(source->lengths);
    return ST_OK;
}

static int load_specials(struct source *source)
{
    const struct ggml_tokenizer *ggml = source->ggml;
    struct special special = {.special = true,
                              .spelled = ggml->sentencepiece};
    enum ggml_token_type type;
    int status = ST_OK;
    char *text;
    size_t id;

    for (id = 0; !status && id < ggml->n_tokens; id++) {
        type = type_of(ggml, id);
        if (type != GGML_TOKEN_USER_DEFINED &&
            (ggml->sentencepiece || (type != GGML_TOKEN_UNKNOWN &&
                                     type != GGML_TOKEN_CONTROL)))
            continue;
        text = token_text(source, id);
        special.text = text;
        special.id = (int64_t)id;
        status = tokenizer_load_special(&source->load, &special);
        free(text);
    }
    return status;
}

static int check_id(struct source *source, const char *key, int32_t id)
{
    size_t n = source->ggml->n_tokens;

    if (id < 0 || (size_t)id < n)
        return ST_OK;
    return error_set(source->load.err, ST_DATA, "%s: tokenizer.ggml.%s is "
                     "%d; there are %zu tokens", source->load.path, key,
                     (int)id, n);
}

/* Of GGUF files, as llama.cpp does: it puts BOS where the metadata say so, or
 * where they do not tell and the kind of vocabulary is one that is used with
 * it; which of a "llama" vocabulary is 1 if that is not told either. */
static int load_front(struct source *source)
{
    const struct ggml_tokenizer *ggml = source->ggml;
    struct tokenizer *t = source->load.tokenizer;
    bool llama = strcmp(ggml->model, "llama") == 0;
    bool adds = ggml->add_bos == GGUF_YES;

    t->bos = ggml->bos;
    if (ggml->sentencepiece)
        return ST_OK;
    if (t->bos < 0 && llama && ggml->n_tokens > 1)
        t->bos = 1;
    t->front_by = "tokenizer.ggml.add_bos_token";
    if (ggml->add_bos == GGUF_UNTOLD) {
        t->front_by = "llama.cpp's default for such a vocabulary";
        adds = t->bos >= 0 && (llama || ggml_pre_adds_bos(ggml->pre));
    }
    if (adds && t->bos < 0)
        return error_set(source->load.err, ST_DATA, "%s: "
                         "tokenizer.ggml.add_bos_token is true, but there is "
                         "no tokenizer.ggml.bos_token_id", source->load.path);
    if (adds)
        ids_push(&t->front, t->bos);
    return ST_OK;
}

int tokenizer_load_ggml(struct tokenizer_load *load,
                        const struct ggml_tokenizer *ggml)
{
    bool llama = strcmp(ggml->model, "llama") == 0;
    struct source source = {
        .ggml = ggml,
        .load = *load,
        .options = {.byte_fallback = llama, .fuse_unk = llama,
                    .has_unk = llama && ggml->unk >= 0, .unk = ggml->unk},
    };
    int status;

    status = check_id(&source, "bos_token_id", ggml->bos);
    if (!status)
        status = check_id(&source, "unknown_token_id", ggml->unk);
    if (!status)
        status = load_steps(&source);
    if (!status)
        status = load_tokens(&source);
    if (!status)
        status = tokenizer_load_model(&source.load, &source.options);
    if (!status)
        status = llama ? load_scores(&source) : load_merges(&source);
    if (!status)
        status = load_specials(&source);
    if (!status)
        status = load_front(&source);
    *load = source.load;
    return status;
}

int tokenizer_from_ggml(const struct ggml_tokenizer *ggml,
                        struct tokenizer **tokenizer, struct error *err)
{
    struct tokenizer_load load = {.path = mem_strdup(ggml->path), .err = err};

    tokenizer_load_begin(&load);
    return tokenizer_load_end(&load, tokenizer_load_ggml(&load, ggml),
                              tokenizer);
}
