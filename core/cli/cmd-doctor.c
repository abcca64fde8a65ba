/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-doctor.c - transect doctor: what this machine has for a run, and what it
 * lacks. */
#include "tensor/machine.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/load-trial.h"
#include "figure/figure.h"
#include "plugin/plugin-loader.h"
#include "sandbox/trial.h"
#include "tensor/arithmetic.h"
#include "tensor/bfloat16-tiles.h"

#include <cblas.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/plugin.h>
#include <unistd.h>

#define PATIENCE 10 /* seconds for loading a plugin, or for a process */

static const char help_text[] =
    "usage: transect doctor [--plugin-dir DIR]\n\n"
    "Says what this machine has for a run, and what it lacks: processor,\n"
    "kernels, threads, memory, plugins, processes, figures, folders. The\n"
    "status is 0 if experiments can run. To be sent with reports of faults.\n";

static int n_faults;

static void tell(const char *what, const char *which)
{
    text_printf("%-24s%s\n", what, which);
}

/* Without this an experiment does not run. */
static void fault(const char *what, const char *why)
{
    n_faults++;
    text_printf("%-24sFAULT: %s\n", what, why);
}

/* It runs, but might do better. */
static void hint(const char *advice)
{
    text_printf("%-24shint: %s\n", "", advice);
}

/* The kernels that OpenBLAS takes on x86-64 where it knows no better ones. */
static bool is_old(const char *kernels)
{
    static const char *const old[] = {
        "Prescott", "Katmai", "Coppermine", "Banias", "Core2", "Penryn",
        "Dunnington", "Nehalem", "Atom", "Generic"};

    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (strcmp(kernels, old[i]) == 0)
            return true;
    return false;
}

static void examine_arithmetic(void)
{
    const char *lacking = bfloat16_tiles_lacking();
    struct arithmetic parts[ARITHMETIC_N];

    arithmetic_in_use(parts);
    for (int i = 0; i < ARITHMETIC_N; i++)
        tell(parts[i].what, parts[i].which);
    if (is_old(parts[ARITHMETIC_BLAS_KERNELS].which) &&
        strcmp(parts[ARITHMETIC_KERNELS].which, "portable") != 0)
        hint("OpenBLAS does not know this processor; with OPENBLAS_CORETYPE="
             "Haswell in the environment, products that plugins ask for are "
             "faster");
    tell("split-bfloat16", lacking ? lacking : "available");
}

static void examine_threads(void)
{
    double quota = machine_processor_quota();
    int threads = openblas_get_num_threads();
    char text[96];

    snprintf(text, sizeof text, "%d of %d processors", threads,
             machine_n_processors());
    tell("threads of a run", text);
    if (!quota)
        return;
    snprintf(text, sizeof text, "%.3g processors' time", quota);
    tell("quota of this group", text);
    if (quota < threads)
        hint("more threads than that wait for each other; give fewer by "
             "--threads");
}

static void examine_memory(void)
{
    uint64_t all = machine_memory(), limit = machine_memory_limit();
    char text[96];

    if (all)
        snprintf(text, sizeof text, "%.3g GB, of which %.3g GB are left",
                 (double)all / 1e9, (double)machine_memory_left() / 1e9);
    tell("memory", all ? text : "not known to the system");
    if (limit)
        snprintf(text, sizeof text, "%.3g GB", (double)limit / 1e9);
    tell("limit of memory", limit ? text : "none");
}

static void examine_machine(void)
{
    char *processor = machine_processor();

    tell("processor", processor);
    free(processor);
    examine_threads();
    examine_memory();
}

/* What configure was told, or did not find. */
static void examine_build(void)
{
    static const char *const parts[] = {
#ifdef HAVE_AMX_TILES
        "with AMX",
#else
        "without AMX",
#endif
#if HAVE_DECL_RTLD_DI_LINKMAP
        ", with calls beyond POSIX",
#else
        ", without calls beyond POSIX",
#endif
#ifdef TRANSECT_SANITIZED
        ", with sanitizers",
#endif
#ifdef TRANSECT_COVERED
        ", with counters of coverage",
#endif
    };
    char text[128] = "";

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        strncat(text, parts[i], sizeof text - strlen(text) - 1);
    tell("built", text);
}

static void look(const struct plugin *plugin)
{
    text_printf("%s\n", plugin->path);
}

static void examine_plugins(const struct plugin_path *path)
{
    char **names, text[96];
    size_t n, n_good = 0;

    for (size_t i = 0; i < path->n; i++)
        tell(i ? "" : "folders of plugins", path->dirs[i]);
    names = plugin_list(path, &n);
    for (size_t i = 0; i < n; i++) {
        struct error err = {0};
        char *printed = NULL;

        if (load_trial(path, names[i], PATIENCE, look, &printed, &err))
            fault("plugin", err.text);
        else
            n_good++;
        free(printed);
        free(names[i]);
    }
    free(names);
    snprintf(text, sizeof text, "%zu", n_good);
    if (n)
        tell("plugins that load", text);
    else
        fault("plugins", "there are none in these folders; install them, or "
              "name their folder by --plugin-dir or TRANSECT_PLUGIN_PATH");
}

static char answer(void *user, char **words)
{
    (void)user;
    *words = mem_strdup("");
    return '1';
}

static void examine_processes(void)
{
    char *words = NULL;

    if (trial_run(answer, NULL, PATIENCE, &words) == '1')
        tell("processes for plugins", "work");
    else
        fault("processes for plugins", words ? words : "none can be made");
    free(words);
}

static bool has_font(const unsigned char *bytes, size_t size)
{
    static const char font[] = "/FontFile";
    const size_t n = sizeof font - 1;

    for (size_t i = 0; i + n <= size; i++)
        if (memcmp(bytes + i, font, n) == 0)
            return true;
    return false;
}

/* One of a few words. */
static void examine_figures(void)
{
    static const double values[] = {1, 2};
    const struct transect_series series = {"s", NULL, values, NULL, 2};
    const struct transect_panel panel = {
        .size = sizeof panel, .kind = TRANSECT_LINES, .x_label = "layer",
        .series = &series, .n_series = 1};
    struct figure *figure = NULL;
    struct error err = {0};
    unsigned char *bytes = NULL;
    size_t size;
    int status = figure_new("trial", "Title", &panel, 1, 1, &figure, &err);

    if (!status)
        status = figure_pdf(figure, NULL, 0, &bytes, &size, &err);
    if (status)
        fault("figures", err.text);
    else if (!has_font(bytes, size))
        fault("figures", "there are no fonts; install some, as Debian's "
              "fonts-dejavu-core");
    else
        tell("figures", "are drawn, with fonts");
    free(bytes);
    figure_free(figure);
}

static void examine_folder(const char *what, const char *path,
                           const char *advice)
{
    tell(what, path);
    if (access(path, W_OK | X_OK) != 0)
        hint(advice);
}

static void examine_folders(void)
{
    const char *temporary = getenv("TMPDIR");

    examine_folder("this folder", ".", "it cannot be written to; results need "
                   "another one, by --output");
    examine_folder("temporary files",
                   temporary && *temporary ? temporary : "/tmp",
                   "they cannot be made there; what does not fit into memory "
                   "needs another folder, by TMPDIR");
}

static int examine(const char *plugin_dir)
{
    struct plugin_path path;

    plugin_path_init(&path, plugin_dir);
    text_printf("%-24s%s (plugin ABI %d.%d)\n", "transect", PACKAGE_VERSION,
                TRANSECT_ABI_MAJOR, TRANSECT_ABI_MINOR);
    examine_build();
    examine_machine();
    examine_arithmetic();
    examine_plugins(&path);
    examine_processes();
    examine_figures();
    examine_folders();
    plugin_path_clear(&path);
    if (n_faults)
        text_printf("\n%d fault%s: experiments may not run.\n", n_faults,
                    n_faults == 1 ? "" : "s");
    else
        puts("\nNo faults: experiments can run.");
    return n_faults ? ST_FAILED : ST_OK;
}

int cmd_doctor(int argc, char **argv)
{
    static const struct option known[] = {
        {"plugin-dir", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *dir = NULL;
    int option, status;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(help_text, stdout);
            return cli_flush();
        }
        if (option == '?')
            return cli_bad_option(argv, known);
        dir = optarg;
    }
    if (argc > optind)
        return cli_usage("doctor takes no argument");
    status = examine(dir);
    return status ? status : cli_flush();
}
