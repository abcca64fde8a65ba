/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-records.c - a sample for the prompt of each record of a file, of any
 * length. */
#include "plan/samples-internal.h"

#include "base/mem.h"
#include "plan/record-text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What the prompt is where [input] does not say: the first of these fields
 * that the first record has. */
static const char *const usual[] = {"prompt", "text"};
#define N_USUAL (sizeof usual / sizeof *usual)

static int find_prompt(const struct samples_load *load,
                       const struct records *records, const char **prompt)
{
    const struct input_spec *spec = load->spec;

    *prompt = spec->prompt;
    for (size_t i = 0; i < N_USUAL && !*prompt; i++)
        if (json_object_get(records->list[0].fields, usual[i]))
            *prompt = usual[i];
    if (!*prompt) {
        error_set(load->err, ST_DATA, "has neither the field 'prompt' nor "
                  "'text'; 'prompt' in [input] can name another");
        return record_error(records, &records->list[0], load->err);
    }
    if (record_text_check(*prompt, load->err))
        return error_in(load->err, spec->prompt_place);
    return ST_OK;
}

static int add_ids(struct samples_load *load, const json_t *list)
{
    int n_vocab = load->model->config.n_vocab;
    size_t n = json_array_size(list);

    for (size_t i = 0; i < n; i++) {
        json_int_t id = json_integer_value(json_array_get(list, i));

        if (id < 0 || id >= n_vocab)
            return error_set(load->err, ST_DATA, "token id %lld is not one "
                             "of the model's, 0 to %d", (long long)id,
                             n_vocab - 1);
        ids_push(&load->ids, (int32_t)id);
    }
    return ST_OK;
}

/* In front of ids BOS stands only if it is asked for. */
static bool has_front(const struct samples_load *load, bool is_ids)
{
    return load->front.ids.n > 0 && (!is_ids || load->spec->bos == BOS_YES);
}

static void add_front(struct samples_load *load)
{
    for (size_t i = 0; i < load->front.ids.n; i++)
        ids_push(&load->ids, load->front.ids.ids[i]);
}

/* The record's prompt as load->ids. */
static int read_prompt(struct samples_load *load,
                       const struct records *records,
                       const struct record *record, const char *prompt,
                       bool *fronted)
{
    struct buffer text = {0};
    const json_t *ids;
    int status = record_text(records, record, prompt, &text, &ids,
                             load->err);

    load->ids.n = 0;
    if (!status) {
        *fronted = has_front(load, ids != NULL);
        if (*fronted)
            add_front(load);
        status = ids ? add_ids(load, ids)
                     : samples_encode(load, text.n ? text.bytes : "", text.n);
        if (status)
            record_error(records, record, load->err);
    }
    free(text.bytes);
    return status;
}

static int check_length(const struct samples_load *load,
                        const struct records *records,
                        const struct record *record)
{
    int context = load->model->config.n_context;

    if (load->ids.n > 0 && load->ids.n <= (size_t)context)
        return ST_OK;
    if (load->ids.n == 0)
        error_set(load->err, ST_DATA, "the prompt is empty; at least one "
                  "token is needed");
    else
        error_set(load->err, ST_DATA, "the prompt has %zu tokens; the "
                  "model's context is %d", load->ids.n, context);
    return record_error(records, record, load->err);
}

static int count_samples(const struct samples_load *load,
                         const struct records *records, size_t *n)
{
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

static int add_record(struct samples_load *load,
                      const struct records *records,
                      const struct record *record, const char *prompt,
                      struct samples *samples)
{
    bool fronted = false;
    int status = read_prompt(load, records, record, prompt, &fronted);

    if (!status)
        status = check_length(load, records, record);
    if (status)
        return error_in(load->err, load->spec->place);
    samples_add(samples, load->ids.ids, (int)load->ids.n);
    samples->n_total += load->ids.n;
    samples->n_fronted += fronted;
    return ST_OK;
}

int samples_from_records(struct samples_load *load, struct samples **samples)
{
    struct samples *made = mem_new(1, sizeof *made);
    struct records *records = NULL;
    const char *prompt = NULL;
    size_t n = 0;
    int status = records_read(load->spec->files[0], &records, load->err);

    if (status)
        error_in(load->err, load->spec->place);
    if (!status)
        status = count_samples(load, records, &n);
    if (!status)
        status = find_prompt(load, records, &prompt);
    for (size_t i = 0; i < n && !status; i++)
        status = add_record(load, records, &records->list[i], prompt, made);
    if (!status)
        memcpy(load->file_sha256[0], records->sha256, sizeof records->sha256);
    records_free(records);
    if (status)
        samples_free(made);
    else
        *samples = made;
    return status;
}
