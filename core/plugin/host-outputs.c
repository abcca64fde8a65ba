/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-outputs.c - what plugins make: tables, files, figures, sentences. */
#include "plugin/host-internal.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Where what a plugin makes now belongs; NULL if it is not the time. */
static struct plugin_outputs *outputs_now(transect_ctx *ctx)
{
    if (ctx->phase == PHASE_FINISH)
        return &ctx->own;
    return ctx->phase == PHASE_COMPARE ? &ctx->comparison : NULL;
}

/* Where what a plugin makes now belongs; NULL with the failure recorded if it
 * cannot be made, now or with this name. */
static struct plugin_outputs *outputs_for(transect_ctx *ctx, const char *what,
                                          const char *name)
{
    struct plugin_outputs *outputs = outputs_now(ctx);
    const char *why = outputs ? plugin_outputs_objection(name)
                              : "it can be made in finish and compare alone";

    if (why)
        host_record(ctx, ST_PLUGIN, "%s '%.*s' refused: %s", what,
                    PLUGIN_OUTPUT_NAME, name ? name : "", why);
    return why ? NULL : outputs;
}

/* Is FILE the name STEM + EXTENSION? */
static bool is_made_of(const char *file, const char *stem,
                       const char *extension)
{
    size_t length = strlen(stem);

    return strncmp(file, stem, length) == 0 &&
           strcmp(file + length, extension) == 0;
}

static bool has_table(const struct plugin_outputs *outputs, const char *file)
{
    for (size_t i = 0; i < outputs->n_tables; i++)
        if (is_made_of(file, outputs->tables[i]->name, ".csv"))
            return true;
    return false;
}

/* Is FILE written for a table, a figure (as .png, .svg and .pdf) or a file? */
static bool holds(const struct plugin_outputs *outputs, const char *file)
{
    for (size_t i = 0; i < outputs->n_files; i++)
        if (strcmp(outputs->files[i].name, file) == 0)
            return true;
    for (size_t i = 0; i < outputs->n_figures; i++)
        if (is_made_of(file, outputs->figures[i]->name, ".png") ||
            is_made_of(file, outputs->figures[i]->name, ".svg") ||
            is_made_of(file, outputs->figures[i]->name, ".pdf"))
            return true;
    return has_table(outputs, file);
}

/* NAME + EXTENSION is to be made. In comparison/, where the outputs of compare
 * go, the tables of finish, set against the baseline's, have their names,
 * too; its files and figures do not go there. */
static bool is_taken(const transect_ctx *ctx,
                     const struct plugin_outputs *outputs, const char *name,
                     const char *extension)
{
    char *file = mem_printf("%s%s", name, extension);
    bool taken = holds(outputs, file) ||
                 (outputs == &ctx->own && growing_has(&ctx->growing, file)) ||
                 (outputs == &ctx->comparison && has_table(&ctx->own, file));

    free(file);
    return taken;
}

/* What comparisons will want of a table is asked of those of finish. */
static void check_table(transect_ctx *ctx,
                        const struct plugin_outputs *outputs,
                        const struct transect_table *table)
{
    struct error err = table->error;

    if (!err.status && outputs == &ctx->own)
        table_check_compared(table, NULL, &err);
    if (err.status)
        host_record(ctx, ST_PLUGIN, "%s", err.text);
}

/* What is refused is filled all the same, and freed with the instance. */
transect_table *host_table_new(transect_ctx *ctx, const char *name,
                               const struct transect_column *columns,
                               size_t n)
{
    struct plugin_outputs *outputs = outputs_for(ctx, "table", name);
    struct transect_table *table = table_new(outputs ? name : "?", columns, n);

    if (outputs && is_taken(ctx, outputs, name, ".csv"))
        host_record(ctx, ST_PLUGIN, "'%s.csv' is made twice", name);
    else if (outputs)
        check_table(ctx, outputs, table);
    outputs = outputs ? outputs : &ctx->own;
    MEM_PUSH(outputs->tables, outputs->n_tables);
    outputs->tables[outputs->n_tables++] = table;
    return table;
}

int host_file(transect_ctx *ctx, const char *name, const void *bytes,
              size_t size)
{
    struct plugin_outputs *outputs = outputs_for(ctx, "file", name);
    struct plugin_output_file *file;

    if (!outputs)
        return TRANSECT_FAILED;
    if (size && !bytes)
        return host_fail(ctx, "file '%s' refused: its %zu bytes are at NULL",
                         name, size);
    if (is_taken(ctx, outputs, name, ""))
        return host_fail(ctx, "'%s' is made twice", name);
    MEM_PUSH(outputs->files, outputs->n_files);
    file = &outputs->files[outputs->n_files++];
    file->name = mem_strdup(name);
    file->bytes = mem_new(size, 1);
    file->size = size;
    if (size)
        memcpy(file->bytes, bytes, size);
    return TRANSECT_OK;
}

int host_figure(transect_ctx *ctx, const char *name, const char *title,
                const struct transect_panel *panels, size_t n,
                int32_t columns)
{
    struct plugin_outputs *outputs = outputs_for(ctx, "figure", name);
    struct error err = {0};
    struct figure *figure;

    if (!outputs)
        return TRANSECT_FAILED;
    if (is_taken(ctx, outputs, name, ".png") ||
        is_taken(ctx, outputs, name, ".svg"))
        return host_fail(ctx, "figure '%s' is made twice", name);
    if (figure_new(name, title, panels, n, columns, &figure, &err))
        return host_fail(ctx, "%s", err.text);
    MEM_PUSH(outputs->figures, outputs->n_figures);
    outputs->figures[outputs->n_figures++] = figure;
    return TRANSECT_OK;
}

/* A copy of a finding, a verdict or its rule; "" for NULL, which is a failure.
 */
static char *copy_words(transect_ctx *ctx, const char *text)
{
    if (!text)
        host_record(ctx, ST_PLUGIN,
                    "a finding, or a verdict or its rule, is "
                    "NULL");
    return mem_strdup(text ? text : "");
}

/* The same at the wrong time: kept with those of finish. */
static struct plugin_outputs *outputs_for_words(transect_ctx *ctx)
{
    struct plugin_outputs *outputs = outputs_now(ctx);

    return outputs ? outputs : &ctx->own;
}

/* Takes over the text. */
static void add_saying(transect_ctx *ctx, char *text)
{
    struct plugin_outputs *outputs = outputs_for_words(ctx);

    MEM_PUSH(outputs->sayings, outputs->n_sayings);
    outputs->sayings[outputs->n_sayings++] = text;
}

void host_say(transect_ctx *ctx, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_saying(ctx, mem_vprintf(format, args));
    va_end(args);
}

void host_say_text(transect_ctx *ctx, const char *text)
{
    add_saying(ctx, copy_words(ctx, text));
}

/* Takes over the text. */
static void add_verdict(transect_ctx *ctx, const char *rule, char *text)
{
    struct plugin_outputs *outputs = outputs_for_words(ctx);

    MEM_PUSH(outputs->verdicts, outputs->n_verdicts);
    outputs->verdicts[outputs->n_verdicts++] = (struct plugin_output_verdict){
        .rule = copy_words(ctx, rule), .text = text};
}

void host_verdict(transect_ctx *ctx, const char *rule, const char *format,
                  ...)
{
    va_list args;

    va_start(args, format);
    add_verdict(ctx, rule, mem_vprintf(format, args));
    va_end(args);
}

void host_verdict_text(transect_ctx *ctx, const char *rule, const char *text)
{
    add_verdict(ctx, rule, copy_words(ctx, text));
}
