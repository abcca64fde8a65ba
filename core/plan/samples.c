/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples.c - the samples of an experiment, and the texts that they are of. */
#include "plan/samples.h"

#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "plan/samples-internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void samples_free_facts(struct sample_facts *facts)
{
    free(facts->answer);
    free(facts->foil);
    free(facts->label);
    free(facts->answers);
    free(facts->foils);
}

void samples_free(struct samples *samples)
{
    if (!samples)
        return;
    samples_free(samples->pair);
    for (int i = 0; samples->facts && i < samples->n_sample; i++)
        samples_free_facts(&samples->facts[i]);
    for (int i = 0; samples->texts && i < samples->n_sample; i++)
        free(samples->texts[i]);
    free(samples->texts);
    for (size_t i = 0; i < samples->names.n; i++)
        free(samples->names.names[i]);
    free(samples->names.names);
    free((void *)samples->names.spans);
    free(samples->facts);
    free(samples->n_prompt);
    free(samples->partner);
    free(samples->file_sha256);
    free(samples->list);
    free(samples->n_of_length);
    free(samples->tokens);
    free(samples->front);
    free(samples->bos);
    free(samples->bos_warning);
    free(samples);
}

int samples_need_tokenizer(struct samples_load *load)
{
    return model_tokenizer_get(load->shared, &load->tokenizer, load->err);
}

static int check_vocabulary(const struct samples_load *load,
                            const struct token_ids *ids)
{
    size_t i;

    for (i = 0; i < ids->n; i++)
        if (ids->ids[i] >= load->model->config.n_vocab)
            return error_set(load->err, ST_DATA, "%s: the tokenizer gives id "
                             "%d, but the model has ids 0 to %d only; they "
                             "do not belong together",
                             load->model->files->path,
                             (int)ids->ids[i],
                             load->model->config.n_vocab - 1);
    return ST_OK;
}

/* The message lacks the place. */
static int check_text(const struct samples_load *load, const char *text,
                      size_t size)
{
    return load->spec->any_bytes
               ? ST_OK
               : text_check_utf8(text, size, "encoding = bytes", load->err);
}

int samples_encode(struct samples_load *load, const char *text, size_t size,
                   struct token_ids *ids)
{
    int status = samples_need_tokenizer(load);

    if (status)
        return status;
    if (tokenizer_encode(load->tokenizer, text, size, ids, load->err))
        return error_in(load->err, load->spec->place);
    return check_vocabulary(load, ids);
}

static int read_one(struct samples_load *load, const char *path, char **text,
                    size_t *size)
{
    int status = read_file(path, text, size, load->err);

    if (!status && check_text(load, *text, *size)) {
        free(*text);
        status = error_within(load->err, "%s", path);
    }
    return status;
}

static int read_files(struct samples_load *load, char **text, size_t *size)
{
    const char *gap = "\n\n";
    char *one;
    size_t n, i;

    *text = mem_new(1, 1);
    *size = 0;
    for (i = 0; i < load->spec->n_files; i++) {
        const char *path = load->spec->files[i];

        if (read_one(load, path, &one, &n)) {
            free(*text);
            return error_in(load->err, load->spec->place);
        }
        if (*size + n > READ_FILE_MOST) {
            free(one);
            free(*text);
            return error_at(load->err, ST_DATA, load->spec->place, "%s: the "
                            "files up to this one have more than %zu bytes "
                            "together, the most that is read", path,
                            READ_FILE_MOST);
        }
        sha256_bytes(one, n, load->file_sha256[i]);
        *text = mem_grow(*text, *size + strlen(gap) + n, 1);
        if (i > 0) {
            memcpy(*text + *size, gap, strlen(gap));
            *size += strlen(gap);
        }
        memcpy(*text + *size, one, n);
        *size += n;
        free(one);
    }
    return ST_OK;
}

static int load_files(struct samples_load *load)
{
    char *text;
    size_t size;
    int status = read_files(load, &text, &size);

    if (status)
        return status;
    status = samples_encode(load, text, size, &load->ids);
    free(text);
    return status;
}

static int load_text(struct samples_load *load)
{
    const char *text = load->spec->text;

    if (check_text(load, text, strlen(text)))
        return error_in(load->err, load->spec->place);
    return samples_encode(load, text, strlen(text), &load->ids);
}

static int load_ids(struct samples_load *load)
{
    const struct input_spec *spec = load->spec;
    int line;

    if (!ids_parse(spec->text, strlen(spec->text),
                   load->model->config.n_vocab, &load->ids, &line,
                   load->err))
        return ST_OK;
    load->err->status = ST_USAGE;
    return error_in(load->err, spec->place);
}

static int load_ids_file(struct samples_load *load)
{
    const char *path = load->spec->files[0];
    char *text;
    size_t size;
    int line, status;

    if (read_file(path, &text, &size, load->err))
        return error_in(load->err, load->spec->place);
    status = ids_parse(text, size, load->model->config.n_vocab, &load->ids,
                       &line, load->err);
    if (status)
        error_within(load->err, "%s:%d", path, line);
    sha256_bytes(text, size, load->file_sha256[0]);
    free(text);
    return status;
}

static int load_tokens(struct samples_load *load)
{
    const struct input_spec *spec = load->spec;

    switch (spec->kind) {
    case INPUT_FILES:
        return load_files(load);
    case INPUT_TEXT:
        return load_text(load);
    case INPUT_IDS:
        return load_ids(load);
    case INPUT_IDS_FILE:
        return load_ids_file(load);
    case INPUT_RECORDS:
    case INPUT_REPEAT:
    case INPUT_NONE:
        break;
    }
    return error_set(load->err, ST_USAGE, "there is no input; [input] needs "
                     "one of files, text, ids, ids_file, records, repeat");
}

/* Counts a sample of so many tokens. */
static void count_length(struct samples *samples, int n_token)
{
    size_t n = samples->n_sample ? (size_t)samples->longest + 1 : 0;

    if ((size_t)n_token >= n) {
        samples->n_of_length = mem_grow(samples->n_of_length,
                                        (size_t)n_token + 1,
                                        sizeof *samples->n_of_length);
        memset(samples->n_of_length + n, 0,
               ((size_t)n_token + 1 - n) * sizeof *samples->n_of_length);
        samples->longest = n_token;
    }
    samples->n_of_length[n_token]++;
}

void samples_add(struct samples *samples, const int32_t *tokens, int n_token)
{
    struct sample sample = {.first = samples->n_token, .n_token = n_token};

    samples->tokens = mem_grow(samples->tokens,
                               samples->n_token + (size_t)n_token,
                               sizeof *samples->tokens);
    memcpy(samples->tokens + samples->n_token, tokens,
           (size_t)n_token * sizeof *tokens);
    samples->n_token += (size_t)n_token;
    count_length(samples, n_token);
    MEM_PUSH(samples->list, samples->n_sample);
    samples->list[samples->n_sample++] = sample;
    if (samples->n_sample == 1 || n_token < samples->shortest)
        samples->shortest = n_token;
}

char *samples_text(const struct samples *samples)
{
    const char *plural = samples->n_sample == 1 ? "" : "s";

    if (samples->shortest == samples->longest)
        return mem_printf("%d sample%s of %d tokens", samples->n_sample,
                          plural, samples->longest);
    return mem_printf("%d sample%s of %d to %d tokens", samples->n_sample,
                      plural, samples->shortest, samples->longest);
}

void samples_decode(const struct samples *samples, int sample,
                    const struct tokenizer *tokenizer, struct buffer *text)
{
    const int32_t *ids = samples_tokens(samples, sample);
    int n_front = samples->n_front, end = samples->list[sample].n_token;

    text->n = 0;
    buffer_reserve(text, 1);
    if (samples->texts && samples->texts[sample]) {
        buffer_add(text, samples->texts[sample],
                   strlen(samples->texts[sample]));
        return;
    }
    if (samples->n_prompt)
        end = samples->n_prompt[sample];
    if (n_front > end ||
        (n_front && memcmp(ids, samples->front,
                           (size_t)n_front * sizeof *ids) != 0))
        n_front = 0;
    if (!tokenizer || tokenizer_decode(tokenizer, ids + n_front,
                                       (size_t)(end - n_front), text) >= 0)
        text->n = 0;
}

/* Where the tokenizer gave ids, those in front included, the samples are its
 * work. */
static int find_front(struct samples_load *load)
{
    int status;

    load->front = (struct samples_front){
        .spec = load->spec, .model = load->model, .shared = load->shared,
        .tokenizer = load->tokenizer};
    status = front_find(&load->front, load->err);
    if (load->front.ids.n)
        load->tokenizer = load->front.tokenizer;
    return status;
}

static int load_some(struct samples_load *load, struct samples **samples)
{
    enum input_kind kind = load->spec->kind;
    bool cuts = kind != INPUT_RECORDS && kind != INPUT_REPEAT;
    int status = cuts ? load_tokens(load) : ST_OK;

    if (!status)
        status = find_front(load);
    if (status)
        return status;
    if (kind == INPUT_RECORDS)
        return samples_from_records(load, samples);
    if (kind == INPUT_REPEAT)
        return samples_repeat(load, samples);
    return samples_cut(load, samples);
}

int samples_load(const struct input_spec *spec, const struct model *model,
                 struct model_tokenizer *tokenizer, struct samples **samples,
                 struct error *err)
{
    struct samples_load load = {.spec = spec, .model = model,
                                .shared = tokenizer, .err = err};
    int status;

    load.file_sha256 = mem_new(spec->n_files, sizeof *load.file_sha256);
    status = load_some(&load, samples);
    if (!status) {
        samples_digest(*samples);
        (*samples)->file_sha256 = load.file_sha256;
        load.file_sha256 = NULL;
        (*samples)->tokenizer = load.tokenizer;
        front_describe(&load.front, *samples);
        if ((*samples)->pair)
            front_describe(&load.front, (*samples)->pair);
    }
    free(load.file_sha256);
    free(load.front.ids.ids);
    free(load.ids.ids);
    return status;
}
