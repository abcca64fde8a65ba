/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-check.c - transect check: the plan of an experiment and its cost. */
#include "base/mem.h"
#include "base/read-file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/rows-text.h"
#include "cli/run-options.h"
#include "executor/kv-store.h"
#include "hooks/hook-points.h"
#include "plan/cost-estimate.h"
#include "plan/sweep.h"
#include "plan/thread-policy.h"
#include "report/outcome.h"
#include "run/sweep-effects.h"
#include "sandbox/crash-report.h"
#include "tensor/gemm-rate.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>

static const char help_text[] =
    "usage: transect check FILE.ini [OPTIONS]\n\n"
    "  --set SECTION.KEY=VALUE  replace or add a setting; repeatable\n"
    "  --threads N              threads of a pass, or workers\n"
    "  --plugin-dir DIR         look for plugins there first\n"
    "  --debug NAME             show all that the plugin NAME logs\n"
    "  --help                   print this and exit\n";

/* Layers 0-3 of one listener at one point become one line. */
struct printer {
    int kind;    /* of reduction, which alone is printed; 0: tensors */
    const struct hook_owner *owner;
    bool edit;
    int point, from, to;
    int32_t n; /* of the reduction */
};

/* from -1: a point that is not of a layer. */
static void print_place(int point, int from, int to)
{
    text_printf("  %-12s ", point_name(point));
    if (from < 0)
        text_printf("%-12s", "");
    else if (from == to)
        printf("layer %-6d", from);
    else
        printf("layers %d-%-3d", from, to);
}

static void print_pending(struct printer *p)
{
    if (!p->owner)
        return;
    print_place(p->point, p->from, p->to);
    text_printf(" %s by %s", p->edit ? "edited  " : "observed", p->owner->id);
    if (p->kind)
        text_printf(": %s", reduction_name(p->kind));
    if (p->kind == TRANSECT_REDUCE_COLUMN || p->kind == TRANSECT_REDUCE_TOP)
        printf(" %d", (int)p->n);
    putchar('\n');
    p->owner = NULL;
}

static void visit(void *user, int point, int layer,
                  const struct hook_owner *owner, bool edit,
                  const struct transect_reduction *reduction)
{
    struct printer *p = user;

    if (reduction->kind != p->kind)
        return;
    if (p->owner == owner && p->point == point && p->edit == edit &&
        p->n == reduction->n && layer == p->to + 1) {
        p->to = layer;
        return;
    }
    print_pending(p);
    *p = (struct printer){p->kind, owner, edit, point, layer,
                          layer, reduction->n};
}

/* One owner and kind at a time, so that layers come one after another. */
static void print_listener(const struct hooks *hooks,
                           const struct transect_ctx *instance)
{
    for (int kind = 0; kind <= TRANSECT_REDUCE_MEDIAN; kind++) {
        struct printer printer = {.kind = kind, .to = -2};

        hooks_visit(hooks, &instance->owner, visit, &printer);
        print_pending(&printer);
    }
}

static void print_growing(const struct transect_ctx *instance)
{
    const struct growing_files *files = &instance->growing;

    if (files->n)
        text_printf("  files of %.4g MB are written by %s as it runs\n",
                    (double)growing_expected(files) / 1e6,
                    instance->owner.id);
}

/* Of a pass that begins where the variant forks, if it does. */
static void print_rows(const struct plan *plan,
                       const struct variant_run *variant)
{
    char *text = rows_text(plan, variant->hooks,
                           cost_first_stage(plan, variant));

    if (text)
        text_printf("  %s\n", text);
    free(text);
}

static void print_variant(const struct plan *plan,
                          const struct variant_run *variant)
{
    if (variant->n_edits)
        text_printf("\nvariant %s: %.4g GFLOP %s\n", variant->name,
                    cost_fork_flops(plan, variant) / 1e9,
                    variant_edits_by_survey(variant)
                        ? "in a whole pass; the survey tells where it edits"
                        : "behind its first edit");
    else if (variant->role == TRANSECT_ROLE_PAIR)
        text_printf("\nvariant %s: the records' second prompts, unedited: "
                    "%zu tokens, %.4g GFLOP\n", variant->name,
                    source_tokens(plan, TRANSECT_FROM_PAIR),
                    cost_source_flops(plan, TRANSECT_FROM_PAIR) / 1e9);
    else
        text_printf("\nvariant %s: %.4g GFLOP\n", variant->name,
                    cost_pass_flops(plan, variant->hooks, 0) / 1e9);
    if (variant->role == TRANSECT_ROLE_PROMPT)
        print_rows(plan, variant);
    for (size_t i = 0; i < variant->n_instances; i++) {
        const struct transect_ctx *instance = variant->instances[i];

        print_listener(variant->hooks, instance);
        print_growing(instance);
        if (instance->surveyed)
            text_printf("  %-25s %-8s by %s\n", "where the survey tells",
                        "perhaps", instance->owner.id);
    }
}

/* What tests over the samples of a sweep's variants cannot show. Tables that
 * have a row for each sample are known only when the run has ended. */
static void print_floor(const struct plan *plan, const struct sweep *sweep)
{
    struct effect_floor floor = effect_floor_of(plan->samples->n_sample,
                                                sweep->n);
    char *text;

    if (!plan_reference(plan, sweep) || floor.n < 2 || !floor.hides)
        return;
    text = effect_floor_text(&floor);
    text_printf("  of tables by sample: %s\n", text);
    free(text);
}

/* All variants of a sweep together, and where the first of them listens. */
static void print_sweeps(const struct plan *plan)
{
    for (size_t i = 0; i < plan->experiment->n_sweeps; i++) {
        const struct sweep *sweep = &plan->experiment->sweeps[i];
        const struct variant_run *variants = plan_sweep_variants(plan, sweep);
        bool surveyed = false;
        double flops = 0;

        for (size_t j = 0; j < sweep->n; j++) {
            flops += cost_fork_flops(plan, &variants[j]);
            surveyed |= variant_edits_by_survey(&variants[j]);
        }
        text_printf("\nsweep %s: %zu variants, %s to %s: %.4g GFLOP %s\n",
                    sweep->section.name, sweep->n, variants[0].name,
                    variants[sweep->n - 1].name, flops / 1e9,
                    surveyed ? "in whole passes; the survey tells where "
                               "they edit"
                             : "behind their first edits");
        print_floor(plan, sweep);
        for (size_t j = 0; j < variants->n_instances; j++)
            print_listener(variants->hooks, variants->instances[j]);
    }
}

/* Where the instances of one section observe the survey: for each point, all
 * layers and none, in front of layer 0. */
struct surveyed {
    int n_layer;
    bool *places; /* (TRANSECT_N_POINTS, n_layer + 1) */
};

static void mark(void *user, int point, int layer,
                 const struct hook_owner *owner, bool edit,
                 const struct transect_reduction *reduction)
{
    const struct surveyed *surveyed = user;

    (void)owner;
    (void)edit;
    (void)reduction;
    surveyed->places[point * (surveyed->n_layer + 1) + layer + 1] = true;
}

/* how: behind each place. */
static void print_places(const struct surveyed *surveyed, const char *how)
{
    for (int point = 0; point < TRANSECT_N_POINTS; point++) {
        const bool *at = surveyed->places +
                         point * (surveyed->n_layer + 1) + 1;

        for (int l = -1; l < surveyed->n_layer; l++) {
            int from = l;

            if (!at[l])
                continue;
            while (from >= 0 && l + 1 < surveyed->n_layer && at[l + 1])
                l++;
            print_place(point, from, l);
            text_printf(" %s\n", how);
        }
    }
}

/* What n variants of the same sections want of the survey, together: a sweep
 * has hundreds, whose wishes differ by little. */
static void print_wishes(const struct plan *plan,
                         const struct variant_run *variants, size_t n,
                         const char *whose)
{
    struct surveyed surveyed = {.n_layer = plan->model->config.n_layer};
    size_t size = TRANSECT_N_POINTS * ((size_t)surveyed.n_layer + 1);

    for (size_t j = 0; j < variants->n_instances; j++) {
        char *how = mem_printf("observed by %s of %s",
                               variants->instances[j]->owner.id, whose);

        surveyed.places = mem_new(size, sizeof *surveyed.places);
        for (size_t i = 0; i < n; i++)
            hooks_visit(plan->survey, &variants[i].instances[j]->owner, mark,
                        &surveyed);
        print_places(&surveyed, how);
        free(surveyed.places);
        free(how);
    }
}

static void print_survey(const struct plan *plan)
{
    printf("\nsurvey of the unedited model, before the variants: "
           "%.4g GFLOP\n", cost_pass_flops(plan, plan->survey, 0) / 1e9);
    for (size_t i = 0; i < plan->n_variants; i++)
        if (!variant_sweep(&plan->variants[i]))
            print_wishes(plan, &plan->variants[i], 1, plan->variants[i].name);
    for (size_t i = 0; i < plan->experiment->n_sweeps; i++) {
        const struct sweep *sweep = &plan->experiment->sweeps[i];
        char *whose = mem_printf("sweep %s, %zu variants",
                                 sweep->section.name, sweep->n);

        print_wishes(plan, plan_sweep_variants(plan, sweep), sweep->n, whose);
        free(whose);
    }
}

/* Passes that go before those of the variants, and what is kept of them; that
 * of the pairs has been told with their variant. */
static void print_source(const struct plan *plan, int kind)
{
    const struct captures *captures = plan->captures[kind];
    struct surveyed kept = {.n_layer = plan->model->config.n_layer};

    if (kind == TRANSECT_FROM_PAIR)
        text_printf("\nsource %s: the pass of the variant\n",
                    source_name(kind));
    else
        text_printf("\nsource %s: %zu tokens in a pass before each of the "
                    "variants', %.4g GFLOP\n", source_name(kind),
                    source_tokens(plan, kind),
                    cost_source_flops(plan, kind) / 1e9);
    kept.places = mem_new(TRANSECT_N_POINTS * ((size_t)kept.n_layer + 1),
                          sizeof *kept.places);
    hooks_visit(captures_hooks(captures), captures_owner(captures), mark,
                &kept);
    print_places(&kept, "kept for edits");
    free(kept.places);
}

/* How weights are held, and the limit that decides it. */
static void print_way(const struct memory *memory)
{
    struct memory other = *memory;
    const char *limit = memory->given ? "[run] memory"
                                      : "half of this machine's memory";

    text_printf("weights are %s", memory_way(memory));
    other.convert = true;
    if (memory->stored && !memory->split)
        text_printf(
            ": float32 copies %s %.1f MB, %s is %.1f MB",
            memory->given ? "make it" : "take",
            (double)(memory->given ? memory_held(&other) : memory->stored) /
                1e6,
            limit, (double)memory->limit / 1e6);
    else if (memory->given)
        printf("; [run] memory is %.1f MB", (double)memory->limit / 1e6);
    putchar('\n');
}

static void print_memory(const struct memory *memory)
{
    printf("memory: %.1f MB held: %.1f MB of files",
           (double)memory_held(memory) / 1e6, (double)memory->files / 1e6);
    if (memory->copies)
        printf(", %.1f MB of copies of vectors and of what plugins read",
               (double)memory->copies / 1e6);
    if (memory->stored && memory->convert)
        text_printf(", %.1f MB of %s", (double)memory->stored / 1e6,
                    memory->split ? "packed bfloat16" : "float32 copies");
    if (memory->stored && memory_has_panel(memory))
        printf(", %.1f MB of a panel", (double)memory->panel / 1e6);
    printf(", %.1f MB of buffers", (double)memory->buffers / 1e6);
    if (memory->captures && !memory->captures_in_file)
        printf(", %.1f MB of kept rows", (double)memory->captures / 1e6);
    putchar('\n');
    if (memory->captures_in_file)
        printf("kept rows are in a temporary file: %.1f MB\n",
               (double)memory->captures / 1e6);
    print_way(memory);
    if (memory->split)
        puts("products of weights: split-bfloat16 (AMX), all else in float32");
}

static void print_threads(const struct plan *plan)
{
    int forks = thread_policy_forks(plan),
        threads = openblas_get_num_threads();

    if (plan->workers)
        text_printf("threads: %d worker%s for %d variants that fork\n",
                    plan->workers, plan->workers == 1 ? "" : "s", forks);
    else
        printf("threads: %d, which share every pass\n", threads);
}

/* How forks travel; see run/train.h. */
static void print_trains(const struct plan *plan)
{
    uint64_t kept = kv_store_bytes(&plan->model->config,
                                   plan->batches.max_tokens);

    if (!thread_policy_forks(plan))
        return;
    printf("forks: in passes of up to %d rows, as many as fit",
           thread_policy_train(plan));
    if (plan->prefixes)
        printf(", from the first row on that they edit or hear; keys and "
               "values before it are of the shared pass: %.1f MB",
               (double)kept / 1e6);
    putchar('\n');
}

/* A guess at how long the products take, from some that are timed now. */
static void print_time(const struct plan *plan, double flops)
{
    int threads = plan->workers ? plan->workers : openblas_get_num_threads();
    double rate = gemm_rate(threads), seconds = flops / rate;

    fputs("time: an estimate: these products take about ", stdout);
    if (seconds < 60)
        printf("%.2g seconds", seconds);
    else if (seconds < 3600)
        printf("%.1f minutes", seconds / 60);
    else
        printf("%.1f hours", seconds / 3600);
    text_printf(" at the %.3g GFLOP/s that %d thread%s reached just now; what "
                "lies between products and what plugins compute come on top\n",
                rate / 1e9, threads, threads == 1 ? "" : "s");
}

static void print_plan(const struct plan *plan)
{
    const struct config *config = &plan->model->config;
    char *samples = samples_text(plan->samples);
    char *ignored = model_ignored_text(plan->model);
    struct cost cost = cost_plan(plan);

    text_printf("%s: %s\n", plan->experiment->name, plan->experiment->title);
    text_printf("model %s: %s, %d layers, %d heads, width %d\n",
                plan->model->files->path, config->model_type, config->n_layer,
                config->n_head, config->d_model);
    if (ignored)
        text_printf("ignored tensors: %s\n", ignored);
    free(ignored);
    text_printf("input: %s, %d to a forward pass\n", samples,
                plan->batches.max_samples);
    free(samples);
    outcome_input(plan, stdout);
    outcome_lists(plan, stdout);
    if (plan_has_survey(plan))
        print_survey(plan);
    for (size_t i = 0; i < plan->n_variants; i++)
        if (!variant_sweep(&plan->variants[i]))
            print_variant(plan, &plan->variants[i]);
    print_sweeps(plan);
    for (int i = 0; i < TRANSECT_N_SOURCES; i++)
        if (captures_any(plan->captures[i]))
            print_source(plan, i);
    printf("\ncost: %.4g GFLOP in matrix products, %.1f MB of buffers\n",
           cost.flops / 1e9, (double)cost.buffers / 1e6);
    print_memory(&plan->memory);
    print_threads(plan);
    print_trains(plan);
    print_time(plan, cost.flops);
}

/* A plan that a plugin has failed in is told all the same. */
static int print_and_judge(const struct plan *plan, struct error *err)
{
    struct outcome_failures failures = {0};
    int status = ST_OK;

    print_plan(plan);
    outcome_judge_plan(plan, &failures);
    for (size_t i = 0; i < failures.n; i++)
        text_printf("\nfailed: %s\n", failures.texts[i]);
    if (failures.n)
        status = error_set(err, ST_FAILED, "%s", failures.texts[0]);
    outcome_failures_free(&failures);
    return status;
}

int cmd_check(int argc, char **argv)
{
    struct run_options options;
    const struct plan *plan = NULL;
    struct error err = {0};
    int status = run_options_parse(argc, argv, false, &options);

    if (!status && options.help) {
        fputs(help_text, stdout);
        status = cli_flush();
    } else if (!status) {
        crash_report_signals();
        crash_report_interrupts();
        status = plan_make(
            &(struct plan_settings){.file = options.file,
                                    .sets = options.sets,
                                    .n_sets = options.n_sets,
                                    .plugin_dir = options.plugin_dir},
            &plan, &err);
        if (!status)
            status = run_options_check_debug(&err);
        if (!status)
            status = file_watch_check(&err);
        if (!status)
            status = print_and_judge(plan, &err);
        if (status)
            cli_error(&err);
        else
            status = cli_flush();
        plan_free(plan);
    }
    run_options_clear(&options);
    return status;
}
