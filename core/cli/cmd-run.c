/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-run.c - transect run: one experiment, from file to results folder. */
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/run-options.h"
#include "report/manifest.h"
#include "sandbox/crash-report.h"
#include "sandbox/stdio-capture.h"
#include "tensor/blas-room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "usage: transect run FILE.ini [OPTIONS]\n\n"
    "  --set SECTION.KEY=VALUE  replace or add a setting; repeatable\n"
    "  --output DIR             results folder; default results/NAME\n"
    "  --threads N              threads of a pass, or workers\n"
    "  --force                  replace the results folder\n"
    "  --resume                 keep complete results of the same settings\n"
    "  --plugin-dir DIR         look for plugins there first\n"
    "  --debug NAME             show all that the plugin NAME logs\n"
    "  --quiet                  no progress, no summary\n"
    "  --help                   print this and exit\n";

/* While a run is under way the first signal ends it in order, a second one
 * kills it. Before, there is nothing to lose, and a plugin that hangs while it
 * is loaded would not notice. */
static void on_signal(int number)
{
    interrupt_signal = number;
}

static enum results_mode mode_of(const struct run_options *options)
{
    if (options->force)
        return RESULTS_FORCE;
    return options->resume ? RESULTS_RESUME : RESULTS_NEW;
}

/* What was written has its place, and others may work there: the summary is
 * printed last, since a pipe that nobody reads ends the program. */
static int write_results(struct run *run, struct results **results,
                         const struct run_options *options, const char *dir,
                         struct error *err)
{
    struct outcome_failures failures = {0};
    char *beside = NULL;
    int status;

    outcome_judge(run, &failures);
    status = outcome_commit(run, &failures, *results, err);
    if (results_beside(*results))
        beside = mem_strdup(results_beside(*results));
    if (!status && !failures.n)
        run_done(run);
    results_end(*results);
    *results = NULL;
    if (!status && !options->quiet)
        outcome_summary(run, &failures, beside ? beside : dir, stdout);
    if (status && failures.n && !interrupt_signal &&
        strcmp(err->text, failures.texts[0]) != 0)
        error_within(err, "%s", failures.texts[0]);
    if (!status && failures.n)
        status = error_set(err, ST_FAILED, "%s%s%s", failures.texts[0],
                           beside ? "; what it left is in " : "",
                           beside ? beside : "");
    outcome_failures_free(&failures);
    free(beside);
    return status;
}

/* Executes and writes. An interrupted run leaves nothing but its checkpoint,
 * unless its results had their place already. */
static int run_and_write(const struct plan *plan, struct results **results,
                         const struct run_options *options, const char *dir,
                         struct error *err)
{
    static const enum checkpoint_mode modes[] = {
        [RESULTS_NEW] = CHECKPOINT_NEW,
        [RESULTS_FORCE] = CHECKPOINT_FORCE,
        [RESULTS_RESUME] = CHECKPOINT_RESUME,
    };
    char identity[65] = "";
    struct run_settings settings = {
        .quiet = options->quiet,
        .checkpoint = {dir, modes[mode_of(options)], identity},
        .results = *results,
    };
    struct run run;
    int status;

    /* What a checkpoint is known by has them in it: it must wait for them. */
    if (!plan->experiment->checkpoint)
        model_start_digests(plan->model);
    else if (manifest_identity(plan, identity, err))
        return err->status;
    status = run_experiment(plan, &settings, &run, err);
    if (!status)
        status = write_results(&run, results, options, dir, err);
    run_end(&run);
    return status;
}

/* Plugins use BLAS on the main thread, and in events on workers. */
static int check_room(const struct plan *plan, struct error *err)
{
    return blas_room_check(plan->workers + 1, err);
}

/* For lists that depend on what an observer measures: plugins are watched
 * while a plan is made, and now for a run in the middle of that. */
static int compute(const struct plan *plan, struct error *err)
{
    int status = check_room(plan, err);

    capture_unwatch();
    if (!status)
        status = capture_watch(plan->workers > 0, err);
    if (!status)
        status = run_plan(plan, err);
    capture_unwatch();
    return status ? status : capture_watch(false, err);
}

/* Is the checkpoint beside DIR one of this plan? */
static int find_checkpoint(const struct plan *plan, const char *dir,
                           bool *found, struct error *err)
{
    char *there = plan->experiment->checkpoint ? checkpoint_identity(dir)
                                               : NULL;
    char identity[65];
    int status = there ? manifest_identity(plan, identity, err) : ST_OK;

    *found = there && !status && strcmp(there, identity) == 0;
    free(there);
    return status;
}

/* --resume where complete results are. Those of this plan stay, and its
 * checkpoint goes. Where they are another's, but the checkpoint is this
 * plan's, --force was to replace them and did not come to its end: *results is
 * begun again for it, to go on. */
static int resume_complete(const struct plan *plan, const char *dir,
                           struct results **results, struct error *err)
{
    bool found, done;
    int status = find_checkpoint(plan, dir, &found, err);

    if (status)
        return status;
    status = manifest_matches(plan, dir, err);
    if (status == ST_USAGE && found) {
        *err = (struct error){0};
        return results_begin(dir, RESULTS_FORCE, &done, results, err);
    }
    if (status || !found)
        return status;
    checkpoint_discard(dir);
    return results_tidy(dir, err);
}

static int run_file(const struct run_options *options, struct error *err)
{
    const struct plan *plan = NULL;
    struct results *results = NULL;
    char *dir = NULL;
    bool done = false;
    int status;

    status = capture_watch(false, err);
    if (!status)
        status = plan_make(
            &(struct plan_settings){.file = options->file,
                                    .sets = options->sets,
                                    .n_sets = options->n_sets,
                                    .plugin_dir = options->plugin_dir,
                                    .compute = compute},
            &plan, err);
    capture_unwatch();
    interrupt_handle(on_signal);
    if (!status)
        status = run_options_check_debug(err);
    if (!status)
        status = check_room(plan, err);
    if (!status)
        status = interrupt_check(err);
    if (status) {
        plan_free(plan);
        return status;
    }
    dir = options->output ? mem_strdup(options->output)
                          : mem_printf("results/%s", plan->experiment->name);
    status = results_begin(dir, mode_of(options), &done, &results, err);
    if (!status && done)
        status = resume_complete(plan, dir, &results, err);
    if (!status && results)
        status = run_and_write(plan, &results, options, dir, err);
    else if (!status && !options->quiet)
        text_printf("results: %s is complete already\n", dir);
    results_end(results);
    plan_free(plan);
    if (!status && interrupt_signal)
        status = error_set(err, ST_FAILED,
                           "%s: is whole; interrupted by signal %d after that",
                           dir, (int)interrupt_signal);
    free(dir);
    return status;
}

int cmd_run(int argc, char **argv)
{
    struct run_options options;
    struct error err = {0};
    int status = run_options_parse(argc, argv, true, &options);

    if (!status && options.help) {
        fputs(help_text, stdout);
        status = cli_flush();
    } else if (!status) {
        crash_report_signals();
        crash_report_interrupts();
        status = run_file(&options, &err);
        if (status)
            cli_error(&err);
        else
            status = cli_flush();
    }
    run_options_clear(&options);
    if (interrupt_signal)
        process_end_by((int)interrupt_signal);
    return status;
}
