/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-experiment.c - any bytes up to the first NUL as an experiment file, and
 * what follows, NUL by NUL, as assignments of --set. Each setting stands in
 * the line that its place says. */
#include "harness.h"

#include "base/mem.h"
#include "experiment/experiment.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SETS = 3 };

/* Is `what` in this line of the text? Lines count from 1. */
static bool stands_in(const char *text, int line, const char *what)
{
    size_t n;

    for (; line > 1 && *text; line--) {
        text += strcspn(text, "\n");
        text += *text != '\0';
    }
    n = strcspn(text, "\n");
    return line == 1 && memmem(text, n, what, strlen(what));
}

static void check_places(const struct ini *ini, const char *text)
{
    for (size_t i = 0; i < ini->n_sections; i++) {
        const struct ini_section *section = &ini->sections[i];

        FUZZ_CHECK(section->name[0] && ini_plain(section->name));
        FUZZ_CHECK(stands_in(text, section->place.line, "["));
        for (size_t k = 0; k < section->n_settings; k++) {
            const struct setting *setting = &section->settings[k];

            FUZZ_CHECK(ini_plain(setting->key) && ini_plain(setting->value));
            FUZZ_CHECK(stands_in(text, setting->place.line, setting->key));
        }
    }
}

static void check_ini(const char *path, const char *text)
{
    struct error err = {0};
    struct ini *ini;

    if (ini_load(path, &ini, &err))
        fuzz_check_refusal(&err, ST_USAGE, path);
    else
        check_places(ini, text);
    ini_free(ini);
}

/* The members that other parts take as they are. */
static void check(const struct experiment *experiment)
{
    FUZZ_CHECK(experiment->name && experiment->name[0]);
    FUZZ_CHECK(!strchr(experiment->name, '/'));
    FUZZ_CHECK(experiment->title && experiment->checkpoint >= 0);
    FUZZ_CHECK(experiment->input.samples >= 0);
    FUZZ_CHECK(experiment->input.length >= 0);
    for (size_t i = 0; i < experiment->n_plugins; i++)
        FUZZ_CHECK(!strchr(experiment->plugins[i].id, '/'));
    for (size_t i = 0; i < experiment->n_variants; i++)
        FUZZ_CHECK(!strchr(experiment->variants[i].name, '/'));
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    struct experiment *experiment;
    struct error err = {0};
    char *sets[MOST_SETS], *text, *path;
    size_t n, n_sets = 0;
    bool accepted;

    text = fuzz_until(&input, 0, &n);
    path = fuzz_put("experiment.ini", text, n);
    while (input.size && n_sets < MOST_SETS)
        sets[n_sets++] = fuzz_until(&input, 0, &n);
    check_ini(path, text);
    accepted = !experiment_load(path, sets, n_sets, &experiment, &err);
    if (accepted)
        check(experiment);
    else
        fuzz_check_refusal(&err, ST_USAGE,
                           strstr(err.text, "--set") ? "--set" : path);
    experiment_free(experiment);
    while (n_sets)
        free(sets[--n_sets]);
    free(path);
    free(text);
    return accepted;
}

const struct fuzz_target fuzz_experiment = {"experiment", run, false};
