/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-records.c - a sample for the prompt of each record of a file, of any
 * length. */
#include "plan/samples-internal.h"

#include "base/mem.h"
#include "base/text.h"
#include "plan/record-text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What the prompt is where [input] does not say: the first of these fields
 * that the first record has. */
static const char *const usual[] = {"prompt", "text"};
#define N_USUAL (sizeof usual / sizeof *usual)

/* A file of records on its way to samples. */
struct reading {
    struct samples_load *load;
    struct records *records;
    struct record_key prompt; /* its text is borrowed */
    struct samples *samples;
    struct position_span *spans, *pair_spans; /* (n_sample, n_spans) */
};

static int find_prompt(struct reading *reading)
{
    const struct samples_load *load = reading->load;
    const struct record *first = &reading->records->list[0];

    reading->prompt = load->spec->keys[RECORD_PROMPT];
    for (size_t i = 0; i < N_USUAL && !reading->prompt.text; i++)
        if (json_object_get(first->fields, usual[i]))
            reading->prompt.text = (char *)usual[i];
    if (reading->prompt.text)
        return ST_OK;
    error_set(load->err, ST_DATA, "has neither the field 'prompt' nor "
              "'text'; 'prompt' in [input] can name another");
    return record_error(reading->records, first, load->err);
}

static int check_keys(const struct reading *reading)
{
    const struct input_spec *spec = reading->load->spec;
    struct error *err = reading->load->err;
    int status = ST_OK;

    for (size_t i = 0; i < RECORD_N_KEYS && !status; i++)
        if (spec->keys[i].text)
            status = record_text_check(&spec->keys[i], err);
    for (size_t i = 0; i < spec->n_spans && !status; i++) {
        status = record_text_check(&spec->spans[i].prompt, err);
        if (!status && spec->spans[i].pair.text)
            status = record_text_check(&spec->spans[i].pair, err);
    }
    return status;
}

int samples_push_ids(struct samples_load *load, const json_t *list,
                     struct token_ids *ids)
{
    int n_vocab = load->model->config.n_vocab;
    size_t n = json_array_size(list);

    for (size_t i = 0; i < n; i++) {
        json_int_t id = json_integer_value(json_array_get(list, i));

        if (id < 0 || id >= n_vocab)
            return error_set(load->err, ST_DATA, "token id %lld is not one "
                             "of the model's, 0 to %d", (long long)id,
                             n_vocab - 1);
        ids_push(ids, (int32_t)id);
    }
    return ST_OK;
}

char *samples_token_text(const struct samples_load *load, int32_t id)
{
    size_t size = 0;
    const char *piece = load->front.tokenizer
                            ? tokenizer_piece(load->front.tokenizer, id, &size)
                            : NULL;

    return piece ? text_quote(piece, size) : mem_printf("token %d", (int)id);
}

int samples_need_text(struct row *row, struct prompt *prompt)
{
    int32_t odd;

    if (!prompt->is_ids || prompt->text.n)
        return ST_OK;
    if (samples_need_tokenizer(row->load))
        return row->load->err->status;
    odd = tokenizer_decode(row->load->tokenizer,
                           prompt->ids.ids + prompt->from,
                           prompt->n_prompt - prompt->from, &prompt->text);
    buffer_reserve(&prompt->text, 1);
    if (odd < 0)
        return ST_OK;
    return error_set(row->load->err, ST_DATA, "the %s's token %d stands for "
                     "no text, which is needed here", prompt->what,
                     (int)odd);
}

/* In front of ids BOS stands only if it is asked for. */
static bool has_front(const struct samples_load *load, bool is_ids)
{
    return load->front.ids.n > 0 && (!is_ids || load->spec->bos == BOS_YES);
}

static void add_front(const struct samples_load *load, struct prompt *prompt)
{
    for (size_t i = 0; i < load->front.ids.n; i++)
        ids_push(&prompt->ids, load->front.ids.ids[i]);
}

static int check_length(const struct row *row, const struct prompt *prompt)
{
    int context = row->load->model->config.n_context;

    if (prompt->ids.n == 0)
        return error_set(row->load->err, ST_DATA, "the %s is empty; at least "
                         "one token is needed", prompt->what);
    if (prompt->ids.n > (size_t)context)
        return error_set(row->load->err, ST_DATA, "the %s has %zu tokens%s; "
                         "the model's context is %d", prompt->what,
                         prompt->ids.n,
                         prompt->ids.n > prompt->n_prompt
                             ? " with its answer" : "", context);
    return ST_OK;
}

static int read_prompt(struct row *row, const struct record_key *key,
                       const char *what, struct prompt *prompt)
{
    struct samples_load *load = row->load;
    const json_t *ids;
    int status = record_text(row->record, key, &prompt->text, &ids,
                             load->err);

    prompt->what = what;
    if (status)
        return status;
    buffer_reserve(&prompt->text, 1);
    prompt->is_ids = ids != NULL;
    prompt->fronted = has_front(load, prompt->is_ids);
    if (prompt->fronted)
        add_front(load, prompt);
    prompt->from = prompt->ids.n;
    status = ids ? samples_push_ids(load, ids, &prompt->ids)
                 : samples_encode(load, prompt->text.bytes, prompt->text.n,
                                  &prompt->ids);
    prompt->n_prompt = prompt->ids.n;
    prompt->n_front = front_length(&load->front, &prompt->ids);
    if (prompt->is_ids)
        prompt->from = prompt->n_front;
    return status ? status : check_length(row, prompt);
}

static int count_samples(const struct reading *reading, size_t *n)
{
    const struct samples_load *load = reading->load;
    const struct records *records = reading->records;
    const struct input_spec *spec = load->spec;

    *n = spec->samples > 0 ? (size_t)spec->samples : records->n;
    if (spec->any_bytes)
        return error_at(load->err, ST_USAGE, spec->place, "encoding = bytes "
                        "is not for records, which are UTF-8");
    if (spec->length > 0)
        return error_at(load->err, ST_USAGE, spec->length_place, "length is "
                        "%d, but each record is as long as its prompt; leave "
                        "it out", spec->length);
    if (*n > records->n || *n > INT_MAX)
        return error_at(load->err, ST_USAGE, spec->samples_place, "samples "
                        "is %zu, but %s has %zu records", *n, records->path,
                        records->n);
    return ST_OK;
}

static int read_row(struct reading *reading, struct row *row)
{
    const struct record_key *pair = &row->load->spec->keys[RECORD_PAIR];
    int status = read_prompt(row, &reading->prompt, "prompt", &row->prompt);

    if (!status && pair->text)
        status = read_prompt(row, pair, "pair", &row->pair);
    if (!status)
        status = samples_answers(row);
    if (!status)
        status = check_length(row, &row->prompt);
    if (!status && row->pair.what)
        status = check_length(row, &row->pair);
    return status ? status : samples_spans(row);
}

static void add_prompt(const struct row *row, struct prompt *prompt,
                       struct samples *samples, struct position_span *spans)
{
    size_t i = (size_t)samples->n_sample, n = row->load->spec->n_spans;

    samples_add(samples, prompt->ids.ids, (int)prompt->ids.n);
    samples->n_total += prompt->ids.n;
    samples->n_fronted += prompt->fronted;
    if (!prompt->is_ids)
        samples->texts[i] = mem_strndup(prompt->text.bytes, prompt->text.n);
    if (samples->n_prompt)
        samples->n_prompt[i] = (int)prompt->n_prompt;
    for (size_t k = 0; k < n; k++)
        spans[i * n + k] = prompt->spans[k];
}

static int add_row(struct reading *reading, struct row *row)
{
    struct samples *samples = reading->samples;
    size_t first = samples->n_token, n = first + row->prompt.ids.n;

    samples->facts[samples->n_sample] = row->facts;
    row->facts = (struct sample_facts){0};
    add_prompt(row, &row->prompt, samples, reading->spans);
    if (!row->pair.what)
        return ST_OK;
    samples->partner = mem_grow(samples->partner, n,
                                sizeof *samples->partner);
    add_prompt(row, &row->pair, samples->pair, reading->pair_spans);
    return samples_align(row, samples->partner + first);
}

static void clear_prompt(struct prompt *prompt)
{
    free(prompt->text.bytes);
    free(prompt->ids.ids);
    free(prompt->spans);
}

static int add_record(struct reading *reading, const struct record *record)
{
    struct samples_load *load = reading->load;
    struct row row = {.load = load, .record = record};
    int status = read_row(reading, &row);

    if (!status)
        status = add_row(reading, &row);
    if (status) {
        record_error(reading->records, record, load->err);
        error_in(load->err, load->spec->place);
    }
    clear_prompt(&row.prompt);
    clear_prompt(&row.pair);
    samples_free_facts(&row.facts);
    return status;
}

/* Names are copied; spans are handed over. */
static void set_names(const struct input_spec *spec, struct samples *samples,
                      struct position_span *spans)
{
    samples->names = (struct position_names){
        .names = mem_new(spec->n_spans, sizeof *samples->names.names),
        .n = spec->n_spans, .spans = spans, .n_prompt = samples->n_prompt};
    for (size_t i = 0; i < spec->n_spans; i++)
        samples->names.names[i] = mem_strdup(spec->spans[i].name);
}

/* For n samples. */
static struct samples *make_room(const struct input_spec *spec, size_t n,
                                 struct position_span **spans)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    samples->texts = mem_new(n, sizeof *samples->texts);
    if (spec->whole_answers)
        samples->n_prompt = mem_new(n, sizeof *samples->n_prompt);
    *spans = mem_new(n * spec->n_spans, sizeof **spans);
    set_names(spec, samples, *spans);
    return samples;
}

static int add_records(struct reading *reading, size_t n)
{
    const struct input_spec *spec = reading->load->spec;
    struct samples *samples = make_room(spec, n, &reading->spans);
    int status = ST_OK;

    reading->samples = samples;
    samples->facts = mem_new(n, sizeof *samples->facts);
    if (spec->keys[RECORD_PAIR].text)
        samples->pair = make_room(spec, n, &reading->pair_spans);
    for (size_t i = 0; i < n && !status; i++)
        status = add_record(reading, &reading->records->list[i]);
    return status;
}

int samples_from_records(struct samples_load *load, struct samples **samples)
{
    struct reading reading = {.load = load};
    size_t n = 0;
    int status = records_read(load->spec->files[0], &reading.records,
                              load->err);

    if (status)
        return error_in(load->err, load->spec->place);
    status = count_samples(&reading, &n);
    if (!status)
        status = find_prompt(&reading);
    if (!status)
        status = check_keys(&reading);
    if (!status)
        status = add_records(&reading, n);
    if (!status)
        memcpy(load->file_sha256[0], reading.records->sha256,
               sizeof reading.records->sha256);
    records_free(reading.records);
    if (status)
        samples_free(reading.samples);
    else
        *samples = reading.samples;
    return status;
}
