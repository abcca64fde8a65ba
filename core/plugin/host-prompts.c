/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-prompts.c - the host's functions of transect/prompts.h, and the check
 * of lists of positions against the samples there are. */
#include "plugin/host-internal.h"

#include <string.h>

/* The table, or NULL with the mistake recorded. */
static struct prompt_table *table_of(transect_ctx *ctx, const char *what)
{
    if (ctx->phase == PHASE_CREATE)
        host_record(ctx, ST_PLUGIN, "%s is for ready or later: samples are "
                    "not known yet", what);
    else if (!ctx->prompts)
        host_record(ctx, ST_PLUGIN, "%s has no samples to look at", what);
    else
        return ctx->prompts;
    return NULL;
}

/* The same, if it has the sample. */
static struct prompt_table *table_with(transect_ctx *ctx, int32_t sample,
                                       const char *what)
{
    struct prompt_table *table = table_of(ctx, what);

    if (!table || (sample >= 0 && sample < table->n_sample))
        return table;
    host_record(ctx, ST_PLUGIN, "%s asks for sample %d; there are %d", what,
                (int)sample, table->n_sample);
    return NULL;
}

static int32_t role(transect_ctx *ctx)
{
    const struct prompt_table *table = table_of(ctx, "role");

    return table ? (int32_t)table->role : TRANSECT_ROLE_PROMPT;
}

/* As much as the caller's struct has room for. */
static int prompt(transect_ctx *ctx, int32_t sample,
                  struct transect_prompt *out)
{
    const struct prompt_table *table = table_with(ctx, sample, "prompt");
    struct transect_prompt all = {.size = out->size};
    size_t size = out->size < sizeof all ? out->size : sizeof all;

    if (!table)
        return TRANSECT_FAILED;
    all.n_prompt = table->names.n_prompt ? table->names.n_prompt[sample]
                                         : table->n_token[sample];
    all.n_token = table->n_token[sample];
    if (table->facts) {
        const struct sample_facts *facts = &table->facts[sample];

        all.answers = facts->answers;
        all.n_answer = facts->n_answer;
        all.foils = facts->foils;
        all.n_foil = facts->n_foil;
        all.label = facts->label;
    }
    memcpy(out, &all, size);
    return TRANSECT_OK;
}

/* What an option means in a sample; none: it is not set, or a word. */
static struct prompt_rows rows_of(transect_ctx *ctx, const char *name,
                                  int32_t sample, const char *what)
{
    struct option_value *value = (struct option_value *)host_typed_option(
        ctx, name, TRANSECT_POSITIONS, what);
    struct prompt_table *table = table_with(ctx, sample, what);

    if (!value || !table || !value->set || value->is_word)
        return (struct prompt_rows){0};
    return prompt_table_rows(table, value->text, sample, &value->positions);
}

static size_t positions(transect_ctx *ctx, const char *name, int32_t sample,
                        const int32_t **list)
{
    struct prompt_rows rows = rows_of(ctx, name, sample, "positions");

    *list = rows.positions;
    return rows.n;
}

static size_t places(transect_ctx *ctx, const char *name, int32_t sample,
                     const int32_t **list)
{
    struct prompt_rows rows = rows_of(ctx, name, sample < 0 ? 0 : sample,
                                      "places");

    if (sample < 0)
        return (size_t)rows.n_place;
    *list = rows.places;
    return rows.n;
}

const struct transect_prompts_host host_prompts = {
    .size = sizeof host_prompts,
    .role = role,
    .prompt = prompt,
    .positions = positions,
    .places = places,
};

int host_check_positions(const transect_ctx *ctx, const char *text,
                         struct error *err)
{
    const struct prompt_table *table = ctx->prompts;
    struct sample_positions *list;
    int status = sample_positions_parse(text, &list, err);

    if (status)
        return status;
    status = sample_positions_check(list, table ? &table->names : NULL,
                                    table ? table->n_sample : 0,
                                    table ? table->longest : ctx->n_token,
                                    err);
    sample_positions_free(list);
    return status;
}

int instance_check_positions(const transect_ctx *instance, struct error *err)
{
    bool of_pairs = instance->prompts &&
                    instance->prompts->role == TRANSECT_ROLE_PAIR;

    for (size_t i = 0; i < instance->options.n; i++) {
        const struct option_value *value = &instance->options.values[i];
        struct error own;

        if (value->decl.type == TRANSECT_POSITIONS && value->set &&
            !value->is_word &&
            host_check_positions(instance, value->text, &own))
            return error_at(err, own.status, value->place, "%s.%s: %s%s%s",
                            instance->owner.id, value->decl.name, own.text,
                            of_pairs ? "; so it is in the variant " : "",
                            of_pairs ? instance->owner.variant : "");
    }
    return ST_OK;
}
