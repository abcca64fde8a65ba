/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-tries.c - all that check-plugin tries, and the verdict. */
#include "plugin-tries.h"

#include "mem.h"
#include "option-values.h"
#include "plugin-checks.h"

#include <stdio.h>
#include <stdlib.h>

/* The first is where all but the tries of shapes take place: its samples
 * cross the border between two blocks of rows of T x T matrices, six of them
 * make a batch. */
static const struct probe_shape shapes[] = {
    {"plain", "2 layers, 2 heads, 12 samples of 150 tokens", 2, 2, 16, 160,
     12, 150},
    {"small", "many samples of 5 tokens in one pass", 2, 2, 8, 16, 40, 5},
    {"token", "samples of 1 token", 2, 2, 8, 16, 3, 1},
    {"head", "1 head", 2, 1, 8, 16, 2, 8},
    {"layer", "1 layer", 1, 4, 8, 16, 2, 8},
    {"one", "1 layer, 1 head, 1 sample of 1 token", 1, 1, 4, 8, 1, 1},
    {"context", "samples as long as the context", 3, 2, 8, 64, 2, 64},
};

#define N_SHAPES (sizeof shapes / sizeof shapes[0])
#define N_MIXES 12 /* experiments with all options at once */

struct tally {
    int tries, bad, refused, good;
};

static const struct {
    const char *name;
    probe_fn *try;
} kinds[] = {
    {"hidden states are bit for bit those without it", probe_neutral},
    {"the same tables from a process of its own", probe_isolated},
    {"saved and restored: the same tables", probe_state},
    {"saved and merged: the same tables", probe_merge},
    {"no memory remains behind destroy", probe_leaks},
};

static void try(struct probe *probe, const char *what, probe_fn *kind,
                struct tally *tally)
{
    static const char *const words[] = {
        [PROBE_GOOD] = "ok", [PROBE_REFUSED] = "refused",
        [PROBE_BAD] = "BAD", [PROBE_ABSENT] = "-"};
    char why[PROBE_WHY];
    enum probe_result result = probe_run(probe, kind, why);

    tally->tries += result != PROBE_ABSENT;
    tally->bad += result == PROBE_BAD;
    tally->refused += result == PROBE_REFUSED;
    tally->good += result == PROBE_GOOD;
    if (result == PROBE_ABSENT && !why[0])
        snprintf(why, sizeof why, "it has nothing of the kind");
    printf("  %-8s%s%s%s\n", words[result], what, why[0] ? ": " : "", why);
    fflush(stdout);
}

static void try_shapes(struct probe *probe, struct tally *tally)
{
    printf("\nmodels and samples\n%s", probe->settings);
    for (size_t i = 0; i < N_SHAPES; i++) {
        probe->shape = &shapes[i];
        try(probe, shapes[i].what, probe_views, tally);
    }
    probe->shape = &shapes[0];
}

static void try_setting(struct probe *probe, char *setting,
                        struct tally *tally)
{
    probe->settings = mem_printf("%s\n", setting);
    try(probe, setting, probe_views, tally);
    free(probe->settings);
    free(setting);
}

/* One value of one option. */
static void try_options(struct probe *probe, struct tally *tally)
{
    const struct transect_plugin *desc = &probe->plugin->desc;

    probe->shape = &shapes[1];
    for (uint32_t i = 0; i < desc->n_options; i++) {
        struct transect_option option = plugin_option(desc, i);
        size_t n;
        char **values = option_samples(&option, &n);

        for (size_t j = 0; j < n; j++) {
            try_setting(probe, mem_printf("%s = %s", option.name, values[j]),
                        tally);
            free(values[j]);
        }
        free(values);
    }
}

/* Text with one more "option = value". */
static char *with_value(char *text, const char *between,
                        const struct transect_option *option, size_t pick)
{
    size_t n;
    char **values = option_samples(option, &n), *longer = text;

    if (pick % (n + 1) < n) {
        longer = mem_printf("%s%s%s = %s", text, *text ? between : "",
                            option->name, values[pick % (n + 1)]);
        free(text);
    }
    for (size_t i = 0; i < n; i++)
        free(values[i]);
    free(values);
    return longer;
}

/* A value of each option, or none, by a generator of its own so that the
 * same plugin is always tried in the same way. */
static char *mix(const struct transect_plugin *desc, uint32_t random,
                 const char *between)
{
    char *all = mem_strdup("");

    for (uint32_t i = 0; i < desc->n_options; i++) {
        struct transect_option option = plugin_option(desc, i);

        random = random * 1664525u + 1013904223u;
        all = with_value(all, between, &option, random >> 16);
    }
    return all;
}

static void try_mixes(struct probe *probe, struct tally *tally)
{
    const struct transect_plugin *desc = &probe->plugin->desc;

    for (uint32_t i = 0; i < N_MIXES; i++) {
        char *settings = mix(desc, i * 2654435761u, "\n");
        char *line = mix(desc, i * 2654435761u, ", ");

        probe->settings = mem_printf("%s\n", settings);
        try(probe, *line ? line : "defaults", probe_views, tally);
        free(probe->settings);
        free(settings);
        free(line);
    }
}

static void try_all(struct probe *probe, struct tally *tally)
{
    char *given = probe->settings;

    try_shapes(probe, tally);
    if (probe->plugin->desc.n_options) {
        printf("\noptions\n");
        try_options(probe, tally);
        try_mixes(probe, tally);
    }
    printf("\nas a whole\n");
    probe->settings = given;
    probe->shape = &shapes[0];
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        try(probe, kinds[i].name, kinds[i].try, tally);
}

static int make_models(struct probe *probe, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < N_SHAPES && !status; i++) {
        probe->shape = &shapes[i];
        status = probe_model(probe, err);
    }
    return status;
}

static int verdict(const struct tally *tally, int n_mistakes,
                   struct error *err)
{
    bool good = !tally->bad && !n_mistakes && tally->good;

    printf("\nverdict: %s (tries %d: good %d, refused %d, bad %d; mistakes "
           "in the file %d)\n", good ? "good" : "bad", tally->tries,
           tally->good, tally->refused, tally->bad, n_mistakes);
    if (good)
        return ST_OK;
    if (!tally->good)
        return error_set(err, ST_FAILED, "no try got as far as a run");
    return error_set(err, ST_FAILED, "the plugin is not fit to be used; bad "
                     "tries: %d, mistakes in its file: %d", tally->bad,
                     n_mistakes);
}

int plugin_tries(struct probe *probe, int n_mistakes, struct error *err)
{
    struct tally tally = {0};
    int status = make_models(probe, err);

    if (status)
        return status;
    try_all(probe, &tally);
    return verdict(&tally, n_mistakes, err);
}
