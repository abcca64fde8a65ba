/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-records.c - files of records: the first bytes say which keys [input]
 * has, the others are rows of a prompt, a pair, an answer, a foil and the text
 * of a span, with tabs between them; a list of JSON is one. Or they are a file
 * of some format as it stands. What is accepted is as the tokenizer has it. */
#include "harness.h"

#include "base/mem.h"
#include "plan/samples.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define N_FIELDS 5

static const char *const fields[N_FIELDS] = {"p", "q", "a", "f", "s"};

static struct model *model;
static struct model_tokenizer *shared;
static struct tokenizer *tokenizer;

static void set_up(void)
{
    struct error err = {0};
    char *path;

    if (model)
        return;
    path = fuzz_source("models/demo");
    FUZZ_CHECK(!model_configure(path, &model, &err));
    model->config.n_context = 48;
    shared = model_tokenizer_new(model->files);
    FUZZ_CHECK(!model_tokenizer_get(shared, &tokenizer, &err));
    free(path);
}

/* Appends the bytes that ids stand for, as the vocabulary has them. */
static void spell(const int32_t *ids, int n, struct buffer *text)
{
    size_t size = 0;

    for (int i = 0; i < n; i++) {
        const char *piece = tokenizer_piece(tokenizer, ids[i], &size);

        FUZZ_CHECK(piece);
        buffer_add(text, piece, size);
    }
}

static int n_prompt(const struct samples *samples, int i)
{
    return samples->n_prompt ? samples->n_prompt[i]
                             : samples->list[i].n_token;
}

static void check_lengths(const struct samples *samples)
{
    size_t n = 0;

    for (int i = 0; i < samples->n_sample; i++) {
        FUZZ_CHECK(samples->list[i].first == n);
        FUZZ_CHECK(samples->list[i].n_token >= 1);
        FUZZ_CHECK(samples->list[i].n_token <= model->config.n_context);
        FUZZ_CHECK(n_prompt(samples, i) <= samples->list[i].n_token);
        n += (size_t)samples->list[i].n_token;
    }
    FUZZ_CHECK(n == samples->n_token);
    for (size_t k = 0; k < n; k++)
        FUZZ_CHECK(samples->tokens[k] >= 0 &&
                   samples->tokens[k] < model->config.n_vocab);
}

/* Prompt and answer as one text begin with the prompt's tokens, and go on with
 * the one that is meant. */
static void check_answer(const struct samples *samples, int i,
                         const char *answer, int32_t meant)
{
    int n = n_prompt(samples, i), n_front = samples->n_front;
    const int32_t *ids = samples_tokens(samples, i);
    struct token_ids joined = {0};
    struct error err = {0};
    char *text = mem_printf("%s%s", samples->texts[i], answer);

    FUZZ_CHECK(!tokenizer_encode(tokenizer, text, strlen(text), &joined,
                                 &err));
    FUZZ_CHECK(joined.n > (size_t)(n - n_front));
    FUZZ_CHECK(!memcmp(joined.ids, ids + n_front,
                       (size_t)(n - n_front) * sizeof *ids));
    FUZZ_CHECK(joined.ids[n - n_front] == meant);
    if (samples->n_prompt) {
        FUZZ_CHECK(joined.n == (size_t)(samples->list[i].n_token - n_front));
        FUZZ_CHECK(!memcmp(joined.ids, ids + n_front,
                           joined.n * sizeof *ids));
    }
    free(joined.ids);
    free(text);
}

static void check_facts(const struct samples *samples, int i)
{
    const struct sample_facts *facts = &samples->facts[i];

    FUZZ_CHECK(!facts->answer == !facts->n_answer);
    FUZZ_CHECK(!facts->foil == !facts->n_foil);
    for (int k = 0; k < facts->n_answer; k++) {
        FUZZ_CHECK(facts->answers[k] >= 0 &&
                   facts->answers[k] < model->config.n_vocab);
        for (int m = 0; m < facts->n_foil; m++)
            FUZZ_CHECK(facts->answers[k] != facts->foils[m]);
        for (int m = 0; m < k; m++)
            FUZZ_CHECK(facts->answers[k] != facts->answers[m]);
    }
    if (!facts->answer || *facts->answer == '[')
        return;
    if (samples->texts[i])
        check_answer(samples, i, facts->answer, facts->answers[0]);
    if (samples->pair && samples->pair->texts[i])
        check_answer(samples->pair, i, facts->answer, facts->answers[0]);
}

/* No position is the partner of two; what is behind the prompt is behind the
 * pair. */
static void check_partners(const struct samples *samples, int i)
{
    int n = samples->list[i].n_token, n_pair = samples->pair->list[i].n_token;
    const int32_t *partner = samples->partner + samples->list[i].first;
    bool *taken = mem_new((size_t)n_pair, sizeof *taken);

    for (int k = 0; k < n; k++) {
        if (partner[k] < 0)
            continue;
        FUZZ_CHECK(partner[k] < n_pair && !taken[partner[k]]);
        taken[partner[k]] = true;
    }
    for (int k = n_prompt(samples, i); k < n; k++)
        FUZZ_CHECK(partner[k] == k - n + n_pair);
    free(taken);
}

/* The tokens of a span have its text. */
static void check_span(const struct samples *samples, int i, const char *text)
{
    struct position_span span = samples->names.spans[i];
    struct buffer has = {0};

    FUZZ_CHECK(span.first >= 0 && span.first <= span.end);
    FUZZ_CHECK(span.end <= n_prompt(samples, i));
    spell(samples_tokens(samples, i) + span.first, span.end - span.first,
          &has);
    if (span.first < span.end && text)
        FUZZ_CHECK(memmem(has.bytes, has.n, text, strlen(text)));
    free(has.bytes);
}

static void check(const struct samples *samples, const json_t *rows)
{
    check_lengths(samples);
    if (samples->pair) {
        check_lengths(samples->pair);
        FUZZ_CHECK(samples->pair->n_sample == samples->n_sample);
    }
    for (int i = 0; i < samples->n_sample; i++) {
        const char *text = json_string_value(
            json_object_get(json_array_get(rows, (size_t)i), "s"));

        check_facts(samples, i);
        if (samples->pair)
            check_partners(samples, i);
        if (samples->names.n)
            check_span(samples, i, text);
        if (samples->names.n && samples->pair)
            check_span(samples->pair, i, text);
    }
}

/* A field's value; NULL where it is not UTF-8. */
static json_t *value_of(const char *text, size_t n)
{
    json_t *list = n && *text == '[' ? json_loadb(text, n, 0, NULL) : NULL;

    return list ? list : json_stringn(text, n);
}

static json_t *read_rows(struct fuzz_input *input)
{
    json_t *rows = json_array();

    while (input->size && json_array_size(rows) < 8) {
        struct fuzz_input cells;
        json_t *row = json_object();
        size_t n;
        char *line = fuzz_until(input, '\n', &n), *cell;

        cells = (struct fuzz_input){(const uint8_t *)line, n};
        for (size_t k = 0; k < N_FIELDS; k++) {
            cell = fuzz_until(&cells, '\t', &n);
            json_object_set_new(row, fields[k], value_of(cell, n));
            free(cell);
        }
        json_array_append_new(rows, row);
        free(line);
    }
    return rows;
}

static char *put_rows(const json_t *rows)
{
    struct buffer text = {0};
    const json_t *row;
    char *path, *line;
    size_t i;

    json_array_foreach(rows, i, row) {
        line = json_dumps(row, JSON_COMPACT);
        buffer_add(&text, line, strlen(line));
        buffer_add(&text, "\n", 1);
        free(line);
    }
    path = fuzz_put("records.jsonl", text.n ? text.bytes : "", text.n);
    free(text.bytes);
    return path;
}

/* Keys as an experiment could have them. */
static void choose(struct fuzz_input *input, struct input_spec *spec,
                   struct span_spec *span)
{
    const struct place place = {"fuzz.ini", 7};
    size_t keys = fuzz_below(input, 32), more = fuzz_below(input, 54);

    for (size_t k = 0; k < 4; k++)
        if (k == 0 || keys >> (k - 1) & 1)
            spec->keys[k] = (struct record_key){(char *)fields[k], false, 0,
                                                place};
    if (!spec->keys[RECORD_ANSWER].text)
        spec->keys[RECORD_FOIL].text = NULL;
    else
        spec->whole_answers = keys >> 4 & 1;
    if (keys >> 3 & 1) {
        *span = (struct span_spec){
            .name = "s", .prompt = {(char *)"s", false, (int)(more % 3),
                                    place}};
        spec->spans = span;
        spec->n_spans = 1;
    }
    spec->bos = (enum bos_choice)(more / 3 % 3);
    spec->align = (enum pair_align)(more / 9 % 4);
    if (spec->align == ALIGN_SPANS && !spec->n_spans)
        spec->align = ALIGN_END;
    spec->samples = more / 36 ? 1 : 0;
}

static bool load(const struct input_spec *spec, const json_t *rows)
{
    struct samples *samples;
    struct error err = {0};

    if (samples_load(spec, model, shared, &samples, &err)) {
        fuzz_check_refusal(&err, err.status == ST_USAGE ? ST_USAGE : ST_DATA,
                           err.status == ST_USAGE ? "fuzz.ini:7"
                                                  : "records.");
        return false;
    }
    check(samples, rows);
    samples_free(samples);
    return true;
}

static bool run(const uint8_t *bytes, size_t size)
{
    static const char *const names[] = {"records.jsonl", "records.csv",
                                        "records.tsv"};
    const struct place place = {"fuzz.ini", 7};
    struct fuzz_input input = {bytes, size};
    struct input_spec spec = {.kind = INPUT_RECORDS, .place = place,
                              .samples_place = place, .n_files = 1};
    struct span_spec span;
    json_t *rows = NULL;
    size_t format;
    char *path;
    bool accepted;

    set_up();
    choose(&input, &spec, &span);
    format = fuzz_below(&input, 6);
    if (format < 3) {
        rows = read_rows(&input);
        path = put_rows(rows);
    } else {
        path = fuzz_put(names[format - 3], input.bytes, input.size);
    }
    spec.files = &path;
    accepted = load(&spec, rows);
    json_decref(rows);
    free(path);
    return accepted;
}

const struct fuzz_target fuzz_records = {"records", run, false};
