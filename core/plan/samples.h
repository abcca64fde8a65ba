/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples.h - the samples of an experiment: token ids, each of any length. */
#ifndef CORE_PLAN_SAMPLES_H
#define CORE_PLAN_SAMPLES_H

#include "experiment/experiment.h"
#include "hooks/sample-positions.h"
#include "model/model.h"
#include "plugin/prompt-table.h"
#include "tokenizer/model-tokenizer.h"

/* One of them. */
struct sample {
    size_t first; /* its first token in samples->tokens */
    int n_token;
};

/* Samples first..end-1. */
struct sample_range {
    int first, end;
};

struct samples {
    int32_t *tokens; /* (n_token) ids of all samples, one after another */
    struct sample *list; /* (n_sample) */
    int n_sample;
    int longest, shortest; /* tokens of such a sample */
    int *n_of_length; /* (longest + 1) samples of so many tokens */
    size_t n_token; /* of all samples */
    size_t n_total;  /* tokens of the whole input, without those in front */
    size_t n_dropped; /* of them, at the end, which are in no sample */
    int32_t *front;   /* (n_front) ids that the host put in front, as BOS */
    int n_front;
    int n_fronted;    /* of so many samples: not of records' own ids */
    char *bos;         /* what stands in front and why; NULL: not known */
    char *bos_warning; /* how the model's tokenizer differs, or NULL */
    struct sample_facts *facts; /* (n_sample); NULL: no record, or a pair,
                                   for which those of its prompt hold */
    int *n_prompt; /* (n_sample) tokens without those of an answer behind;
                      NULL: all of them */
    char **texts; /* (n_sample) what was tokenized; NULL: ids were given, or no
                     record */
    struct position_names names; /* spans of records; owned */
    struct samples *pair; /* the records' second prompts, in the same order,
                             or NULL */
    int32_t *partner; /* (n_token) where the pair has what a token of the
                         prompts is aligned with; -1: nowhere; NULL: no pair */
    char sha256[65]; /* of the ids used, as little-endian int32 */
    char (*file_sha256)[65]; /* of each file of the specification */
    const struct tokenizer *tokenizer; /* borrowed; NULL: was not needed */
};

static inline const int32_t *samples_tokens(const struct samples *samples,
                                            int sample)
{
    return samples->tokens + samples->list[sample].first;
}

/* Appends a sample to *samples, which is zeroed at first; for tests and for
 * input that is no row of windows. tokens is copied. */
void samples_add(struct samples *samples, const int32_t *tokens, int n_token);
/* Once they are all there: samples->sha256. */
void samples_digest(struct samples *samples);
/* "16 samples of 128 tokens", "3 samples of 5 to 12 tokens"; the caller
 * frees. */
char *samples_text(const struct samples *samples);

/* Sets *text to a sample's, without what stands in front and the answer
 * behind: as the record has it, else what its tokens stand for, of the model's
 * tokenizer; empty if that is NULL or lacks one of them. */
void samples_decode(const struct samples *samples, int sample,
                    const struct tokenizer *tokenizer, struct buffer *text);

/* Tokenizes (only if the input is text) and cuts. Default length: the whole
 * input, at most the model's context; default samples: all whole windows.
 * What [input] bos puts in front of each window counts in length. Texts must
 * be UTF-8, unless encoding = bytes.
 * Each record gives a sample of the length that its prompt has.
 * Files are joined with a blank line: "\n\n" between any two. Ids must be
 * below n_vocab. The tokenizer, which is the model's, must outlast the
 * samples. ST_USAGE with place for what the file asks wrongly, ST_DATA for
 * unreadable data. */
int samples_load(const struct input_spec *spec, const struct model *model,
                 struct model_tokenizer *tokenizer, struct samples **samples,
                 struct error *err);
void samples_free(struct samples *samples);

#endif
