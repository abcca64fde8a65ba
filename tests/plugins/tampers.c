/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tampers.c - changes a file that the run reads, in the middle of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <transect/plugin.h>
#include <unistd.h>

struct tampers {
    transect_ctx *ctx;
    const struct transect_host *host;
};

/* In place, its first byte, by the same; the time of the contents stays, too.
 */
static int overwrite(const char *path)
{
    int fd = open(path, O_RDWR), failed;
    struct stat info;
    char byte;

    if (fd < 0 || fstat(fd, &info) != 0)
        return -1;
    failed = pread(fd, &byte, 1, 0) != 1 || pwrite(fd, &byte, 1, 0) != 1;
    if (!failed)
        failed = futimens(fd, (struct timespec[]){info.st_atim,
                                                  info.st_mtim});
    return close(fd) || failed;
}

/* Another file in its place. Where other variants do the same at the same
 * time, one of them does it. */
static int replace(const char *path)
{
    char aside[4096];
    FILE *file;

    snprintf(aside, sizeof aside, "%s.aside", path);
    file = fopen(aside, "w");
    if (!file || fclose(file))
        return -1;
    return rename(aside, path) && errno != ENOENT;
}

static int tamper(const char *path, const char *how)
{
    if (strcmp(how, "overwrite") == 0)
        return overwrite(path);
    if (strcmp(how, "replace") == 0)
        return replace(path);
    if (strcmp(how, "remove") == 0)
        return unlink(path) && errno != ENOENT;
    return truncate(path, strcmp(how, "cut") == 0 ? 64 : 0);
}

static int on_event(void *state, const struct transect_event *event)
{
    const struct tampers *self = state;
    const struct transect_host *host = self->host;

    if (event->layer != 1 ||
        event->sample != host->get_int(self->ctx, "sample"))
        return TRANSECT_OK;
    if (tamper(host->get_string(self->ctx, "file"),
               host->get_string(self->ctx, "how")))
        return host->fail(self->ctx, "cannot change the file");
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct tampers *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    *self = (struct tampers){ctx, host};
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    const struct tampers *self = state;
    const struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_RESID_PRE,
        .on_event = on_event};

    (void)model;
    return self->host->subscribe(self->ctx, &sub);
}

static const struct transect_option options[] = {
    {"file", TRANSECT_STRING, "", NULL, 0, 0, "what to change"},
    {"how", TRANSECT_ENUM, "overwrite", "overwrite replace remove cut empty",
     0, 0, "what to do to it"},
    {"sample", TRANSECT_INT, "0", NULL, 0, 1e6, "in which sample"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "tampers",
    .summary = "changes a file that the run reads",
    .version = "1",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_THREADS,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .create = create,
    .ready = ready,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
