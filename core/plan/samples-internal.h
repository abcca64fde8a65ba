/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-internal.h - samples while they are made: windows of a text, or the
 * prompts of records. */
#ifndef CORE_PLAN_SAMPLES_INTERNAL_H
#define CORE_PLAN_SAMPLES_INTERNAL_H

#include "base/buffer.h"
#include "plan/records.h"
#include "plan/samples-front.h"

struct samples_load {
    const struct input_spec *spec;
    const struct model *model;
    struct model_tokenizer *shared;
    struct tokenizer *tokenizer; /* NULL until something needs it */
    char (*file_sha256)[65];     /* of the specification's files */
    struct token_ids ids; /* of the whole input, where it is cut */
    struct samples_front front;
    struct error *err;
};

/* One of a record's prompts on its way to a sample. Positions count from 0 in
 * ids. */
struct prompt {
    const char *what;   /* "prompt" or "pair", for messages */
    struct buffer text; /* that ids from `from` on are of; see prompt_text() */
    bool is_ids;        /* ids were given */
    struct token_ids ids; /* front, prompt, and behind it the answer */
    size_t from;
    size_t n_front; /* of ids: what stands in front, such as BOS */
    size_t n_prompt; /* of ids: without those of the answer */
    bool fronted;    /* the host has put it there */
    struct position_span *spans; /* (n_spans) of the specification */
};

/* A record that becomes a sample. Functions that take one leave the message in
 * load->err, without the record's file and line. */
struct row {
    struct samples_load *load;
    const struct record *record;
    struct prompt prompt, pair; /* pair.what NULL: there is none */
    struct sample_facts facts;
};

/* What facts hold, not themselves. */
void samples_free_facts(struct sample_facts *facts);
/* load->tokenizer; fails if the model has none that can be read. */
int samples_need_tokenizer(struct samples_load *load);
/* Appends the ids of a text to ids. */
int samples_encode(struct samples_load *load, const char *text, size_t size,
                   struct token_ids *ids);
/* samples-windows.c: load->ids cut into samples. load->front is known. */
int samples_cut(struct samples_load *load, struct samples **samples);
/* samples-repeat.c: random tokens twice. load->front is known. */
int samples_repeat(struct samples_load *load, struct samples **samples);
/* samples-records.c: a sample for each record's prompt, of the length that it
 * has. load->front is known. */
int samples_from_records(struct samples_load *load,
                         struct samples **samples);
/* Appends a list of token ids, which must be the model's. */
int samples_push_ids(struct samples_load *load, const json_t *list,
                     struct token_ids *ids);
/* Fills prompt->text where ids were given: what they stand for. */
int samples_need_text(struct row *row, struct prompt *prompt);
/* A token as messages have it, in quotes; the caller frees. */
char *samples_token_text(const struct samples_load *load, int32_t id);

/* samples-answers.c: answer, foil and label of a record as row->facts; appends
 * the whole answer to the prompts, if [input] asks for it. */
int samples_answers(struct row *row);
/* samples-spans.c: where the named places are, in both prompts. */
int samples_spans(struct row *row);
/* samples-pair.c: for each position of the prompt that of the pair which it is
 * aligned with, or -1: nowhere. */
int samples_align(const struct row *row, int32_t *partner);

#endif
