/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pass-fixture.h - models, each with all that a pass over some tokens shows of
 * it, for what is checked against a pass. */
#ifndef TESTS_PASS_FIXTURE_H
#define TESTS_PASS_FIXTURE_H

#include "capture.h"
#include "model-fixture.h"

struct pass {
    struct model *model;
    struct capture seen;
    const char *name; /* of the model, for messages */
};

typedef void pass_fn(const struct pass *pass);

/* Calls check for a model of each family. */
void pass_each_family(int n_token, pass_fn *check);
/* For a model of the recipe, whose matrices must be stored ones. */
void pass_of_stored(const struct model_recipe *recipe, int n_token,
                    pass_fn *check);

#endif
