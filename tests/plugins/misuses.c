/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* misuses.c - calls the host in ways that it must refuse. */
#include <stdlib.h>
#include <string.h>
#include <transect/figure.h>
#include <transect/reduce.h>
#include <transect/state.h>
#include <transect/survey.h>
#include <transect/verdict.h>
#include <transect/workers.h>

struct misuses {
    transect_ctx *ctx;
    const struct transect_host *host;
};

static int on_event(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    return TRANSECT_OK;
}

static int asked(const struct misuses *self, const char *how)
{
    const struct transect_host *host = self->host;

    return strcmp(host->get_string(self->ctx, "how"), how) == 0 ||
           strcmp(host->get_string(self->ctx, "names"), how) == 0;
}

static int subscribe(const struct misuses *self)
{
    static const int32_t layer = 1000;
    static const struct transect_head head = {0, 1000};
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_PATTERN,
        .on_event = on_event,
    };

    if (asked(self, "point"))
        sub.point = TRANSECT_Q;
    if (asked(self, "unknown-point"))
        sub.point = TRANSECT_N_POINTS;
    if (asked(self, "absent-point"))
        sub.point = TRANSECT_MLP_GATE;
    if (asked(self, "layer") || asked(self, "both")) {
        sub.layers = &layer;
        sub.n_layers = 1;
    }
    if (asked(self, "head") || asked(self, "both")) {
        sub.heads = &head;
        sub.n_heads = 1;
    }
    if (asked(self, "edit"))
        sub.flags = TRANSECT_EDIT;
    if (asked(self, "all-heads"))
        sub.flags = TRANSECT_ALL_HEADS;
    if (asked(self, "flags"))
        sub.flags = 1u << 31;
    if (asked(self, "position"))
        sub.n_positions = -1;
    if (asked(self, "two-positions")) {
        sub.n_positions = 1;
        sub.position = "last";
    }
    if (asked(self, "named-position"))
        sub.position = "subject";
    if (asked(self, "late"))
        sub.first_position = 4;
    if (asked(self, "nothing"))
        sub.on_event = NULL;
    if (asked(self, "size"))
        sub.size = 0;
    return self->host->subscribe(self->ctx, &sub);
}

static int survey(const struct misuses *self)
{
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);
    static const int32_t layer = 1000;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_PATTERN,
        .on_event = on_event,
    };

    if (asked(self, "survey-point"))
        sub.point = TRANSECT_Q;
    if (asked(self, "survey-edit"))
        sub.flags = TRANSECT_EDIT;
    if (asked(self, "survey-layer")) {
        sub.layers = &layer;
        sub.n_layers = 1;
    }
    return surveys->survey(self->ctx, &sub, NULL);
}

static int reduce(const struct misuses *self)
{
    const struct transect_reduce_host *reduces =
        self->host->extension(self->ctx, TRANSECT_REDUCE);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_PATTERN, .on_event = on_event};
    struct transect_reduction reduction = {sizeof reduction,
                                           TRANSECT_REDUCE_COLUMN, 0};

    if (asked(self, "reduce-kind"))
        reduction.kind = 0;
    if (asked(self, "reduce-column"))
        reduction.n = 4;
    if (asked(self, "reduce-whole") || asked(self, "reduce-top"))
        reduction.kind = TRANSECT_REDUCE_TOP;
    if (asked(self, "reduce-whole"))
        reduction.n = 1;
    if (asked(self, "reduce-edit"))
        sub.flags = TRANSECT_EDIT;
    if (asked(self, "reduce-scores")) {
        sub.point = TRANSECT_ATTN_SCORES;
        reduction.kind = TRANSECT_REDUCE_MEAN;
    }
    return reduces->subscribe(self->ctx, &sub, &reduction);
}

static transect_table *make_named(const struct misuses *self, const char *name)
{
    static const struct transect_column columns[] = {
        {"key", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"value", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };

    return self->host->table(self->ctx, name, columns, 2);
}

static transect_table *make_table(const struct misuses *self)
{
    return make_named(self, "table");
}

/* A row of a table whose name, or a column's, cannot be. */
static void misname_table(const struct misuses *self, int is_variant)
{
    static const struct {
        const char *how, *name, *column;
    } cases[] = {
        {"no-name", NULL, "key"},
        {"dot-name", ".key", "key"},
        {"slash-name", "a/b", "key"},
        {"escape-name", "a\033[2J", "key"},
        {"byte-name", "a\xff", "key"},
        {"turned-name", "a\xe2\x80\xae", "key"},
        {"escape-column", "more", "a\nb"},
        {"no-column", "more", ""},
        {"taken-column", "more", "variant"},
        {"taken-change", "more", "change"},
        {"sweep-name", "s-table", "key"},
        {"other-columns", "more", "key"},
    };
    struct transect_column columns[] = {
        {"", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"value", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };
    transect_table *table;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!asked(self, cases[i].how))
            continue;
        columns[0].name = cases[i].column;
        if (asked(self, "other-columns") && is_variant)
            columns[0].name = "another";
        table = self->host->table(self->ctx, cases[i].name, columns, 2);
        self->host->put_int(table, 1);
        self->host->put_real(table, 1);
    }
}

/* Says what would move a terminal's cursor, or turn the text around it. */
static int be_rude(const struct misuses *self)
{
    static const char rude[] = "a\033[2Jb\rc\nd\177e\xc2\x9b"
                               "31mf\x80g"
                               "\xe2\x80\xaeh\xe2\x81\xa7i\xd8\x9cj";
    const struct transect_host *host = self->host;
    const struct transect_verdict_host *judge = host->extension(
        self->ctx, TRANSECT_VERDICT);

    if (asked(self, "rude-failure"))
        return host->fail(self->ctx, "%s", rude);
    if (!asked(self, "rude"))
        return TRANSECT_OK;
    host->say_text(self->ctx, rude);
    judge->verdict_text(self->ctx, rude, rude);
    host->log_text(self->ctx, TRANSECT_WARNING, rude);
    return TRANSECT_OK;
}

/* Names that no file system takes, and files that are not there. */
static int misname_file(const struct misuses *self)
{
    char name[300];

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    if (asked(self, "long-name"))
        make_named(self, name);
    if (asked(self, "long-file"))
        return self->host->file(self->ctx, name, "x", 1);
    if (asked(self, "escape-file"))
        return self->host->file(self->ctx,
                                "a\x9b"
                                "31m",
                                "x", 1);
    if (asked(self, "no-bytes"))
        return self->host->file(self->ctx, "bytes", NULL, 5);
    return TRANSECT_OK;
}

static int draw(const struct misuses *self, const char *name, size_t n)
{
    static const double y[] = {1, 2};
    static const struct transect_series series = {.y = y, .n = 2};
    static const struct transect_panel panel = {
        .size = sizeof panel, .series = &series, .n_series = 1};
    const struct transect_figure_host *figures =
        self->host->extension(self->ctx, TRANSECT_FIGURE);

    return figures->figure(self->ctx, name, NULL, &panel, n, 1);
}

/* The descriptor declares a survey, and nothing else. */
static int undeclared(const struct misuses *self)
{
    static const struct transect_state merging = {.size = sizeof merging};
    static const struct transect_array array = {
        .size = sizeof array, .name = "sum", .n = 3};
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);
    const struct transect_workers_host *workers =
        self->host->extension(self->ctx, TRANSECT_WORKERS);

    if (asked(self, "threads"))
        return workers->declare(self->ctx, TRANSECT_ANY_THREAD);
    if (asked(self, "state"))
        return states->declare(self->ctx, &merging);
    if (asked(self, "other"))
        states->other(self->ctx, "sum");
    if (asked(self, "keep") || asked(self, "keep-early"))
        ((double *)states->keep(self->ctx, &array))[2] = 1;
    if (asked(self, "enum"))
        self->host->get_enum(self->ctx, "number");
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct misuses *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    if (asked(self, "option"))
        host->get_int(ctx, "undeclared");
    if (asked(self, "type"))
        host->get_int(ctx, "how");
    if (asked(self, "early"))
        return subscribe(self);
    if (asked(self, "survey-early"))
        return survey(self);
    if (asked(self, "reduce-early"))
        return reduce(self);
    return asked(self, "keep") ? TRANSECT_OK : undeclared(self);
}

static int ready(void *state, const struct transect_model *model)
{
    struct misuses *self = state;
    struct transect_view view;

    if (asked(self, "early-table"))
        make_table(self);
    if (asked(self, "early-figure"))
        return draw(self, "figure", 1);
    if (asked(self, "weight"))
        return self->host->weight(self->ctx, TRANSECT_W_Q, model->n_layer, 0,
                                  &view);
    if (asked(self, "keep"))
        return undeclared(self);
    if (strncmp(self->host->get_string(self->ctx, "how"), "survey", 6) == 0)
        return survey(self);
    if (strncmp(self->host->get_string(self->ctx, "how"), "reduce", 6) == 0)
        return reduce(self);
    return subscribe(self);
}

static int begin(void *state, const struct transect_sample *sample)
{
    const struct misuses *self = state;

    (void)sample;
    return asked(self, "late-subscribe") ? subscribe(self) : TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    const struct misuses *self = state;
    const struct transect_host *host = self->host;
    transect_table *table = make_table(self);

    host->put_int(table, 1);
    if (asked(self, "cell"))
        host->put_text(table, "not a number");
    else if (!asked(self, "row"))
        host->put_real(table, 1.5);
    if (asked(self, "repeat")) {
        host->put_int(table, 1);
        host->put_real(table, 2.5);
    }
    misname_table(self, baseline != NULL);
    if (misname_file(self) || be_rude(self))
        return TRANSECT_FAILED;
    if (asked(self, "no-finding"))
        host->say_text(self->ctx, NULL);
    if (asked(self, "two-tables"))
        make_table(self);
    if (asked(self, "file"))
        return host->file(self->ctx, "../escape", "x", 1);
    if (asked(self, "two-files"))
        return host->file(self->ctx, "table.csv", "x", 1);
    if (asked(self, "figure"))
        return draw(self, "../escape", 1);
    if (asked(self, "no-panels"))
        return draw(self, "figure", 0);
    if (draw(self, "figure", 1))
        return TRANSECT_FAILED;
    if (asked(self, "two-figures"))
        return draw(self, "figure", 1);
    return TRANSECT_OK;
}

/* Its own table of the name that finish's comparison has. */
static int compare(void *const *states, const char *const *names, size_t n)
{
    const struct misuses *self = states[0];

    if (n < 2 || strcmp(names[0], "baseline") != 0)
        return self->host->fail(self->ctx, "no variants to compare");
    if (asked(self, "compared-table")) {
        transect_table *table = make_table(self);

        self->host->put_int(table, 1);
        self->host->put_real(table, 1.5);
    }
    return draw(self, "figure", 1);
}

static const struct transect_option options[] = {
    {"how", TRANSECT_ENUM, NULL,
     "point unknown-point absent-point layer head both edit all-heads flags "
     "position two-positions named-position late nothing size option type "
     "early early-table weight cell row "
     "repeat two-tables file two-files early-figure figure no-panels "
     "two-figures compared-table survey-point survey-edit survey-layer "
     "survey-early late-subscribe right reduce-early reduce-kind "
     "reduce-column reduce-whole reduce-top reduce-edit reduce-scores "
     "threads state keep keep-early other enum",
     0, 0, "what to do wrong"},
    {"names", TRANSECT_ENUM, NULL,
     "no-name dot-name slash-name escape-name byte-name turned-name "
     "escape-column no-column taken-column taken-change sweep-name "
     "other-columns long-name long-file escape-file no-bytes no-finding "
     "rude rude-failure",
     0, 0, "which name to give, or thing to lack"},
    {"number", TRANSECT_INT, "1", NULL, 0, 0, "a number"},
};

static const int32_t points[] = {TRANSECT_PATTERN, TRANSECT_ATTN_SCORES,
                                 TRANSECT_MLP_GATE};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "misuses",
    .summary = "calls the host in ways that it must refuse",
    .version = "1",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_SURVEY,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .n_points = 3,
    .points = points,
    .create = create,
    .ready = ready,
    .begin = begin,
    .finish = finish,
    .destroy = free,
    .compare = compare,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
