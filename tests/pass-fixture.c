/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pass-fixture.c - models, each with all that a pass shows of it. */
#include "pass-fixture.h"

#include "golden-models.h"
#include "model/model.h"

#include <CUnit/CUnit.h>

/* What golden_each() hands on. */
struct checking {
    int n_token;
    pass_fn *check;
};

static void with_pass(struct model *model, const char *name,
                      const struct checking *with)
{
    struct pass pass = {.model = model, .name = name};
    int32_t tokens[300];

    capture_tokens(tokens, with->n_token, model->config.n_vocab, 7);
    capture_init(&pass.seen, &model->config, with->n_token, 0);
    capture_run(model, &pass.seen, tokens, 1);
    with->check(&pass);
    capture_clear(&pass.seen);
}

static void check_family(const char *dir, void *user)
{
    struct model *model = NULL;
    struct error err = {0};

    CU_ASSERT_EQUAL_FATAL(model_open(dir, &model, &err), ST_OK);
    with_pass(model, dir, user);
    model_close(model);
}

void pass_each_family(int n_token, pass_fn *check)
{
    golden_each(check_family, &(struct checking){n_token, check});
}

void pass_of_stored(const struct model_recipe *recipe, int n_token,
                    pass_fn *check)
{
    struct model *model;

    fixture_make(recipe);
    model = fixture_open();
    CU_ASSERT(model_panel(model) > 0);
    with_pass(model, "stored", &(struct checking){n_token, check});
    model_close(model);
    fixture_remove();
}
