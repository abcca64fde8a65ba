/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-input.c - the [input] section of an experiment file. */
#include "experiment/experiment-internal.h"

#include "base/mem.h"
#include "base/parse.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS " \t,"

static const struct {
    const char *key;
    enum input_kind kind;
} sources[] = {{"files", INPUT_FILES}, {"text", INPUT_TEXT},
               {"ids", INPUT_IDS}, {"ids_file", INPUT_IDS_FILE},
               {"records", INPUT_RECORDS}, {"repeat", INPUT_REPEAT}};

#define N_SOURCES (sizeof sources / sizeof *sources)

static enum input_kind source_of(const char *key)
{
    for (size_t i = 0; i < N_SOURCES; i++)
        if (strcmp(key, sources[i].key) == 0)
            return sources[i].kind;
    return INPUT_NONE;
}

/* "-" is a file of that name, not standard input, which cannot be read twice.
 */
static void add_file(struct input_spec *input, struct place place,
                     const char *path, size_t n)
{
    char *copy = n == 1 && *path == '-' ? mem_strdup("./-")
                                        : mem_strndup(path, n);

    MEM_PUSH(input->files, input->n_files);
    input->files[input->n_files++] = ini_resolve(place, copy);
    free(copy);
}

/* Names with blanks or commas cannot be told from two names; ids_file, of
 * which there is one only, takes the whole value. */
static void add_files(struct input_spec *input, const struct setting *setting)
{
    const char *p = setting->value;
    size_t n;

    while ((n = strcspn(p += strspn(p, SEPARATORS), SEPARATORS)) > 0) {
        add_file(input, setting->place, p, n);
        p += n;
    }
}

static int take_count(int *out, struct place *place,
                      const struct setting *setting, struct error *err)
{
    int64_t value;

    if (!parse_int(setting->value, &value) || value < 1 || value > INT_MAX)
        return error_at(err, ST_USAGE, setting->place,
                        "%s = '%s' is not a whole number from 1 to %d; write "
                        "digits only", setting->key, setting->value, INT_MAX);
    *out = (int)value;
    *place = setting->place;
    return ST_OK;
}

/* A text as it stands, or in quotes. */
static int take_text(struct input_spec *input, const struct setting *setting,
                     struct error *err)
{
    const char *value = setting->value;
    size_t n = strlen(value);

    if (value[0] == '"' && !strchr(value + 1, '"'))
        return error_at(err, ST_USAGE, setting->place, "%s begins with a "
                        "quote that is not closed; close it, or write "
                        "\"\\\"...\" for a text that has one", setting->key);
    input->text = experiment_is_quoted(value, n)
                      ? experiment_unquote(setting, value + 1, n - 2, err)
                      : mem_strdup(value);
    return input->text ? ST_OK : err->status;
}

static int take_value(struct input_spec *input, const struct setting *setting,
                      struct error *err)
{
    switch (input->kind) {
    case INPUT_FILES:
        add_files(input, setting);
        break;
    case INPUT_IDS_FILE:
    case INPUT_RECORDS:
        add_file(input, setting->place, setting->value,
                 strlen(setting->value));
        break;
    case INPUT_REPEAT:
        return take_count(&input->repeat, &input->place, setting, err);
    case INPUT_TEXT:
        return take_text(input, setting, err);
    case INPUT_IDS:
    case INPUT_NONE:
        input->text = mem_strdup(setting->value);
        break;
    }
    return ST_OK;
}

static int take_source(struct experiment *experiment,
                       const struct setting *setting, struct error *err)
{
    struct input_spec *input = &experiment->input;

    if (input->kind != INPUT_NONE)
        return error_at(err, ST_USAGE, setting->place,
                        "'%s' is a second input; keep one of files, text, "
                        "ids, ids_file, records and repeat", setting->key);
    if (!setting->value[strspn(setting->value, SEPARATORS)])
        return error_at(err, ST_USAGE, setting->place,
                        "'%s' is empty; give an input", setting->key);
    input->kind = source_of(setting->key);
    input->place = setting->place;
    return take_value(input, setting, err);
}

static int take_samples(struct experiment *experiment,
                        const struct setting *setting, struct error *err)
{
    return take_count(&experiment->input.samples,
                      &experiment->input.samples_place, setting, err);
}

static int take_length(struct experiment *experiment,
                       const struct setting *setting, struct error *err)
{
    return take_count(&experiment->input.length,
                      &experiment->input.length_place, setting, err);
}

static int take_bos(struct experiment *experiment,
                    const struct setting *setting, struct error *err)
{
    bool truth = false;

    experiment->input.bos = BOS_AUTO;
    if (strcmp(setting->value, "auto") == 0)
        return ST_OK;
    if (!parse_truth(setting->value, &truth))
        return error_at(err, ST_USAGE, setting->place, "bos = '%s' is none "
                        "of auto, yes and no; write one of them",
                        setting->value);
    experiment->input.bos = truth ? BOS_YES : BOS_NO;
    return ST_OK;
}

static int take_windows(struct experiment *experiment,
                        const struct setting *setting, struct error *err)
{
    static const char *const words[] = {
        [WINDOWS_FIRST] = "first", [WINDOWS_SPREAD] = "spread",
        [WINDOWS_RANDOM] = "random"};
    size_t word = 0;

    if (experiment_take_word(setting, words, sizeof words / sizeof *words,
                             "first, spread and random", &word, err))
        return err->status;
    experiment->input.windows = (enum input_windows)word;
    experiment->input.windows_place = setting->place;
    return ST_OK;
}

static int take_encoding(struct experiment *experiment,
                         const struct setting *setting, struct error *err)
{
    bool *any = &experiment->input.any_bytes;

    *any = strcmp(setting->value, "bytes") == 0;
    if (*any || strcmp(setting->value, "utf-8") == 0)
        return ST_OK;
    return error_at(err, ST_USAGE, setting->place, "encoding = '%s' is "
                    "neither utf-8 nor bytes; write one of them",
                    setting->value);
}

static int match_windows(const struct input_spec *input, struct error *err)
{
    bool cuts = input->kind != INPUT_RECORDS && input->kind != INPUT_REPEAT;

    if (!input->windows_place.file || cuts)
        return ST_OK;
    return error_at(err, ST_USAGE, input->windows_place, "windows are of a "
                    "text, which %s does not give; leave it out",
                    input->kind == INPUT_RECORDS ? "records" : "repeat");
}

int experiment_input(struct experiment *experiment,
                     const struct ini_section *section, struct error *err)
{
    static const struct key keys[] = {
        {"files", take_source},
        {"text", take_source},
        {"ids", take_source},
        {"ids_file", take_source},
        {"records", take_source},
        {"repeat", take_source},
        {"prompt", experiment_take_record_key},
        {"pair", experiment_take_record_key},
        {"answer", experiment_take_record_key},
        {"foil", experiment_take_record_key},
        {"label", experiment_take_record_key},
        {"span.", experiment_take_span},
        {"pair_span.", experiment_take_span},
        {"align", experiment_take_align},
        {"answer_tokens", experiment_take_answer_tokens},
        {"samples", take_samples},
        {"length", take_length},
        {"windows", take_windows},
        {"bos", take_bos},
        {"encoding", take_encoding},
    };

    if (experiment_keys(experiment, section, keys,
                        sizeof keys / sizeof *keys, err))
        return err->status;
    return match_windows(&experiment->input, err)
               ? err->status
               : experiment_match_records(&experiment->input, err);
}

/* The setting that --set has just changed is told by its origin, which is
 * unique. Only keys that give an input exclude each other: the others of the
 * file stay. */
void experiment_input_override(struct ini *ini)
{
    struct ini_section *section = ini_find(ini, "input");
    const char *latest = ini->origins[ini->n_origins - 1];
    bool given = false;
    struct setting *old;

    for (size_t i = 0; section && i < section->n_settings; i++)
        if (section->settings[i].place.file == latest)
            given = source_of(section->settings[i].key) != INPUT_NONE;
    for (size_t i = 0; given && i < N_SOURCES; i++) {
        old = ini_find_setting(section, sources[i].key);
        if (old && old->place.file != latest)
            ini_remove(section, old);
    }
}

void experiment_input_clear(struct input_spec *input)
{
    for (size_t i = 0; i < input->n_files; i++)
        free(input->files[i]);
    free(input->files);
    free(input->text);
    experiment_records_clear(input);
}
