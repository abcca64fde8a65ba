/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* misbehaves.c - does in an event, or in finish, what no plugin may do. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/state.h>
#include <unistd.h>

struct misbehaves {
    transect_ctx *ctx;
    const struct transect_host *host;
    const float *kept; /* of the event before */
    void **hoard;
    double sum;
    int n_head, n_seen; /* of the model; heads that k had */
};

static int asked(const struct misbehaves *self, const char *how)
{
    return strcmp(self->host->get_string(self->ctx, "how"), how) == 0;
}

/* All the memory there is, and all of it used. */
static int hoard(struct misbehaves *self)
{
    const size_t piece = (size_t)1 << 22;
    void **new;

    while ((new = malloc(piece))) {
        memset(new, 1, piece);
        *new = self->hoard;
        self->hoard = new;
    }
    return self->host->fail(self->ctx, "no memory");
}

/* The same of the host's, which does not come back. */
static void ask(const struct misbehaves *self)
{
    const size_t piece = (size_t)1 << 22;

    for (;;)
        memset(self->host->alloc(self->ctx, piece, 1), 1, piece);
}

/* To the file that `while` names. */
static int append(const struct misbehaves *self)
{
    FILE *file = fopen(self->host->get_string(self->ctx, "while"), "a");

    if (!file)
        return self->host->fail(self->ctx, "cannot append");
    fputs(" 1", file);
    fclose(file);
    return TRANSECT_OK;
}

/* More than anybody wants to read. */
static int chatter(const struct misbehaves *self)
{
    for (int i = 0; i < 30; i++)
        self->host->log(self->ctx, TRANSECT_WARNING, "warning %d\x1b", i);
    self->host->log_text(self->ctx, TRANSECT_DEBUG, "100 % debugged");
    return TRANSECT_OK;
}

static int misbehave(struct misbehaves *self,
                     const struct transect_event *event)
{
    const struct transect_view *view = &event->view;
    const float *end = view->data + (view->rows - 1) * view->row_stride +
                       view->cols;

    if (asked(self, "write"))
        ((float *)view->data)[0] += 1;
    if (asked(self, "keep"))
        self->sum += (double)self->kept[0];
    if (asked(self, "beyond"))
        self->sum += (double)((const volatile float *)end)[0];
    if (asked(self, "print"))
        printf("hello\n");
    if (asked(self, "complain"))
        fprintf(stderr, "oh no\n");
    if (asked(self, "shout") && write(STDOUT_FILENO, "hey\n", 4) != 4)
        return self->host->fail(self->ctx, "nobody listens");
    if (asked(self, "hoard"))
        return hoard(self);
    if (asked(self, "ask"))
        ask(self);
    if (asked(self, "ask-all"))
        self->host->alloc(self->ctx, SIZE_MAX / 8, 4);
    if (asked(self, "chatter"))
        return chatter(self);
    if (asked(self, "append"))
        return append(self);
    if (asked(self, "locale"))
        setlocale(LC_ALL, "");
    if (asked(self, "exit"))
        _exit(0);
    if (asked(self, "killed"))
        raise(SIGKILL);
    while (asked(self, "sleep"))
        sleep(1);
    return TRANSECT_OK;
}

static int on_event(void *state, const struct transect_event *event)
{
    struct misbehaves *self = state;
    int status = TRANSECT_OK;

    self->sum += (double)event->view.data[0];
    if (event->layer == 1 &&
        event->sample == self->host->get_int(self->ctx, "sample") &&
        (!self->host->is_set(self->ctx, "while") ||
         access(self->host->get_string(self->ctx, "while"), F_OK) == 0))
        status = misbehave(self, event);
    self->kept = event->view.data;
    return status;
}

/* Takes it for granted that each head has keys of its own. */
static int on_keys(void *state, const struct transect_event *event)
{
    struct misbehaves *self = state;

    self->n_seen = event->head + 1;
    return TRANSECT_OK;
}

static int save(void *state)
{
    const struct misbehaves *self = state;
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);

    states->put(self->ctx, &self->sum, sizeof self->sum);
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    struct misbehaves *self = state;

    if (size != sizeof self->sum)
        return TRANSECT_FAILED;
    memcpy(&self->sum, bytes, size);
    return TRANSECT_OK;
}

static int declare_state(transect_ctx *ctx, const struct transect_host *host)
{
    static const struct transect_state calls = {
        .size = sizeof calls, .save = save, .restore = restore};
    const struct transect_state_host *states =
        host->extension(ctx, TRANSECT_STATE);

    return states->declare(ctx, &calls);
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct misbehaves *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    if (asked(self, "leak"))
        self->hoard = malloc(4096);
    return declare_state(ctx, host);
}

static int ready(void *state, const struct transect_model *model)
{
    struct misbehaves *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_MID,
        .on_event = on_event,
    };
    const struct transect_subscription keys = {
        .size = sizeof keys, .point = TRANSECT_K, .on_event = on_keys};

    self->n_head = (int)model->n_head;
    if (asked(self, "heads") && self->host->subscribe(self->ctx, &keys))
        return TRANSECT_FAILED;
    return self->host->subscribe(self->ctx, &sub);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column column = {
        "sum", TRANSECT_COL_REAL, TRANSECT_COL_METRIC};
    const struct misbehaves *self = state;

    (void)baseline;
    while (asked(self, "linger"))
        sleep(1);
    if (asked(self, "heads") && self->n_seen != self->n_head)
        return self->host->fail(self->ctx, "k had %d heads, not %d",
                                self->n_seen, self->n_head);
    self->host->put_real(self->host->table(self->ctx, "sum", &column, 1),
                         self->sum);
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"how", TRANSECT_ENUM, "well",
     "well write keep beyond print complain shout hoard exit killed sleep "
     "linger leak ask ask-all chatter append locale "
     "heads", 0, 0, "what to do wrong"},
    {"sample", TRANSECT_INT, "1", NULL, 0, 1e6, "in which sample"},
    {"while", TRANSECT_STRING, NULL, NULL, 0, 0,
     "only while this file exists"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "misbehaves",
    .summary = "does what no plugin may do",
    .version = "1",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .create = create,
    .ready = ready,
    .finish = finish,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
