/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* manifest-match.c - are results, or a checkpoint, those of a plan? */
#include "report/manifest-internal.h"

#include "base/json.h"
#include "base/sha256.h"
#include "plan/sweep.h"

#include <stdlib.h>
#include <string.h>

/* Of the files that plugins read, without their paths: from another folder
 * the same file has another. */
static json_t *digests(const struct plan *plan)
{
    json_t *all = json_array();

    for (size_t i = 0; i < plan->n_option_files; i++)
        json_array_append_new(all, json_string(plan->option_files[i].sha256));
    return all;
}

int manifest_identity(const struct plan *plan, char hex[65],
                      struct error *err)
{
    json_t *all, *model_files;
    char *json;

    if (model_digests(plan->model, &model_files, err))
        return err->status;
    all = json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "transect",
                    manifest_program(), "configuration",
                    manifest_configuration(plan->experiment->ini), "model",
                    model_files, "input", plan->samples->sha256, "plugins",
                    manifest_plugins(plan), "plugin_files", digests(plan),
                    "axes", manifest_axes(plan));
    if (plan->n_lists)
        json_object_set_new(all, "lists", manifest_lists(plan));
    json = json_dumps(all, JSON_SORT_KEYS | JSON_COMPACT);
    sha256_bytes(json, strlen(json), hex);
    free(json);
    json_decref(all);
    return ST_OK;
}

/* The first section and key that two configurations do not share; false: they
 * are the same. */
static bool find_difference(const json_t *a, const json_t *b,
                            const char **section, const char **key)
{
    json_t *settings, *value;

    json_object_foreach((json_t *)a, *section, settings) {
        const json_t *others = json_object_get(b, *section);

        *key = "";
        if (!others)
            return true;
        json_object_foreach(settings, *key, value)
            if (!json_equal(value, json_object_get(others, *key)))
                return true;
    }
    return false;
}

static int mismatch(const char *dir, const char *what, const char *key,
                    struct error *err)
{
    return error_set(err, ST_USAGE, "%s: is complete, but of another "
                     "experiment: %s%s%s differs; replace it with --force, "
                     "or choose another folder with --output", dir, what,
                     *key ? "." : "", key);
}

/* A sweep may have other values though its settings are the same: its table
 * of scores was changed. */
static int match_axes(const struct plan *plan, const json_t *old,
                      const char *dir, struct error *err)
{
    const json_t *sweeps = json_object_get(old, "sweeps");
    json_t *all = manifest_axes(plan), *axes;
    int status = ST_OK;
    size_t i;

    json_array_foreach(all, i, axes) {
        char *what = mem_printf("the table of sweep %s",
                                plan->experiment->sweeps[i].section.name);

        if (!status && !json_equal(axes, json_object_get(
                                             json_array_get(sweeps, i),
                                             "axes")))
            status = mismatch(dir, what, "", err);
        free(what);
    }
    json_decref(all);
    return status;
}

/* The digest that old results have of a file which plugins read; NULL: none.
 */
static const char *old_digest(const json_t *files, const char *path)
{
    json_t *text = manifest_text(path);
    const char *found = NULL;
    const json_t *file;
    size_t i;

    json_array_foreach(files, i, file)
        if (json_equal(text, json_object_get(file, "path")))
            found = json_string_value(json_object_get(file, "sha256"));
    json_decref(text);
    return found;
}

static int match_files(const struct plan *plan, const json_t *old,
                       const char *dir, struct error *err)
{
    const json_t *files = json_object_get(old, "plugin_files");
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_option_files && !status; i++) {
        const struct option_file *file = &plan->option_files[i];
        const char *then = old_digest(files, file->path);

        if (strcmp(then ? then : "", file->sha256) != 0)
            status = mismatch(dir, file->path, "", err);
    }
    return status;
}

int manifest_matches(const struct plan *plan, const char *dir,
                     struct error *err)
{
    json_t *now = manifest_configuration(plan->experiment->ini), *old, *then;
    char *path = mem_path(dir, "manifest.json");
    const char *section, *key, *sha256;
    int status = json_load_object(path, &old, err);

    free(path);
    if (status) {
        json_decref(now);
        return status;
    }
    then = json_object_get(old, "configuration");
    sha256 = json_string_value(json_object_get(json_object_get(old, "input"),
                                               "sha256"));
    if (find_difference(now, then, &section, &key) ||
        find_difference(then, now, &section, &key))
        status = mismatch(dir, section, key, err);
    else if (!sha256 || strcmp(sha256, plan->samples->sha256) != 0)
        status = mismatch(dir, "the text", "", err);
    else
        status = match_axes(plan, old, dir, err);
    if (!status)
        status = match_files(plan, old, dir, err);
    json_decref(old);
    json_decref(now);
    return status;
}
