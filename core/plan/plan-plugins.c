/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plan-plugins.c - the plugins that an experiment names, and their instances
 * in each variant. */
#include "plan/plan-internal.h"

#include "base/mem.h"
#include "plan/sweep.h"

#include <stdlib.h>
#include <string.h>

/* The place in plan->plugins of what the experiment calls `name`; n_plugins:
 * it was not loaded. */
static size_t find_name(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->n_plugin_names; i++)
        if (strcmp(plan->plugin_names[i].name, name) == 0)
            return plan->plugin_names[i].plugin;
    return plan->n_plugins;
}

static bool same_file(const char *a, const char *b)
{
    char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);
    bool same = real_a && real_b && strcmp(real_a, real_b) == 0;

    free(real_a);
    free(real_b);
    return same;
}

/* The place of a plugin in plan->plugins, to which it is added if its file is
 * not that of another name. Takes it over. */
static size_t add_plugin(struct plan *plan, struct plugin *plugin)
{
    for (size_t i = 0; i < plan->n_plugins; i++)
        if (same_file(plan->plugins[i]->path, plugin->path)) {
            plugin_free(plugin);
            return i;
        }
    MEM_PUSH(plan->plugins, plan->n_plugins);
    plan->plugins[plan->n_plugins] = plugin;
    return plan->n_plugins++;
}

/* Plugins are told apart by the name asked for: NAME of the search path and
 * FOLDER/NAME.so may be two files of one plugin's name. */
static int load_plugin(struct plan *plan, const struct plugin_spec *spec,
                       struct error *err)
{
    struct plugin *plugin;
    size_t place;

    if (find_name(plan, spec->name) < plan->n_plugins)
        return ST_OK;
    if (plugin_load(&plan->path, spec->name, &plugin, err))
        return error_in(err, spec->place);
    place = add_plugin(plan, plugin);
    MEM_PUSH(plan->plugin_names, plan->n_plugin_names);
    plan->plugin_names[plan->n_plugin_names++] = (struct plan_plugin_name){
        spec->name, place};
    return ST_OK;
}

/* Of a section that was loaded, or of a sweep's variant made of one. */
static const struct plugin *plugin_of(const struct plan *plan,
                                      const struct plugin_spec *spec)
{
    return plan->plugins[find_name(plan, spec->name)];
}

static bool edits(const struct plugin *plugin)
{
    return plugin->desc.capabilities & TRANSECT_CAP_EDITS;
}

static int load_variant(struct plan *plan, const struct variant *section,
                        struct error *err)
{
    for (size_t i = 0; i < section->n_edits; i++) {
        const struct plugin_spec *spec = &section->edits[i];

        if (load_plugin(plan, spec, err))
            return err->status;
        if (!edits(plugin_of(plan, spec)))
            return error_at(err, ST_USAGE, spec->place,
                            "plugin '%s' only observes and cannot be an "
                            "edit of a variant; give it a [plugin %s] "
                            "section",
                            spec->id, spec->id);
    }
    return ST_OK;
}

int plan_load_plugins(struct plan *plan, struct error *err)
{
    const struct experiment *experiment = plan->experiment;

    for (size_t i = 0; i < experiment->n_plugins; i++)
        if (!experiment->plugins[i].idle &&
            load_plugin(plan, &experiment->plugins[i], err))
            return err->status;
    for (size_t i = 0; i < experiment->n_variants; i++)
        if (load_variant(plan, &experiment->variants[i], err))
            return err->status;
    for (size_t i = 0; i < experiment->n_sweeps; i++)
        if (load_variant(plan, &experiment->sweeps[i].section, err))
            return err->status;
    return ST_OK;
}

/* A [plugin] section of an editor: its options where a variant has none. */
static const struct plugin_spec *defaults_of(const struct plan *plan,
                                             const struct plugin_spec *spec)
{
    for (size_t i = 0; i < plan->experiment->n_plugins; i++)
        if (strcmp(plan->experiment->plugins[i].id, spec->id) == 0)
            return &plan->experiment->plugins[i];
    return NULL;
}

/* The process of an isolated section, which serves its instances in all
 * variants; made for the first. */
static struct isolated_process *process_of(struct plan *plan,
                                           const struct plugin_spec *spec)
{
    struct isolation limits = {
        .timeout = spec->timeout ? spec->timeout : 60,
        .memory = spec->memory ? spec->memory : 1024,
    };

    for (size_t i = 0; i < plan->n_processes; i++)
        if (strcmp(isolate_id(plan->processes[i]), spec->id) == 0)
            return plan->processes[i];
    MEM_PUSH(plan->processes, plan->n_processes);
    plan->processes[plan->n_processes++] = isolate_new(plugin_of(plan, spec),
                                                       spec->id, limits);
    return plan->processes[plan->n_processes - 1];
}

static int check_isolation(const struct plugin *plugin,
                           const struct plugin_spec *spec, struct error *err)
{
    if (spec->isolated && edits(plugin))
        return error_at(err, ST_USAGE, spec->place,
                        "'%s' edits, and only observers can be isolated; "
                        "remove isolation = process",
                        spec->id);
    if (!spec->isolated && (spec->timeout || spec->memory))
        return error_at(err, ST_USAGE, spec->place,
                        "%s of '%s' limits nothing without isolation = "
                        "process",
                        spec->timeout ? "timeout" : "memory", spec->id);
    return ST_OK;
}

/* An editor and an observer of two files may have one name, which is that of
 * the folder for their results. */
static int check_id(const struct variant_run *variant,
                    const struct plugin_spec *spec, struct error *err)
{
    for (size_t i = 0; i < variant->n_instances; i++)
        if (strcmp(variant->instances[i]->owner.id, spec->id) == 0)
            return error_at(err, ST_USAGE, spec->place,
                            "variant %s has two plugins '%s'; give one a "
                            "label, as in %s:second", variant->name, spec->id,
                            spec->id);
    return ST_OK;
}

static int add_instance(struct plan *plan, struct variant_run *variant,
                        const struct plugin_spec *spec,
                        const struct plugin_spec *defaults,
                        const struct option_limits *limits, struct error *err)
{
    const struct plugin *plugin = plugin_of(plan, spec);
    struct isolated_process *process = NULL;
    struct hook_owner *owner;
    struct options options;

    if (check_isolation(plugin, spec, err) || check_id(variant, spec, err) ||
        options_parse(&plugin->desc, spec, defaults, limits, &options, err))
        return err->status;
    if (spec->isolated) {
        process = process_of(plan, spec);
        plugin = isolate_plugin(process);
    }
    MEM_PUSH(variant->instances, variant->n_instances);
    variant->instances[variant->n_instances++] = instance_new(
        plugin, spec, variant->name, &options, plan->experiment->seed);
    owner = &variant->instances[variant->n_instances - 1]->owner;
    owner->rank = (int)variant->n_instances;
    if (process)
        isolate_add(process, variant->instances[variant->n_instances - 1]);
    if (defaults && defaults->disable_on_error)
        owner->disable_on_error = true;
    return ST_OK;
}

/* Instances of one variant; variant NULL: the baseline. */
static int fill_variant(struct plan *plan, struct variant_run *variant,
                        const struct variant *section,
                        const struct option_limits *limits, struct error *err)
{
    const struct experiment *experiment = plan->experiment;

    for (size_t i = 0; section && i < section->n_edits; i++) {
        const struct plugin_spec *spec = &section->edits[i];

        if (add_instance(plan, variant, spec, defaults_of(plan, spec), limits,
                         err))
            return err->status;
    }
    variant->n_edits = variant->n_instances;
    for (size_t i = 0; i < experiment->n_plugins; i++) {
        const struct plugin_spec *spec = &experiment->plugins[i];

        if (!spec->idle && !edits(plugin_of(plan, spec)) &&
            add_instance(plan, variant, spec, NULL, limits, err))
            return err->status;
    }
    return ST_OK;
}

static bool has_edit(const struct variant *section, const char *id)
{
    for (size_t i = 0; i < section->n_edits; i++)
        if (strcmp(section->edits[i].id, id) == 0)
            return true;
    return false;
}

/* A [plugin] section of an editor runs nowhere by itself: its settings must
 * be right, and some variant must be there to use them. */
static int check_defaults(const struct plan *plan,
                          const struct option_limits *limits,
                          struct error *err)
{
    const struct experiment *experiment = plan->experiment;

    for (size_t i = 0; i < experiment->n_plugins; i++) {
        const struct plugin_spec *spec = &experiment->plugins[i];
        const struct plugin *plugin;
        struct options options = {0};
        bool used = false;

        if (spec->idle || !edits(plugin = plugin_of(plan, spec)))
            continue;
        if (check_isolation(plugin, spec, err) ||
            options_parse(&plugin->desc, spec, NULL, limits, &options, err))
            return err->status;
        options_clear(&options);
        for (size_t j = 0; j < experiment->n_variants && !used; j++)
            used = has_edit(&experiment->variants[j], spec->id);
        if (!used)
            return error_at(err, ST_USAGE, spec->place,
                            "no variant uses the editor '%s', so that it "
                            "would do nothing; set one of its options in a "
                            "[variant] section, as %s.OPTION",
                            spec->id, spec->id);
    }
    return ST_OK;
}

const struct transect_plugin *plan_descriptor(const struct plan *plan,
                                              const struct plugin_spec *spec)
{
    return &plugin_of(plan, spec)->desc;
}

static const struct transect_plugin *descriptor_of(
    const void *user, const struct plugin_spec *spec)
{
    return plan_descriptor(user, spec);
}

static struct option_limits limits_of(const struct plan *plan)
{
    const struct config *config = &plan->model->config;

    return (struct option_limits){config->n_layer, config->n_head,
                                  config->d_model, config, plan->model->arch,
                                  config->n_kv_head,
                                  plan->prompts ? plan->prompts->longest : 0,
                                  config->n_vocab, plan->tokenizer,
                                  config->d_mlp};
}

bool plan_sweeps_positions(const struct plan *plan)
{
    return sweep_wants_samples(plan->experiment, descriptor_of, plan);
}

int plan_make_variants(struct plan *plan,
                       const struct plan_settings *settings,
                       struct error *err)
{
    const struct experiment *experiment = plan->experiment;
    struct option_limits limits = limits_of(plan);
    size_t first = experiment->baseline ? 1 : 0;

    if (plan_compute_lists(plan, settings, &limits, err) ||
        sweep_expand(plan->experiment, descriptor_of, plan, &limits, err) ||
        check_defaults(plan, &limits, err))
        return err->status;
    plan->n_variants = experiment->n_variants + first;
    plan->variants = mem_new(plan->n_variants, sizeof *plan->variants);
    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant *section = i < first
                                            ? NULL
                                            : &experiment->variants[i - first];
        struct variant_run *variant = &plan->variants[i];

        variant->name = section ? section->name : "baseline";
        variant->section = section;
        if (fill_variant(plan, variant, section, &limits, err))
            return err->status;
    }
    return ST_OK;
}

static int refuse_pair(const char *what, struct place place, struct error *err)
{
    return error_at(err, ST_USAGE, place,
                    "%s is called pair, which is the variant that runs the "
                    "records' second prompts; give it another name", what);
}

/* The names of folders in the results. */
static int check_pair(const struct experiment *experiment, struct error *err)
{
    for (size_t i = 0; i < experiment->n_variants; i++)
        if (strcmp(experiment->variants[i].name, "pair") == 0)
            return refuse_pair("a variant", experiment->variants[i].place,
                               err);
    for (size_t i = 0; i < experiment->n_sweeps; i++) {
        const struct variant *section = &experiment->sweeps[i].section;

        if (strcmp(section->name, "pair") == 0)
            return refuse_pair("a sweep", section->place, err);
    }
    return ST_OK;
}

int plan_add_pair(struct plan *plan, struct error *err)
{
    struct option_limits limits = limits_of(plan);
    size_t at = plan->experiment->baseline ? 1 : 0;
    struct variant_run *variants;

    if (!plan->samples->pair)
        return ST_OK;
    if (check_pair(plan->experiment, err))
        return err->status;
    variants = mem_grow(plan->variants, plan->n_variants + 1,
                        sizeof *variants);
    memmove(&variants[at + 1], &variants[at],
            (plan->n_variants - at) * sizeof *variants);
    variants[at] = (struct variant_run){.name = "pair",
                                        .role = TRANSECT_ROLE_PAIR};
    plan->variants = variants;
    plan->n_variants++;
    return fill_variant(plan, &variants[at], NULL, &limits, err);
}
