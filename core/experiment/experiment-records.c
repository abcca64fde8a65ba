/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-records.c - what [input] takes from records: prompts, pairs,
 * answers and named places. */
#include "experiment/experiment-internal.h"

#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof *(array))

static const char *const key_names[RECORD_N_KEYS] = {
    [RECORD_PROMPT] = "prompt", [RECORD_PAIR] = "pair",
    [RECORD_ANSWER] = "answer", [RECORD_FOIL] = "foil",
    [RECORD_LABEL] = "label"};

char *experiment_unquote(const struct setting *setting, const char *text,
                         size_t n, struct error *err)
{
    char *out = text_unquote(text, n);

    if (!out)
        error_at(err, ST_USAGE, setting->place, "%s stands in quotes, where a "
                 "quote is written \\\" and other escapes are \\n, \\t and "
                 "\\\\", setting->key);
    return out;
}

bool experiment_is_quoted(const char *text, size_t n)
{
    return n >= 2 && text[0] == '"' && text[n - 1] == '"';
}

/* Of the first n bytes of the value. */
static int take_text(struct record_key *key, const struct setting *setting,
                     size_t n, struct error *err)
{
    const char *value = setting->value;
    bool quoted = experiment_is_quoted(value, n);

    free(key->text);
    key->place = setting->place;
    key->text = quoted ? experiment_unquote(setting, value + 1, n - 2, err)
                       : mem_strndup(value, n);
    if (!key->text)
        return err->status;
    if (!*key->text)
        return error_at(err, ST_USAGE, setting->place, "%s is empty; write a "
                        "field of the records, or a template", setting->key);
    key->is_template = quoted || strpbrk(key->text, "{}");
    return ST_OK;
}

int experiment_take_record_key(struct experiment *experiment,
                               const struct setting *setting,
                               struct error *err)
{
    size_t k = 0;

    while (strcmp(key_names[k], setting->key) != 0)
        k++;
    return take_text(&experiment->input.keys[k], setting,
                     strlen(setting->value), err);
}

/* Lists of positions have other words and numbers, which begin with a digit or
 * a sign; "NAME.first" is a place of its own. */
static int check_span_name(const struct setting *setting, const char *name,
                           struct error *err)
{
    static const char *const taken[] = {"last", "generated", "top", "bottom",
                                        "random", "where", "by"};
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char others[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-";

    for (size_t i = 0; i < N(taken); i++)
        if (strcmp(taken[i], name) == 0)
            return error_at(err, ST_USAGE, setting->place, "'%s' cannot name "
                            "a span: lists of positions have this word; "
                            "take another", name);
    if (!*name || !strchr(letters, *name) || name[strspn(name, others)])
        return error_at(err, ST_USAGE, setting->place, "'%s' cannot name a "
                        "span; a name has letters, digits, '_' and '-', and "
                        "begins with a letter", name);
    return ST_OK;
}

/* The span of that name, new if there is none yet. */
static struct span_spec *find_span(struct input_spec *input, const char *name)
{
    for (size_t i = 0; i < input->n_spans; i++)
        if (strcmp(input->spans[i].name, name) == 0)
            return &input->spans[i];
    MEM_PUSH(input->spans, input->n_spans);
    input->spans[input->n_spans] = (struct span_spec){
        .name = mem_strdup(name)};
    return &input->spans[input->n_spans++];
}

/* "#2" at the end of a value; *n: bytes in front of it. */
static int take_nth(struct record_key *key, const struct setting *setting,
                    size_t *n, struct error *err)
{
    const char *value = setting->value, *mark = strrchr(value, '#');
    int64_t nth;

    *n = strlen(value);
    key->nth = 0;
    if (!mark || strchr(mark, '"'))
        return ST_OK;
    if (!parse_int(mark + 1, &nth) || nth < 1 || nth > INT_MAX)
        return error_at(err, ST_USAGE, setting->place, "%s = %s: behind '#' "
                        "stands which of several places is meant; write a "
                        "number from 1", setting->key, value);
    key->nth = (int)nth;
    *n = (size_t)(mark - value);
    return ST_OK;
}

int experiment_take_span(struct experiment *experiment,
                         const struct setting *setting, struct error *err)
{
    const char *name = strchr(setting->key, '.') + 1;
    bool of_pair = *setting->key == 'p';
    struct span_spec *span;
    struct record_key *key;
    size_t n;

    if (check_span_name(setting, name, err))
        return err->status;
    span = find_span(&experiment->input, name);
    key = of_pair ? &span->pair : &span->prompt;
    if (take_nth(key, setting, &n, err))
        return err->status;
    return take_text(key, setting, n, err);
}

int experiment_take_align(struct experiment *experiment,
                          const struct setting *setting, struct error *err)
{
    static const char *const words[] = {"end", "start", "spans"};
    size_t word = 0;

    if (experiment_take_word(setting, words, N(words),
                             "end, start and spans", &word, err))
        return err->status;
    experiment->input.align = ALIGN_END + (enum pair_align)word;
    experiment->input.align_place = setting->place;
    return ST_OK;
}

int experiment_take_answer_tokens(struct experiment *experiment,
                                  const struct setting *setting,
                                  struct error *err)
{
    static const char *const words[] = {"first", "all"};
    size_t word = 0;

    if (experiment_take_word(setting, words, N(words), "first and all",
                             &word, err))
        return err->status;
    experiment->input.whole_answers = word == 1;
    experiment->input.answer_tokens_place = setting->place;
    return ST_OK;
}

/* A key at a place that needs another, which is not given. */
static int lacks(struct place place, const char *key, const char *other,
                 struct error *err)
{
    return error_at(err, ST_USAGE, place, "%s says nothing without %s, which "
                    "[input] does not give", key, other);
}

static int match_spans(const struct input_spec *input, struct error *err)
{
    for (size_t i = 0; i < input->n_spans; i++) {
        const struct span_spec *span = &input->spans[i];

        if (!span->prompt.text)
            return lacks(span->pair.place, "pair_span", "a span of this name",
                         err);
        if (span->pair.text && !input->keys[RECORD_PAIR].text)
            return lacks(span->pair.place, "pair_span", "pair", err);
        if (input->kind != INPUT_RECORDS)
            return lacks(span->prompt.place, "span", "records", err);
    }
    return ST_OK;
}

int experiment_match_records(const struct input_spec *input,
                             struct error *err)
{
    const struct record_key *keys = input->keys;

    for (size_t k = 0; k < RECORD_N_KEYS; k++)
        if (keys[k].text && input->kind != INPUT_RECORDS)
            return lacks(keys[k].place, key_names[k], "records", err);
    if (keys[RECORD_FOIL].text && !keys[RECORD_ANSWER].text)
        return lacks(keys[RECORD_FOIL].place, "foil", "answer", err);
    if (input->answer_tokens_place.file && !keys[RECORD_ANSWER].text)
        return lacks(input->answer_tokens_place, "answer_tokens", "answer",
                     err);
    if (input->align_place.file && input->kind != INPUT_RECORDS)
        return lacks(input->align_place, "align", "records", err);
    if (input->align == ALIGN_SPANS && !keys[RECORD_PAIR].text)
        return lacks(input->align_place, "align = spans", "pair", err);
    if (input->align == ALIGN_SPANS && !input->n_spans)
        return lacks(input->align_place, "align = spans", "span.NAME", err);
    return match_spans(input, err);
}

void experiment_records_clear(struct input_spec *input)
{
    for (size_t k = 0; k < RECORD_N_KEYS; k++)
        free(input->keys[k].text);
    for (size_t i = 0; i < input->n_spans; i++) {
        free(input->spans[i].name);
        free(input->spans[i].prompt.text);
        free(input->spans[i].pair.text);
    }
    free(input->spans);
}
