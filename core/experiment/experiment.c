/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment.c - experiment files: their sections, and what they must have. */
#include "experiment/experiment.h"

#include "base/mem.h"
#include "base/nearest-name.h"
#include "base/parse.h"
#include "experiment/experiment-internal.h"

#include <stdlib.h>
#include <string.h>

/* Above this the value is taken for a mistake. */
#define MAX_WORKERS 1024

#define SEPARATORS " \t,"
#define N(array) (sizeof(array) / sizeof *(array))

static const char of_names[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

bool experiment_name_valid(const char *name)
{
    return *name && *name != '.' && name[strspn(name, of_names)] == '\0';
}

void experiment_name_clean(char *name)
{
    while (*(name += strspn(name, of_names)))
        *name = '_';
}

void experiment_words(char ***words, size_t *n, const char *list)
{
    size_t length;

    while ((length = strcspn(list += strspn(list, SEPARATORS), SEPARATORS))) {
        MEM_PUSH(*words, *n);
        (*words)[(*n)++] = mem_strndup(list, length);
        list += length;
    }
}

int experiment_take_truth(bool *out, const struct setting *setting,
                          struct error *err)
{
    if (parse_truth(setting->value, out))
        return ST_OK;
    return error_at(err, ST_USAGE, setting->place,
                    "%s = '%s' is neither yes nor no; write one of them",
                    setting->key, setting->value);
}

int experiment_take_word(const struct setting *setting,
                         const char *const *words, size_t n, const char *all,
                         size_t *word, struct error *err)
{
    for (*word = 0; *word < n; ++*word)
        if (strcmp(words[*word], setting->value) == 0)
            return ST_OK;
    return error_at(err, ST_USAGE, setting->place, "%s = '%s' is none of %s; "
                    "write one of them", setting->key, setting->value, all);
}

/* A name that ends in a dot stands for all keys that begin so. */
static bool is_key(const char *name, const char *key)
{
    size_t n = strlen(name);

    return name[n - 1] == '.' ? strncmp(key, name, n) == 0
                              : strcmp(key, name) == 0;
}

int experiment_keys(struct experiment *experiment,
                    const struct ini_section *section, const struct key *keys,
                    size_t n_keys, struct error *err)
{
    const struct setting *setting;
    const char *names[32];
    char phrase[256];
    size_t k;

    for (k = 0; k < n_keys; k++)
        names[k] = keys[k].name;
    for (size_t i = 0; i < section->n_settings; i++) {
        setting = &section->settings[i];
        for (k = 0; k < n_keys; k++)
            if (is_key(names[k], setting->key))
                break;
        if (k == n_keys)
            return error_at(err, ST_USAGE, setting->place,
                            "unknown key '%s' in [%s]%s", setting->key,
                            section->name,
                            nearest_name_phrase(phrase, sizeof phrase,
                                                setting->key, names, n_keys));
        if (keys[k].take(experiment, setting, err) != ST_OK)
            return err->status;
    }
    return ST_OK;
}

static int take_name(struct experiment *experiment,
                     const struct setting *setting, struct error *err)
{
    if (!experiment_name_valid(setting->value))
        return error_at(err, ST_USAGE, setting->place,
                        "name = '%s' cannot name a folder; use letters, "
                        "digits, '-', '_' and '.', the last not in front",
                        setting->value);
    experiment->name = mem_strdup(setting->value);
    return ST_OK;
}

/* Any text, also an empty one. */
static int take_title(struct experiment *experiment,
                      const struct setting *setting, struct error *err)
{
    (void)err;
    experiment->title = mem_strdup(setting->value);
    return ST_OK;
}

static int take_model(struct experiment *experiment,
                      const struct setting *setting, struct error *err)
{
    if (!*setting->value)
        return error_at(err, ST_USAGE, setting->place,
                        "path is empty; give the model's folder");
    experiment->model = ini_resolve(setting->place, setting->value);
    experiment->model_place = setting->place;
    return ST_OK;
}

static int take_ignore(struct experiment *experiment,
                       const struct setting *setting, struct error *err)
{
    experiment->ignore_place = setting->place;
    experiment_words(&experiment->ignore, &experiment->n_ignore,
                     setting->value);
    if (experiment->n_ignore)
        return ST_OK;
    return error_at(err, ST_USAGE, setting->place,
                    "ignore is empty; give names of tensors, or patterns as "
                    "aux_head.*, or leave it out");
}

static int take_seed(struct experiment *experiment,
                     const struct setting *setting, struct error *err)
{
    /* JSON's integers, in which the manifest records it, are signed. */
    if (parse_unsigned(setting->value, &experiment->seed) &&
        experiment->seed <= INT64_MAX)
        return ST_OK;
    return error_at(err, ST_USAGE, setting->place,
                    "seed = '%s' is not a whole number from 0 to "
                    "9223372036854775807; write digits only",
                    setting->value);
}

static int take_memory(struct experiment *experiment,
                       const struct setting *setting, struct error *err)
{
    experiment->memory_place = setting->place;
    if (parse_bytes(setting->value, &experiment->memory))
        return ST_OK;
    return error_at(err, ST_USAGE, setting->place,
                    "memory = '%s' is no size; write a number of bytes, or "
                    "one with K, M, G or T behind it, as 500M or 2G",
                    setting->value);
}

static int take_arithmetic(struct experiment *experiment,
                           const struct setting *setting, struct error *err)
{
    static const char *const words[] = {"float32", "split-bfloat16"};
    size_t word;

    if (experiment_take_word(setting, words, N(words),
                             "float32 and split-bfloat16", &word, err))
        return err->status;
    experiment->split_bfloat16 = word == 1;
    experiment->arithmetic_place = setting->place;
    return ST_OK;
}

static int take_workers(struct experiment *experiment,
                        const struct setting *setting, struct error *err)
{
    uint64_t workers;

    experiment->workers_place = setting->place;
    experiment->workers = -1;
    if (strcmp(setting->value, "auto") == 0)
        return ST_OK;
    if (parse_unsigned(setting->value, &workers) && workers <= MAX_WORKERS) {
        experiment->workers = (int)workers;
        return ST_OK;
    }
    return error_at(err, ST_USAGE, setting->place,
                    "workers = '%s' is neither auto nor a number of threads "
                    "from 0 to %d", setting->value, MAX_WORKERS);
}

static int take_baseline(struct experiment *experiment,
                         const struct setting *setting, struct error *err)
{
    return experiment_take_truth(&experiment->baseline, setting, err);
}

static int take_checkpoint(struct experiment *experiment,
                           const struct setting *setting, struct error *err)
{
    uint64_t samples;

    if (parse_unsigned(setting->value, &samples) && samples >= 1 &&
        samples <= INT32_MAX) {
        experiment->checkpoint = (int)samples;
        return ST_OK;
    }
    return error_at(err, ST_USAGE, setting->place,
                    "checkpoint = '%s' is not a number of samples, 1 or "
                    "more", setting->value);
}

static int take_allow_inert(struct experiment *experiment,
                            const struct setting *setting, struct error *err)
{
    return experiment_take_truth(&experiment->allow_inert, setting, err);
}

static int read_experiment(struct experiment *experiment,
                           const struct ini_section *section,
                           struct error *err)
{
    static const struct key keys[] = {{"name", take_name},
                                      {"title", take_title}};

    return experiment_keys(experiment, section, keys, N(keys), err);
}

static int read_model(struct experiment *experiment,
                      const struct ini_section *section, struct error *err)
{
    static const struct key keys[] = {{"path", take_model},
                                      {"ignore", take_ignore}};

    return experiment_keys(experiment, section, keys, N(keys), err);
}

static int read_run(struct experiment *experiment,
                    const struct ini_section *section, struct error *err)
{
    static const struct key keys[] = {{"seed", take_seed},
                                      {"memory", take_memory},
                                      {"arithmetic", take_arithmetic},
                                      {"baseline", take_baseline},
                                      {"allow_inert", take_allow_inert},
                                      {"checkpoint", take_checkpoint},
                                      {"workers", take_workers},
                                      {"figures", experiment_take_figures}};

    return experiment_keys(experiment, section, keys, N(keys), err);
}

/* The kinds of sections; `read` checks the keys of one. */
static const struct section_kind {
    const char *name;
    bool named; /* [plugin NAME] */
    int (*read)(struct experiment *experiment,
                const struct ini_section *section, struct error *err);
} kinds[] = {
    {"experiment", false, read_experiment}, {"model", false, read_model},
    {"input", false, experiment_input},     {"run", false, read_run},
    {"figures", false, experiment_drawing}, {"plugin", true,
                                             experiment_plugin},
    {"variant", true, experiment_variant},  {"sweep", true,
                                             experiment_sweep},
};

static int read_section(struct experiment *experiment,
                        const struct ini_section *section, struct error *err)
{
    size_t n = strcspn(section->name, " ");
    const char *names[N(kinds)];
    char phrase[256], *word;
    int status;

    for (size_t i = 0; i < N(kinds); i++) {
        names[i] = kinds[i].name;
        if (strlen(names[i]) != n || strncmp(section->name, names[i], n))
            continue;
        if (kinds[i].named == (section->name[n] == ' '))
            return kinds[i].read(experiment, section, err);
        return error_at(err, ST_USAGE, section->place,
                        "[%s] %s name; write [%s%s]", section->name,
                        kinds[i].named ? "lacks a" : "takes no", names[i],
                        kinds[i].named ? " NAME" : "");
    }
    word = mem_strndup(section->name, n);
    status = error_at(
        err, ST_USAGE, section->place, "unknown section [%s]%s", section->name,
        nearest_name_phrase(phrase, sizeof phrase, word, names, N(kinds)));
    free(word);
    return status;
}

/* The default name is the file's without folder and .ini. ST_USAGE: it cannot
 * name a folder. */
static int default_name(struct experiment *experiment, struct error *err)
{
    const char *path = experiment->ini->path, *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t n = strlen(base);

    if (n > 4 && strcmp(base + n - 4, ".ini") == 0)
        n -= 4;
    experiment->name = mem_strndup(base, n);
    if (experiment_name_valid(experiment->name))
        return ST_OK;
    return error_at(err, ST_USAGE, (struct place){path, 0},
                    "'%s' cannot name the results folder; add name = ... to "
                    "[experiment]", experiment->name);
}

/* These errors have no line: the setting is missing. */
static int complete(struct experiment *experiment, struct error *err)
{
    struct place whole = {experiment->ini->path, 0};

    if (!experiment->name && default_name(experiment, err) != ST_OK)
        return err->status;
    if (!experiment->title)
        experiment->title = mem_strdup(experiment->name);
    if (!experiment->model)
        return error_at(err, ST_USAGE, whole,
                        "no model is given; add path = ... to [model]");
    if (experiment->input.kind == INPUT_NONE)
        return error_at(err, ST_USAGE, whole,
                        "no input is given; add one of files, text, ids, "
                        "ids_file, records and repeat to [input]");
    experiment->input.seed = experiment->seed;
    if (!experiment->baseline && !experiment->n_variants &&
        !experiment->n_sweeps)
        return error_at(err, ST_USAGE, whole,
                        "there is nothing to run; add a [variant NAME], or "
                        "drop baseline = no from [run]");
    if (experiment_match_specs(experiment, err) != ST_OK)
        return err->status;
    /* The names of a sweep's variants are not known yet. */
    return experiment->n_sweeps ? ST_OK
                                : experiment_match_figures(experiment, err);
}

static int load(struct experiment *experiment, const char *path,
                char *const *sets, size_t n_sets, struct error *err)
{
    if (ini_load(path, &experiment->ini, err) != ST_OK)
        return err->status;
    for (size_t i = 0; i < n_sets; i++) {
        if (ini_set(experiment->ini, sets[i], err) != ST_OK)
            return err->status;
        experiment_input_override(experiment->ini);
    }
    for (size_t i = 0; i < experiment->ini->n_sections; i++)
        if (read_section(experiment, &experiment->ini->sections[i], err) !=
            ST_OK)
            return err->status;
    return complete(experiment, err);
}

int experiment_load(const char *path, char *const *sets, size_t n_sets,
                    struct experiment **experiment, struct error *err)
{
    struct experiment *new = mem_new(1, sizeof *new);

    *experiment = NULL;
    new->baseline = true;
    new->workers = -1;
    if (load(new, path, sets, n_sets, err) != ST_OK) {
        experiment_free(new);
        return err->status;
    }
    *experiment = new;
    return ST_OK;
}

void experiment_free(struct experiment *experiment)
{
    if (!experiment)
        return;
    experiment_specs_clear(experiment);
    experiment_figures_clear(experiment);
    experiment_input_clear(&experiment->input);
    free(experiment->name);
    free(experiment->title);
    free(experiment->model);
    for (size_t i = 0; i < experiment->n_ignore; i++)
        free(experiment->ignore[i]);
    free(experiment->ignore);
    ini_free(experiment->ini);
    free(experiment);
}
