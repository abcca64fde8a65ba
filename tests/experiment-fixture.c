/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-fixture.c - an experiment on a random model, for tests that run
 * the real thing. */
#include "experiment-fixture.h"

#include "base/mem.h"
#include "hooks/hook-points.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_file(const char *dir, const char *name, const char *text)
{
    char *path = mem_path(dir, name);
    FILE *file = fopen(path, "w");
    bool good = file && fputs(text, file) >= 0;

    if (file && fclose(file))
        good = false;
    free(path);
    return good;
}

static bool write_tokens(struct trial *trial, int n_vocab)
{
    int n = trial->n_sample * trial->n_token;
    char *text = mem_new((size_t)n, 12), *at = text;
    uint32_t state = 12345;
    bool good;

    trial->tokens = mem_new((size_t)n, sizeof *trial->tokens);
    for (int i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        trial->tokens[i] = (int32_t)((state >> 8) % (unsigned)n_vocab);
        at += sprintf(at, "%d\n", (int)trial->tokens[i]);
    }
    good = write_file(trial->dir, "ids.txt", text);
    free(text);
    return good;
}

bool trial_make(struct trial *trial, const struct model_recipe *recipe,
                int n_sample, int n_token)
{
    const char *base = getenv("TMPDIR");

    *trial = (struct trial){.n_sample = n_sample, .n_token = n_token};
    snprintf(trial->dir, sizeof trial->dir, "%s/transect-trial-XXXXXX",
             base && strlen(base) < 40 ? base : "/tmp");
    if (!mkdtemp(trial->dir)) {
        CU_FAIL("cannot make a folder");
        return false;
    }
    trial->model = mem_path(trial->dir, "model");
    if (make_model(trial->model, recipe) ||
        !write_tokens(trial, recipe->vocab ? recipe->vocab : 100)) {
        CU_FAIL("cannot make a model");
        trial_remove(trial);
        return false;
    }
    return true;
}

void trial_remove(struct trial *trial)
{
    static const char *const names[] = {
        "model/config.json", "model/model.safetensors", "ids.txt",
        "experiment.ini"};

    plan_free(trial->plan);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = mem_path(trial->dir, names[i]);

        unlink(path);
        free(path);
    }
    rmdir(trial->model);
    CU_ASSERT_EQUAL(rmdir(trial->dir), 0);
    free(trial->model);
    free(trial->tokens);
}

int trial_plan(struct trial *trial, const char *sections)
{
    char *text = mem_printf("[model]\npath = %s\n[input]\n"
                            "ids_file = ids.txt\nsamples = %d\n"
                            "length = %d\n%s",
                            trial->other ? trial->other : "model",
                            trial->n_sample, trial->n_token, sections);
    char *path = mem_path(trial->dir, "experiment.ini");
    int status = -1;

    plan_free(trial->plan);
    trial->plan = NULL;
    trial->err = (struct error){0};
    if (write_file(trial->dir, "experiment.ini", text))
        status = plan_make(
            &(struct plan_settings){.file = path,
                                    .plugin_dir = getenv(
                                        "TRANSECT_TEST_PLUGINS"),
                                    .batch_tokens = trial->batch_tokens,
                                    .train_rows = trial->train_rows,
                                    .samples = trial->samples,
                                    .compute = run_plan},
            &trial->plan, &trial->err);
    trial->samples = NULL;
    free(path);
    free(text);
    return status;
}

int trial_run(struct trial *trial)
{
    return run_plan(trial->plan, &trial->err);
}

bool trial_do(struct trial *trial, const char *sections)
{
    if (trial_plan(trial, sections) == ST_OK && trial_run(trial) == ST_OK)
        return true;
    fprintf(stderr, "# %s\n", trial->err.text);
    CU_FAIL("the experiment failed");
    return false;
}

struct variant_run *trial_variant(const struct trial *trial,
                                  const char *section)
{
    for (size_t i = 0; i < trial->plan->n_variants; i++)
        if (strcmp(trial->plan->variants[i].name, section) == 0)
            return &trial->plan->variants[i];
    CU_FAIL("no such variant");
    return NULL;
}

const struct transect_ctx *trial_instance(const struct trial *trial,
                                          const char *section, const char *id)
{
    const struct variant_run *variant = trial_variant(trial, section);

    for (size_t i = 0; variant && i < variant->n_instances; i++)
        if (strcmp(variant->instances[i]->owner.id, id) == 0)
            return variant->instances[i];
    CU_FAIL("no such instance");
    return NULL;
}

const struct transect_table *trial_table(const struct trial *trial,
                                         const char *section, const char *id,
                                         const char *table)
{
    const struct transect_ctx *instance = trial_instance(trial, section, id);

    for (size_t i = 0; instance && i < instance->own.n_tables; i++)
        if (strcmp(instance->own.tables[i]->name, table) == 0)
            return instance->own.tables[i];
    CU_FAIL("no such table");
    return NULL;
}

static const union cell *cell(const struct transect_table *table, size_t row,
                              const char *column, int *type)
{
    for (size_t i = 0; table && i < table->n_columns; i++)
        if (strcmp(table->columns[i].name, column) == 0 &&
            row < table_rows(table)) {
            *type = table->columns[i].type;
            return &table->cells[row * table->n_columns + i];
        }
    CU_FAIL("no such cell");
    return NULL;
}

double trial_number(const struct transect_table *table, size_t row,
                    const char *column)
{
    int type = TRANSECT_COL_REAL;
    const union cell *found = cell(table, row, column, &type);

    if (!found || type == TRANSECT_COL_TEXT)
        return NAN;
    return type == TRANSECT_COL_INT ? (double)found->integer : found->real;
}

const char *trial_text(const struct transect_table *table, size_t row,
                       const char *column)
{
    int type = TRANSECT_COL_REAL;
    const union cell *found = cell(table, row, column, &type);

    return found && type == TRANSECT_COL_TEXT ? found->text : "";
}

static size_t same_tables(const struct transect_ctx *a,
                          const struct transect_ctx *b)
{
    CU_ASSERT_EQUAL_FATAL(a->own.n_tables, b->own.n_tables);
    for (size_t i = 0; i < a->own.n_tables; i++) {
        char *x, *y;
        size_t n, m;

        table_csv(a->own.tables[i], NULL, &x, &n);
        table_csv(b->own.tables[i], NULL, &y, &m);
        CU_ASSERT(n == m && memcmp(x, y, n) == 0);
        free(x);
        free(y);
    }
    return a->own.n_tables;
}

size_t trial_same_tables(const struct plan *a, const struct plan *b)
{
    size_t n = 0;

    CU_ASSERT_EQUAL_FATAL(a->n_variants, b->n_variants);
    for (size_t i = 0; i < a->n_variants; i++) {
        const struct variant_run *x = &a->variants[i], *y = &b->variants[i];

        CU_ASSERT_EQUAL_FATAL(x->n_instances, y->n_instances);
        for (size_t j = 0; j < x->n_instances; j++)
            n += same_tables(x->instances[j], y->instances[j]);
    }
    return n;
}
