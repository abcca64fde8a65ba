/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* write-outputs.c - tables, files and figures of a run, in its folder. */
#include "report/outcome.h"

#include "base/mem.h"
#include "report/outcome-internal.h"

#include <stdlib.h>
#include <string.h>

int outcome_table(const struct transect_table *table, const char *name,
                  struct results *results, struct error *err)
{
    char *text;
    size_t size;
    int status;

    table_csv(table, &text, &size);
    status = results_write(results, name, text, size, err);
    free(text);
    return status;
}

static int write_drawing(const char *stem, const char *extension,
                         const unsigned char *bytes, size_t size,
                         struct results *results, struct error *err)
{
    char *name = mem_printf("%s.%s", stem, extension);
    int status = results_write(results, name, bytes, size, err);

    free(name);
    return status;
}

/* STEM.png, with title, experiment and program in its text chunks, and
 * STEM.svg. */
int outcome_figure(const struct plan *plan, const struct figure *figure,
                   const char *stem, struct results *results,
                   struct error *err)
{
    struct figure_text texts[] = {
        {"Title", figure->title ? figure->title : figure->name},
        {"Software", "transect " PACKAGE_VERSION},
        {"Experiment", plan->experiment->title},
        {"Source", plan->experiment->ini->path},
        {"Model", plan->model->files->path},
        {"Input SHA-256", plan->samples->sha256},
        {"Figure", stem},
    };
    unsigned char *bytes = NULL;
    size_t size;
    int status = figure_png(figure, texts, sizeof texts / sizeof texts[0],
                            &bytes, &size, err);

    if (!status)
        status = write_drawing(stem, "png", bytes, size, results, err);
    free(bytes);
    bytes = NULL;
    if (!status)
        status = figure_svg(figure, &bytes, &size, err);
    if (!status)
        status = write_drawing(stem, "svg", bytes, size, results, err);
    free(bytes);
    return status;
}

/* FOLDER/TABLE.csv, FOLDER/FILE, and unless [run] figures leaves it out,
 * FOLDER/FIGURE.png and .svg. */
static int write_outputs(const struct plan *plan, const char *folder,
                         const struct plugin_outputs *outputs,
                         struct results *results, struct error *err)
{
    size_t n_figures = outputs->n_figures;
    int status = ST_OK;

    if (!experiment_draws(plan->experiment, folder))
        n_figures = 0;
    for (size_t i = 0; i < outputs->n_tables && !status; i++) {
        const struct transect_table *table = outputs->tables[i];
        char *name = mem_printf("%s/%s.csv", folder, table->name);

        status = outcome_table(table, name, results, err);
        free(name);
    }
    for (size_t i = 0; i < outputs->n_files && !status; i++) {
        const struct plugin_output_file *file = &outputs->files[i];
        char *name = mem_path(folder, file->name);

        status = results_write(results, name, file->bytes, file->size, err);
        free(name);
    }
    for (size_t i = 0; i < n_figures && !status; i++) {
        const struct figure *figure = outputs->figures[i];
        char *stem = mem_path(folder, figure->name);

        status = outcome_figure(plan, figure, stem, results, err);
        free(stem);
    }
    return status;
}

/* Nothing is written of an instance that was disabled: its tables may be
 * half filled. */
static int write_instance(const struct plan *plan,
                          const struct variant_run *variant,
                          const struct transect_ctx *instance,
                          struct results *results, struct error *err)
{
    char *folder;
    int status;

    if (instance->owner.disabled || !plan_shows(plan, variant))
        return ST_OK;
    folder = mem_path(variant->name, instance->owner.id);
    status = write_outputs(plan, folder, &instance->own, results, err);
    free(folder);
    if (status)
        return status;
    folder = mem_path("comparison", instance->owner.id);
    status = write_outputs(plan, folder, &instance->comparison, results,
                           err);
    free(folder);
    return status;
}

/* One table of one observer, of every variant against the baseline; a sweep's
 * have a table of their own. */
static int write_comparison(const struct plan *plan, size_t observer,
                            const struct transect_table *baseline,
                            struct results *results, struct error *err)
{
    const char *id = plan->variants[0].instances[observer]->owner.id;
    struct transect_table *all = NULL;
    int status = ST_OK;

    for (size_t i = 1; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];
        const struct transect_table *table = instance_table(
            variant->instances[variant->n_edits + observer], baseline->name);

        if (table && plan_shows(plan, variant))
            all = table_compare(all, variant->name, table, baseline);
    }
    if (all) {
        char *name = mem_printf("comparison/%s/%s.csv", id, baseline->name);

        status = table_check(all, err)
                     ? err->status
                     : outcome_table(all, name, results, err);
        free(name);
        table_free(all);
    }
    return status;
}

int outcome_write(const struct run *run, struct results *results,
                  struct error *err)
{
    const struct plan *plan = run->plan;
    const struct variant_run *baseline = plan_baseline(plan);
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances && !status; j++)
            status = write_instance(plan, &plan->variants[i],
                                    plan->variants[i].instances[j], results,
                                    err);
    for (size_t i = 0; baseline && i < baseline->n_instances; i++) {
        const struct transect_ctx *instance = baseline->instances[i];

        if (instance->owner.disabled)
            continue;
        for (size_t j = 0; j < instance->own.n_tables && !status; j++)
            status = write_comparison(plan, i, instance->own.tables[j],
                                      results, err);
    }
    return status ? status : outcome_sweeps(run, results, err);
}
