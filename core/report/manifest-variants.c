/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* manifest-variants.c - variants in the manifest: the instances of each, what
 * they edited, found and judged, and what the survey looked at. */
#include "report/manifest-internal.h"

#include "hooks/hook-points.h"
#include "plugin/plugin-options.h"

#include <math.h>
#include <stdlib.h>

static json_t *edited_places(const struct variant_run *variant,
                             const struct edit_total *total)
{
    json_t *all = json_array();
    size_t n;
    const struct edit_record *records = hooks_edit_records(variant->hooks, &n);

    for (size_t i = 0; i < n; i++) {
        const struct edit_record *a = &records[i];

        if (!a->asked || a->editor != total->editor ||
            a->point != total->point)
            continue;
        json_array_append_new(
            all, json_pack("{s:i, s:i, s:I, s:I, s:o, s:o}", "layer",
                           a->layer, "head", a->head, "fired",
                           (json_int_t)a->fired, "changed",
                           (json_int_t)a->changed, "max_change",
                           manifest_real(a->max_change), "l2_change",
                           manifest_real(sqrt(a->sum_squares))));
    }
    return all;
}

json_t *manifest_edits(const struct variant_run *variant, bool places)
{
    json_t *all = json_array();
    size_t n;
    struct edit_total *totals = outcome_edit_totals(variant, &n);

    for (size_t i = 0; i < n; i++)
        json_array_append_new(
            all,
            json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o}", "editor",
                      totals[i].editor, "point", point_name(totals[i].point),
                      "fired", (json_int_t)totals[i].fired, "changed",
                      (json_int_t)totals[i].changed, "max_change",
                      manifest_real(totals[i].max_change), "l2_change",
                      manifest_real(sqrt(totals[i].sum_squares)), "places",
                      places ? edited_places(variant, &totals[i])
                             : json_integer((json_int_t)totals[i].places)));
    free(totals);
    return all;
}

struct surveyed {
    json_t *points; /* [{"point", "layers"}...] */
    int point, layer;
};

/* Points come one after another, each with its layers. */
static void survey_place(void *user, int point, int layer,
                         const struct hook_owner *owner, bool edit,
                         const struct transect_reduction *reduction)
{
    struct surveyed *surveyed = user;
    json_t *layers;

    (void)owner;
    (void)edit;
    (void)reduction;
    if (point == surveyed->point && layer == surveyed->layer)
        return; /* subscribed twice at one place */
    if (point != surveyed->point)
        json_array_append_new(surveyed->points,
                              json_pack("{s:s, s:[]}", "point",
                                        point_name(point), "layers"));
    surveyed->point = point;
    surveyed->layer = layer;
    layers = json_object_get(
        json_array_get(surveyed->points,
                       json_array_size(surveyed->points) - 1), "layers");
    if (layer >= 0)
        json_array_append_new(layers, json_integer(layer));
}

/* The survey's listeners with their points and layers; null: no survey. */
json_t *manifest_survey(const struct plan *plan)
{
    json_t *all;

    if (!plan_has_survey(plan))
        return json_null();
    all = json_array();
    for (size_t i = 0; i < plan->n_instances; i++) {
        const struct hook_owner *owner = &plan->instances[i]->owner;
        struct surveyed surveyed = {json_array(), -1, -1};

        hooks_visit(plan->survey, owner, survey_place, &surveyed);
        if (json_array_size(surveyed.points))
            json_array_append_new(all, json_pack("{s:s, s:s, s:O}", "variant",
                                                 owner->variant, "id",
                                                 owner->id, "points",
                                                 surveyed.points));
        json_decref(surveyed.points);
    }
    return json_pack("{s:o}", "listeners", all);
}

static json_t *figures(const struct plugin_outputs *outputs,
                       const char *folder)
{
    json_t *all = json_array();

    for (size_t i = 0; i < outputs->n_figures; i++) {
        const struct figure *figure = outputs->figures[i];
        char *stem = mem_path(folder, figure->name);

        json_array_append_new(
            all, json_pack("{s:o, s:o}", "stem", manifest_text(stem), "title",
                           manifest_text(figure->title ? figure->title
                                              : figure->name)));
        free(stem);
    }
    return all;
}

static json_t *verdicts(const struct plugin_outputs *outputs)
{
    json_t *all = json_array();

    for (size_t i = 0; i < outputs->n_verdicts; i++)
        json_array_append_new(
            all, json_pack("{s:o, s:o}", "text",
                           manifest_text(outputs->verdicts[i].text), "rule",
                           manifest_text(outputs->verdicts[i].rule)));
    return all;
}

/* An instance with its findings, verdicts and figures, of finish or of
 * compare; files are in FOLDER/ID. A disabled one has no verdicts or figures.
 */
static json_t *said(const struct transect_ctx *ctx,
                    const struct plugin_outputs *outputs, const char *folder)
{
    static const struct plugin_outputs nothing = {0};
    const struct plugin_outputs *whole = ctx->owner.disabled ? &nothing
                                                             : outputs;
    char *path = mem_path(folder, ctx->owner.id);
    json_t *findings = json_array(), *all;

    for (size_t i = 0; i < outputs->n_sayings; i++)
        json_array_append_new(findings, manifest_text(outputs->sayings[i]));
    all = json_pack("{s:s, s:s, s:o, s:o, s:o}", "id", ctx->owner.id,
                    "plugin", ctx->plugin->desc.name, "findings", findings,
                    "verdicts", verdicts(whole), "figures",
                    figures(whole, path));
    free(path);
    return all;
}

static json_t *instance(const struct transect_ctx *ctx,
                        const struct variant_run *variant, bool edits)
{
    json_t *options = json_object();
    json_t *all = said(ctx, &ctx->own, variant->name);

    for (size_t i = 0; i < ctx->options.n; i++) {
        const struct option_value *value = &ctx->options.values[i];

        if (value->set)
            json_object_set_new(options, value->decl.name,
                                manifest_text(value->text));
    }
    json_object_set_new(all, "options", options);
    json_object_set_new(all, "role",
                        json_string(edits ? "editor" : "observer"));
    if (ctx->process)
        json_object_set_new(all, "isolation", json_string("process"));
    if (ctx->owner.disabled)
        json_object_set_new(all, "disabled",
                            manifest_text(ctx->error.text));
    if (ctx->comparison_failed)
        json_object_set_new(all, "comparison_failed",
                            manifest_text(ctx->error.text));
    if (ctx->owner.printed)
        json_object_set_new(all, "printed",
                            manifest_text(ctx->owner.printed));
    return all;
}

/* What compare() made: each observer, in the first variant where it is whole,
 * which is the one that compared. */
json_t *manifest_comparison(const struct plan *plan)
{
    const struct variant_run *first = &plan->variants[0];
    json_t *all = json_array();

    for (size_t i = first->n_edits;
         plan->n_variants > 1 && i < first->n_instances; i++) {
        const struct transect_ctx *ctx = NULL;

        for (size_t j = 0; j < plan->n_variants && !ctx; j++) {
            const struct variant_run *variant = &plan->variants[j];

            ctx = variant->instances[variant->n_edits + i - first->n_edits];
            ctx = ctx->owner.disabled ? NULL : ctx;
        }
        if (ctx)
            json_array_append_new(all, said(ctx, &ctx->comparison,
                                            "comparison"));
    }
    return all;
}

json_t *manifest_variants(const struct plan *plan)
{
    json_t *all = json_array();

    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];
        json_t *instances, *made;

        if (!plan_shows(plan, variant))
            continue;
        instances = json_array();
        for (size_t j = 0; j < variant->n_instances; j++)
            json_array_append_new(instances,
                                  instance(variant->instances[j], variant,
                                           j < variant->n_edits));
        made = json_pack("{s:s, s:o, s:o}", "name", variant->name, "edits",
                         manifest_edits(variant, true), "instances",
                         instances);
        if (variant->role == TRANSECT_ROLE_PAIR)
            json_object_set_new(made, "role", json_string("pair"));
        json_array_append_new(all, made);
    }
    return all;
}
