/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-run.c - transect run: one experiment, from file to results folder. */
#include "base/interrupt.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/run-options.h"
#include "report/manifest.h"
#include "report/report.h"
#include "run/checkpoint.h"
#include "run/execute.h"
#include "run/progress.h"
#include "sandbox/crash-report.h"
#include "sandbox/stdio-capture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char help_text[] =
    "usage: transect run FILE.ini [OPTIONS]\n\n"
    "  --set SECTION.KEY=VALUE  replace or add a setting; repeatable\n"
    "  --output DIR             results folder; default results/NAME\n"
    "  --threads N              threads of BLAS, or workers\n"
    "  --force                  replace the results folder\n"
    "  --resume                 keep complete results of the same settings\n"
    "  --plugin-dir DIR         look for plugins there first\n"
    "  --quiet                  no progress, no summary\n"
    "  --help                   print this and exit\n";

static void on_signal(int number)
{
    interrupt_signal = number;
}

/* The first signal ends the run in good order, a second one at once. */
static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal,
                               .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction old;

        sigaction(numbers[i], NULL, &old);
        if (old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    /* A full quota is an error of write(), not a death. */
    signal(SIGXFSZ, SIG_IGN);
}

static enum results_mode mode_of(const struct run_options *options)
{
    if (options->force)
        return RESULTS_FORCE;
    return options->resume ? RESULTS_RESUME : RESULTS_NEW;
}

/* Of all that is written by now; the manifest then lists it, too. */
static int write_report(struct results *results, json_t *manifest,
                        struct error *err)
{
    char *html;
    size_t size;
    int status;

    report_make(results_folder(results), manifest, &html, &size);
    status = results_write(results, RESULTS_REPORT, html, size, err);
    free(html);
    json_object_set_new(manifest, "files", results_files(results));
    return status;
}

static int write_results(const struct plan *plan, struct results *results,
                         const struct manifest_facts *facts,
                         struct error *err)
{
    json_t *manifest;
    int status = facts->complete ? outcome_write(plan, results, err) : ST_OK;

    if (status)
        return status;
    manifest = manifest_make(plan, results, facts);
    status = write_report(results, manifest, err);
    if (!status)
        status = results_commit(results, manifest, err);
    json_decref(manifest);
    return status;
}

/* Executes and writes. A run that failed leaves its manifest, which says
 * why; an interrupted one leaves nothing. */
static int run_plan(struct plan *plan, struct results *results,
                    const struct run_options *options, const char *dir,
                    struct error *err)
{
    struct outcome_failures failures = {0};
    struct manifest_facts facts = {.started = time(NULL),
                                   .failures = &failures};
    struct timespec began;
    struct error run_error = {0};
    int status;

    clock_gettime(CLOCK_MONOTONIC, &began);
    capture_watch(plan->workers > 0);
    status = execute_plan(plan, options->quiet, &run_error);
    capture_unwatch();
    if (interrupt_signal) {
        *err = run_error;
        return status;
    }
    facts.complete = status == ST_OK;
    facts.seconds = progress_seconds_since(&began);
    if (status)
        outcome_failures_add(&failures, mem_strdup(run_error.text));
    else if (!plan->experiment->allow_inert)
        outcome_inert(plan, &failures);
    if (!status) {
        outcome_isolated(plan, &failures);
        outcome_printed(plan, &failures);
    }
    status = write_results(plan, results, &facts, err);
    if (!status && !options->quiet)
        outcome_summary(plan, &failures, dir, stdout);
    if (!status && failures.n)
        status = error_set(err, ST_FAILED, "%s", failures.texts[0]);
    outcome_failures_free(&failures);
    return status;
}

/* Runs from a checkpoint on, to the next ones, if the file asks for them. */
static int run_with_checkpoints(struct plan *plan, struct results *results,
                                const struct run_options *options,
                                const char *dir, struct error *err)
{
    enum checkpoint_mode mode = CHECKPOINT_NEW;
    char identity[65];
    int status;

    if (!plan->experiment->checkpoint)
        return run_plan(plan, results, options, dir, err);
    if (options->force)
        mode = CHECKPOINT_FORCE;
    else if (options->resume)
        mode = CHECKPOINT_RESUME;
    manifest_identity(plan, identity);
    status = checkpoint_open(plan, dir, mode, identity, &plan->checkpoint,
                             err);
    if (!status) {
        status = run_plan(plan, results, options, dir, err);
        if (!status)
            checkpoint_remove(plan->checkpoint);
        checkpoint_free(plan->checkpoint);
        plan->checkpoint = NULL;
    }
    return status;
}

static int run_file(const struct run_options *options, struct error *err)
{
    struct plan *plan = NULL;
    struct results *results = NULL;
    char *dir = NULL;
    bool done = false;
    int status;

    capture_watch(false);
    status = plan_make(options->file, options->sets, options->n_sets,
                       options->plugin_dir, &plan, err);
    capture_unwatch();
    if (status)
        return status;
    dir = options->output ? mem_strdup(options->output)
                          : mem_printf("results/%s", plan->experiment->name);
    status = results_begin(dir, mode_of(options), &done, &results, err);
    if (!status && done)
        status = manifest_matches(plan, dir, err);
    if (!status && done && !options->quiet)
        printf("results: %s is complete already\n", dir);
    else if (!status && !done)
        status = run_with_checkpoints(plan, results, options, dir, err);
    results_end(results);
    plan_free(plan);
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
        catch_signals();
        crash_report_signals();
        status = run_file(&options, &err);
        if (status)
            cli_error(&err);
        else
            status = cli_flush();
    }
    run_options_clear(&options);
    if (interrupt_signal)
        raise((int)interrupt_signal);
    return status;
}
