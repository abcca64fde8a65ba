/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plan.c - an experiment with everything that it needs, ready to run. */
#include "plan/plan.h"

#include "base/mem.h"
#include "plan/sweep.h"
#include "plan/thread-policy.h"
#include "run/sweep-effects.h"

#include <stdlib.h>
#include <string.h>

/* Short samples share a forward pass up to so many tokens: enough for large
 * matrix products, little enough memory. */
#define BATCH_TOKENS 1024

static int load_plugin(struct plan *plan, const struct plugin_spec *use,
                       struct error *err)
{
    struct plugin *plugin;

    for (size_t i = 0; i < plan->n_plugins; i++)
        if (strcmp(plan->plugins[i]->desc.name, use->name) == 0 ||
            strcmp(plan->plugins[i]->path, use->name) == 0)
            return ST_OK;
    if (plugin_load(&plan->path, use->name, &plugin, err))
        return error_in(err, use->place);
    MEM_PUSH(plan->plugins, plan->n_plugins);
    plan->plugins[plan->n_plugins++] = plugin;
    return ST_OK;
}

static const struct plugin *plugin_of(const struct plan *plan,
                                      const struct plugin_spec *use)
{
    size_t i = 0;

    while (strcmp(plan->plugins[i]->desc.name, use->name) != 0 &&
           strcmp(plan->plugins[i]->path, use->name) != 0)
        i++;
    return plan->plugins[i];
}

static bool edits(const struct plugin *plugin)
{
    return plugin->desc.capabilities & TRANSECT_CAP_EDITS;
}

static int load_variant(struct plan *plan, const struct variant *variant,
                        struct error *err)
{
    for (size_t i = 0; i < variant->n_edits; i++) {
        const struct plugin_spec *use = &variant->edits[i];

        if (load_plugin(plan, use, err))
            return err->status;
        if (!edits(plugin_of(plan, use)))
            return error_at(err, ST_USAGE, use->place,
                            "plugin '%s' only observes and cannot be an "
                            "edit of a variant; give it a [plugin %s] "
                            "section",
                            use->id, use->id);
    }
    return ST_OK;
}

static int load_plugins(struct plan *plan, struct error *err)
{
    const struct experiment *experiment = plan->experiment;

    for (size_t i = 0; i < experiment->n_plugins; i++)
        if (load_plugin(plan, &experiment->plugins[i], err))
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
                                             const struct plugin_spec *use)
{
    for (size_t i = 0; i < plan->experiment->n_plugins; i++)
        if (strcmp(plan->experiment->plugins[i].id, use->id) == 0)
            return &plan->experiment->plugins[i];
    return NULL;
}

/* The pen of an isolated section; that of the first lane serves all. */
static struct isolated_process *pen_of(struct plan *plan,
                                       const struct plugin_spec *use)
{
    struct isolation limits = {
        .timeout = use->timeout ? use->timeout : 60,
        .memory = use->memory ? use->memory : 1024,
    };

    for (size_t i = 0; i < plan->n_pens; i++)
        if (strcmp(isolate_id(plan->pens[i]), use->id) == 0)
            return plan->pens[i];
    MEM_PUSH(plan->pens, plan->n_pens);
    plan->pens[plan->n_pens++] = isolate_new(plugin_of(plan, use), use->id,
                                             limits);
    return plan->pens[plan->n_pens - 1];
}

static int check_isolation(const struct plugin *plugin,
                           const struct plugin_spec *use, struct error *err)
{
    if (use->isolated && edits(plugin))
        return error_at(err, ST_USAGE, use->place,
                        "'%s' edits, and only observers can be isolated; "
                        "remove isolation = process", use->id);
    if (!use->isolated && (use->timeout || use->memory))
        return error_at(err, ST_USAGE, use->place,
                        "%s of '%s' limits nothing without isolation = "
                        "process", use->timeout ? "timeout" : "memory",
                        use->id);
    return ST_OK;
}

static int add_instance(struct plan *plan, struct lane *lane,
                        const struct plugin_spec *use,
                        const struct plugin_spec *defaults,
                        const struct option_limits *limits, struct error *err)
{
    const struct plugin *plugin = plugin_of(plan, use);
    struct isolated_process *pen = NULL;
    struct hook_owner *owner;
    struct options options;

    if (check_isolation(plugin, use, err) ||
        options_parse(&plugin->desc, use, defaults, limits, &options, err))
        return err->status;
    if (use->isolated) {
        pen = pen_of(plan, use);
        plugin = isolate_plugin(pen);
    }
    MEM_PUSH(lane->instances, lane->n_instances);
    lane->instances[lane->n_instances++] = instance_new(
        plugin, use, lane->name, &options, plan->experiment->seed);
    owner = &lane->instances[lane->n_instances - 1]->owner;
    owner->rank = (int)lane->n_instances;
    if (pen)
        isolate_add(pen, lane->instances[lane->n_instances - 1]);
    if (defaults && defaults->disable_on_error)
        owner->disable_on_error = true;
    return ST_OK;
}

/* Instances of one lane; variant NULL: the baseline. */
static int fill_lane(struct plan *plan, struct lane *lane,
                     const struct variant *variant,
                     const struct option_limits *limits, struct error *err)
{
    const struct experiment *experiment = plan->experiment;

    for (size_t i = 0; variant && i < variant->n_edits; i++) {
        const struct plugin_spec *use = &variant->edits[i];

        if (add_instance(plan, lane, use, defaults_of(plan, use), limits,
                         err))
            return err->status;
    }
    lane->n_edits = lane->n_instances;
    for (size_t i = 0; i < experiment->n_plugins; i++) {
        const struct plugin_spec *use = &experiment->plugins[i];

        if (!edits(plugin_of(plan, use)) &&
            add_instance(plan, lane, use, NULL, limits, err))
            return err->status;
    }
    return ST_OK;
}

static bool has_use(const struct variant *variant, const char *id)
{
    for (size_t i = 0; i < variant->n_edits; i++)
        if (strcmp(variant->edits[i].id, id) == 0)
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
        const struct plugin_spec *use = &experiment->plugins[i];
        const struct plugin *plugin = plugin_of(plan, use);
        struct options options = {0};
        bool used = false;

        if (!edits(plugin))
            continue;
        if (check_isolation(plugin, use, err) ||
            options_parse(&plugin->desc, use, NULL, limits, &options, err))
            return err->status;
        options_clear(&options);
        for (size_t j = 0; j < experiment->n_variants && !used; j++)
            used = has_use(&experiment->variants[j], use->id);
        if (!used)
            return error_at(err, ST_USAGE, use->place,
                            "no variant uses the editor '%s', so that it "
                            "would do nothing; set one of its options in a "
                            "[variant] section, as %s.OPTION", use->id,
                            use->id);
    }
    return ST_OK;
}

static const struct transect_plugin *descriptor_of(
    const void *user, const struct plugin_spec *use)
{
    return &plugin_of(user, use)->desc;
}

static int make_lanes(struct plan *plan, const struct config *config,
                      const struct arch *arch, struct error *err)
{
    const struct experiment *experiment = plan->experiment;
    struct option_limits limits = {config->n_layer, config->n_head,
                                   config->d_model, config, arch,
                                   config->n_kv_head};
    size_t first = experiment->baseline ? 1 : 0;

    if (sweep_expand(plan->experiment, descriptor_of, plan, &limits, err) ||
        check_defaults(plan, &limits, err))
        return err->status;
    plan->n_lanes = experiment->n_variants + first;
    plan->lanes = mem_new(plan->n_lanes, sizeof *plan->lanes);
    for (size_t i = 0; i < plan->n_lanes; i++) {
        const struct variant *variant =
            i < first ? NULL : &experiment->variants[i - first];
        struct lane *lane = &plan->lanes[i];

        lane->name = variant ? variant->name : "baseline";
        lane->variant = variant;
        if (fill_lane(plan, lane, variant, &limits, err))
            return err->status;
    }
    return ST_OK;
}

static struct transect_model shape_of(const struct plan *plan)
{
    const struct config *config = &plan->model->config;

    return (struct transect_model){
        .size = sizeof(struct transect_model),
        .n_layer = config->n_layer,
        .n_head = config->n_head,
        .n_kv_head = config->n_kv_head,
        .d_head = config->d_head,
        .d_model = config->d_model,
        .d_mlp = config->d_mlp,
        .n_vocab = config->n_vocab,
        .n_context = config->n_context,
        .n_sample = plan->input->n_sample,
        .n_token = plan->input->length,
        .n_slot = plan->batch_samples,
    };
}

static int prepare_lane(struct plan *plan, struct lane *lane,
                        struct error *err)
{
    struct transect_model shape = shape_of(plan);
    int status = ST_OK;

    lane->hooks = hooks_new(&plan->model->config);
    for (size_t i = 0; i < lane->n_instances && !status; i++)
        status = instance_create(lane->instances[i], err);
    for (size_t i = 0; i < lane->n_instances && !status; i++) {
        lane->instances[i]->vocabulary = plan->vocabulary;
        lane->instances[i]->survey = plan->survey;
        status = instance_ready(lane->instances[i], plan->model, &shape,
                                lane->hooks, err);
    }
    return status;
}

static int open_data(struct plan *plan, struct error *err)
{
    const struct experiment *experiment = plan->experiment;

    if (model_open(experiment->model, &plan->model, err))
        return error_in(err, experiment->model_place);
    plan->survey = hooks_new(&plan->model->config);
    if (samples_load(&experiment->input, plan->model, &plan->input, err))
        return err->status;
    plan->vocabulary = token_labels_new(experiment->model,
                                        plan->model->config.n_vocab);
    plan->end = plan->input->n_sample;
    plan->batch_samples = BATCH_TOKENS / plan->input->length;
    if (plan->batch_samples < 1)
        plan->batch_samples = 1;
    if (plan->batch_samples > plan->input->n_sample)
        plan->batch_samples = plan->input->n_sample;
    return ST_OK;
}

/* Before any plugin code but descriptors has run. */
static int start_pens(struct plan *plan, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_pens && !status; i++)
        status = isolate_start(plan->pens[i], &plan->model->config,
                               plan->input->length, err);
    return status;
}

static int read_config(const struct experiment *experiment,
                       struct config *config, const struct arch **arch,
                       struct error *err)
{
    if (model_read_config(experiment->model, config, arch, err))
        return error_in(err, experiment->model_place);
    return ST_OK;
}

/* In the order in which a mistake is cheapest to find: the file, the
 * plugins, their options against config.json, then weights and text. */
int plan_make(const char *file, char *const *sets, size_t n_sets,
              const char *plugin_dir, struct plan **out, struct error *err)
{
    struct plan *plan = mem_new(1, sizeof *plan);
    const struct arch *arch;
    struct config config;
    int status;

    plugin_path_init(&plan->path, plugin_dir);
    if ((status = experiment_load(file, sets, n_sets, &plan->experiment,
                                  err)) ||
        (status = load_plugins(plan, err)) ||
        (status = read_config(plan->experiment, &config, &arch, err)) ||
        (status = make_lanes(plan, &config, arch, err)) ||
        (status = open_data(plan, err)) ||
        (status = start_pens(plan, err)))
        goto out;
    for (size_t i = 0; i < plan->n_lanes && !status; i++)
        status = prepare_lane(plan, &plan->lanes[i], err);
    for (size_t i = 0; i < plan->n_pens; i++)
        isolate_contain(plan->pens[i]);
    if (!status)
        status = thread_policy_plan(plan, err);
    if (!status)
        status = memory_plan(plan, err);
out:
    if (status)
        plan_free(plan);
    else
        *out = plan;
    return status;
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; plan->lanes && i < plan->n_lanes; i++) {
        struct lane *lane = &plan->lanes[i];

        for (size_t j = 0; j < lane->n_instances; j++)
            instance_free(lane->instances[j]);
        free(lane->instances);
        hooks_free(lane->hooks);
    }
    free(plan->lanes);
    for (size_t i = 0; i < plan->n_pens; i++)
        isolate_free(plan->pens[i]);
    free(plan->pens);
    hooks_free(plan->survey);
    samples_free(plan->input);
    token_labels_free(plan->vocabulary);
    model_close(plan->model);
    for (size_t i = 0; i < plan->n_plugins; i++)
        plugin_free(plan->plugins[i]);
    free(plan->plugins);
    effects_free(plan->effects, plan->n_effects);
    experiment_free(plan->experiment);
    plugin_path_clear(&plan->path);
    free(plan);
}

const struct lane *plan_baseline(const struct plan *plan)
{
    return plan->experiment->baseline ? &plan->lanes[0] : NULL;
}

bool plan_has_survey(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_lanes; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances; j++)
            if (plan->lanes[i].instances[j]->surveys)
                return true;
    return false;
}

const struct sweep *lane_sweep(const struct lane *lane)
{
    return lane->variant ? lane->variant->sweep : NULL;
}

const struct lane *plan_sweep_lanes(const struct plan *plan,
                                    const struct sweep *sweep)
{
    const struct lane *lane = plan->lanes;

    while (lane_sweep(lane) != sweep)
        lane++;
    return lane;
}

bool plan_shows(const struct plan *plan, const struct lane *lane)
{
    return !lane_sweep(lane) ||
           experiment_names(plan->experiment, lane->name);
}

bool lane_edits_by_survey(const struct lane *lane)
{
    for (size_t i = 0; i < lane->n_edits; i++)
        if (lane->instances[i]->surveyed)
            return true;
    return false;
}

bool lane_failed(const struct lane *lane)
{
    for (size_t i = 0; i < lane->n_instances; i++)
        if (lane->instances[i]->error.status &&
            !lane->instances[i]->owner.disabled)
            return true;
    return false;
}
