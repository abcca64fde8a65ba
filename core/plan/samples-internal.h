/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-internal.h - samples while they are made: windows of a text, or the
 * prompts of records. */
#ifndef CORE_PLAN_SAMPLES_INTERNAL_H
#define CORE_PLAN_SAMPLES_INTERNAL_H

#include "plan/samples-front.h"

struct samples_load {
    const struct input_spec *spec;
    const struct model *model;
    struct model_tokenizer *shared;
    struct tokenizer *tokenizer; /* NULL until something needs it */
    char (*file_sha256)[65];     /* of the specification's files */
    struct token_ids ids; /* of the whole input, or of one prompt */
    struct samples_front front;
    struct error *err;
};

/* Appends the ids of a text to load->ids. */
int samples_encode(struct samples_load *load, const char *text, size_t size);
/* samples-records.c: a sample for each record's prompt, of the length that it
 * has. load->front is known. */
int samples_from_records(struct samples_load *load,
                         struct samples **samples);

#endif
