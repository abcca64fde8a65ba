/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-points.c - transect points: the hook points of a model. */
#include "base/mem.h"
#include "base/read-file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "hooks/hook-points.h"
#include "model/arch.h"
#include "model/model.h"
#include "sandbox/crash-report.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "usage: transect points [MODEL]\n\n"
    "Lists the hook points: name, shape, meaning. With MODEL, a folder\n"
    "or GGUF file, shapes have its numbers. T stands for the tokens of a\n"
    "sample.\n";

/* "T x 64, 12 heads"; config NULL: letters for numbers. */
static char *shape_text(int point, const struct config *config)
{
    static const char *const letters[] = {"D", "d", "F", "V", "T"};
    const struct point_info *info = point_info(point);
    const char *heads = info->per_kv_head ? "Hkv" : "H";

    if (!config || info->width == WIDTH_KEYS) {
        const char *letter = letters[info->width];

        if (!info->per_head)
            return mem_printf("T x %s", letter);
        if (!config)
            return mem_printf("T x %s, %s heads", letter, heads);
        return mem_printf("T x T, %d heads", point_heads(point, config));
    }
    if (info->per_head)
        return mem_printf("T x %d, %d heads",
                          point_columns(point, config, 0),
                          point_heads(point, config));
    return mem_printf("T x %d", point_columns(point, config, 0));
}

static void print_point(int point, const struct config *config,
                        const struct arch *arch)
{
    const struct point_info *info = point_info(point);
    const char *why = NULL, *note = NULL;
    char *shape;

    if (config && !model_has_point(config, arch, point, &why)) {
        text_printf("%-12s %-20s %-5s %s\n", info->name, "-", "-", why);
        return;
    }
    if (config)
        note = model_point_note(config, point);
    shape = shape_text(point, config);
    text_printf("%-12s %-20s %-5s %s%s%s%s\n", info->name, shape, "edit",
                info->meaning, info->layered ? "" : " (once, not per layer)",
                note ? "; " : "", note ? note : "");
    free(shape);
}

static int print_points(const char *path)
{
    struct model *model = NULL;
    struct error err;

    if (path && model_configure(path, &model, &err))
        return cli_error(&err);
    if (file_watch_check(&err)) {
        model_close(model);
        return cli_error(&err);
    }
    if (model)
        text_printf("%s: %s, %d layers\n\n", path, model->config.model_type,
                    model->config.n_layer);
    else
        puts("T tokens, D model width, H heads, Hkv key/value heads, d head "
             "width,\nF MLP width, V vocabulary. Every point can be "
             "observed and edited.\n");
    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        print_point(point, model ? &model->config : NULL,
                    model ? model->arch : NULL);
    model_close(model);
    return cli_flush();
}

int cmd_points(int argc, char **argv)
{
    static const struct option known[] = {
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option = getopt_long(argc, argv, "", known, NULL);

    if (option == 'h') {
        fputs(help_text, stdout);
        return cli_flush();
    }
    if (option != -1)
        return cli_bad_option(argv, known);
    if (argc - optind > 1)
        return cli_usage("points takes at most one model");
    crash_report_signals();
    file_watch_begin();
    return print_points(argv[optind]);
}
