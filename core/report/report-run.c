/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-run.c - what ran: model, input, variants, manifest. */
#include "report/report-internal.h"

#include <stdlib.h>
#include <string.h>

static void begin_fact(struct buffer *html, const char *name)
{
    html_raw(html, "<div><dt>");
    html_text(html, name);
    html_raw(html, "</dt><dd>");
}

static void end_fact(struct buffer *html)
{
    html_raw(html, "</dd></div>\n");
}

/* ", LABEL VALUE" */
static void add_size(struct buffer *html, const json_t *object,
                     const char *key, const char *label)
{
    html_printf(html, ", %s ", label);
    report_value(html, json_object_get(object, key));
}

static void write_ignored(struct buffer *html, const json_t *names)
{
    const json_t *name;
    size_t i;

    if (!json_array_size(names))
        return;
    begin_fact(html, "Ignored tensors");
    json_array_foreach(names, i, name) {
        html_raw(html, i ? ", <code>" : "<code>");
        html_text(html, json_string_value(name));
        html_raw(html, "</code>");
    }
    end_fact(html);
}

static void write_model(struct buffer *html, const json_t *model)
{
    begin_fact(html, "Model");
    html_text(html, report_string(model, "type"));
    add_size(html, model, "n_layer", "layers");
    add_size(html, model, "n_head", "heads");
    add_size(html, model, "d_model", "width");
    add_size(html, model, "d_mlp", "width of the MLPs");
    add_size(html, model, "n_vocab", "vocabulary");
    html_raw(html, " <code>");
    html_text(html, report_string(model, "path"));
    html_raw(html, "</code>");
    end_fact(html);
    write_ignored(html, json_object_get(model, "ignored_tensors"));
}

void report_samples(struct buffer *html, const json_t *input)
{
    const json_t *samples = json_object_get(input, "samples");
    const json_t *shortest = json_object_get(input, "shortest");

    report_value(html, samples);
    html_raw(html, json_integer_value(samples) == 1 ? " sample of "
                                                    : " samples of ");
    if (shortest) {
        report_value(html, shortest);
        html_raw(html, " to ");
    }
    report_value(html, json_object_get(input, "length"));
    html_raw(html, " tokens");
}

/* Manifests of older runs say yes or no. */
static void write_front(struct buffer *html, const json_t *input)
{
    const char *bos = report_string(input, "bos_choice");

    if (*bos) {
        html_raw(html, "; BOS: ");
        html_text(html, bos);
    } else {
        html_raw(html, json_is_true(json_object_get(input, "bos"))
                           ? ", each beginning with the BOS token"
                           : ", without a BOS token");
    }
}

static void write_warning(struct buffer *html, const char *warning)
{
    if (!*warning)
        return;
    html_raw(html, "<br><strong>");
    html_text(html, warning);
    html_raw(html, "</strong>");
}

static void write_input(struct buffer *html, const json_t *input)
{
    const json_t *warnings = json_object_get(input, "position_warnings");
    const json_t *warning;
    const json_t *files = json_object_get(input, "files"), *file;
    const json_t *dropped = json_object_get(input, "tokens_dropped");
    size_t i;

    begin_fact(html, "Input");
    report_samples(html, input);
    if (json_object_get(input, "repeat")) {
        html_raw(html, ", each of ");
        report_value(html, json_object_get(input, "repeat"));
        html_raw(html, " random tokens, and the same once more");
    }
    write_front(html, input);
    json_array_foreach(files, i, file) {
        html_raw(html, i ? ", <code>" : "; from <code>");
        html_text(html, report_string(file, "path"));
        html_raw(html, "</code>");
    }
    if (json_is_true(json_object_get(input, "files_joined")))
        html_raw(html, ", joined by an empty line into one text");
    if (json_integer_value(dropped) > 0) {
        html_raw(html, "; ");
        report_value(html, dropped);
        html_raw(html, " of its ");
        report_value(html, json_object_get(input, "tokens_available"));
        html_raw(html, json_object_get(input, "windows")
                           ? " tokens are in no sample"
                           : " tokens, at the end, are in no sample");
    }
    write_warning(html, report_string(input, "bos_warning"));
    json_array_foreach(warnings, i, warning)
        if (json_is_string(warning))
            write_warning(html, json_string_value(warning));
    end_fact(html);
}

static void write_plugins(struct buffer *html, const json_t *plugins)
{
    const json_t *plugin;
    size_t i;

    begin_fact(html, "Plugins");
    json_array_foreach(plugins, i, plugin)
        html_printf(html, "%s%s %s: %s (transect-%s(7))", i ? "; " : "",
                    report_string(plugin, "name"),
                    report_string(plugin, "version"),
                    report_string(plugin, "summary"),
                    report_string(plugin, "name"));
    end_fact(html);
}

static void write_plugin_files(struct buffer *html, const json_t *files)
{
    const json_t *file;
    size_t i;

    if (!json_array_size(files))
        return;
    begin_fact(html, "Files that plugins read");
    json_array_foreach(files, i, file) {
        html_raw(html, i ? ", <code>" : "<code>");
        html_text(html, report_string(file, "path"));
        html_raw(html, "</code>");
    }
    end_fact(html);
}

/* What was asked for, and what was chosen. */
static void write_lists(struct buffer *html, const json_t *lists)
{
    const json_t *list;
    size_t i;

    if (!json_array_size(lists))
        return;
    begin_fact(html, "Computed lists");
    json_array_foreach(lists, i, list)
        html_printf(html, "%s, %s = %s: %s; ", report_string(list, "section"),
                    report_string(list, "key"), report_string(list, "asked"),
                    report_string(list, "chosen"));
    html_raw(html, "by what the unedited model does, or by the seed");
    end_fact(html);
}

/* The survey: variants and plugins with their points. */
static void write_survey(struct buffer *html, const json_t *survey)
{
    const json_t *listener;
    size_t i;

    if (!json_is_object(survey))
        return;
    begin_fact(html, "Survey");
    html_raw(html, "one pass of the unedited model before the first variant, "
             "for ");
    json_array_foreach(json_object_get(survey, "listeners"), i, listener)
        html_printf(html, "%s%s of %s", i ? ", " : "",
                    report_string(listener, "id"),
                    report_string(listener, "variant"));
    end_fact(html);
}

/* What products of weights were computed in. */
static const char *arithmetic(const json_t *manifest)
{
    const json_t *run = json_object_get(
        json_object_get(manifest, "configuration"), "run");
    const char *asked = report_string(run, "arithmetic");

    return *asked ? asked : "float32";
}

static void write_machine(struct buffer *html, const json_t *manifest)
{
    const json_t *blas = json_object_get(manifest, "blas");

    begin_fact(html, "Machine");
    html_printf(html, "%s; %s, for %s, threads: ",
                report_string(manifest, "cpu"), report_string(blas, "config"),
                report_string(blas, "core"));
    report_value(html, json_object_get(blas, "threads"));
    html_printf(html, "; products of weights: %s, in %s; kernels: %s",
                report_string(manifest, "products"), arithmetic(manifest),
                report_string(manifest, "kernels"));
    end_fact(html);
}

static void write_time(struct buffer *html, const json_t *manifest)
{
    double seconds = json_number_value(json_object_get(manifest, "seconds"));

    begin_fact(html, "When");
    html_printf(html, seconds < 100 ? "%s, in %.3g s" : "%s, in %.0f s",
                report_string(manifest, "started"), seconds);
    end_fact(html);
}

static void write_program(struct buffer *html, const json_t *manifest)
{
    const json_t *program = json_object_get(manifest, "transect");

    begin_fact(html, "Experiment");
    html_raw(html, "<code>");
    html_text(html, report_string(json_object_get(manifest, "file"),
                                  "path"));
    html_raw(html, "</code>");
    html_printf(html, ", by transect %s (plugin ABI %s)",
                report_string(program, "version"),
                report_string(program, "abi"));
    end_fact(html);
}

bool report_edits(struct buffer *html, const json_t *variant)
{
    const json_t *instance, *finding;
    bool any = false;
    size_t i, j;

    json_array_foreach(json_object_get(variant, "instances"), i, instance) {
        if (strcmp(report_string(instance, "role"), "editor") != 0)
            continue;
        json_array_foreach(json_object_get(instance, "findings"), j,
                           finding) {
            html_raw(html, any ? "; " : "");
            report_value(html, finding);
            any = true;
        }
    }
    return any;
}

void report_options(struct buffer *html, const json_t *instance)
{
    const char *key, *separator = "<code>";
    json_t *value;

    json_object_foreach(json_object_get(instance, "options"), key, value) {
        html_raw(html, separator);
        html_printf(html, "%s = ", key);
        report_value(html, value);
        html_raw(html, "</code>");
        separator = ", <code>";
    }
}

static void write_editor_options(struct buffer *html, const json_t *variant)
{
    const json_t *instance;
    size_t i;

    json_array_foreach(json_object_get(variant, "instances"), i, instance) {
        if (strcmp(report_string(instance, "role"), "editor") != 0)
            continue;
        html_raw(html, "<br><span class=\"note\">");
        html_printf(html, "%s: ", report_string(instance, "id"));
        report_options(html, instance);
        html_raw(html, "</span>");
    }
}

/* Of a variant whose editors have said nothing. */
static const char *what_it_is(const json_t *variant)
{
    if (json_array_size(json_object_get(variant, "edits")))
        return "see what was measured of them below";
    return strcmp(report_string(variant, "role"), "pair") == 0
               ? "nothing: the records' second prompts, unedited"
               : "nothing: the model as it is";
}

static void write_variants(struct buffer *html, const json_t *variants)
{
    const json_t *variant;
    size_t n = json_array_size(variants), i;

    if (!n)
        return;
    report_begin_table(html, n);
    html_printf(html, "%zu variant%s", n, n == 1 ? "" : "s");
    html_raw(html, "</summary>\n");
    report_begin_scroll(html, "Variants");
    html_raw(html, "<table class=\"words\">\n<thead><tr>"
             "<th scope=\"col\">variant</th>"
             "<th scope=\"col\">what its edits do</th></tr></thead>\n"
             "<tbody>\n");
    json_array_foreach(variants, i, variant) {
        html_raw(html, "<tr><th scope=\"row\"><a href=\"#variant-");
        html_printf(html, "%zu", i);
        html_raw(html, "\">");
        html_text(html, report_string(variant, "name"));
        html_raw(html, "</a></th><td>");
        if (!report_edits(html, variant))
            html_raw(html, what_it_is(variant));
        write_editor_options(html, variant);
        html_raw(html, "</td></tr>\n");
    }
    report_end_table(html);
}

void report_run_section(struct report *report)
{
    struct buffer *html = &report->html;
    const json_t *manifest = report->manifest;

    report_section(html, "ran", "What ran");
    html_raw(html, "<dl>\n");
    write_model(html, json_object_get(manifest, "model"));
    write_input(html, json_object_get(manifest, "input"));
    begin_fact(html, "Seed");
    report_value(html, json_object_get(manifest, "seed"));
    end_fact(html);
    write_plugins(html, json_object_get(manifest, "plugins"));
    write_plugin_files(html, json_object_get(manifest, "plugin_files"));
    write_lists(html, json_object_get(manifest, "lists"));
    write_survey(html, json_object_get(manifest, "survey"));
    write_program(html, manifest);
    write_machine(html, manifest);
    write_time(html, manifest);
    html_raw(html, "</dl>\n");
    write_variants(html, json_object_get(manifest, "variants"));
    html_raw(html, "</section>\n");
}

/* A longer manifest is linked to instead. */
#define MAX_MANIFEST ((size_t)256 << 10)

void report_manifest_section(struct report *report)
{
    struct buffer *html = &report->html;
    char *json = json_dumps(report->manifest,
                            JSON_INDENT(2) | JSON_SORT_KEYS);

    report_section(html, "manifest", "Manifest");
    html_raw(html, "<p>All that led to these results is in "
             "<a href=\"./manifest.json\">manifest.json</a>");
    if (json && strlen(json) <= MAX_MANIFEST) {
        html_raw(html, ", here without the digest of this page.</p>\n"
                 "<details class=\"data\">\n<summary>The manifest"
                 "</summary>\n<pre class=\"scroll\" tabindex=\"0\">");
        html_text(html, json);
        html_raw(html, "</pre>\n</details>\n</section>\n");
    } else {
        html_raw(html, ", which is too long for this page.</p>\n"
                 "</section>\n");
    }
    free(json);
}
