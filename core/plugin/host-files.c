/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-files.c - files that plugins write while the run goes on. */
#include "plugin/host-internal.h"

#include <transect/files.h>

/* Why the instance cannot have such a file, or NULL. */
static const char *objection(const transect_ctx *ctx, const char *name)
{
    const char *why = plugin_outputs_objection(name);

    if (why)
        return why;
    if (ctx->phase != PHASE_READY && ctx->phase != PHASE_SURVEYED)
        return "it can be opened in ready and surveyed alone";
    if (ctx->process)
        return "it cannot be written from an isolated process; leave "
               "isolation out";
    if (ctx->tables_only)
        return "of a sweep's variants only tables are kept; name the variant "
               "in [run] figures, or leave out the plugin or the sweep";
    return growing_has(&ctx->growing, name) ? "it is made twice" : NULL;
}

static int32_t files_open(transect_ctx *ctx, const char *name,
                          uint64_t expected)
{
    const char *why = objection(ctx, name);

    if (!why && ctx->growing.n < INT32_MAX)
        return (int32_t)growing_add(&ctx->growing, name, expected);
    host_record(ctx, ctx->process || ctx->tables_only ? ST_USAGE : ST_PLUGIN,
                "file '%.*s' refused: %s", PLUGIN_OUTPUT_NAME,
                name ? name : "", why ? why : "there are too many");
    return TRANSECT_FAILED;
}

static bool may_write(transect_ctx *ctx, const char *function, int32_t file,
                      const void *bytes, size_t size)
{
    if (file < 0 || (size_t)file >= ctx->growing.n)
        host_record(ctx, ST_PLUGIN, "%s: there is no file %d", function,
                    (int)file);
    else if (size && !bytes)
        host_record(ctx, ST_PLUGIN, "%s: the %zu bytes for '%s' are at NULL",
                    function, size, ctx->growing.all[file].name);
    else
        return true;
    return false;
}

static int files_append(transect_ctx *ctx, int32_t file, const void *bytes,
                        size_t size)
{
    struct error err = {0};

    if (!may_write(ctx, "append", file, bytes, size))
        return TRANSECT_FAILED;
    if (ctx->phase != PHASE_RUN && ctx->phase != PHASE_FINISH)
        return host_fail(ctx, "append is for begin to finish");
    if (growing_append(&ctx->growing, (size_t)file, bytes, size, &err))
        return host_fail(ctx, "%s", err.text);
    return TRANSECT_OK;
}

static int files_overwrite(transect_ctx *ctx, int32_t file, uint64_t offset,
                           const void *bytes, size_t size)
{
    uint64_t there;

    if (!may_write(ctx, "overwrite", file, bytes, size))
        return TRANSECT_FAILED;
    there = ctx->growing.all[file].size;
    if (ctx->phase != PHASE_FINISH)
        return host_fail(ctx, "overwrite is for finish");
    if (offset > there || size > there - offset)
        return host_fail(ctx, "overwrite: '%s' has only %llu bytes",
                         ctx->growing.all[file].name,
                         (unsigned long long)there);
    growing_overwrite(&ctx->growing, (size_t)file, offset, bytes, size);
    return TRANSECT_OK;
}

const struct transect_files_host host_files = {
    .size = sizeof host_files,
    .open = files_open,
    .append = files_append,
    .overwrite = files_overwrite,
};
