/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-plugins.c - [plugin NAME] and [variant NAME] of experiment files:
 * which plugin instances there are, and their settings. */
#include "experiment/experiment-internal.h"

#include "base/mem.h"
#include "base/parse.h"
#include "experiment/sweep-section.h"

#include <stdlib.h>
#include <string.h>

/* Folders of the results that variants share with files and folders that are
 * not theirs. */
static const char *const reserved[] = {"baseline", "comparison",
                                       "manifest.json", "report.html"};

/* Where the label's ':' stands in "NAME[:label]", or the end. Folders of a
 * path may have colons. */
static const char *label_of(const char *spec)
{
    const char *slash = strrchr(spec, '/');
    const char *colon = strrchr(slash ? slash : spec, ':');

    return colon ? colon : spec + strlen(spec);
}

/* The plugin's own name in spec: without folder and .so of a path. */
static char *base_name(const char *spec)
{
    const char *slash = strrchr(spec, '/'), *end = label_of(spec);
    const char *base = slash ? slash + 1 : spec;
    size_t n = (size_t)(end - base);

    if (slash && n > 3 && strncmp(end - 3, ".so", 3) == 0)
        n -= 3;
    return mem_strndup(base, n);
}

/* Fills id and name from "NAME[:label]" or "FOLDER/NAME.so[:label]". */
static int set_identity(struct plugin_spec *use, const char *spec,
                        struct place place, struct error *err)
{
    const char *label = label_of(spec);
    char *base = base_name(spec), *path;
    bool valid = experiment_name_valid(base);

    if (*label)
        valid = valid && !strchr(label, '.') &&
                experiment_name_valid(label + 1);
    use->place = place;
    use->id = mem_printf("%s%s", base, label);
    path = mem_strndup(spec, (size_t)(label - spec));
    use->name = strchr(spec, '/') ? ini_resolve(place, path)
                                  : mem_strdup(path);
    free(path);
    free(base);
    if (valid)
        return ST_OK;
    return error_at(err, ST_USAGE, place,
                    "'%s' is not NAME or NAME:label; use letters, digits, "
                    "'-' and '_' (a plugin elsewhere is FOLDER/NAME.so)",
                    spec);
}

/* Also of a use that was filled in part. */
static void clear_use(struct plugin_spec *use)
{
    for (size_t i = 0; i < use->n_settings; i++) {
        free(use->settings[i].key);
        free(use->settings[i].value);
    }
    free(use->settings);
    free(use->id);
    free(use->name);
}

static struct plugin_spec *find_use(struct plugin_spec *uses, size_t n,
                                    const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(uses[i].id, id) == 0)
            return &uses[i];
    return NULL;
}

/* One of two words. */
static int take_word(const struct setting *setting, const char *off,
                     const char *on, bool *out, struct error *err)
{
    *out = strcmp(setting->value, on) == 0;
    if (*out || strcmp(setting->value, off) == 0)
        return ST_OK;
    return error_at(err, ST_USAGE, setting->place,
                    "%s = '%s' is not known; write %s or %s", setting->key,
                    setting->value, off, on);
}

static int take_limit(const struct setting *setting, uint64_t max, int *out,
                      struct error *err)
{
    uint64_t value;

    if (parse_unsigned(setting->value, &value) && value >= 1 &&
        value <= max) {
        *out = (int)value;
        return ST_OK;
    }
    return error_at(err, ST_USAGE, setting->place,
                    "%s = '%s' is not a whole number from 1 to %llu",
                    setting->key, setting->value, (unsigned long long)max);
}

/* Some keys are the host's; all else is for the plugin to declare. */
static int add_setting(struct plugin_spec *use, const char *option,
                       const struct setting *setting, struct error *err)
{
    if (strcmp(option, "on_error") == 0)
        return take_word(setting, "stop", "disable", &use->disable_on_error,
                         err);
    if (strcmp(option, "isolation") == 0)
        return take_word(setting, "none", "process", &use->isolated, err);
    if (strcmp(option, "timeout") == 0)
        return take_limit(setting, 86400, &use->timeout, err);
    if (strcmp(option, "memory") == 0)
        return take_limit(setting, 1 << 20, &use->memory, err);
    MEM_PUSH(use->settings, use->n_settings);
    use->settings[use->n_settings++] =
        (struct setting){mem_strdup(option), mem_strdup(setting->value),
                         setting->place};
    return ST_OK;
}

int experiment_plugin(struct experiment *experiment,
                      const struct ini_section *section, struct error *err)
{
    const char *spec = section->name + strlen("plugin ");
    struct plugin_spec *use;

    MEM_PUSH(experiment->plugins, experiment->n_plugins);
    use = &experiment->plugins[experiment->n_plugins];
    *use = (struct plugin_spec){.id = NULL};
    if (set_identity(use, spec, section->place, err) != ST_OK) {
        clear_use(use);
        return err->status;
    }
    experiment->n_plugins++;
    if (find_use(experiment->plugins, experiment->n_plugins - 1, use->id))
        return error_at(err, ST_USAGE, section->place,
                        "a second plugin '%s'; give it a label, as in "
                        "[plugin %s:second]", use->id, spec);
    for (size_t i = 0; i < section->n_settings; i++)
        if (add_setting(use, section->settings[i].key, &section->settings[i],
                        err) != ST_OK)
            return err->status;
    return ST_OK;
}

/* The edit of variant that `spec` names, which is made if need be. NULL and
 * err set if spec is wrong. */
static struct plugin_spec *get_edit(struct variant *variant, const char *spec,
                                    struct place place, struct error *err)
{
    struct plugin_spec new = {.id = NULL}, *edit = NULL;

    if (set_identity(&new, spec, place, err) != ST_OK)
        goto out;
    edit = find_use(variant->edits, variant->n_edits, new.id);
    if (!edit) {
        MEM_PUSH(variant->edits, variant->n_edits);
        edit = &variant->edits[variant->n_edits++];
        *edit = new;
        return edit;
    }
    if (strcmp(edit->name, new.name) != 0) {
        error_at(err, ST_USAGE, place,
                 "'%s' is another plugin of the name '%s'; give it a label, "
                 "as in %s:second", spec, new.id, spec);
        edit = NULL;
    }
out:
    clear_use(&new);
    return edit;
}

/* "NAME[:label].OPTION = value": names and folders may have dots, options
 * have none. */
static int take_edit(struct variant *variant, const struct setting *setting,
                     struct error *err)
{
    const char *dot = strrchr(setting->key, '.');
    struct plugin_spec *edit;
    char *spec;

    if (!dot || dot == setting->key || !dot[1] || strchr(dot, '/'))
        return error_at(err, ST_USAGE, setting->place,
                        "'%s' is not an edit; write PLUGIN.OPTION = value, "
                        "such as pruner.heads = L2H7", setting->key);
    spec = mem_strndup(setting->key, (size_t)(dot - setting->key));
    edit = get_edit(variant, spec, setting->place, err);
    free(spec);
    if (!edit)
        return err->status;
    return add_setting(edit, dot + 1, setting, err);
}

/* The name becomes a folder beside what the results themselves need. */
static int check_variant_name(const struct variant *variant,
                              struct error *err)
{
    if (!experiment_name_valid(variant->name))
        return error_at(err, ST_USAGE, variant->place,
                        "'%s' cannot name a variant's folder; use letters, "
                        "digits, '-', '_' and '.', the last not in front",
                        variant->name);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(variant->name, reserved[i]) == 0)
            return error_at(err, ST_USAGE, variant->place,
                            "a variant cannot be called '%s', which the "
                            "results use themselves; choose another name",
                            variant->name);
    return ST_OK;
}

/* what: "variant" or "sweep" */
static int fill_variant(struct variant *variant, const char *what,
                        const struct ini_section *section, struct error *err)
{
    *variant = (struct variant){
        .name = mem_strdup(section->name + strlen(what) + 1),
        .place = section->place};
    if (check_variant_name(variant, err) != ST_OK)
        return err->status;
    for (size_t i = 0; i < section->n_settings; i++)
        if (take_edit(variant, &section->settings[i], err) != ST_OK)
            return err->status;
    if (!variant->n_edits)
        return error_at(err, ST_USAGE, variant->place,
                        "%s '%s' edits nothing; add PLUGIN.OPTION = "
                        "value, or drop it", what, variant->name);
    return ST_OK;
}

int experiment_variant(struct experiment *experiment,
                       const struct ini_section *section, struct error *err)
{
    MEM_PUSH(experiment->variants, experiment->n_variants);
    return fill_variant(&experiment->variants[experiment->n_variants++],
                        "variant", section, err);
}

int experiment_sweep(struct experiment *experiment,
                     const struct ini_section *section, struct error *err)
{
    MEM_PUSH(experiment->sweeps, experiment->n_sweeps);
    experiment->sweeps[experiment->n_sweeps] = (struct sweep){0};
    return fill_variant(&experiment->sweeps[experiment->n_sweeps++].section,
                        "sweep", section, err);
}

/* An edit by name alone means the plugin that its section means. */
static int match_use(const struct experiment *experiment,
                     struct plugin_spec *edit, struct error *err)
{
    const struct plugin_spec *plugin = find_use(
        experiment->plugins, experiment->n_plugins, edit->id);

    if (!plugin || strcmp(plugin->name, edit->name) == 0)
        return ST_OK;
    if (strchr(edit->name, '/'))
        return error_at(err, ST_USAGE, edit->place,
                        "'%s' is another plugin than that of [plugin] of the "
                        "name '%s'; give it a label", edit->name, edit->id);
    free(edit->name);
    edit->name = mem_strdup(plugin->name);
    return ST_OK;
}

static int match_variant(const struct experiment *experiment,
                         const struct variant *variant, struct error *err)
{
    for (size_t i = 0; i < variant->n_edits; i++)
        if (match_use(experiment, &variant->edits[i], err) != ST_OK)
            return err->status;
    return ST_OK;
}

int experiment_match_specs(struct experiment *experiment, struct error *err)
{
    for (size_t i = 0; i < experiment->n_variants; i++)
        if (match_variant(experiment, &experiment->variants[i], err))
            return err->status;
    for (size_t i = 0; i < experiment->n_sweeps; i++)
        if (match_variant(experiment, &experiment->sweeps[i].section, err))
            return err->status;
    return ST_OK;
}

static void clear_variant(struct variant *variant)
{
    for (size_t i = 0; i < variant->n_edits; i++)
        clear_use(&variant->edits[i]);
    free(variant->edits);
    free(variant->name);
}

void experiment_specs_clear(struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->n_plugins; i++)
        clear_use(&experiment->plugins[i]);
    free(experiment->plugins);
    for (size_t i = 0; i < experiment->n_variants; i++)
        clear_variant(&experiment->variants[i]);
    free(experiment->variants);
    for (size_t i = 0; i < experiment->n_sweeps; i++) {
        sweep_clear(&experiment->sweeps[i]);
        free(experiment->sweeps[i].axes);
        clear_variant(&experiment->sweeps[i].section);
    }
    free(experiment->sweeps);
}
