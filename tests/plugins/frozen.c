/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * frozen.c - an observer that calls everything ABI 1.0 has. It is compiled
 * with the headers of 1.0 in tests/abi/1.0, which nobody changes any more,
 * and stands for the binaries that other people keep.
 */
#include "abi/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the samples, and of the survey, which need not be saved. */
enum { RESID, PATTERN, Z, SAMPLES, TOKENS, N_KEPT, SURVEY = N_KEPT, N_COUNTS };

struct frozen {
    transect_ctx *ctx;
    const struct transect_host *host;
    struct transect_model model;
    int64_t counts[N_COUNTS];
    double pattern;    /* sum of all probabilities */
    const char *wrong; /* option, or NULL */
};

static int on_event(void *state, const struct transect_event *event)
{
    struct frozen *self = state;
    const struct transect_view *x = &event->view;
    int which = event->point == TRANSECT_RESID_POST ? RESID
                : event->point == TRANSECT_Z        ? Z
                                                    : PATTERN;

    self->counts[which] += x->rows;
    if (which == PATTERN)
        for (int64_t i = 0; i < x->rows; i++)
            for (int64_t j = 0; j <= event->first + i; j++)
                self->pattern += x->data[i * x->row_stride + j];
    if ((event->head >= 0) != (which == PATTERN) || event->edit)
        return self->host->fail(self->ctx, "an event is not as it was");
    return TRANSECT_OK;
}

static int on_survey(void *state, const struct transect_event *event)
{
    struct frozen *self = state;

    self->counts[SURVEY] += event->view.rows;
    return TRANSECT_OK;
}

/* Subscribes from within a survey, to what ready() may. */
static int surveyed(void *state)
{
    struct frozen *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_Z,
        .flags = TRANSECT_ALL_HEADS, .on_event = on_event};

    return self->host->subscribe(self->ctx, &sub);
}

/* What is not as the experiment file and the table of options have it? */
static const char *wrong_option(struct frozen *self)
{
    const struct transect_host *host = self->host;
    transect_ctx *ctx = self->ctx;
    const struct transect_head *heads;
    const int32_t *list;

    if (!host->get_bool(ctx, "bool") || host->is_set(ctx, "string"))
        return "bool";
    if (host->get_int(ctx, "int") != 7 ||
        fabs(host->get_real(ctx, "real") - 0.25) > 0)
        return "number";
    if (strcmp(host->get_string(ctx, "enum"), "two") != 0 ||
        !strstr(host->get_string(ctx, "path"), "there"))
        return "text";
    if (host->get_list(ctx, "points", &list) != 1 ||
        list[0] != TRANSECT_MLP_OUT ||
        host->get_list(ctx, "dims", &list) != 3 || list[2] != 2)
        return "list";
    if (host->get_heads(ctx, "groups", &heads) != 1 || heads[0].head != 1)
        return "groups";
    return NULL;
}

/* Of samples it keeps the counts and the sum. */
static int save(void *state)
{
    struct frozen *self = state;
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);

    states->put(self->ctx, self->counts, N_KEPT * sizeof *self->counts);
    states->put(self->ctx, &self->pattern, sizeof self->pattern);
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    const size_t kept = N_KEPT * sizeof(int64_t);
    struct frozen *self = state;

    if (size != kept + sizeof self->pattern)
        return self->host->fail(self->ctx, "the bytes are of another state");
    memcpy(self->counts, bytes, kept);
    memcpy(&self->pattern, (const char *)bytes + kept, sizeof self->pattern);
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state declared = {
        .size = sizeof declared, .save = save, .restore = restore};
    const struct transect_state_host *states;
    struct frozen *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    if (host->size < sizeof *host || host->abi_major != TRANSECT_ABI_MAJOR)
        return host->fail(ctx, "the host is older than ABI 1.0");
    states = host->extension(ctx, TRANSECT_STATE);
    return states ? states->declare(ctx, &declared)
                  : host->fail(ctx, "states cannot be saved");
}

static int ready(void *state, const struct transect_model *model)
{
    struct frozen *self = state;
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_RESID_POST,
        .on_event = on_event};

    self->wrong = wrong_option(self);
    if (model->size < sizeof self->model || !surveys)
        return self->host->fail(self->ctx, "the host is not as it was");
    self->model = *model;
    sub.n_layers = self->host->get_list(self->ctx, "layers", &sub.layers);
    sub.first_position = model->n_token > 1;
    sub.n_positions = 2;
    if (self->host->subscribe(self->ctx, &sub))
        return TRANSECT_FAILED;
    sub = (struct transect_subscription){
        .size = sizeof sub, .point = TRANSECT_PATTERN, .on_event = on_event};
    sub.n_heads = self->host->get_heads(self->ctx, "heads", &sub.heads);
    if (self->host->subscribe(self->ctx, &sub))
        return TRANSECT_FAILED;
    sub = (struct transect_subscription){
        .size = sizeof sub, .point = TRANSECT_EMBED, .on_event = on_survey};
    return surveys->survey(self->ctx, &sub, surveyed);
}

static int begin(void *state, const struct transect_sample *sample)
{
    struct frozen *self = state;

    self->counts[SAMPLES]++;
    for (int32_t i = 0; i < sample->n_token; i++)
        self->counts[TOKENS] += sample->tokens[i];
    return TRANSECT_OK;
}

static int end(void *state, const struct transect_sample *sample)
{
    struct frozen *self = state;

    return sample->slot < self->model.n_slot
               ? TRANSECT_OK
               : self->host->fail(self->ctx, "no such slot");
}

static void row(struct frozen *self, transect_table *table, const char *what,
                double value)
{
    self->host->put_text(table, what);
    self->host->put_real(table, value);
}

/* The largest singular value of W_O's first head, over its norm: 0..1. */
static double spectrum(struct frozen *self)
{
    const struct transect_linalg_host *linalg =
        self->host->extension(self->ctx, TRANSECT_LINALG);
    struct transect_view w;
    double s[64], sum = 0;

    if (!linalg || self->model.d_head > 64 ||
        self->host->weight(self->ctx, TRANSECT_W_O, 0, 0, &w) ||
        linalg->svd(self->ctx, &w, 0, s, NULL, NULL))
        return NAN;
    for (int64_t i = 0; i < w.rows; i++)
        for (int64_t j = 0; j < w.cols; j++) {
            double x = w.data[i * w.row_stride + j * w.col_stride];

            sum += x * x;
        }
    for (int32_t i = 0; i < self->model.d_head; i++)
        sum -= s[i] * s[i];
    return fabs(sum) < 1e-9 ? 1 : 0;
}

static int draw(struct frozen *self)
{
    static const double y[] = {1, 2, 4};
    const struct transect_figure_host *figures =
        self->host->extension(self->ctx, TRANSECT_FIGURE);
    struct transect_series series = {.name = "s", .y = y, .n = 3};
    struct transect_panel panel = {
        .size = sizeof panel, .kind = TRANSECT_LINES, .series = &series,
        .n_series = 1};

    return figures->figure(self->ctx, "figure", "A figure", &panel, 1, 1);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column columns[] = {
        {"what", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"value", TRANSECT_COL_REAL, TRANSECT_COL_METRIC}};
    static const char *const names[] = {"resid_post", "pattern", "z",
                                        "samples", "tokens", "survey"};
    struct frozen *self = state;
    const struct transect_host *host = self->host;
    const struct transect_text_host *text =
        host->extension(self->ctx, TRANSECT_TEXT);
    const struct transect_verdict_host *judge =
        host->extension(self->ctx, TRANSECT_VERDICT);
    transect_table *table = host->table(self->ctx, "frozen", columns, 2);
    struct transect_view view;
    float deviate[2];
    size_t size;

    for (int i = 0; i < N_COUNTS; i++)
        row(self, table, names[i], (double)self->counts[i]);
    row(self, table, "options", self->wrong == NULL);
    row(self, table, "sum", round(self->pattern * 1e5) / 1e5);
    row(self, table, "svd", spectrum(self));
    row(self, table, "absent",
        host->weight(self->ctx, TRANSECT_W_GATE, 0, -1, &view));
    host->normal(self->ctx, 1, deviate, 2);
    row(self, table, "normal", fabsf(deviate[0] - deviate[1]) > 0);
    row(self, table, "piece", !text->piece(self->ctx, 3, &size));
    row(self, table, "label", !strcmp(text->label(self->ctx, 3), "#3"));
    row(self, table, "baseline", baseline != NULL);
    row(self, table, "unknown", !host->extension(self->ctx, "none/1"));
    host->say(self->ctx, "%d tokens", self->model.n_token);
    judge->verdict(self->ctx, "It is always so.", "It %s.", "works");
    if (host->file(self->ctx, "note.txt", "1.0\n", 4))
        return TRANSECT_FAILED;
    return draw(self);
}

static int compare(void *const *states, const char *const *names, size_t n)
{
    static const struct transect_column columns[] = {
        {"number", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"name", TRANSECT_COL_TEXT, TRANSECT_COL_INFO}};
    struct frozen *self = states[0];
    transect_table *table = self->host->table(self->ctx, "names", columns, 2);

    for (size_t i = 0; i < n; i++) {
        self->host->put_int(table, (int64_t)i);
        self->host->put_text(table, names[i]);
    }
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"bool", TRANSECT_BOOL, "no", NULL, 0, 0, "yes"},
    {"int", TRANSECT_INT, "7", NULL, 1, 9, "seven"},
    {"real", TRANSECT_REAL, "0.25", NULL, 0, 1, "a quarter"},
    {"string", TRANSECT_STRING, NULL, NULL, 0, 0, "not set"},
    {"enum", TRANSECT_ENUM, "one", "one two", 0, 0, "two"},
    {"path", TRANSECT_PATH, "there", NULL, 0, 0, "a path"},
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0, "some"},
    {"heads", TRANSECT_HEADS, "L*H0", NULL, 0, 0, "the first of each"},
    {"dims", TRANSECT_DIMS, "0 1 2", NULL, 0, 0, "three"},
    {"points", TRANSECT_POINTS, "mlp_out", NULL, 0, 0, "one"},
    {"groups", TRANSECT_GROUPS, "L0G0", NULL, 0, 0, "one"},
};

static const int32_t points[] = {TRANSECT_RESID_POST, TRANSECT_PATTERN,
                                 TRANSECT_EMBED, TRANSECT_Z};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "frozen",
    .summary = "stands for what was built for ABI 1.0",
    .version = "1.0",
    .licence = "MIT",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .n_points = 4,
    .points = points,
    .create = create,
    .ready = ready,
    .begin = begin,
    .end = end,
    .finish = finish,
    .destroy = free,
    .compare = compare,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
