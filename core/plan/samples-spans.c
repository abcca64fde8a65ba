/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-spans.c - named places of prompts: the tokens that have a part of
 * some text. */
#include "plan/samples-internal.h"

#include "base/mem.h"
#include "base/text.h"
#include "plan/record-text.h"

#include <stdlib.h>
#include <string.h>

/* Bytes from..to-1 of a text. */
struct bytes {
    size_t from, to;
};

static bool stands_at(const struct buffer *text, size_t at, const char *what,
                      size_t n)
{
    return n <= text->n - at && (!n || !memcmp(text->bytes + at, what, n));
}

/* Where a token stands whose piece is next in the text: as it is, or without
 * the blank that the tokenizer has put in front. */
static bool match(const struct buffer *text, size_t at, const char *piece,
                  size_t n, struct bytes *found)
{
    if (n > 0 && *piece == ' ' && !stands_at(text, at, piece, n)) {
        piece++;
        n--;
    }
    *found = (struct bytes){at, at + n};
    return stands_at(text, at, piece, n);
}

static size_t skip_blanks(const struct buffer *text, size_t at)
{
    while (at < text->n && memchr(" \t\r\n", text->bytes[at], 4))
        at++;
    return at;
}

/* The place in the text of each token from prompt->from on; white space that
 * no token has is skipped. false: from *at on they are not the text's. */
static bool find_bytes(const struct tokenizer *tokenizer,
                       const struct prompt *prompt, struct bytes *found,
                       size_t *at)
{
    const struct buffer *text = &prompt->text;
    size_t n = prompt->n_prompt - prompt->from, size = 0;

    *at = 0;
    for (size_t i = 0; i < n; *at = found[i++].to) {
        const char *piece = tokenizer_piece(
            tokenizer, prompt->ids.ids[prompt->from + i], &size);

        if (!piece ||
            (!match(text, *at, piece, size, &found[i]) &&
             !match(text, skip_blanks(text, *at), piece, size, &found[i])))
            return false;
    }
    return skip_blanks(text, *at) == text->n;
}

/* Every place counts, also those that overlap. *at: the nth, from 1. */
static int count_places(const struct buffer *text, const struct buffer *what,
                        int nth, size_t *at)
{
    int n = 0;

    for (size_t i = 0; i + what->n <= text->n; i++)
        if (stands_at(text, i, what->bytes, what->n) && ++n == nth)
            *at = i;
    return n;
}

/* A span that is looked for. */
struct search {
    struct row *row;
    struct prompt *prompt;
    const struct record_key *key;
    const char *name;
    bool optional; /* the prompt may lack it */
    const struct bytes *places; /* of the prompt's tokens */
    struct position_span *found; /* 0 to 0 where it is lacking */
};

static int refuse_count(const struct search *search,
                        const struct buffer *what, int n)
{
    char *quoted = text_quote(what->bytes, what->n);
    struct error *err = search->row->load->err;

    if (n == 0)
        error_set(err, ST_DATA, "span %s: %s is not in the %s", search->name,
                  quoted, search->prompt->what);
    else if (search->key->nth)
        error_set(err, ST_DATA, "span %s: %s#%d is not in the %s, which has "
                  "it %d time%s", search->name, quoted, search->key->nth,
                  search->prompt->what, n, n == 1 ? "" : "s");
    else
        error_set(err, ST_DATA, "span %s: %s is found %d times in the %s; "
                  "write #1 to #%d behind it for the one that is meant",
                  search->name, quoted, n, search->prompt->what, n);
    free(quoted);
    return ST_DATA;
}

/* The tokens that overlap some bytes. */
static int find_tokens(const struct search *search, struct bytes bytes)
{
    const struct prompt *prompt = search->prompt;
    size_t n = prompt->n_prompt - prompt->from, first = n, end = 0;

    for (size_t i = 0; i < n; i++)
        if (search->places[i].from < bytes.to &&
            search->places[i].to > bytes.from) {
            first = first < i ? first : i;
            end = i + 1;
        }
    if (first >= end)
        return error_set(search->row->load->err, ST_DATA, "span %s: no token "
                         "of the %s has its text", search->name,
                         prompt->what);
    *search->found = (struct position_span){(int)(prompt->from + first),
                                            (int)(prompt->from + end)};
    return ST_OK;
}

static int find_text(const struct search *search, const struct buffer *what)
{
    int nth = search->key->nth, n;
    size_t at = 0;

    *search->found = (struct position_span){0};
    if (what->n == 0)
        return error_set(search->row->load->err, ST_DATA, "span %s: the text "
                         "is empty", search->name);
    n = count_places(&search->prompt->text, what, nth ? nth : 1, &at);
    if (n < (nth ? nth : 1) && search->optional)
        return ST_OK;
    if (nth ? n < nth : n != 1)
        return refuse_count(search, what, n);
    return find_tokens(search, (struct bytes){at, at + what->n});
}

static int find_span(const struct search *search)
{
    struct buffer what = {0};
    const json_t *ids;
    struct error *err = search->row->load->err;
    int status = record_text(search->row->record, search->key, &what, &ids,
                             err);

    if (!status && ids)
        status = error_set(err, ST_DATA, "span %s: field '%s' is a list of "
                           "ids; a text is needed", search->name,
                           search->key->text);
    if (!status)
        status = find_text(search, &what);
    free(what.bytes);
    return status;
}

static int find_all(struct row *row, struct prompt *prompt,
                    const struct bytes *places)
{
    const struct input_spec *spec = row->load->spec;
    int status = ST_OK;

    for (size_t i = 0; i < spec->n_spans && !status; i++) {
        const struct span_spec *span = &spec->spans[i];
        bool own = prompt == &row->pair && span->pair.text;
        struct search search = {
            .row = row, .prompt = prompt, .name = span->name,
            .key = own ? &span->pair : &span->prompt,
            .optional = prompt == &row->pair && !own &&
                        spec->align != ALIGN_SPANS,
            .places = places, .found = &prompt->spans[i]};

        status = find_span(&search);
    }
    return status;
}

static int refuse_text(const struct row *row, const struct prompt *prompt,
                       size_t at)
{
    size_t n = prompt->text.n - at;
    char *from = text_quote(prompt->text.bytes + at, n < 20 ? n : 20);

    error_set(row->load->err, ST_DATA, "the tokenizer changes the %s's text, "
              "so that no place of it can be told from %s on", prompt->what,
              from);
    free(from);
    return ST_DATA;
}

static int spans_of(struct row *row, struct prompt *prompt)
{
    size_t n = prompt->n_prompt - prompt->from, at;
    struct bytes *places;
    int status = samples_need_text(row, prompt);

    if (status)
        return status;
    places = mem_new(n + 1, sizeof *places);
    prompt->spans = mem_new(row->load->spec->n_spans, sizeof *prompt->spans);
    status = find_bytes(row->load->front.tokenizer, prompt, places, &at)
                 ? find_all(row, prompt, places)
                 : refuse_text(row, prompt, at);
    free(places);
    return status;
}

int samples_spans(struct row *row)
{
    int status = ST_OK;

    if (row->load->spec->n_spans == 0)
        return ST_OK;
    status = spans_of(row, &row->prompt);
    return status || !row->pair.what ? status : spans_of(row, &row->pair);
}
