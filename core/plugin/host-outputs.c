/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-outputs.c - what plugins make: tables, files, figures, sentences. */
#include "plugin/host-internal.h"

#include "base/mem.h"

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

static bool plain_name(const char *name)
{
    return name && name[0] && name[0] != '.' && !strchr(name, '/');
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

/* Is FILE written for a table, a figure (as .png and as .svg) or a file? */
static bool holds(const struct plugin_outputs *outputs, const char *file)
{
    for (size_t i = 0; i < outputs->n_files; i++)
        if (strcmp(outputs->files[i].name, file) == 0)
            return true;
    for (size_t i = 0; i < outputs->n_figures; i++)
        if (is_made_of(file, outputs->figures[i]->name, ".png") ||
            is_made_of(file, outputs->figures[i]->name, ".svg"))
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
                 (outputs == &ctx->comparison && has_table(&ctx->own, file));

    free(file);
    return taken;
}

transect_table *host_table_new(transect_ctx *ctx, const char *name,
                               const struct transect_column *columns,
                               size_t n)
{
    struct plugin_outputs *outputs = outputs_now(ctx);
    struct transect_table *table = table_new(plain_name(name) ? name : "?",
                                             columns, n);

    if (!outputs || !plain_name(name) || n == 0)
        host_record(ctx, ST_PLUGIN, "table '%s' refused: tables have a "
                    "plain name, columns, and are made in finish or compare",
                    name ? name : "");
    else if (is_taken(ctx, outputs, name, ".csv"))
        host_record(ctx, ST_PLUGIN, "'%s.csv' is made twice", name);
    /* The plugin fills it all the same; it is freed with the instance. */
    outputs = outputs ? outputs : &ctx->own;
    MEM_PUSH(outputs->tables, outputs->n_tables);
    outputs->tables[outputs->n_tables++] = table;
    return table;
}

int host_file(transect_ctx *ctx, const char *name, const void *bytes,
              size_t size)
{
    struct plugin_outputs *outputs = outputs_now(ctx);
    struct plugin_output_file *file;

    if (!outputs || !plain_name(name))
        return host_fail(ctx, "file '%s' refused: files have a plain name "
                         "and are made in finish or compare",
                         name ? name : "");
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
    struct plugin_outputs *outputs = outputs_now(ctx);
    struct error err = {0};
    struct figure *figure;

    if (!outputs || !plain_name(name))
        return host_fail(ctx, "figure '%s' refused: figures have a plain "
                         "name and are made in finish or compare",
                         name ? name : "");
    if (is_taken(ctx, outputs, name, ".png") ||
        is_taken(ctx, outputs, name, ".svg"))
        return host_fail(ctx, "figure '%s' is made twice", name);
    if (figure_new(name, title, panels, n, columns, &figure, &err))
        return host_fail(ctx, "%s", err.text);
    MEM_PUSH(outputs->figures, outputs->n_figures);
    outputs->figures[outputs->n_figures++] = figure;
    return TRANSECT_OK;
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
    add_saying(ctx, mem_strdup(text));
}

/* Takes over the text. */
static void add_verdict(transect_ctx *ctx, const char *rule, char *text)
{
    struct plugin_outputs *outputs = outputs_for_words(ctx);

    MEM_PUSH(outputs->verdicts, outputs->n_verdicts);
    outputs->verdicts[outputs->n_verdicts++] = (struct plugin_output_verdict){
        .rule = mem_strdup(rule), .text = text};
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
    add_verdict(ctx, rule, mem_strdup(text));
}
