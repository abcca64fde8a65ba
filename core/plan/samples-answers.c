/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-answers.c - what a record says of its prompt: right and wrong
 * continuations, as they are tokenized behind it, and a label. */
#include "plan/samples-internal.h"

#include "base/mem.h"
#include "base/text.h"
#include "plan/record-text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Continuations of one key. */
struct continuations {
    struct row *row;
    const char *what; /* "answer" or "foil" */
    const struct record_key *key;
    struct continuation {
        struct buffer text;
        const json_t *ids; /* borrowed; NULL: it is a text */
        struct token_ids tokens; /* behind the prompt */
    } *list;
    size_t n;
};

static void add(struct continuations *all, struct buffer text,
                const json_t *ids)
{
    buffer_reserve(&text, 1);
    MEM_PUSH(all->list, all->n);
    all->list[all->n++] = (struct continuation){.text = text, .ids = ids};
}

/* Texts and lists of ids; a number would be either. */
static bool add_element(struct continuations *all, const json_t *value)
{
    struct buffer text = {0};
    const json_t *ids = NULL;

    if (json_is_integer(value) || !record_text_value(value, &text, &ids))
        return false;
    add(all, text, ids);
    return true;
}

static int read_field(struct continuations *all)
{
    struct buffer text = {0};
    struct error *err = all->row->load->err;
    const json_t *value, *ids = NULL;
    size_t n;

    if (record_text_field(all->row->record, all->key->text, &value, err))
        return err->status;
    if (record_text_value(value, &text, &ids)) {
        add(all, text, ids);
        return ST_OK;
    }
    n = json_array_size(value);
    for (size_t i = 0; i < n; i++)
        if (!add_element(all, json_array_get(value, i)))
            n = 0;
    if (n > 0)
        return ST_OK;
    return error_set(err, ST_DATA, "field '%s', of %s, is neither text, a "
                     "whole number nor a list of token ids, nor a list of "
                     "texts and of lists of ids", all->key->text, all->what);
}

static int read_all(struct continuations *all)
{
    struct buffer text = {0};
    const json_t *ids;

    if (!all->key->is_template)
        return read_field(all);
    if (record_text(all->row->record, all->key, &text, &ids,
                    all->row->load->err)) {
        free(text.bytes);
        return all->row->load->err->status;
    }
    add(all, text, NULL);
    return ST_OK;
}

/* For messages; the caller frees. */
static char *spell(const struct continuation *one)
{
    return one->ids ? json_dumps(one->ids, JSON_COMPACT)
                    : text_quote(one->text.bytes, one->text.n);
}

/* Prompt and continuation were tokenized together, and the prompt's ids are
 * not what they were. */
static int refuse_join(const struct continuations *all,
                       const struct prompt *prompt,
                       const struct continuation *one,
                       const struct token_ids *joined, size_t same)
{
    const struct samples_load *load = all->row->load;
    char *text = spell(one);
    char *before = samples_token_text(load,
                                      prompt->ids.ids[prompt->from + same]);
    char *now = same < joined->n
                    ? samples_token_text(load, joined->ids[same])
                    : mem_strdup("nothing");

    error_set(load->err, ST_DATA, "%s %s changes the %s's own last token: %s "
              "becomes %s; a blank between them belongs to the %s", all->what,
              text, prompt->what, before, now, all->what);
    free(text);
    free(before);
    free(now);
    return ST_DATA;
}

/* The ids of prompt and text, without those of the prompt. */
static int split(const struct continuations *all, const struct prompt *prompt,
                 const struct continuation *one,
                 const struct token_ids *joined, struct token_ids *tokens)
{
    size_t n = prompt->n_prompt - prompt->from, same = 0;
    const int32_t *ids = prompt->ids.ids + prompt->from;

    while (same < n && same < joined->n && ids[same] == joined->ids[same])
        same++;
    if (same < n)
        return refuse_join(all, prompt, one, joined, same);
    for (size_t i = n; i < joined->n; i++)
        ids_push(tokens, joined->ids[i]);
    return ST_OK;
}

/* Behind ids a text can be tokenized where they are those of their text. */
static int check_own(const struct continuations *all,
                     const struct prompt *prompt)
{
    struct samples_load *load = all->row->load;
    size_t n = prompt->n_prompt - prompt->from;
    struct token_ids own = {0};
    int status = samples_encode(load, prompt->text.bytes, prompt->text.n,
                                &own);
    bool same = !status && own.n == n &&
                !memcmp(own.ids, prompt->ids.ids + prompt->from,
                        n * sizeof *own.ids);

    free(own.ids);
    if (status || same)
        return status;
    return error_set(load->err, ST_DATA, "%s is a text, but the %s's ids are "
                     "not how the tokenizer writes theirs, so that it is not "
                     "known how it would go on; give the %s as ids",
                     all->what, prompt->what, all->what);
}

static int tokenize_text(const struct continuations *all,
                         struct prompt *prompt,
                         const struct continuation *one,
                         struct token_ids *tokens)
{
    struct samples_load *load = all->row->load;
    struct token_ids joined = {0};
    struct buffer text = {0};
    int status = samples_need_text(all->row, prompt);

    if (!status && prompt->is_ids)
        status = check_own(all, prompt);
    if (status)
        return status;
    buffer_add(&text, prompt->text.bytes, prompt->text.n);
    buffer_add(&text, one->text.bytes, one->text.n);
    status = samples_encode(load, text.n ? text.bytes : "", text.n, &joined);
    if (!status)
        status = split(all, prompt, one, &joined, tokens);
    free(joined.ids);
    free(text.bytes);
    return status;
}

/* The continuation's tokens behind a prompt. */
static int tokenize(const struct continuations *all, struct prompt *prompt,
                    const struct continuation *one, struct token_ids *tokens)
{
    struct error *err = all->row->load->err;
    char *text;
    int status = one->ids ? samples_push_ids(all->row->load, one->ids, tokens)
                          : tokenize_text(all, prompt, one, tokens);

    if (status || tokens->n > 0)
        return status;
    text = spell(one);
    error_set(err, ST_DATA, "%s %s adds no token to the %s", all->what, text,
              prompt->what);
    free(text);
    return ST_DATA;
}

/* Of the first tokens, or of all of them, the first that differs; n: none. */
static size_t differs(const struct token_ids *a, const struct token_ids *b,
                      size_t n)
{
    size_t i = 0;

    while (i < n && i < a->n && i < b->n && a->ids[i] == b->ids[i])
        i++;
    return i;
}

/* Behind the pair a continuation has the same tokens. */
static int check_pair(const struct continuations *all,
                      const struct continuation *one)
{
    struct row *row = all->row;
    bool whole = row->load->spec->whole_answers;
    size_t n = whole ? one->tokens.n : 1, i;
    struct token_ids tokens = {0};
    char *text;
    int status = tokenize(all, &row->pair, one, &tokens);

    i = status ? n : differs(&one->tokens, &tokens, n);
    if (i < n || (!status && whole && tokens.n > n)) {
        text = spell(one);
        status = error_set(row->load->err, ST_DATA, "%s %s is other tokens "
                           "behind the pair than behind the prompt, from its "
                           "token %zu on", all->what, text, i);
        free(text);
    }
    free(tokens.ids);
    return status;
}

static int tokenize_all(struct continuations *all)
{
    struct row *row = all->row;
    int status = ST_OK;

    for (size_t i = 0; i < all->n && !status; i++) {
        struct continuation *one = &all->list[i];

        status = tokenize(all, &row->prompt, one, &one->tokens);
        if (!status && row->pair.what)
            status = check_pair(all, one);
    }
    return status;
}

/* Their first tokens, each once; *n_cut: of how many that is not all. */
static void take_first(const struct continuations *all, int32_t **ids, int *n,
                       int *n_cut)
{
    *ids = mem_new(all->n, sizeof **ids);
    *n_cut = 0;
    for (size_t i = 0; i < all->n; i++) {
        int32_t first = all->list[i].tokens.ids[0];
        int k = 0;

        *n_cut += all->list[i].tokens.n > 1;
        while (k < *n && (*ids)[k] != first)
            k++;
        if (k == *n)
            (*ids)[(*n)++] = first;
    }
}

/* What the file has, as one text. */
static char *as_given(const struct continuations *all)
{
    const json_t *value;

    if (all->n == 1 && !all->list[0].ids)
        return mem_strndup(all->list[0].text.n ? all->list[0].text.bytes : "",
                           all->list[0].text.n);
    value = json_object_get(all->row->record->fields, all->key->text);
    return json_dumps(value, JSON_COMPACT);
}

static int check_foils(const struct row *row)
{
    const struct sample_facts *facts = &row->facts;
    char *token;

    for (int i = 0; i < facts->n_answer; i++)
        for (int k = 0; k < facts->n_foil; k++) {
            if (facts->answers[i] != facts->foils[k])
                continue;
            token = samples_token_text(row->load, facts->foils[k]);
            error_set(row->load->err, ST_DATA, "answer and foil begin with "
                      "the same token, %s; they cannot be told apart by it",
                      token);
            free(token);
            return ST_DATA;
        }
    return ST_OK;
}

/* The whole answer behind both prompts. */
static int append(struct row *row, const struct continuations *answers)
{
    const struct token_ids *tokens = &answers->list[0].tokens;

    if (answers->n > 1)
        return error_set(row->load->err, ST_DATA, "has %zu answers, but "
                         "answer_tokens = all is for one: its tokens are "
                         "put behind the prompt", answers->n);
    for (size_t i = 0; i < tokens->n; i++) {
        ids_push(&row->prompt.ids, tokens->ids[i]);
        if (row->pair.what)
            ids_push(&row->pair.ids, tokens->ids[i]);
    }
    return ST_OK;
}

static void clear(struct continuations *all)
{
    for (size_t i = 0; i < all->n; i++) {
        free(all->list[i].text.bytes);
        free(all->list[i].tokens.ids);
    }
    free(all->list);
}

static int take(struct row *row, enum record_keys key, char **text,
                int32_t **ids, int *n, int *n_cut)
{
    const struct input_spec *spec = row->load->spec;
    struct continuations all = {
        .row = row, .what = key == RECORD_ANSWER ? "answer" : "foil",
        .key = &spec->keys[key]};
    int status;

    if (!all.key->text)
        return ST_OK;
    status = read_all(&all);
    if (!status)
        status = tokenize_all(&all);
    if (!status) {
        *text = as_given(&all);
        take_first(&all, ids, n, n_cut);
    }
    if (!status && key == RECORD_ANSWER && spec->whole_answers)
        status = append(row, &all);
    clear(&all);
    return status;
}

/* The shortest text that means the number. */
static char *number_text(double number)
{
    char text[40];

    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return mem_strdup(text);
}

static int take_label(struct row *row)
{
    const struct record_key *key = &row->load->spec->keys[RECORD_LABEL];
    struct error *err = row->load->err;
    struct buffer text = {0};
    const json_t *value = NULL, *ids = NULL;
    int status = ST_OK;

    if (!key->text)
        return ST_OK;
    if (key->is_template)
        status = record_text(row->record, key, &text, &ids, err);
    else
        status = record_text_field(row->record, key->text, &value, err);
    if (!status && json_is_real(value))
        row->facts.label = number_text(json_real_value(value));
    else if (!status && value &&
             (!record_text_value(value, &text, &ids) || ids))
        status = error_set(err, ST_DATA, "field '%s', of label, is neither "
                           "text nor a number", key->text);
    if (!status && !row->facts.label)
        row->facts.label = mem_strndup(text.n ? text.bytes : "", text.n);
    free(text.bytes);
    return status;
}

int samples_answers(struct row *row)
{
    struct sample_facts *facts = &row->facts;
    int status = take(row, RECORD_ANSWER, &facts->answer, &facts->answers,
                      &facts->n_answer, &facts->n_answer_cut);

    facts->line = row->record->line;
    if (!status)
        status = take(row, RECORD_FOIL, &facts->foil, &facts->foils,
                      &facts->n_foil, &facts->n_foil_cut);
    if (!status)
        status = check_foils(row);
    return status ? status : take_label(row);
}
