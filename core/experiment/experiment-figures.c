/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-figures.c - [run] figures: of which folders of the results the
 * figures are drawn. */
#include "experiment/experiment-internal.h"

#include "base/mem.h"
#include "base/nearest-name.h"

#include <stdlib.h>
#include <string.h>

int experiment_take_figures(struct experiment *experiment,
                            const struct setting *setting, struct error *err)
{
    experiment_words(&experiment->figures, &experiment->n_figures,
                     setting->value);
    experiment->figures_place = setting->place;
    if (experiment->n_figures)
        return ST_OK;
    return error_at(err, ST_USAGE, setting->place,
                    "figures is empty; name variants or VARIANT/PLUGIN, or "
                    "leave it out to draw all");
}

/* Is the first word of `named`, which is all of it or ends before a '/',
 * among names? */
static int among(const struct experiment *experiment, const char *named,
                 const char *what, const char **names, size_t n,
                 struct error *err)
{
    char phrase[256], *word = mem_strndup(named, strcspn(named, "/"));
    int status = ST_USAGE;

    for (size_t i = 0; i < n && status; i++)
        if (strcmp(names[i], word) == 0)
            status = ST_OK;
    if (status)
        error_at(err, ST_USAGE, experiment->figures_place,
                 "figures names no %s '%s'%s", what, word,
                 nearest_name_phrase(phrase, sizeof phrase, word, names, n));
    free(word);
    return status;
}

static int match_variant(const struct experiment *experiment,
                         const char *folder, struct error *err)
{
    const char **names = mem_new(experiment->n_variants + 3, sizeof *names);
    size_t n = 0;
    int status;

    if (experiment->baseline) {
        names[n++] = "baseline";
        names[n++] = "comparison";
    }
    if (experiment->input.keys[RECORD_PAIR].text)
        names[n++] = "pair";
    for (size_t i = 0; i < experiment->n_variants; i++)
        names[n++] = experiment->variants[i].name;
    status = among(experiment, folder, "variant", names, n, err);
    free(names);
    return status;
}

/* The observers are in every folder, editors in that of their variant. */
static int match_instance(const struct experiment *experiment,
                          const char *folder, struct error *err)
{
    const char *slash = strchr(folder, '/'), **names = NULL;
    size_t n = 0;
    int status;

    if (!slash)
        return ST_OK;
    for (size_t i = 0; i < experiment->n_plugins; i++) {
        MEM_PUSH(names, n);
        names[n++] = experiment->plugins[i].id;
    }
    for (size_t i = 0; i < experiment->n_variants; i++) {
        const struct variant *variant = &experiment->variants[i];
        size_t length = (size_t)(slash - folder);

        if (strlen(variant->name) != length ||
            strncmp(variant->name, folder, length) != 0)
            continue;
        for (size_t j = 0; j < variant->n_edits; j++) {
            MEM_PUSH(names, n);
            names[n++] = variant->edits[j].id;
        }
    }
    status = among(experiment, slash + 1, "plugin", names, n, err);
    free(names);
    return status;
}

int experiment_match_figures(const struct experiment *experiment,
                             struct error *err)
{
    for (size_t i = 0; i < experiment->n_figures; i++)
        if (match_variant(experiment, experiment->figures[i], err) ||
            match_instance(experiment, experiment->figures[i], err))
            return err->status;
    return ST_OK;
}

bool experiment_names(const struct experiment *experiment, const char *folder)
{
    for (size_t i = 0; i < experiment->n_figures; i++) {
        size_t n = strlen(experiment->figures[i]);

        if (strncmp(folder, experiment->figures[i], n) == 0 &&
            (!folder[n] || folder[n] == '/'))
            return true;
    }
    return false;
}

bool experiment_draws(const struct experiment *experiment, const char *folder)
{
    return !experiment->n_figures || experiment_names(experiment, folder);
}

void experiment_figures_clear(struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->n_figures; i++)
        free(experiment->figures[i]);
    free(experiment->figures);
}
