/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples.h - the samples of an experiment: windows of token ids. */
#ifndef CORE_PLAN_SAMPLES_H
#define CORE_PLAN_SAMPLES_H

#include "experiment/experiment.h"
#include "model/model.h"
#include <jansson.h>

struct samples {
    int32_t *tokens; /* n_sample windows of `length` ids, one after another */
    int n_sample, length;
    size_t n_total;  /* tokens of the whole input, without BOS */
    char sha256[65]; /* of the ids used, as little-endian int32 */
    char (*file_sha256)[65]; /* of each file of the specification */
    json_t *tokenizer_sha256; /* file name: digest; NULL: was not needed */
};

/* Tokenizes (only if the input is text) and cuts. Default length: the whole
 * input, at most the model's context; default samples: all whole windows.
 * With bos each window begins with the model's BOS token, counted in length.
 * Files are joined with a blank line: "\n\n" between any two. Ids must be
 * below n_vocab. ST_USAGE with place for what the file asks wrongly, ST_DATA
 * for unreadable data. */
int samples_load(const struct input_spec *spec, const struct model *model,
                 struct samples **samples, struct error *err);
void samples_free(struct samples *samples);

#endif
