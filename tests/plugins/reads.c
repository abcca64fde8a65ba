/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* reads.c - reads the files that its options name, and dies at once if it is
 * asked to. */
#include <stdio.h>
#include <stdlib.h>
#include <transect/state.h>

struct reads {
    transect_ctx *ctx;
    const struct transect_host *host;
    int64_t size, default_size; /* bytes; -1: cannot be read */
};

static int64_t size_of(const char *path)
{
    FILE *file = fopen(path, "rb");
    int64_t size = 0;

    if (!file)
        return -1;
    while (getc(file) != EOF)
        size++;
    fclose(file);
    return size;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct reads *self = calloc(1, sizeof *self);

    if (!self || host->get_bool(ctx, "die"))
        abort();
    *state = self;
    self->ctx = ctx;
    self->host = host;
    self->size = size_of(host->get_string(ctx, "file"));
    self->default_size = size_of(host->get_string(ctx, "spare"));
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    (void)state;
    (void)model;
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column columns[] = {
        {"size", TRANSECT_COL_INT, TRANSECT_COL_INFO},
        {"spare", TRANSECT_COL_INT, TRANSECT_COL_INFO},
    };
    const struct reads *self = state;
    const struct transect_host *host = self->host;
    transect_table *table = host->table(self->ctx, "sizes", columns, 2);
    FILE *file = host->get_bool(self->ctx, "writes")
                     ? fopen(host->get_string(self->ctx, "file"), "ab")
                     : NULL;

    (void)baseline;
    if (file) {
        putc('x', file);
        fclose(file);
    }
    host->put_int(table, self->size);
    host->put_int(table, self->default_size);
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"file", TRANSECT_PATH, NULL, NULL, 0, 0, "a file"},
    {"spare", TRANSECT_PATH, "spare.txt", NULL, 0, 0, "one that may lack"},
    {"writes", TRANSECT_BOOL, "no", NULL, 0, 0, "the file, in the end"},
    {"die", TRANSECT_BOOL, "no", NULL, 0, 0, "in create"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "reads",
    .summary = "reads files",
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
