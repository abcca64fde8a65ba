/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-instance.c - one plugin instance in one variant: the host's side of
 * it. */
#include "plugin/plugin-instance.h"

#include "base/mem.h"
#include "base/random-normal.h"
#include "hooks/hook-callback.h"
#include "sandbox/crash-report.h"
#include "sandbox/float-environment.h"

#include <stdlib.h>
#include <string.h>

struct transect_ctx *instance_new(const struct plugin *plugin,
                                  const struct plugin_spec *spec,
                                  const char *variant, struct options *options,
                                  uint64_t seed)
{
    struct transect_ctx *instance = mem_new(1, sizeof *instance);

    instance->owner = (struct hook_owner){
        .id = spec->id,
        .variant = variant,
        .error = &instance->error,
        .disable_on_error = spec->disable_on_error,
    };
    instance->plugin = plugin;
    instance->options = *options;
    *options = (struct options){0};
    instance->place = spec->place;
    instance->random_key = random_key(seed, spec->id);
    instance->any_thread = instance_declares(instance, TRANSECT_CAP_THREADS);
    plugin_log_begin(&instance->log, spec->id, variant);
    return instance;
}

bool instance_declares(const struct transect_ctx *instance, uint32_t bit)
{
    const struct transect_plugin *desc = &instance->plugin->desc;

    return desc->abi_minor >= 1 && desc->capabilities & bit;
}

void instance_enter(const struct transect_ctx *instance,
                    const char *callback)
{
    crash_enter(instance->owner.id, instance->owner.variant, callback);
}

int instance_outcome(struct transect_ctx *instance, int result,
                     const char *callback, struct error *err)
{
    struct error *own = &instance->error;

    crash_leave();
    hook_check_conduct(&instance->owner, NULL, callback);
    if (result == TRANSECT_OK && !own->status)
        return ST_OK;
    if (!own->status)
        error_set(own, instance->phase <= PHASE_READY ? ST_USAGE : ST_FAILED,
                  "failed without saying why");
    error_within(own, "in %s", callback);
    if (instance->owner.disable_on_error) {
        instance->owner.disabled = true;
        return ST_OK;
    }
    *err = *own;
    error_within(err, "plugin %s, variant %s", instance->owner.id,
                 instance->owner.variant);
    return error_in(err, instance->place);
}

int instance_create(struct transect_ctx *instance, struct error *err)
{
    const struct transect_plugin *desc = &instance->plugin->desc;

    instance->phase = PHASE_CREATE;
    instance_enter(instance, "create");
    return instance_outcome(instance,
                            desc->create(instance, &host_table,
                                         &instance->owner.state),
                            "create", err);
}

int instance_ready(struct transect_ctx *instance, const struct model *model,
                   const struct transect_model *shape, struct hooks *hooks,
                   struct error *err)
{
    int status;

    if (instance->owner.disabled)
        return ST_OK;
    instance->phase = PHASE_READY;
    instance->model = model;
    instance->n_token = shape->n_token;
    instance->hooks = hooks;
    if (instance_check_positions(instance, err))
        return err->status;
    instance_enter(instance, "ready");
    status = instance_outcome(
        instance, instance->plugin->desc.ready(instance->owner.state, shape),
        "ready", err);
    instance->phase = PHASE_RUN;
    return status;
}

int instance_surveyed(struct transect_ctx *instance, struct error *err)
{
    int status;

    if (instance->owner.disabled || !instance->surveyed)
        return ST_OK;
    instance->phase = PHASE_SURVEYED;
    instance_enter(instance, "surveyed");
    status = instance_outcome(instance,
                              instance->surveyed(instance->owner.state),
                              "surveyed", err);
    instance->phase = PHASE_RUN;
    return status;
}

int instance_begin(struct transect_ctx *instance,
                   const struct transect_sample *sample, struct error *err)
{
    const struct transect_plugin *desc = &instance->plugin->desc;

    if (instance->owner.disabled || !desc->begin)
        return ST_OK;
    instance_enter(instance, "begin");
    return instance_outcome(instance,
                            desc->begin(instance->owner.state, sample),
                            "begin", err);
}

int instance_end(struct transect_ctx *instance,
                 const struct transect_sample *sample, struct error *err)
{
    const struct transect_plugin *desc = &instance->plugin->desc;

    if (instance->owner.disabled || !desc->end)
        return ST_OK;
    instance_enter(instance, "end");
    return instance_outcome(instance,
                            desc->end(instance->owner.state, sample), "end",
                            err);
}

/* A table with mistakes is a failure of the plugin that made it. */
static void check_tables(struct transect_ctx *instance,
                         const struct plugin_outputs *outputs)
{
    for (size_t i = 0; i < outputs->n_tables && !instance->error.status; i++)
        table_check(outputs->tables[i], &instance->error);
}

/* Before it is too late to name who did it. */
static void check_compared(struct transect_ctx *instance,
                           const struct transect_ctx *baseline)
{
    for (size_t i = 0; i < instance->own.n_tables && !instance->error.status;
         i++) {
        const struct transect_table *table = instance->own.tables[i];

        table_check_compared(
            table, baseline ? instance_table(baseline, table->name) : NULL,
            &instance->error);
    }
}

int instance_finish(struct transect_ctx *instance,
                    const struct transect_ctx *baseline,
                    const struct transect_ctx *pair, struct error *err)
{
    const struct transect_plugin *desc = &instance->plugin->desc;
    const void *other = NULL;
    int result;

    if (instance->owner.disabled || !desc->finish)
        return ST_OK;
    if (baseline && !baseline->owner.disabled) {
        other = baseline->owner.state;
        instance->other = &baseline->arrays;
    }
    if (pair && !pair->owner.disabled)
        instance->pair = pair;
    instance->phase = PHASE_FINISH;
    instance_enter(instance, "finish");
    result = desc->finish(instance->owner.state, other);
    instance->other = NULL;
    instance->pair = NULL;
    if (!result)
        check_tables(instance, &instance->own);
    if (!result)
        check_compared(instance, baseline);
    return instance_outcome(instance, result, "finish", err);
}

int instance_compare(struct transect_ctx *instance, void *const *states,
                     const char *const *names, size_t n, struct error *err)
{
    int result, status;

    instance->phase = PHASE_COMPARE;
    instance_enter(instance, "compare");
    result = instance->plugin->desc.compare(states, names, n);
    if (!result)
        check_tables(instance, &instance->comparison);
    status = instance_outcome(instance, result, "compare", err);
    if (instance->owner.disabled) {
        instance->owner.disabled = false;
        instance->comparison_failed = true;
        plugin_outputs_clear(&instance->comparison);
    }
    return status;
}

void instance_free(struct transect_ctx *instance)
{
    if (!instance)
        return;
    if (instance->owner.state && instance->plugin->desc.destroy) {
        instance_enter(instance, "destroy");
        instance->plugin->desc.destroy(instance->owner.state);
        float_check();
        crash_leave();
    }
    plugin_log_end(&instance->log);
    for (size_t i = 0; i < instance->n_blocks; i++)
        free(instance->blocks[i]);
    free(instance->blocks);
    kept_arrays_clear(&instance->arrays);
    free(instance->median.bits);
    free(instance->owner.printed);
    options_clear(&instance->options);
    plugin_outputs_clear(&instance->own);
    plugin_outputs_clear(&instance->comparison);
    growing_free(&instance->growing);
    free(instance);
}

const struct transect_table *
instance_table(const struct transect_ctx *instance, const char *name)
{
    for (size_t i = 0; i < instance->own.n_tables; i++)
        if (!instance->owner.disabled &&
            strcmp(instance->own.tables[i]->name, name) == 0)
            return instance->own.tables[i];
    return NULL;
}
