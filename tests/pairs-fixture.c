/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pairs-fixture.c - samples with pairs. */
#include "pairs-fixture.h"

#include "base/mem.h"
#include "unit/tests.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const int pairs_equal[PAIRS_N] = {9, 9, 9, 9, 9},
          pairs_short[PAIRS_N] = {5, 7, 9, 3, 6},
          pairs_long[PAIRS_N] = {9, 4, 9, 5, 6};

static int32_t token_of(int sample, int position)
{
    return (int32_t)((sample * 31 + position * 17 + position / 3) %
                     PAIRS_VOCAB);
}

struct samples *pairs_samples(const int *lengths, int other)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    for (int i = 0; i < PAIRS_N; i++) {
        int32_t tokens[PAIRS_TOKENS];

        for (int j = 0; j < lengths[i]; j++)
            tokens[j] = token_of(i + 7 * other, j);
        samples_add(samples, tokens, lengths[i]);
    }
    return samples;
}

struct samples *pairs_with(const int *lengths, const int *others)
{
    struct samples *samples = pairs_samples(lengths, 0);

    samples->pair = pairs_samples(others, 1);
    return samples;
}

bool pairs_trial(struct trial *trial, const struct model_recipe *given)
{
    struct model_recipe recipe = {.layers = 2, .heads = 4, .width = 16,
                                  .context = 16, .vocab = PAIRS_VOCAB};

    if (given)
        recipe = *given;
    if (!trial_make(trial, &recipe, PAIRS_N, PAIRS_TOKENS))
        return false;
    trial->batch_tokens = 2 * PAIRS_TOKENS;
    return true;
}

void pairs_plan(struct trial *trial, const char *sections)
{
    trial->samples = pairs_with(pairs_equal, pairs_equal);
    if (trial_plan(trial, sections) != ST_OK) {
        fprintf(stderr, "# %s\n", trial->err.text);
        CU_FAIL_FATAL("the experiment cannot be planned");
    }
}

static void append_ids(char **text, const char *field, int sample, int n)
{
    char *longer = mem_printf("%s%s\"%s\": [", *text,
                              *field == 't' ? "{" : ", ", field);

    for (int p = 0; p < n; p++) {
        char *more = mem_printf("%s%s%d", longer, p ? ", " : "",
                                (int)token_of(sample, p));

        free(longer);
        longer = more;
    }
    free(*text);
    *text = mem_printf("%s]%s", longer, *field == 't' ? "" : "}\n");
    free(longer);
}

int pairs_records(struct trial *trial, const char *keys,
                        const char *sections)
{
    char *records = mem_strdup(""), *path = mem_path(trial->dir, "r.jsonl");
    char *ini_path = mem_path(trial->dir, "experiment.ini");
    char *model = mem_path(getenv("srcdir"), "models/demo");
    char *ini = mem_printf("[model]\npath = %s\n[input]\n"
                           "records = r.jsonl\n%s\n%s", model, keys,
                           sections);
    int status;

    for (int i = 0; i < PAIRS_N; i++) {
        append_ids(&records, "text", i, pairs_short[i]);
        append_ids(&records, "other", i + 7, pairs_long[i]);
    }
    test_write(path, records, strlen(records));
    test_write(ini_path, ini, strlen(ini));
    plan_free(trial->plan);
    trial->plan = NULL;
    status = plan_make(
        &(struct plan_settings){.file = ini_path,
                                .plugin_dir = getenv("TRANSECT_TEST_PLUGINS"),
                                .batch_tokens = trial->batch_tokens},
        &trial->plan, &trial->err);
    unlink(path);
    free(records);
    free(path);
    free(ini_path);
    free(ini);
    free(model);
    return status;
}

void pairs_near(const float *row, const float *want, int n)
{
    for (int j = 0; j < n; j++)
        CU_ASSERT_DOUBLE_EQUAL(row[j], want[j],
                               1e-5F * (1 + fabsf(want[j])));
}

bool pairs_same_row(const struct watch *a, int p, const struct watch *b,
                     int q, int sample, int head)
{
    size_t n = (size_t)(a->point == TRANSECT_PATTERN ? (p < q ? p : q) + 1
                                                     : a->cols);

    return memcmp(watch_at(a, sample, 1, head) + p * a->cols,
                  watch_at(b, sample, 1, head) + q * b->cols,
                  n * sizeof(float)) == 0;
}
