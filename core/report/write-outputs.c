/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* write-outputs.c - tables, files and figures of a run, in its folder. */
#include "report/outcome.h"

#include "base/mem.h"
#include "base/random-normal.h"
#include "report/inert-edits.h"
#include "report/outcome-internal.h"
#include "results/paired-statistics.h"

#include <stdlib.h>
#include <string.h>

int outcome_excuse(struct outcome_writer *writer, const char *name)
{
    struct error *err = writer->err;

    if (err->status != ST_PLUGIN)
        return err->status;
    outcome_fail(writer->failures,
                 mem_printf("%s is not written: %s", name, err->text));
    *err = (struct error){0};
    return ST_OK;
}

int outcome_file(struct outcome_writer *writer, const char *name,
                 const void *bytes, size_t size)
{
    results_write(writer->results, name, bytes, size, writer->err);
    return outcome_excuse(writer, name);
}

int outcome_table(struct outcome_writer *writer,
                  const struct transect_table *table, const char *variant,
                  const char *name)
{
    char *text;
    size_t size;
    int status;

    table_csv(table, variant, &text, &size);
    status = outcome_file(writer, name, text, size);
    outcome_describe(writer, name, table, variant != NULL);
    free(text);
    return status;
}

/* A picture that was drawn; what could not be is no fault of the disk. */
static int write_drawing(struct outcome_writer *writer, const char *stem,
                         const char *extension, int drawn,
                         const unsigned char *bytes, size_t size)
{
    char *name = mem_printf("%s.%s", stem, extension);
    int status;

    if (drawn)
        writer->err->status = ST_PLUGIN;
    status = drawn ? outcome_excuse(writer, name)
                   : outcome_file(writer, name, bytes, size);
    free(name);
    return status;
}

/* As [figures] has it. */
static struct figure styled_figure(const struct figure *figure,
                                   const struct drawing_spec *drawing)
{
    struct figure styled = *figure;

    styled.style = (struct figure_style){
        .width = drawing->width,
        .height = drawing->height,
        .type = drawing->font_size,
        .no_title = drawing->no_title,
        .no_labels = drawing->no_labels,
    };
    return styled;
}

/* Of one format, unless [figures] formats leaves it out. */
static int write_format(struct outcome_writer *writer,
                        const struct figure *figure,
                        enum drawing_format format,
                        const struct figure_text *texts, size_t n_texts,
                        const char *stem)
{
    const struct drawing_spec *drawing = &writer->plan->experiment->drawing;
    unsigned char *bytes = NULL;
    size_t size = 0;
    int drawn, status;

    if (drawing->left_out[format])
        return ST_OK;
    switch (format) {
    case DRAWING_PNG:
        drawn = figure_png(figure, texts, n_texts, &bytes, &size, writer->err);
        break;
    case DRAWING_SVG:
        drawn = figure_svg(figure, &bytes, &size, writer->err);
        break;
    default:
        drawn = figure_pdf(figure, texts, n_texts, &bytes, &size, writer->err);
    }
    status = write_drawing(writer, stem, drawing_formats[format], drawn,
                           bytes, size);
    free(bytes);
    return status;
}

int outcome_figure(struct outcome_writer *writer, const struct figure *figure,
                   const char *stem)
{
    const struct plan *plan = writer->plan;
    struct figure styled = styled_figure(figure, &plan->experiment->drawing);
    struct figure_text texts[] = {
        {"Title", figure->title ? figure->title : figure->name},
        {"Software", "transect " PACKAGE_VERSION},
        {"Experiment", plan->experiment->title},
        {"Source", plan->experiment->ini->path},
        {"Model", plan->model->files->path},
        {"Input SHA-256", plan->samples->sha256},
        {"Figure", stem},
    };
    int status = ST_OK;

    for (int format = 0; format < DRAWING_N_FORMATS && !status; format++)
        status = write_format(writer, &styled, (enum drawing_format)format,
                              texts, sizeof texts / sizeof texts[0], stem);
    return status;
}

/* WHERE/ID/TABLE.csv, WHERE/ID/FILE, and unless [run] figures leaves it out,
 * WHERE/ID/FIGURE.png, .svg and .pdf. */
static int write_outputs(struct outcome_writer *writer, const char *where,
                         const char *id, const struct plugin_outputs *outputs)
{
    char *folder = mem_path(where, id);
    size_t n_figures = outputs->n_figures;
    int status = ST_OK;

    if (!experiment_draws(writer->plan->experiment, folder))
        n_figures = 0;
    for (size_t i = 0; i < outputs->n_tables && !status; i++) {
        const struct transect_table *table = outputs->tables[i];
        char *name = mem_printf("%s/%s.csv", folder, table->name);

        status = outcome_table(writer, table, where, name);
        free(name);
    }
    for (size_t i = 0; i < outputs->n_files && !status; i++) {
        const struct plugin_output_file *file = &outputs->files[i];
        char *name = mem_path(folder, file->name);

        status = outcome_file(writer, name, file->bytes, file->size);
        free(name);
    }
    for (size_t i = 0; i < n_figures && !status; i++) {
        const struct figure *figure = outputs->figures[i];
        char *stem = mem_path(folder, figure->name);

        status = outcome_figure(writer, figure, stem);
        free(stem);
    }
    free(folder);
    return status;
}

/* Nothing is written of an instance that was disabled: its tables may be
 * half filled. */
static int write_instance(struct outcome_writer *writer,
                          const struct variant_run *variant,
                          struct transect_ctx *instance)
{
    const char *id = instance->owner.id;

    if (instance->owner.disabled || !plan_shows(writer->plan, variant))
        return ST_OK;
    if (write_outputs(writer, variant->name, id, &instance->own) ||
        growing_publish(&instance->growing, writer->results, writer->err))
        return writer->err->status;
    return write_outputs(writer, "comparison", id, &instance->comparison);
}

/* comparison/ID/NAME.csv, of a table that is NULL or given up. */
static int write_compared(struct outcome_writer *writer, const char *id,
                          const char *name, struct transect_table *table)
{
    char *path = mem_printf("comparison/%s/%s.csv", id, name);
    int status = ST_OK;

    if (table) {
        if (table_check(table, writer->err))
            writer->err->status = ST_PLUGIN;
        status = writer->err->status ? outcome_excuse(writer, path)
                                     : outcome_table(writer, table, NULL,
                                                     path);
    }
    free(path);
    table_free(table);
    return status;
}

/* Means over samples beside the table of all of them. */
static int write_means(struct outcome_writer *writer, const char *id,
                       const struct transect_table *compared)
{
    struct paired_signs *signs = paired_signs_new(
        random_key(writer->plan->experiment->seed, PAIRED_KEY));
    char *name = mem_printf("%s-means", compared->name);
    struct transect_table *means = table_means(compared, signs);
    int status;

    paired_signs_free(signs);
    table_untest(means, compared);
    status = write_compared(writer, id, name, means);
    free(name);
    return status;
}

/* One table of one observer, of every variant against the baseline; a sweep's
 * have a table of their own. */
static int write_comparison(struct outcome_writer *writer, size_t observer,
                            const struct transect_table *baseline)
{
    const struct plan *plan = writer->plan;
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
    if (all && !all->error.status && table_is_paired(baseline))
        status = write_means(writer, id, all);
    if (status) {
        table_free(all);
        return status;
    }
    return write_compared(writer, id, baseline->name, all);
}

static int write_inert(struct outcome_writer *writer)
{
    struct transect_table *table = inert_table(writer->plan);
    int status = table ? outcome_table(writer, table, NULL, INERT_TABLE)
                       : ST_OK;

    table_free(table);
    return status;
}

int outcome_write(const struct run *run, struct outcome_writer *writer)
{
    const struct plan *plan = run->plan;
    const struct variant_run *baseline = plan_baseline(plan);
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances && !status; j++)
            status = write_instance(writer, &plan->variants[i],
                                    plan->variants[i].instances[j]);
    for (size_t i = 0; baseline && i < baseline->n_instances; i++) {
        const struct transect_ctx *instance = baseline->instances[i];

        if (instance->owner.disabled)
            continue;
        for (size_t j = 0; j < instance->own.n_tables && !status; j++)
            status = write_comparison(writer, i, instance->own.tables[j]);
    }
    if (!status)
        status = write_inert(writer);
    if (!status)
        status = outcome_samples(writer);
    return status ? status : outcome_sweeps(run, writer);
}
