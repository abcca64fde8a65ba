/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-checkpoint.c - the checkpoint of a run with the plugins that keep
 * states, a few of its bytes changed, with a digest that is right; the run
 * goes on from it. It refuses the file, or fails, or has all its tables. */
#include "byte-edits.h"
#include "harness.h"

#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"
#include "conformance/make-model.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { DIGEST = 64 };

static const char experiment[] =
    "[model]\npath = model\n"
    "[input]\nids = 1 2 3 4 5 6 7 8 9 10 11 12\nlength = 4\n"
    "[run]\ncheckpoint = 1\n"
    "[plugin 3d-exporter]\n[plugin attention-map]\n"
    "[plugin head-scorer]\n[plugin svd-alignment]\nthreshold = 0.5\n"
    "[plugin layerwise-stats]\n[plugin mlp-trace]\n[plugin perplexity]\n"
    "[plugin activation-export]\n"
    "[variant v]\npruner.heads = L0H1\n";

static char *ini, *results, *path;
/* A checkpoint that is right: a line that says what it is, the digest of what
 * follows, and that. */
static char *right;
static size_t head, right_size; /* bytes before the digest, and of all */
static const char identity[] = "0123456789012345678901234567890123456789"
                               "012345678901234567890123";

static const struct plan *make_plan(void)
{
    struct error err = {0};
    const struct plan *plan = NULL;
    int status = plan_make(&(struct plan_settings){.file = ini,
                                                   .batch_tokens = 4},
                           &plan, &err);

    if (status)
        fuzz_fail(__FILE__, __LINE__, err.text);
    return plan;
}

/* Runs one sample of three. */
static void set_up(void)
{
    const struct model_recipe recipe = {.layers = 2, .heads = 2, .width = 8,
                                        .vocab = 30, .context = 8};
    struct checkpoint_settings settings;
    struct error err = {0};
    const struct plan *plan;
    char *dir;
    struct run run;

    if (right)
        return;
    dir = mem_path(fuzz_folder(), "model");
    FUZZ_CHECK(!make_model(dir, &recipe));
    free(dir);
    ini = fuzz_put("checkpoint.ini", experiment, strlen(experiment));
    results = mem_path(fuzz_folder(), "results");
    path = mem_printf("%s.checkpoint", results);
    settings = (struct checkpoint_settings){results, CHECKPOINT_FORCE,
                                            identity};
    plan = make_plan();
    run_begin(&run, plan, true);
    FUZZ_CHECK(!checkpoint_open(plan, &settings, &run.checkpoint, &err));
    run.samples.end = 1;
    FUZZ_CHECK(!run_survey(&run, &err) && !run_samples(&run, &err));
    FUZZ_CHECK(!checkpoint_reach(run.checkpoint, plan, 1, &err));
    run_end(&run);
    plan_free(plan);
    FUZZ_CHECK(!read_file(path, &right, &right_size, &err));
    head = strcspn(right, "\n") + 1;
    FUZZ_CHECK(head + DIGEST < right_size);
}

static void put_checkpoint(const struct buffer *bytes)
{
    size_t size = head + DIGEST + bytes->n;
    char *file = mem_new(size, 1), hex[DIGEST + 1];

    sha256_bytes(bytes->bytes, bytes->n, hex);
    memcpy(file, right, head);
    memcpy(file + head, hex, DIGEST);
    memcpy(file + head + DIGEST, bytes->bytes, bytes->n);
    free(fuzz_put("results.checkpoint", file, size));
    free(file);
}

static bool resume(const struct plan *plan)
{
    const struct run_settings settings = {
        .quiet = true,
        .checkpoint = {results, CHECKPOINT_RESUME, identity}};
    struct error err = {0};
    struct run run;
    bool accepted;

    if (run_experiment(plan, &settings, &run, &err)) {
        fuzz_check_refusal(&err, ST_USAGE, path);
        run_end(&run);
        return false;
    }
    accepted = !run.error.status;
    if (!accepted)
        FUZZ_CHECK(run.error.text[0]);
    for (size_t i = 0; accepted && i < plan->n_instances; i++) {
        const struct transect_ctx *instance = plan->instances[i];

        for (size_t k = 0; k < instance->own.n_tables; k++)
            FUZZ_CHECK(!table_check(instance->own.tables[k], &err));
    }
    run_end(&run);
    return accepted;
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    struct buffer buffer = {0};
    const struct plan *plan;
    bool accepted;

    set_up();
    buffer_add(&buffer, right + head + DIGEST, right_size - head - DIGEST);
    fuzz_edit_bytes(&input, &buffer);
    put_checkpoint(&buffer);
    free(buffer.bytes);
    plan = make_plan();
    accepted = resume(plan);
    plan_free(plan);
    return accepted;
}

const struct fuzz_target fuzz_checkpoint = {"checkpoint", run, false};
