/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-files.c - reads a tokenizer's folder, and the older layout of
 * one: vocab.json, merges.txt and added_tokens.json. */
#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"
#include "format/sentencepiece.h"
#include "tokenizer/tokenizer-ggml.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int tokenizer_load_file(struct tokenizer_load *load, const char *name,
                        char **bytes, size_t *size)
{
    struct tokenizer *t = load->tokenizer;
    struct tokenizer_file *file = &t->files[t->n_files];
    int status;

    *bytes = NULL;
    free(load->path);
    load->path = mem_path(load->dir, name);
    if (access(load->path, F_OK) != 0)
        return ST_OK;
    status = read_file(load->path, bytes, size, load->err);
    if (status)
        return status;
    file->path = mem_strdup(load->path);
    sha256_bytes(*bytes, *size, file->sha256);
    t->n_files++;
    return ST_OK;
}

typedef int parse_fn(const char *text, size_t size, const char *path,
                     json_t **root, struct error *err);

static int load_parsed(struct tokenizer_load *load, const char *name,
                       parse_fn *parse, json_t **root)
{
    char *bytes;
    size_t size;
    int status = tokenizer_load_file(load, name, &bytes, &size);

    *root = NULL;
    if (!status && bytes)
        status = parse(bytes, size, load->path, root, load->err);
    free(bytes);
    return status;
}

int tokenizer_load_json(struct tokenizer_load *load, const char *name,
                        json_t **root)
{
    return load_parsed(load, name, json_parse_object, root);
}

int tokenizer_load_reals(struct tokenizer_load *load, const char *name,
                         json_t **root)
{
    return load_parsed(load, name, json_parse_reals, root);
}

int tokenizer_load_vocab(struct tokenizer_load *load, json_t *vocab)
{
    const char *token;
    json_t *id;
    int status;

    json_object_foreach(vocab, token, id) {
        status = tokenizer_load_token(
            load, token, strlen(token),
            json_is_integer(id) ? json_integer_value(id) : -1);
        if (status)
            return status;
    }
    return ST_OK;
}

static int missing(struct tokenizer_load *load)
{
    return error_set(load->err, ST_DATA, "%s: there is no such file; a "
                     "tokenizer is tokenizer.json, vocab.json and merges.txt, "
                     "or tokenizer.model", load->path);
}

static int read_line(struct tokenizer_load *load, const char *line,
                     size_t size, int32_t rank)
{
    const char *blank, *end;

    /* No token has a carriage return in it: its symbol is another one. */
    if (size > 0 && line[size - 1] == '\r')
        size--;
    end = line + size;
    blank = memchr(line, ' ', size);
    if (!blank || blank == line || blank + 1 == end ||
        memchr(blank + 1, ' ', (size_t)(end - blank - 1)) ||
        memchr(line, '\0', size))
        return error_set(load->err, ST_DATA, "is not a merge; a line must "
                         "be two tokens with one space between");
    return tokenizer_load_merge(load, line, (size_t)(blank - line), blank + 1,
                                (size_t)(end - blank - 1), rank);
}

/* One merge a line, in the order of their ranks. "#version" lines say
 * nothing; other lines may begin with '#', which is a token. */
static int read_merges(struct tokenizer_load *load, const char *text,
                       size_t size)
{
    const char *end = text + size, *line_end;
    int line = 1;

    for (; text < end; text = line_end + 1, line++) {
        line_end = memchr(text, '\n', (size_t)(end - text));
        if (!line_end)
            line_end = end;
        if (strncmp(text, "#version", 8) == 0)
            continue;
        if (read_line(load, text, (size_t)(line_end - text), line))
            return error_within(load->err, "%s:%d", load->path, line);
    }
    return ST_OK;
}

static int load_merges(struct tokenizer_load *load)
{
    char *text;
    size_t size;
    int status = tokenizer_load_file(load, "merges.txt", &text, &size);

    if (!status)
        status = text ? read_merges(load, text, size) : missing(load);
    free(text);
    return status;
}

static int load_added(struct tokenizer_load *load)
{
    struct special special;
    json_t *root, *id;
    const char *token;
    int status;

    status = tokenizer_load_json(load, "added_tokens.json", &root);
    json_object_foreach(root, token, id) {
        if (status)
            break;
        if (!json_is_integer(id) || json_integer_value(id) < 0) {
            status = tokenizer_load_error(load, token,
                                          "its id is not a whole number "
                                          "from 0");
            break;
        }
        special = (struct special){.text = token,
                                   .id = json_integer_value(id)};
        status = tokenizer_load_special(load, &special);
    }
    json_decref(root);
    return status;
}

/* GPT-2's steps, since its files do not name any. */
static int load_gpt2_steps(struct tokenizer_load *load)
{
    json_t *split = json_pack("{s:s, s:b}", "type", "ByteLevel",
                              "add_prefix_space", 0);
    int status = tokenizer_load_normalizer(load, NULL);

    if (!status)
        status = tokenizer_load_pretokenizer(load, split);
    if (!status)
        status = tokenizer_load_decoder(load, NULL);
    json_decref(split);
    return status;
}

static int load_sentencepiece(struct tokenizer_load *load,
                              const struct sentencepiece *model)
{
    const struct ggml_tokenizer ggml = {
        .path = load->path, .model = "llama", .tokens = model->tokens,
        .types = model->types, .scores = model->scores,
        .n_tokens = model->n_tokens, .bos = model->bos,
        .unk = model->unknown, .squeezes = model->squeezes,
        .add_space_prefix = model->adds_prefix &&
                            !(load->scheme &&
                              strcmp(load->scheme, "never") == 0),
        .first_only = load->scheme && strcmp(load->scheme, "first") == 0,
        .sentencepiece = true,
    };

    return tokenizer_load_ggml(load, &ggml);
}

int tokenizer_load_sentencepiece(struct tokenizer_load *load)
{
    struct sentencepiece model = {0};
    char *bytes = NULL, *path = mem_path(load->dir, "vocab.json");
    size_t size;
    int status = ST_OK;

    if (access(path, F_OK) != 0)
        status = tokenizer_load_file(load, "tokenizer.model", &bytes, &size);
    if (bytes)
        load->source = TOKENIZER_SENTENCEPIECE;
    if (!status && bytes)
        status = sentencepiece_parse(bytes, size, load->path, &model,
                                     load->err);
    if (!status && bytes)
        status = load_sentencepiece(load, &model);
    sentencepiece_free(&model);
    free(bytes);
    free(path);
    return status;
}

int tokenizer_load_vocab_and_merges(struct tokenizer_load *load)
{
    const struct bpe_options options = {.unk = -1};
    json_t *vocab;
    int status;

    status = load_gpt2_steps(load);
    if (!status)
        status = tokenizer_load_json(load, "vocab.json", &vocab);
    if (status)
        return status;
    if (!vocab)
        return missing(load);
    status = tokenizer_load_vocab(load, vocab);
    json_decref(vocab);
    if (!status)
        status = tokenizer_load_model(load, &options);
    if (!status)
        status = load_merges(load);
    if (!status)
        status = load_added(load);
    return status;
}
