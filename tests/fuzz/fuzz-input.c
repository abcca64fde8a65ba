/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-input.c - what [input] may name: texts and ids, given and in files. The
 * first bytes are the kind, samples, length, BOS and which windows are taken,
 * the others the text, of two files where there are two. Samples are windows
 * of ids of the model. */
#include "harness.h"

#include "base/mem.h"
#include "plan/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct model *model;
static struct model_tokenizer *tokenizer;

static void set_up(void)
{
    struct error err = {0};
    char *path;

    if (model)
        return;
    path = fuzz_source("models/demo");
    FUZZ_CHECK(!model_configure(path, &model, &err));
    tokenizer = model_tokenizer_new(model->files);
    free(path);
}

/* What was parsed, written and parsed again, is the same. */
static void check_ids(const char *text, size_t size)
{
    struct token_ids ids = {0}, again = {0};
    struct error err = {0};
    int line, limit = model->config.n_vocab;
    char *out;
    size_t n = 0;

    if (ids_parse(text, size, limit, &ids, &line, &err)) {
        fuzz_check_refusal(&err, ST_DATA, "not a token id");
        FUZZ_CHECK(line >= 1 && (size_t)line <= size);
        free(ids.ids);
        return;
    }
    out = mem_new(ids.n, 12);
    for (size_t i = 0; i < ids.n; i++) {
        FUZZ_CHECK(ids.ids[i] >= 0 && ids.ids[i] < limit);
        n += (size_t)snprintf(out + n, 12, "%d,", (int)ids.ids[i]);
    }
    FUZZ_CHECK(!ids_parse(out, n, limit, &again, &line, &err));
    FUZZ_CHECK(again.n == ids.n);
    FUZZ_CHECK(!ids.n || !memcmp(ids.ids, again.ids, 4 * ids.n));
    free(out);
    free(ids.ids);
    free(again.ids);
}

static void check(const struct samples *samples,
                  const struct input_spec *spec)
{
    const struct config *config = &model->config;
    size_t n = 0;

    FUZZ_CHECK(samples->n_sample > 0);
    for (int i = 0; i < samples->n_sample; i++) {
        int length = samples->list[i].n_token;

        FUZZ_CHECK(length >= 1 && length <= config->n_context);
        FUZZ_CHECK(!spec->length || length <= spec->length);
        FUZZ_CHECK(samples->list[i].first == n);
        n += (size_t)length;
    }
    FUZZ_CHECK(n == samples->n_token);
    for (size_t i = 0; i < n; i++)
        FUZZ_CHECK(samples->tokens[i] >= 0 &&
                   samples->tokens[i] < config->n_vocab);
}

static bool load(const struct input_spec *spec)
{
    struct samples *samples;
    struct error err = {0};

    if (samples_load(spec, model, tokenizer, &samples, &err)) {
        /* The setting's place, or the line of the file of ids. */
        fuzz_check_refusal(&err, err.status == ST_USAGE ? ST_USAGE : ST_DATA,
                           strstr(err.text, fuzz_folder()) ? fuzz_folder()
                                                           : "fuzz.ini:7");
        return false;
    }
    check(samples, spec);
    samples_free(samples);
    return true;
}

static bool run(const uint8_t *bytes, size_t size)
{
    const struct place place = {"fuzz.ini", 7};
    struct fuzz_input input = {bytes, size};
    struct input_spec spec = {.place = place, .samples_place = place,
                              .length_place = place};
    char *files[2] = {0}, *text;
    size_t n, front;
    bool accepted, in_file;

    set_up();
    spec.kind = INPUT_FILES + (enum input_kind)fuzz_below(&input, 4);
    spec.samples = (int)fuzz_below(&input, 5);
    spec.length = (int)fuzz_below(&input, 40);
    front = fuzz_below(&input, 18);
    spec.bos = (enum bos_choice)(front % 3);
    spec.any_bytes = front % 6 >= 3;
    spec.windows = (enum input_windows)(front / 6);
    in_file = spec.kind == INPUT_FILES || spec.kind == INPUT_IDS_FILE;
    if (spec.kind == INPUT_FILES && fuzz_below(&input, 2)) {
        text = fuzz_until(&input, 0, &n);
        files[spec.n_files++] = fuzz_put("first", text, n);
        free(text);
    }
    text = fuzz_until(&input, in_file ? -1 : 0, &n);
    if (in_file)
        files[spec.n_files++] = fuzz_put("input", text, n);
    spec.files = files;
    spec.text = text;
    check_ids(text, n);
    accepted = load(&spec);
    free(text);
    free(files[0]);
    free(files[1]);
    return accepted;
}

const struct fuzz_target fuzz_input = {"input", run, false};
