/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-plugins.c - [plugin NAME] and [variant NAME] of experiment files:
 * which plugin instances there are, and their settings. */
#include "experiment/experiment-internal.h"

#include "base/mem.h"
#include "base/nearest-name.h"
#include "base/parse.h"
#include "experiment/sweep-section.h"

#include <stdlib.h>
#include <string.h>

/* Names in a results folder that are not for variants. */
static const char *const reserved[] = {"baseline", "comparison",
                                       "inert.csv", "manifest.json",
                                        "report.html", "samples.csv",
                                        "schema.json", "tokens.csv"};

/* The label's ':' in "NAME[:label]", or the end. Colons before the last slash
 * belong to folders. */
static const char *label_of(const char *identity)
{
    const char *slash = strrchr(identity, '/');
    const char *colon = strrchr(slash ? slash : identity, ':');

    return colon ? colon : identity + strlen(identity);
}

/* The plugin's name in identity, without a path's folder and .so. Owned by the
 * caller. */
static char *base_name(const char *identity)
{
    const char *slash = strrchr(identity, '/'), *end = label_of(identity);
    const char *base = slash ? slash + 1 : identity;
    size_t n = (size_t)(end - base);

    if (slash && n > 3 && strncmp(end - 3, ".so", 3) == 0)
        n -= 3;
    return mem_strndup(base, n);
}

/* Fills id and name from "NAME[:label]" or "FOLDER/NAME.so[:label]". */
static int set_identity(struct plugin_spec *spec, const char *identity,
                        struct place place, struct error *err)
{
    const char *label = label_of(identity);
    char *base = base_name(identity), *path;
    bool valid = experiment_name_valid(base);

    if (*label)
        valid = valid && !strchr(label, '.') &&
                experiment_name_valid(label + 1);
    spec->place = place;
    spec->id = mem_printf("%s%s", base, label);
    path = mem_strndup(identity, (size_t)(label - identity));
    spec->name = strchr(identity, '/') ? ini_resolve(place, path)
                                  : mem_strdup(path);
    free(path);
    free(base);
    if (valid)
        return ST_OK;
    return error_at(err, ST_USAGE, place,
                    "'%s' is not NAME or NAME:label; use letters, digits, "
                    "'-' and '_' (a plugin elsewhere is FOLDER/NAME.so)",
                    identity);
}

/* For a partly filled spec too. */
static void clear_spec(struct plugin_spec *spec)
{
    for (size_t i = 0; i < spec->n_settings; i++) {
        free(spec->settings[i].key);
        free(spec->settings[i].value);
    }
    free(spec->settings);
    free(spec->id);
    free(spec->name);
}

static struct plugin_spec *find_spec(struct plugin_spec *specs, size_t n,
                                    const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(specs[i].id, id) == 0)
            return &specs[i];
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

/* on_error, isolation, timeout and memory are the host's keys; others must be
 * options of the plugin, which is checked when it is loaded. */
static int add_setting(struct plugin_spec *spec, const char *option,
                       const struct setting *setting, struct error *err)
{
    if (strcmp(option, "on_error") == 0)
        return take_word(setting, "stop", "disable", &spec->disable_on_error,
                         err);
    if (strcmp(option, "isolation") == 0)
        return take_word(setting, "none", "process", &spec->isolated, err);
    if (strcmp(option, "timeout") == 0)
        return take_limit(setting, 86400, &spec->timeout, err);
    if (strcmp(option, "memory") == 0)
        return take_limit(setting, 1 << 20, &spec->memory, err);
    MEM_PUSH(spec->settings, spec->n_settings);
    spec->settings[spec->n_settings++] =
        (struct setting){.key = mem_strdup(option),
                         .value = mem_strdup(setting->value),
                         .place = setting->place};
    return ST_OK;
}

int experiment_plugin(struct experiment *experiment,
                      const struct ini_section *section, struct error *err)
{
    const char *identity = section->name + strlen("plugin ");
    struct plugin_spec *spec;

    MEM_PUSH(experiment->plugins, experiment->n_plugins);
    spec = &experiment->plugins[experiment->n_plugins];
    *spec = (struct plugin_spec){.id = NULL};
    if (set_identity(spec, identity, section->place, err) != ST_OK) {
        clear_spec(spec);
        return err->status;
    }
    experiment->n_plugins++;
    if (find_spec(experiment->plugins, experiment->n_plugins - 1, spec->id))
        return error_at(err, ST_USAGE, section->place,
                        "a second plugin '%s'; give it a label, as in "
                        "[plugin %s:second]", spec->id, identity);
    for (size_t i = 0; i < section->n_settings; i++)
        if (add_setting(spec, section->settings[i].key, &section->settings[i],
                        err) != ST_OK)
            return err->status;
    return ST_OK;
}

/* The edit of variant that `identity` names, which is made if need be. NULL
 * and err set if identity is wrong. */
static struct plugin_spec *get_edit(struct variant *variant,
                                    const char *identity, struct place place,
                                    struct error *err)
{
    struct plugin_spec new = {.id = NULL}, *edit = NULL;

    if (set_identity(&new, identity, place, err) != ST_OK)
        goto out;
    edit = find_spec(variant->edits, variant->n_edits, new.id);
    if (!edit) {
        MEM_PUSH(variant->edits, variant->n_edits);
        edit = &variant->edits[variant->n_edits++];
        *edit = new;
        return edit;
    }
    if (strcmp(edit->name, new.name) != 0) {
        error_at(err, ST_USAGE, place,
                 "'%s' is another plugin of the name '%s'; give it a label, "
                 "as in %s:second", identity, new.id, identity);
        edit = NULL;
    }
out:
    clear_spec(&new);
    return edit;
}

static int take_inert(struct variant *variant, const struct setting *setting,
                      struct error *err)
{
    static const char *const words[] = {
        [INERT_FAIL] = "fail", [INERT_COUNT] = "count",
        [INERT_ALLOW] = "allow"};

    for (int i = INERT_FAIL; i <= INERT_ALLOW; i++)
        if (strcmp(setting->value, words[i]) == 0) {
            variant->inert = (enum inert_rule)i;
            return ST_OK;
        }
    return error_at(err, ST_USAGE, setting->place,
                    "inert = '%s' is not known; write fail, count or allow",
                    setting->value);
}

/* "NAME[:label].OPTION = value": names and folders may have dots, options
 * have none. */
static int take_edit(struct variant *variant, const struct setting *setting,
                     struct error *err)
{
    const char *dot = strrchr(setting->key, '.');
    struct plugin_spec *edit;
    char *identity;

    if (!dot || dot == setting->key || !dot[1] || strchr(dot, '/'))
        return error_at(err, ST_USAGE, setting->place,
                        "'%s' is not an edit; write PLUGIN.OPTION = value, "
                        "such as pruner.heads = L2H7", setting->key);
    identity = mem_strndup(setting->key, (size_t)(dot - setting->key));
    edit = get_edit(variant, identity, setting->place, err);
    free(identity);
    if (!edit)
        return err->status;
    return add_setting(edit, dot + 1, setting, err);
}

/* The name becomes a folder in the results. */
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

static int take_reference(struct variant *variant, const char *what,
                          const struct setting *setting, struct error *err)
{
    if (strcmp(what, "sweep") != 0)
        return error_at(err, ST_USAGE, setting->place,
                        "reference is for [sweep], whose variants it is "
                        "compared with");
    variant->reference = mem_strdup(setting->value);
    variant->reference_place = setting->place;
    return ST_OK;
}

static int take_key(struct variant *variant, const char *what,
                    const struct setting *setting, struct error *err)
{
    if (strcmp(setting->key, "inert") == 0)
        return take_inert(variant, setting, err);
    if (strcmp(setting->key, "reference") == 0)
        return take_reference(variant, what, setting, err);
    return take_edit(variant, setting, err);
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
        if (take_key(variant, what, &section->settings[i], err))
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

/* An edit without a path is of the plugin whose [plugin] section has its id;
 * that section may name a path. */
static int match_spec(const struct experiment *experiment,
                     struct plugin_spec *edit, struct error *err)
{
    const struct plugin_spec *plugin = find_spec(
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
        if (match_spec(experiment, &variant->edits[i], err) != ST_OK)
            return err->status;
    return ST_OK;
}

static int match_reference(const struct experiment *experiment,
                           const struct variant *sweep, struct error *err)
{
    const char **names;
    char phrase[256];
    size_t n = experiment->n_variants, i = 0;

    if (!sweep->reference)
        return ST_OK;
    names = mem_new(n, sizeof *names);
    for (; i < n; i++) {
        names[i] = experiment->variants[i].name;
        if (strcmp(names[i], sweep->reference) == 0)
            break;
    }
    if (i == n)
        error_at(err, ST_USAGE, sweep->reference_place,
                 "reference = %s: there is no [variant %s]%s",
                 sweep->reference, sweep->reference,
                 nearest_name_phrase(phrase, sizeof phrase, sweep->reference,
                                     names, n));
    free(names);
    return i < n ? ST_OK : ST_USAGE;
}

int experiment_match_specs(struct experiment *experiment, struct error *err)
{
    for (size_t i = 0; i < experiment->n_variants; i++)
        if (match_variant(experiment, &experiment->variants[i], err))
            return err->status;
    for (size_t i = 0; i < experiment->n_sweeps; i++)
        if (match_variant(experiment, &experiment->sweeps[i].section, err) ||
            match_reference(experiment, &experiment->sweeps[i].section, err))
            return err->status;
    return ST_OK;
}

static void clear_variant(struct variant *variant)
{
    for (size_t i = 0; i < variant->n_edits; i++)
        clear_spec(&variant->edits[i]);
    free(variant->edits);
    free(variant->reference);
    free(variant->name);
}

static void clear_variants(struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->n_variants; i++)
        clear_variant(&experiment->variants[i]);
    free(experiment->variants);
    experiment->variants = NULL;
    experiment->n_variants = 0;
    for (size_t i = 0; i < experiment->n_sweeps; i++) {
        sweep_clear(&experiment->sweeps[i]);
        free(experiment->sweeps[i].axes);
        clear_variant(&experiment->sweeps[i].section);
    }
    free(experiment->sweeps);
    experiment->sweeps = NULL;
    experiment->n_sweeps = 0;
}

void experiment_select(struct experiment *experiment, const char *id)
{
    clear_variants(experiment);
    for (size_t i = 0; i < experiment->n_plugins; i++)
        experiment->plugins[i].idle =
            strcmp(experiment->plugins[i].id, id) != 0;
    experiment->baseline = true;
    experiment->checkpoint = 0;
}

void experiment_specs_clear(struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->n_plugins; i++)
        clear_spec(&experiment->plugins[i]);
    free(experiment->plugins);
    clear_variants(experiment);
}
