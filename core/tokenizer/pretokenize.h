/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pipeline.h - the steps that text goes through before it becomes tokens:
 * each changes the text or cuts it into pieces. */
#ifndef CORE_PIPELINE_H
#define CORE_PIPELINE_H

#include "tokenizer/pretokenize-split.h"
#include "tokenizer/normalize.h"

struct pipeline;

struct pipeline *pipeline_new(void);
void pipeline_free(struct pipeline *pipeline);
/* The next step. Takes over its pattern and its text. */
void pipeline_add_split(struct pipeline *pipeline, struct split split);
void pipeline_add_transform(struct pipeline *pipeline,
                            struct transform transform);
bool pipeline_has(const struct pipeline *pipeline, enum transform_kind kind);
/* Calls `take` with the pieces, in order, until it fails. first: the text
 * begins where the input does. No piece is empty, if the text is not; without
 * steps it is the one piece. Errors of pattern_scan(). */
int pipeline_run(struct pipeline *pipeline, const char *text, size_t size,
                 bool first, piece_fn take, void *context,
                 struct error *err);

#endif
