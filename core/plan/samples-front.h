/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-front.h - the tokens in front of each sample, such as BOS, and what
 * is said of them. */
#ifndef CORE_PLAN_SAMPLES_FRONT_H
#define CORE_PLAN_SAMPLES_FRONT_H

#include "plan/samples.h"

struct samples_front {
    const struct input_spec *spec;
    const struct model *model;
    struct model_tokenizer *shared;
    struct tokenizer *tokenizer;    /* borrowed; NULL: none that can be read */
    const struct token_ids *own;    /* what it puts in front; NULL with it */
    const char *by;                 /* what of its files says so */
    struct token_ids ids;           /* in front of each sample; owned */
};

/* Fills in the rest, once what gives the input is known. ST_USAGE: bos = yes,
 * and there is no BOS token. ST_DATA: not a token of the model. */
int front_find(struct samples_front *front, struct error *err);
/* How many of a sample's ids are what stands in front, whoever put it
 * there. */
size_t front_length(const struct samples_front *front,
                    const struct token_ids *ids);
/* What samples say of it, once they are all there: front, n_front, bos,
 * bos_warning. */
void front_describe(const struct samples_front *front,
                    struct samples *samples);

#endif
