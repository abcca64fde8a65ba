/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* manifest-sweep.c - sweeps in the manifest: what they are, what each of
 * their edits changed, and where the largest effects are. */
#include "report/manifest-internal.h"

#include "report/outcome.h"
#include "run/sweep-effects.h"

#include <stdlib.h>

/* Variants listed for each metric. */
#define LARGEST 10

static json_t *settings(const struct sweep *sweep)
{
    json_t *all = json_object();

    for (size_t i = 0; i < sweep->section.n_edits; i++) {
        const struct plugin_spec *spec = &sweep->section.edits[i];

        for (size_t j = 0; j < spec->n_settings; j++) {
            char *key = mem_printf("%s.%s", spec->id, spec->settings[j].key);

            json_object_set_new(all, key,
                                manifest_text(spec->settings[j].value));
            free(key);
        }
    }
    return all;
}

static json_t *axes(const struct sweep *sweep)
{
    json_t *all = json_object();

    for (size_t i = 0; i < sweep->n_axes; i++) {
        const struct sweep_axis *axis = &sweep->axes[i];
        json_t *texts = json_array();

        for (size_t j = 0; j < axis->n; j++)
            json_array_append_new(texts, manifest_text(axis->values[j].text));
        json_object_set_new(all, axis->key, texts);
    }
    return all;
}

json_t *manifest_axes(const struct plan *plan)
{
    json_t *all = json_array();

    for (size_t i = 0; i < plan->experiment->n_sweeps; i++)
        json_array_append_new(all, axes(&plan->experiment->sweeps[i]));
    return all;
}

static json_t *values(const struct sweep *sweep, size_t number)
{
    json_t *all = json_object();

    for (size_t i = 0; i < sweep->n_axes; i++)
        json_object_set_new(
            all, sweep->axes[i].key,
            manifest_text(sweep_value(sweep, i, number)->text));
    return all;
}

static json_t *disabled(const struct variant_run *variant)
{
    json_t *all = json_object();

    for (size_t i = 0; i < variant->n_instances; i++)
        if (variant->instances[i]->owner.disabled)
            json_object_set_new(
                all, variant->instances[i]->owner.id,
                manifest_text(variant->instances[i]->error.text));
    return all;
}

static json_t *variants_json(const struct sweep *sweep,
                             const struct variant_run *variants)
{
    json_t *all = json_array();

    for (size_t i = 0; i < sweep->n; i++) {
        json_t *section = json_pack(
            "{s:s, s:o, s:o}", "name", variants[i].name, "values",
            values(sweep, i), "edits", manifest_edits(&variants[i], false));
        json_t *lost = disabled(&variants[i]);

        if (json_object_size(lost))
            json_object_set(section, "disabled", lost);
        json_decref(lost);
        json_array_append_new(all, section);
    }
    return all;
}

static json_t *one_of_largest(const struct effect *effect, size_t number)
{
    json_t *one = json_pack("{s:s, s:o, s:o}", "variant",
                            effect->variants[number].name, "change",
                            manifest_real(effect->changes[number]), "row",
                            effect->rows[number]
                                ? manifest_text(effect->rows[number])
                                : json_null());

    if (effect->paired) {
        const struct effect_mean *mean = &effect->means[number];

        json_object_set_new(one, "se", manifest_real(mean->se));
        json_object_set_new(one, "p", manifest_real(mean->p));
        json_object_set_new(one, "q", manifest_real(mean->q));
        json_object_set_new(one, "n", json_integer(mean->n));
    }
    return one;
}

static json_t *largest(const struct effect *effect)
{
    json_t *all = json_array();

    for (size_t i = 0; i < LARGEST && i < effect->sweep->n; i++)
        json_array_append_new(all, one_of_largest(effect, effect->order[i]));
    return all;
}

static json_t *figure(const struct plan *plan, const struct effect *effect)
{
    if (!effect_shows(plan, effect))
        return json_null();
    return json_pack("{s:o, s:o}", "stem", manifest_text(effect->stem),
                     "title", manifest_text(effect->figure->title));
}

/* What its tests cannot show, or null. */
static json_t *floor_text(const struct effect *effect)
{
    json_t *said = json_null();
    char *text;

    if (effect->floor.hides) {
        text = effect_floor_text(&effect->floor);
        said = manifest_text(text);
        free(text);
    }
    return said;
}

static json_t *effects(const struct run *run, const struct sweep *sweep)
{
    json_t *all = json_array();

    for (size_t i = 0; i < run->n_effects; i++) {
        const struct effect *effect = &run->effects[i];

        if (effect->sweep == sweep)
            json_array_append_new(
                all,
                json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "plugin",
                          effect->plugin, "table", effect->table, "metric",
                          effect->metric, "figure", figure(run->plan, effect),
                          "tests_warning", floor_text(effect), "largest",
                          largest(effect)));
    }
    return all;
}

json_t *manifest_sweeps(const struct run *run)
{
    const struct plan *plan = run->plan;
    json_t *all = json_array();

    for (size_t i = 0; i < plan->experiment->n_sweeps; i++) {
        const struct sweep *sweep = &plan->experiment->sweeps[i];
        const struct variant_run *variants = plan_sweep_variants(plan, sweep);
        const struct variant_run *reference = plan_reference(plan, sweep);

        json_array_append_new(all, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}",
                                             "name", sweep->section.name,
                                             "reference",
                                             reference
                                                 ? manifest_text(
                                                       reference->name)
                                                 : json_null(),
                                             "settings", settings(sweep),
                                             "axes", axes(sweep), "variants",
                                             variants_json(sweep, variants),
                                             "effects", effects(run, sweep)));
    }
    return all;
}
