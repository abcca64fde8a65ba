/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* readout.h - what a pass would make of rows of a stage, without a pass. */
#ifndef CORE_EXECUTOR_READOUT_H
#define CORE_EXECUTOR_READOUT_H

#include "hooks/projection.h"

/* In memory of its own, by the maps that a pass is made of: where a product
 * has the shape that it has in the pass, the same bits. One head at a time is
 * a smaller product. */
project_fn readout_project;
/* The way back, by the same weights. */
int readout_pull(const struct model *model, const struct pull *asked,
                 struct error *err);
int readout_unembed(const struct model *model, const struct unembedding *asked,
                    struct error *err);
int readout_logits(const struct model *model, const struct token_logits *asked,
                   struct error *err);

extern const struct readout_functions readout_functions; /* all of these */

#endif
