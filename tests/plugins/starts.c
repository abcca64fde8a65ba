/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* starts.c - does what no plugin may do: when it is loaded what the variable
 * TRANSECT_STARTS says, in callbacks what its option says. */
#include <transect/plugin.h>

#include <fenv.h>
#include <float.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct starts {
    transect_ctx *ctx;
    const struct transect_host *host;
    double sum;
};

static bool flushes; /* where there is no way to: no */

static void flush_subnormals(void)
{
#if defined __x86_64__
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
    flushes = true;
#elif defined __aarch64__
    __asm__ volatile("msr fpcr, %0" : : "r"(UINT64_C(1) << 24));
    flushes = true;
#endif
}

static void do_as_told(const char *how)
{
    volatile int *volatile nowhere = NULL;

    if (strcmp(how, "crash") == 0)
        *nowhere = 1;
    while (strcmp(how, "hang") == 0)
        sleep(1);
    if (strcmp(how, "exit") == 0)
        exit(0);
    if (strcmp(how, "exit-now") == 0)
        _exit(0);
    if (strcmp(how, "exit-quick") == 0)
        quick_exit(0);
    if (strcmp(how, "round") == 0)
        fesetround(FE_UPWARD);
    if (strcmp(how, "flush") == 0)
        flush_subnormals();
}

/* Behind the program's own end. */
static void end_late(void)
{
    const char *how = getenv("TRANSECT_STARTS");

    if (how && strcmp(how, "late-exit") == 0)
        exit(0);
    if (how && strcmp(how, "late-exit-now") == 0)
        _exit(0);
}

__attribute__((destructor)) static void stop(void)
{
    end_late();
}

/* Another's code that runs is known by the file that it leaves. */
__attribute__((constructor)) static void start(void)
{
    const char *how = getenv("TRANSECT_STARTS");
    const char *mark = getenv("TRANSECT_MARK");
    FILE *file = mark ? fopen(mark, "w") : NULL;

    if (file)
        fclose(file);
    atexit(end_late);
    do_as_told(how ? how : "");
}

static void act(const struct starts *self, const char *in)
{
    if (strcmp(self->host->get_string(self->ctx, "in"), in) == 0)
        do_as_told(self->host->get_string(self->ctx, "how"));
}

static int on_event(void *state, const struct transect_event *event)
{
    struct starts *self = state;
    volatile float small = FLT_MIN;

    if (event->sample == 0 && event->layer == 0)
        act(self, "event");
    else /* what the environment makes of it is in the table */
        self->sum += (double)(small / 4) * 1e38 + (double)(1 / (3 + small));
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct starts *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    act(self, "create");
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    const struct starts *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_MID,
        .on_event = on_event,
    };

    (void)model;
    return self->host->subscribe(self->ctx, &sub);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column column = {
        "sum", TRANSECT_COL_REAL, TRANSECT_COL_METRIC};
    const struct starts *self = state;

    (void)baseline;
    act(self, "finish");
    self->host->put_real(self->host->table(self->ctx, "sum", &column, 1),
                         self->sum);
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"how", TRANSECT_ENUM, "well",
     "well crash exit exit-now exit-quick round flush", 0, 0,
     "what to do wrong"},
    {"in", TRANSECT_ENUM, "event", "create event finish", 0, 0, "where"},
};

static struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "starts",
    .summary = "does what no plugin may do",
    .version = "1",
    .licence = "MIT",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .create = create,
    .ready = ready,
    .finish = finish,
    .destroy = free,
};

/* Pointers to nothing, in each place in turn. */
static void break_descriptor(const char *what)
{
    const void *nowhere = (const void *)8;

    if (strcmp(what, "broken-name") == 0)
        plugin.name = nowhere;
    if (strcmp(what, "broken-summary") == 0)
        plugin.summary = nowhere;
    if (strcmp(what, "broken-options") == 0)
        plugin.options = nowhere;
    if (strcmp(what, "broken-count") == 0)
        plugin.n_options = 1u << 30;
    if (strcmp(what, "broken-points") == 0) {
        plugin.points = nowhere;
        plugin.n_points = 3;
    }
}

const struct transect_plugin *transect_plugin_describe(void)
{
    const char *how = getenv("TRANSECT_STARTS");

    if (how && strcmp(how, "broken") == 0)
        return (const void *)8;
    break_descriptor(how ? how : "");
    return &plugin;
}
