/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* manifest-input.c - the input: its files, how many samples of what, and the
 * first of the prompts. */
#include "report/manifest-internal.h"

#include "report/outcome-internal.h"
#include "report/position-warnings.h"

#include <stdlib.h>
#include <string.h>

/* Prompts of which the manifest has the texts; all are in samples.csv. */
#define SHOWN 10

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, manifest_text(text));
}

static void set_sample(json_t *object, const char *key,
                       const struct samples *samples, int sample,
                       const struct tokenizer *tokenizer)
{
    char *text;

    if (!samples)
        return;
    text = outcome_sample_text(samples, sample, tokenizer);
    set_text(object, key, text);
    free(text);
}

/* The first tokens of continuations, as they are shown: what counts. */
static void set_tokens(json_t *object, const char *key,
                       struct token_labels *labels, const int32_t *ids, int n)
{
    struct buffer text = {0};

    for (int i = 0; i < n; i++) {
        const char *label = token_labels_label(labels, ids[i]);

        buffer_add(&text, i ? ", " : "", i ? 2 : 0);
        buffer_add(&text, label, strlen(label));
    }
    buffer_add(&text, "", 1);
    if (n)
        set_text(object, key, text.bytes);
    free(text.bytes);
}

static json_t *prompts(const struct plan *plan)
{
    const struct samples *samples = plan->samples;
    const struct tokenizer *tokenizer = outcome_tokenizer(plan);
    json_t *all = json_array();

    for (int i = 0; i < samples->n_sample && i < SHOWN; i++) {
        const struct sample_facts *facts = &samples->facts[i];
        json_t *prompt = json_pack("{s:i, s:i}", "sample", i, "line",
                                   facts->line);

        set_sample(prompt, "prompt", samples, i, tokenizer);
        set_sample(prompt, "pair", samples->pair, i, tokenizer);
        set_text(prompt, "answer", facts->answer);
        set_tokens(prompt, "answer_token", plan->labels, facts->answers,
                   facts->n_answer);
        set_text(prompt, "foil", facts->foil);
        set_tokens(prompt, "foil_token", plan->labels, facts->foils,
                   facts->n_foil);
        set_text(prompt, "label", facts->label);
        json_array_append_new(all, prompt);
    }
    return all;
}

/* What records say. */
static void add_records(const struct plan *plan, json_t *all)
{
    const struct samples *samples = plan->samples;
    json_t *names = json_array();

    for (size_t i = 0; i < samples->names.n; i++)
        json_array_append_new(names,
                              manifest_text(samples->names.names[i]));
    json_object_set_new(all, "spans", names);
    if (samples->pair)
        json_object_set_new(all, "pair_length",
                            json_integer(samples->pair->longest));
    if (samples->pair && samples->pair->bos_warning)
        json_object_set_new(all, "pair_bos_warning",
                            manifest_text(samples->pair->bos_warning));
    json_object_set_new(all, "prompts", prompts(plan));
}

static json_t *files(const struct plan *plan)
{
    const struct input_spec *spec = &plan->experiment->input;
    json_t *all = json_array();

    for (size_t i = 0; i < spec->n_files; i++)
        json_array_append_new(
            all, json_pack("{s:o, s:s}", "path",
                           manifest_text(spec->files[i]), "sha256",
                           plan->samples->file_sha256[i]));
    return all;
}

/* Only where there are any, as bos_warning. */
static void set_position_warnings(const struct plan *plan, json_t *all)
{
    json_t *warnings = position_warnings(plan);

    if (json_array_size(warnings))
        json_object_set(all, "position_warnings", warnings);
    json_decref(warnings);
}

json_t *manifest_input(const struct plan *plan)
{
    static const char *const windows[] = {
        [WINDOWS_FIRST] = "first", [WINDOWS_SPREAD] = "spread",
        [WINDOWS_RANDOM] = "random"};
    const struct input_spec *spec = &plan->experiment->input;
    const struct samples *samples = plan->samples;
    json_t *front = json_array(), *all;

    all = json_pack("{s:i, s:i, s:b, s:I, s:I, s:s, s:o, s:b}", "samples",
                    samples->n_sample, "length", samples->longest, "bos",
                    samples->n_fronted > 0, "tokens_available",
                    (json_int_t)samples->n_total, "tokens_dropped",
                    (json_int_t)samples->n_dropped, "sha256", samples->sha256,
                    "files", files(plan), "files_joined", spec->n_files > 1);
    json_object_set_new(all, "records",
                        json_boolean(spec->kind == INPUT_RECORDS));
    for (int i = 0; i < samples->n_front; i++)
        json_array_append_new(front, json_integer(samples->front[i]));
    json_object_set_new(all, "bos_tokens", front);
    set_text(all, "bos_choice", samples->bos);
    set_text(all, "bos_warning", samples->bos_warning);
    if (samples->shortest < samples->longest)
        json_object_set_new(all, "shortest", json_integer(samples->shortest));
    if (spec->windows != WINDOWS_FIRST)
        set_text(all, "windows", windows[spec->windows]);
    if (spec->kind == INPUT_REPEAT)
        json_object_set_new(all, "repeat", json_integer(spec->repeat));
    set_position_warnings(plan, all);
    if (samples->facts)
        add_records(plan, all);
    return all;
}
