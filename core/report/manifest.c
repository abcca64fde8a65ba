/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* manifest.c - the manifest: what ran, on which model and input, with what
 * outcome. */
#include "report/manifest-internal.h"

#include "tensor/machine.h"
#include "base/mem.h"
#include "report/inert-edits.h"
#include "tensor/arithmetic.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON has no infinity; a change that large is a text. */
json_t *manifest_real(double value)
{
    return isfinite(value) ? json_real(value) : json_string("not finite");
}

/* Texts come from files and file names: what is not UTF-8 becomes '?', so
 * that no run ends with a manifest that cannot be written. */
json_t *manifest_text(const char *bytes)
{
    json_t *value = json_string(bytes);
    char *copy;

    if (value)
        return value;
    copy = mem_strdup(bytes);
    for (char *c = copy; *c; c++)
        *c = *c & 0x80 ? '?' : *c;
    value = json_string(copy);
    free(copy);
    return value;
}

json_t *manifest_program(void)
{
    json_t *abi = json_sprintf("%d.%d", TRANSECT_ABI_MAJOR,
                               TRANSECT_ABI_MINOR);

    return json_pack("{s:s, s:o}", "version", PACKAGE_VERSION, "abi", abi);
}

/* The experiment as it ran: the file with every --set applied. */
json_t *manifest_configuration(const struct ini *ini)
{
    json_t *sections = json_object();

    for (size_t i = 0; i < ini->n_sections; i++) {
        const struct ini_section *section = &ini->sections[i];
        json_t *settings = json_object();

        for (size_t j = 0; j < section->n_settings; j++)
            json_object_set_new(settings, section->settings[j].key,
                                manifest_text(section->settings[j].value));
        json_object_set_new(sections, section->name, settings);
    }
    return sections;
}

/* Takes over files. */
static json_t *model(const struct plan *plan, json_t *files)
{
    const struct config *config = &plan->model->config;

    return json_pack("{s:o, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:o, s:o}",
                     "path", manifest_text(plan->model->files->path), "type",
                     config->model_type,
                     "n_layer", config->n_layer, "n_head", config->n_head,
                     "d_model", config->d_model, "d_mlp", config->d_mlp,
                     "n_vocab", config->n_vocab, "n_context",
                     config->n_context, "ignored_tensors",
                     model_ignored(plan->model), "files", files);
}

/* Planned memory, in bytes. */
static json_t *memory(const struct memory *memory)
{
    json_t *all = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "weights", memory_way(memory),
        "files", (json_int_t)memory->files, "copies",
        (json_int_t)(memory->copies +
                     (memory->convert ? memory->stored : 0)),
        "panel", (json_int_t)(memory_has_panel(memory) ? memory->panel : 0),
        "buffers",
        (json_int_t)memory->buffers, "held", (json_int_t)memory_held(memory),
        "limit",
        memory->given ? json_integer((json_int_t)memory->limit)
                      : json_null());

    if (memory->captures) {
        json_object_set_new(all, "captures",
                            json_integer((json_int_t)memory->captures));
        json_object_set_new(all, "captures_in_file",
                            json_boolean(memory->captures_in_file));
    }
    return all;
}

json_t *manifest_plugins(const struct plan *plan)
{
    json_t *all = json_array();

    for (size_t i = 0; i < plan->n_plugins; i++) {
        const struct plugin *plugin = plan->plugins[i];
        char *abi = mem_printf("%d.%d", plugin->desc.abi_major,
                               plugin->desc.abi_minor);

        json_array_append_new(all,
                              json_pack("{s:s, s:o, s:o, s:s, s:s, s:o}",
                                        "name",
                                        plugin->desc.name, "version",
                                        manifest_text(plugin->desc.version),
                                        "path", manifest_text(plugin->path),
                                        "sha256", plugin->sha256, "abi", abi,
                                        "summary",
                                        manifest_text(plugin->desc.summary)));
        free(abi);
    }
    return all;
}

json_t *manifest_option_files(const struct plan *plan)
{
    json_t *all = json_array();

    for (size_t i = 0; i < plan->n_option_files; i++) {
        const struct option_file *file = &plan->option_files[i];

        json_array_append_new(
            all, json_pack(
                     "{s:o, s:o}", "path", manifest_text(file->path), "sha256",
                     *file->sha256 ? json_string(file->sha256) : json_null()));
    }
    return all;
}

json_t *manifest_lists(const struct plan *plan)
{
    json_t *all = json_array();

    for (size_t i = 0; i < plan->n_lists; i++) {
        const struct computed_list *list = &plan->lists[i];

        json_array_append_new(
            all, json_pack("{s:o, s:o, s:o, s:o}", "section",
                           manifest_text(list->section), "key",
                           manifest_text(list->key), "asked",
                           manifest_text(list->asked), "chosen",
                           manifest_text(list->chosen)));
    }
    return all;
}

static json_t *cpu(void)
{
    char *name = machine_processor();
    json_t *text = manifest_text(name);

    free(name);
    return text;
}

/* What a run that goes on must share with the one that began. */
static void add_arithmetic(json_t *all)
{
    struct arithmetic parts[ARITHMETIC_N];

    arithmetic_in_use(parts);
    json_object_set_new(all, "blas",
                        json_pack("{s:s, s:s, s:i}", "config",
                                  parts[ARITHMETIC_BLAS].which, "core",
                                  parts[ARITHMETIC_BLAS_KERNELS].which,
                                  "threads", openblas_get_num_threads()));
    json_object_set_new(all, "kernels",
                        json_string(parts[ARITHMETIC_KERNELS].which));
    json_object_set_new(all, "products",
                        json_string(parts[ARITHMETIC_PRODUCTS].which));
    json_object_set_new(all, "c_library",
                        json_string(parts[ARITHMETIC_C_LIBRARY].which));
}

static json_t *texts(const struct outcome_failures *failures)
{
    json_t *all = json_array();

    for (size_t i = 0; i < failures->n; i++)
        json_array_append_new(all, manifest_text(failures->texts[i]));
    return all;
}

static json_t *started(time_t when)
{
    char stamp[32];
    struct tm utc;

    gmtime_r(&when, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(stamp);
}

/* The digest of one of the model's files. */
static const char *model_file_digest(const json_t *files, const char *name)
{
    const json_t *file;
    size_t i;

    json_array_foreach(files, i, file) {
        const char *path = json_string_value(json_object_get(file, "path"));

        if (strcmp(path, name) == 0)
            return json_string_value(json_object_get(file, "sha256"));
    }
    return NULL;
}

/* {file name: digest} where samples were made by it; the folder is the
 * model's. */
static json_t *tokenizer(const struct plan *plan, const json_t *model_files)
{
    json_t *all = json_object();
    const struct tokenizer_file *files;
    size_t n;

    if (!plan->samples->tokenizer)
        return all;
    files = tokenizer_files(plan->samples->tokenizer, &n);
    for (size_t i = 0; i < n; i++) {
        const char *slash = strrchr(files[i].path, '/');
        const char *name = slash ? slash + 1 : files[i].path;
        const char *sha256 = files[i].sha256[0]
                                 ? files[i].sha256
                                 : model_file_digest(model_files, name);

        json_object_set_new(all, name, json_string(sha256));
    }
    return all;
}

/* Edits that changed nothing and were counted, which the table has each; null
 * where not all samples were seen. */
static json_t *inert(const struct run *run)
{
    struct inert_counts counted;

    if (run->error.status)
        return json_null();
    counted = inert_counted(run->plan);
    return json_pack("{s:I, s:I}", "edits", (json_int_t)counted.edits,
                     "variants", (json_int_t)counted.variants);
}

int manifest_make(const struct run *run,
                  const struct outcome_failures *failures,
                  const struct results *results, json_t **manifest,
                  struct error *err)
{
    const struct plan *plan = run->plan;
    const struct experiment *experiment = plan->experiment;
    json_t *all, *model_files;

    if (model_digests(plan->model, &model_files, err))
        return err->status;
    all = json_object();
    json_object_set_new(all, "transect", manifest_program());
    json_object_set_new(all, "complete", json_boolean(!run->error.status));
    json_object_set_new(all, "status",
                        json_string(failures->n ? "failed" : "ok"));
    json_object_set_new(all, "failures", texts(failures));
    json_object_set_new(all, "name", json_string(experiment->name));
    json_object_set_new(all, "title", manifest_text(experiment->title));
    json_object_set_new(all, "file",
                        json_pack("{s:o, s:s}", "path",
                                  manifest_text(experiment->ini->path),
                                  "sha256",
                                  experiment->ini->sha256));
    json_object_set_new(all, "configuration",
                        manifest_configuration(experiment->ini));
    json_object_set_new(all, "seed",
                        json_integer((json_int_t)experiment->seed));
    json_object_set_new(all, "tokenizer", tokenizer(plan, model_files));
    json_object_set_new(all, "model", model(plan, model_files));
    json_object_set_new(all, "memory", memory(&plan->memory));
    json_object_set_new(all, "input", manifest_input(plan));
    json_object_set_new(all, "plugins", manifest_plugins(plan));
    json_object_set_new(all, "plugin_files", manifest_option_files(plan));
    json_object_set_new(all, "lists", manifest_lists(plan));
    json_object_set_new(all, "survey", manifest_survey(plan));
    json_object_set_new(all, "variants", manifest_variants(plan));
    json_object_set_new(all, "inert", inert(run));
    json_object_set_new(all, "sweeps", manifest_sweeps(run));
    json_object_set_new(all, "comparison", manifest_comparison(plan));
    add_arithmetic(all);
    json_object_set_new(all, "workers", json_integer(run->workers));
    json_object_set_new(all, "cpu", cpu());
    json_object_set_new(all, "started", started(run->started));
    json_object_set_new(all, "seconds", manifest_real(run->seconds));
    if (run->samples.first)
        json_object_set_new(all, "resumed_at_sample",
                            json_integer(run->samples.first));
    json_object_set_new(all, "files", results_files(results));
    *manifest = all;
    return ST_OK;
}
