/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* checkpoint-fixture.c - an experiment with a checkpoint. */
#include "checkpoint-fixture.h"

#include "base/mem.h"
#include "unit/tests.h"

#include <stdlib.h>
#include <unistd.h>

static const char identity[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct trial trial;
char *checkpoint_dir, *checkpoint_path;

void checkpoint_set_up(void)
{
    const struct model_recipe recipe = {.layers = 2, .heads = 2, .width = 8,
                                        .vocab = 30};

    if (!trial_make(&trial, &recipe, CHECKPOINT_N, CHECKPOINT_N_TOKEN))
        exit(1);
    trial.batch_tokens = 2 * CHECKPOINT_N_TOKEN;
    checkpoint_dir = mem_path(trial.dir, "results//");
    checkpoint_path = mem_path(trial.dir, "results.checkpoint");
}

void checkpoint_tear_down(void)
{
    unlink(checkpoint_path);
    trial_remove(&trial);
    free(checkpoint_dir);
    free(checkpoint_path);
}

bool checkpoint_exists(void)
{
    return access(checkpoint_path, F_OK) == 0;
}

struct checkpoint_settings checkpoint_settings_as(enum checkpoint_mode mode)
{
    return (struct checkpoint_settings){checkpoint_dir, mode, identity};
}

struct checkpoint *checkpoint_open_as(enum checkpoint_mode mode)
{
    struct checkpoint_settings settings = checkpoint_settings_as(mode);
    struct checkpoint *checkpoint = NULL;
    int status;

    trial.err = (struct error){0};
    status = checkpoint_open(trial.plan, &settings, &checkpoint, &trial.err);
    CU_ASSERT_EQUAL(status, checkpoint ? ST_OK : ST_USAGE);
    CU_ASSERT_EQUAL(trial.err.status, status);
    return checkpoint;
}

void checkpoint_accept(enum checkpoint_mode mode, int samples)
{
    struct checkpoint *checkpoint = checkpoint_open_as(mode);

    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(checkpoint_samples(checkpoint), samples);
    checkpoint_free(checkpoint);
}

void checkpoint_refuse(enum checkpoint_mode mode, const char *why)
{
    char *want = mem_printf("%s: %s", checkpoint_path, why);

    CU_ASSERT_PTR_NULL(checkpoint_open_as(mode));
    CU_ASSERT_STRING_EQUAL(trial.err.text, want);
    free(want);
}


void checkpoint_plan(const char *text)
{
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, text), ST_OK);
}

void checkpoint_write_covering(int samples)
{
    struct checkpoint *checkpoint = checkpoint_open_as(CHECKPOINT_FORCE);

    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(
        checkpoint_reach(checkpoint, trial.plan, samples, &trial.err), ST_OK);
    checkpoint_free(checkpoint);
    CU_ASSERT_TRUE(checkpoint_exists());
}
