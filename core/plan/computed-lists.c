/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* computed-lists.c - lists that the unedited model decides, as "top 3 by
 * head-scorer.score". One is a list of numbers before anything else reads it:
 * a plan of the baseline with that one observer is made and run, and what its
 * table says takes the place of the text. */
#include "plan/plan-internal.h"

#include "base/mem.h"
#include "base/random-normal.h"
#include "plan/sweep.h"
#include "results/table-choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A position is below this: texts are shorter, whatever the model. */
#define MAX_POSITION (1 << 20)

/* Whose lists are computed. */
struct computing {
    struct plan *plan;
    const struct plan_settings *settings;
    const struct option_limits *limits;
    const struct plan *last; /* the last that was run, for the next list; of */
    const char *observer;    /* this section; or NULL */
};

/* Fills what a list of this type is chosen from; false: it is no such list. */
static bool space_of(const struct transect_option *option,
                     const struct option_limits *limits,
                     struct choice_space *space)
{
    switch (option->type) {
    case TRANSECT_HEADS:
        *space = (struct choice_space){"heads", {"layer", "head"},
                                       {limits->n_layer, limits->n_head},
                                       'H', false};
        return true;
    case TRANSECT_GROUPS:
        *space = (struct choice_space){"groups", {"layer", "group"},
                                       {limits->n_layer, limits->n_kv_head},
                                       'G', false};
        return true;
    case TRANSECT_LAYERS:
        *space = (struct choice_space){"layers", {"layer", NULL},
                                       {limits->n_layer, 0}, 0, false};
        return true;
    case TRANSECT_DIMS:
        *space = (struct choice_space){"dims", {"dim", NULL},
                                       {limits->d_model, 0}, 0, false};
        return true;
    case TRANSECT_UNITS:
        *space = (struct choice_space){"units", {"unit", NULL},
                                       {limits->d_mlp, 0}, 0, false};
        return true;
    case TRANSECT_POSITIONS:
        *space = (struct choice_space){"positions", {"position", NULL},
                                       {MAX_POSITION, 0}, 0, true};
        return true;
    default:
        return false;
    }
}

/* The [plugin] section of "ID.COLUMN", and what follows its dot: the longest
 * id counts, for ids may have dots. NULL: there is none. */
static const struct plugin_spec *section_of(
    const struct experiment *experiment, const char *by, const char **column)
{
    const struct plugin_spec *found = NULL;

    for (size_t i = 0; i < experiment->n_plugins; i++) {
        const struct plugin_spec *spec = &experiment->plugins[i];
        size_t n = strlen(spec->id);

        if (strncmp(by, spec->id, n) == 0 && by[n] == '.' && by[n + 1] &&
            (!found || n > strlen(found->id))) {
            found = spec;
            *column = by + n + 1;
        }
    }
    return found;
}

/* A list that is being computed asks for one that needs it. */
static bool is_under_way(const struct plan_settings *settings, const char *id)
{
    for (; settings; settings = settings->outer)
        if (settings->only && strcmp(settings->only, id) == 0)
            return true;
    return false;
}

static int rank(const struct plan *plan, const struct choice *choice,
                const struct choice_space *space, const char *column,
                char **list, struct error *err)
{
    const struct transect_ctx *instance = plan->variants[0].instances[0];
    const struct transect_table *table;
    size_t number;

    if (instance->owner.disabled)
        return error_set(err, ST_FAILED, "plugin %s was disabled",
                         instance->owner.id);
    if (choice_find(space, instance->own.tables, instance->own.n_tables,
                    column, &table, &number, err))
        return err->status;
    return choice_rank(choice, space, table, number, list, err);
}

static void drop_last(struct computing *computing)
{
    plan_free(computing->last);
    computing->last = NULL;
    computing->observer = NULL;
}

/* Plans the observer alone and runs that, unless the list before had it. */
static int survey(struct computing *computing, const struct plugin_spec *spec,
                  struct error *err)
{
    struct plan_settings settings = *computing->settings;

    if (computing->observer && strcmp(computing->observer, spec->id) == 0)
        return ST_OK;
    drop_last(computing);
    settings.samples = NULL;
    settings.only = spec->id;
    settings.outer = computing->settings;
    if (plan_make(&settings, &computing->last, err))
        return err->status;
    if (settings.compute(computing->last, err))
        drop_last(computing);
    else
        computing->observer = spec->id;
    return err->status;
}

static int compute_ranked(struct computing *computing,
                          const struct choice *choice,
                          const struct choice_space *space,
                          struct computed_list *entry, struct error *err)
{
    const struct plan *plan = computing->plan;
    const char *column = NULL;
    const struct plugin_spec *spec = section_of(plan->experiment, choice->by,
                                                &column);

    if (!spec)
        return error_set(err, ST_USAGE, "'%s' is not PLUGIN.COLUMN of a "
                         "[plugin] section of the file; add the section, or "
                         "name one that is there", choice->by);
    if (!spec->idle &&
        plan_descriptor(plan, spec)->capabilities & TRANSECT_CAP_EDITS)
        return error_set(err, ST_USAGE, "'%s' edits and measures nothing; "
                         "name a plugin that observes", spec->id);
    if (is_under_way(computing->settings, spec->id))
        return error_set(err, ST_USAGE, "'%s' depends on the list itself",
                         choice->by);
    entry->stand_in = !computing->settings->compute;
    if (entry->stand_in)
        return choice_stand_in(choice, space, &entry->chosen, err);
    if (survey(computing, spec, err) ||
        rank(computing->last, choice, space, column, &entry->chosen, err))
        return error_within(err, "%s", entry->asked);
    return ST_OK;
}

/* Random ones depend on the seed and the text, so that variants which ask for
 * the same get the same. */
static int compute(struct computing *computing,
                   const struct choice_space *space,
                   struct computed_list *entry, struct error *err)
{
    struct choice choice;
    int status = choice_parse(entry->asked, &choice, err);

    if (status)
        return status;
    if (choice.way == CHOICE_RANDOM)
        status = choice_draw(&choice, space,
                             random_key(computing->plan->experiment->seed,
                                        entry->asked),
                             &entry->chosen, err);
    else
        status = compute_ranked(computing, &choice, space, entry, err);
    choice_clear(&choice);
    return status;
}

/* The same list asked for again, with what was chosen; or NULL. */
static const struct computed_list *known(const struct plan *plan,
                                         int type, const char *asked)
{
    for (size_t i = 0; i < plan->n_lists; i++)
        if (plan->lists[i].type == type &&
            strcmp(plan->lists[i].asked, asked) == 0)
            return &plan->lists[i];
    return NULL;
}

/* Replaces the list of a setting, which begins at `list` in its value. */
static int replace(struct computing *computing, const char *section,
                   const struct plugin_spec *spec, struct setting *setting,
                   const struct transect_option *option, const char *list,
                   struct error *err)
{
    struct plan *plan = computing->plan;
    const struct computed_list *same = known(plan, option->type, list);
    struct computed_list entry = {.type = option->type};
    struct choice_space space;
    char *value;

    if (!space_of(option, computing->limits, &space))
        return ST_OK;
    entry.asked = mem_strdup(list);
    if (same) {
        entry.chosen = mem_strdup(same->chosen);
        entry.stand_in = same->stand_in;
    } else if (compute(computing, &space, &entry, err)) {
        free(entry.asked);
        error_within(err, "%s.%s", spec->id, setting->key);
        return error_in(err, setting->place);
    }
    entry.section = mem_strdup(section);
    entry.key = mem_printf("%s.%s", spec->id, setting->key);
    value = mem_printf("%.*s%s", (int)(list - setting->value), setting->value,
                       entry.chosen);
    free(setting->value);
    setting->value = value;
    MEM_PUSH(plan->lists, plan->n_lists);
    plan->lists[plan->n_lists++] = entry;
    return ST_OK;
}

static bool is_word_of(const char *choices, const char *text)
{
    size_t n = strlen(text);

    for (const char *at = n ? choices : NULL; at && (at = strstr(at, text));
         at += n)
        if ((at == choices || at[-1] == ' ') && (!at[n] || at[n] == ' '))
            return true;
    return false;
}

/* The list of a swept option: that of its axis, or all of its text. NULL: it
 * is the sweep's business. */
static const char *swept_list(const char *text)
{
    const char *list = sweep_axis_list(text);
    struct choice choice;
    struct error err;

    if (list || !choice_is(text) || choice_parse(text, &choice, &err))
        return list;
    choice_clear(&choice);
    return text;
}

/* The settings of one instance. */
static int replace_all(struct computing *computing, const char *section,
                       struct plugin_spec *spec, bool swept,
                       struct error *err)
{
    const struct transect_plugin *plugin = plan_descriptor(computing->plan,
                                                           spec);

    for (size_t i = 0; i < spec->n_settings; i++) {
        struct setting *setting = &spec->settings[i];
        struct transect_option option;
        const char *list = setting->value;

        if (!options_declared(plugin, setting->key, &option) ||
            is_word_of(option.choices, list))
            continue;
        if (swept && sweep_is_axis(&option, list))
            list = swept_list(list);
        if (list && choice_is(list) &&
            replace(computing, section, spec, setting, &option, list, err))
            return err->status;
    }
    return ST_OK;
}

static int replace_in_variant(struct computing *computing,
                              const char *kind, struct variant *variant,
                              bool swept, struct error *err)
{
    char *section = mem_printf("%s %s", kind, variant->name);
    int status = ST_OK;

    for (size_t i = 0; i < variant->n_edits && !status; i++)
        status = replace_all(computing, section, &variant->edits[i], swept,
                             err);
    free(section);
    return status;
}

int plan_compute_lists(struct plan *plan,
                       const struct plan_settings *settings,
                       const struct option_limits *limits, struct error *err)
{
    struct experiment *experiment = plan->experiment;
    struct computing computing = {plan, settings, limits, NULL, NULL};
    int status = ST_OK;

    for (size_t i = 0; i < experiment->n_plugins && !status; i++) {
        struct plugin_spec *spec = &experiment->plugins[i];
        char *section = mem_printf("plugin %s", spec->id);

        if (!spec->idle)
            status = replace_all(&computing, section, spec, false, err);
        free(section);
    }
    for (size_t i = 0; i < experiment->n_variants && !status; i++)
        status = replace_in_variant(&computing, "variant",
                                    &experiment->variants[i], false, err);
    for (size_t i = 0; i < experiment->n_sweeps && !status; i++)
        status = replace_in_variant(&computing, "sweep",
                                    &experiment->sweeps[i].section, true,
                                    err);
    drop_last(&computing);
    return status;
}

void plan_free_lists(struct plan *plan)
{
    for (size_t i = 0; i < plan->n_lists; i++) {
        free(plan->lists[i].section);
        free(plan->lists[i].key);
        free(plan->lists[i].asked);
        free(plan->lists[i].chosen);
    }
    free(plan->lists);
}
