/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* places.c - writes which rows it heard of by a list of positions, and what
 * the host says of the samples' prompts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/prompts.h>

#define MAX_HEARD 4000

struct heard {
    int32_t point, head, sample, first;
    int64_t rows;
    float value; /* of the first row */
};

struct places {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_prompts_host *prompts;
    int32_t n_sample;
    struct heard heard[MAX_HEARD];
    size_t n;
};

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct places *self = host->alloc(ctx, 1, sizeof *self);

    *state = self;
    self->ctx = ctx;
    self->host = host;
    self->prompts = host->extension(ctx, TRANSECT_PROMPTS);
    if (host->get_bool(ctx, "early"))
        self->prompts->role(ctx);
    return TRANSECT_OK;
}

static int on_event(void *state, const struct transect_event *event)
{
    struct places *self = state;

    if (self->n == MAX_HEARD)
        return self->host->fail(self->ctx, "hears too much");
    self->heard[self->n++] = (struct heard){
        event->point, event->head, event->sample, event->first,
        event->view.rows, event->view.data[0]};
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct places *self = state;
    const int32_t layer = 0, *points;
    size_t n = self->host->get_list(self->ctx, "points", &points);
    struct transect_prompt prompt = {.size = sizeof prompt};

    self->n_sample = model->n_sample;
    for (size_t i = 0; i < n; i++) {
        struct transect_subscription sub = {
            .size = sizeof sub,
            .point = points[i],
            .layers = &layer,
            .n_layers = 1,
            .on_event = on_event,
            .position = self->host->get_string(self->ctx, "positions"),
        };

        if (self->host->subscribe(self->ctx, &sub))
            return TRANSECT_FAILED;
    }
    if (self->host->get_bool(self->ctx, "beyond"))
        return self->prompts->prompt(self->ctx, self->n_sample, &prompt);
    return TRANSECT_OK;
}

static void list_events(const struct places *self)
{
    static const struct transect_column columns[] = {
        {"point", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"first", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"rows", TRANSECT_COL_INT, TRANSECT_COL_METRIC},
        {"value", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };
    const struct transect_host *host = self->host;
    transect_table *table = host->table(self->ctx, "events", columns, 6);

    for (size_t i = 0; i < self->n; i++) {
        host->put_text(table, host->point_name(self->heard[i].point));
        host->put_int(table, self->heard[i].head);
        host->put_int(table, self->heard[i].sample);
        host->put_int(table, self->heard[i].first);
        host->put_int(table, self->heard[i].rows);
        host->put_real(table, (double)self->heard[i].value);
    }
}

/* Positions, or places, as "0 3 4". */
static void put_list(const struct places *self, transect_table *table,
                     const int32_t *list, size_t n)
{
    char text[200] = "";

    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(text);

        snprintf(text + length, sizeof text - length, "%s%d", i ? " " : "",
                 (int)list[i]);
    }
    self->host->put_text(table, text);
}

static void put_positions(const struct places *self, transect_table *table,
                          int32_t sample)
{
    const int32_t *list;
    size_t n = self->prompts->positions(self->ctx, "positions", sample, &list);

    put_list(self, table, list, n);
    n = self->prompts->places(self->ctx, "positions", sample, &list);
    put_list(self, table, list, n);
    n = self->prompts->places(self->ctx, "positions", -1, NULL);
    self->host->put_int(table, (int64_t)n);
}

static int list_prompts(const struct places *self)
{
    static const struct transect_column columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"role", TRANSECT_COL_INT, TRANSECT_COL_INFO},
        {"n_prompt", TRANSECT_COL_INT, TRANSECT_COL_INFO},
        {"answer", TRANSECT_COL_INT, TRANSECT_COL_INFO},
        {"foil", TRANSECT_COL_INT, TRANSECT_COL_INFO},
        {"label", TRANSECT_COL_TEXT, TRANSECT_COL_INFO},
        {"positions", TRANSECT_COL_TEXT, TRANSECT_COL_INFO},
        {"places", TRANSECT_COL_TEXT, TRANSECT_COL_INFO},
        {"n_place", TRANSECT_COL_INT, TRANSECT_COL_INFO},
    };
    const struct transect_host *host = self->host;
    transect_table *table = host->table(self->ctx, "prompts", columns, 9);

    for (int32_t i = 0; i < self->n_sample; i++) {
        struct transect_prompt prompt = {.size = sizeof prompt};

        if (self->prompts->prompt(self->ctx, i, &prompt))
            return TRANSECT_FAILED;
        host->put_int(table, i);
        host->put_int(table, self->prompts->role(self->ctx));
        host->put_int(table, prompt.n_prompt);
        host->put_int(table, prompt.n_answer ? prompt.answers[0] : -1);
        host->put_int(table, prompt.n_foil ? prompt.foils[0] : -1);
        host->put_text(table, prompt.label ? prompt.label : "");
        put_positions(self, table, i);
    }
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    (void)baseline;
    list_events(state);
    return list_prompts(state);
}

static const struct transect_option options[] = {
    {"positions", TRANSECT_POSITIONS, "last", NULL, 0, 0, "which rows"},
    {"points", TRANSECT_POINTS, "resid_post", NULL, 0, 0, "of what"},
    {"early", TRANSECT_BOOL, "no", NULL, 0, 0, "ask for the role in create"},
    {"beyond", TRANSECT_BOOL, "no", NULL, 0, 0, "ask for a sample too many"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "places",
    .summary = "writes which rows it heard of",
    .version = "1",
    .licence = "MIT",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .create = create,
    .ready = ready,
    .finish = finish,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
