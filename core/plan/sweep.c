/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep.c - [sweep LABEL] sections become variants. */
#include "plan/sweep.h"

#include "base/mem.h"
#include "base/random-normal.h"

#include <stdlib.h>
#include <string.h>

/* Variants of an experiment; more would be a mistake. */
#define MAX_VARIANTS 20000

static int add_axis(struct sweep *sweep, const struct plugin_spec *spec,
                    const struct setting *setting,
                    const struct transect_option *option, uint64_t seed,
                    const struct option_limits *limits, struct error *err)
{
    struct sweep_axis *axis;
    char *name;
    int status;

    MEM_PUSH(sweep->axes, sweep->n_axes);
    axis = &sweep->axes[sweep->n_axes++];
    *axis = (struct sweep_axis){
        .key = mem_printf("%s.%s", spec->id, setting->key)};
    name = mem_printf("%s %s", sweep->section.name, axis->key);
    status = sweep_axis_fill(axis, option, setting, random_key(seed, name),
                             limits, err);
    free(name);
    return status;
}

static char *variant_name(const struct sweep *sweep, size_t number)
{
    char *name = mem_strdup(sweep->section.name);

    for (size_t i = 0; i < sweep->n_axes; i++) {
        char *longer = mem_printf("%s-%s", name,
                                  sweep_value(sweep, i, number)->name);

        free(name);
        name = longer;
    }
    experiment_name_clean(name);
    return name;
}

/* The settings of the section, with the variant's value for each axis, which
 * come in the same order. */
static struct plugin_spec copy_spec(const struct sweep *sweep,
                                   const struct plugin_spec *from,
                                   size_t *axis, size_t number)
{
    struct plugin_spec spec = *from;

    spec.id = mem_strdup(from->id);
    spec.name = mem_strdup(from->name);
    spec.settings = mem_new(from->n_settings, sizeof *spec.settings);
    for (size_t i = 0; i < from->n_settings; i++) {
        const struct setting *setting = &from->settings[i];
        char *key = mem_printf("%s.%s", from->id, setting->key);
        struct setting *copy = &spec.settings[i];

        *copy = (struct setting){.key = mem_strdup(setting->key),
                                 .place = setting->place};
        if (*axis < sweep->n_axes &&
            strcmp(sweep->axes[*axis].key, key) == 0) {
            const struct sweep_value *value = sweep_value(sweep, (*axis)++,
                                                          number);

            copy->value = mem_strdup(value->text);
            copy->heads = value->heads;
        } else {
            copy->value = mem_strdup(setting->value);
        }
        free(key);
    }
    return spec;
}

static void add_variant(struct experiment *experiment,
                        const struct sweep *sweep, size_t number)
{
    const struct variant *section = &sweep->section;
    struct variant *variant;
    size_t axis = 0;

    MEM_PUSH(experiment->variants, experiment->n_variants);
    variant = &experiment->variants[experiment->n_variants++];
    *variant = (struct variant){
        .name = variant_name(sweep, number),
        .place = section->place,
        .edits = mem_new(section->n_edits, sizeof *variant->edits),
        .n_edits = section->n_edits,
        .inert = section->inert,
        .sweep = sweep,
        .number = number,
    };
    for (size_t i = 0; i < section->n_edits; i++)
        variant->edits[i] = copy_spec(sweep, &section->edits[i], &axis,
                                     number);
}

static int find_axes(struct sweep *sweep, sweep_plugin_fn *plugin,
                     const void *user, uint64_t seed,
                     const struct option_limits *limits, struct error *err)
{
    for (size_t i = 0; i < sweep->section.n_edits; i++) {
        const struct plugin_spec *spec = &sweep->section.edits[i];
        const struct transect_plugin *desc = plugin(user, spec);

        for (size_t j = 0; j < spec->n_settings; j++) {
            const struct setting *setting = &spec->settings[j];
            struct transect_option option;

            if (options_declared(desc, setting->key, &option) &&
                sweep_is_axis(&option, setting->value) &&
                add_axis(sweep, spec, setting, &option, seed, limits, err))
                return err->status;
        }
    }
    if (sweep->n_axes)
        return ST_OK;
    return error_at(err, ST_USAGE, sweep->section.place,
                    "sweep '%s' sweeps nothing; give an option that takes "
                    "no text and no path a value that begins with each, "
                    "each-layer, random or cumulative, as pruner.heads = "
                    "each *", sweep->section.name);
}

static int expand(struct experiment *experiment, struct sweep *sweep,
                  struct error *err)
{
    double n = 1;

    for (size_t i = 0; i < sweep->n_axes; i++)
        n *= (double)sweep->axes[i].n;
    if (n + (double)experiment->n_variants > MAX_VARIANTS)
        return error_at(err, ST_USAGE, sweep->section.place,
                        "sweep '%s' makes %.0f variants; an experiment has "
                        "at most %d", sweep->section.name, n, MAX_VARIANTS);
    sweep->n = (size_t)n;
    for (size_t i = 0; i < sweep->n; i++)
        add_variant(experiment, sweep, i);
    return ST_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct variant *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

/* Variants and labels name folders. */
static int check_names(const struct experiment *experiment,
                       struct error *err)
{
    size_t n = 0, most = experiment->n_variants + experiment->n_sweeps;
    const struct variant **all = mem_new(most, sizeof *all);
    int status = ST_OK;

    for (size_t i = 0; i < experiment->n_variants; i++)
        all[n++] = &experiment->variants[i];
    for (size_t i = 0; i < experiment->n_sweeps; i++)
        all[n++] = &experiment->sweeps[i].section;
    if (n)
        qsort(all, n, sizeof *all, by_name);
    for (size_t i = 1; i < n && !status; i++)
        if (by_name(&all[i - 1], &all[i]) == 0)
            status = error_at(err, ST_USAGE, all[i]->place,
                              "there are two variants '%s'; give the sweep "
                              "or the variant another name", all[i]->name);
    free(all);
    return status;
}

static bool wants_samples(const struct variant *section,
                          sweep_plugin_fn *plugin, const void *user)
{
    for (size_t i = 0; i < section->n_edits; i++) {
        const struct plugin_spec *spec = &section->edits[i];

        for (size_t j = 0; j < spec->n_settings; j++) {
            const struct setting *setting = &spec->settings[j];
            struct transect_option option;

            if (options_declared(plugin(user, spec), setting->key, &option) &&
                option.type == TRANSECT_POSITIONS &&
                sweep_is_axis(&option, setting->value) &&
                sweep_list_is_whole(setting->value))
                return true;
        }
    }
    return false;
}

bool sweep_wants_samples(const struct experiment *experiment,
                         sweep_plugin_fn *plugin, const void *user)
{
    for (size_t i = 0; i < experiment->n_sweeps; i++)
        if (wants_samples(&experiment->sweeps[i].section, plugin, user))
            return true;
    return false;
}

int sweep_expand(struct experiment *experiment, sweep_plugin_fn *plugin,
                 const void *user, const struct option_limits *limits,
                 struct error *err)
{
    for (size_t i = 0; i < experiment->n_sweeps; i++)
        if (find_axes(&experiment->sweeps[i], plugin, user, experiment->seed,
                      limits, err) ||
            expand(experiment, &experiment->sweeps[i], err))
            return err->status;
    if (!experiment->n_sweeps)
        return ST_OK;
    return check_names(experiment, err)
               ? err->status
               : experiment_match_figures(experiment, err);
}
