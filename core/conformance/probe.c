/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe.c - one try of a plugin on a made-up model, in a process of its own
 * that may crash, hang, print or run out of memory. */
#include "conformance/probe.h"

#include "base/diagnostics.h"
#include "base/mem.h"
#include "base/process.h"
#include "conformance/make-model.h"
#include "sandbox/crash-report.h"
#include "sandbox/resource-limits.h"
#include "sandbox/stdio-capture.h"
#include "tensor/thread-team.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VOCABULARY 50
/* MiB for OpenBLAS, which retries for ever if it cannot allocate a buffer. */
#define BLAS_ROOM 256
#define N_SIDE_BY_SIDE 3 /* variants, and workers for them */
#define WORKER_ROOM 256  /* MiB, the same for each worker; and its stack */

static const char *const files[] = {
    [PROBE_WITHOUT] = "without.ini", [PROBE_WITH] = "with.ini",
    [PROBE_ISOLATED] = "isolated.ini", [PROBE_SERIAL] = "serial.ini",
    [PROBE_WORKERS] = "workers.ini"};

int probe_model(const struct probe *probe, struct error *err)
{
    const struct probe_shape *shape = probe->shape;
    const struct model_recipe recipe = {
        .layers = shape->layers,
        .heads = shape->heads,
        .width = shape->width,
        .context = shape->context,
        .vocab = VOCABULARY,
    };
    char *path = mem_path(probe->dir, shape->name);
    int status = ST_OK;

    if (make_model(path, &recipe) != 0)
        status = error_errno(err, ST_FAILED, path, "cannot make a model");
    free(path);
    return status;
}

static void write_input(const struct probe_shape *shape, FILE *file)
{
    fprintf(file, "[model]\npath = %s\n[input]\nlength = %d\nids =",
            shape->name, shape->length);
    for (int i = 0; i < shape->samples * shape->length; i++)
        fprintf(file, "%s%d", i % 20 ? " " : "\n  ",
                (i * 37 + i / 7) % VOCABULARY);
    fputc('\n', file);
}

/* A variant that the plugin edits; for an observer one that pruner edits, if
 * there is pruner. */
static void write_variant(const struct probe *probe, int number, FILE *file)
{
    if (probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS)
        fprintf(file, "[variant edited%.0d]\n%s.on_error = stop\n", number,
                probe->plugin->desc.name);
    else if (probe->companion)
        fprintf(file, "[variant cut%.0d]\npruner.heads = L0H0\n", number);
}

static int write_experiment(const struct probe *probe, enum probe_with with,
                            struct error *err)
{
    char *path = mem_path(probe->dir, files[with]);
    FILE *file = fopen(path, "w");
    int n_variants = with >= PROBE_SERIAL ? N_SIDE_BY_SIDE : 1;
    int status = ST_OK;

    if (file) {
        fprintf(file, "[experiment]\nname = probe\n[run]\nseed = 1\n"
                "workers = %d\n",
                with == PROBE_WORKERS ? N_SIDE_BY_SIDE : 0);
        write_input(probe->shape, file);
        if (with != PROBE_WITHOUT)
            fprintf(file, "[plugin %s]\n%s%s", probe->path,
                    probe->settings,
                    with == PROBE_ISOLATED ? "isolation = process\n" : "");
        for (int i = 0; i < n_variants; i++)
            write_variant(probe, i, file);
    }
    if (!file || fclose(file))
        status = error_errno(err, ST_FAILED, path, "cannot write");
    free(path);
    return status;
}

int probe_plan(const struct probe *probe, enum probe_with with,
               const struct plan **plan, struct error *err)
{
    char *path = mem_path(probe->dir, files[with]);
    int status = plan_make(
        &(struct plan_settings){.file = path, .plugin_dir = probe->plugin_dir},
        plan, err);

    free(path);
    return status;
}

/* Writes the result as a digit and why; a crash writes its report there. */
_Noreturn static void child(const struct probe *probe, probe_fn *try, int fd)
{
    struct error err = {0};
    char text[1 + PROBE_WHY] = "";

    signal(SIGINT, SIG_DFL);
    if (capture_begin(&err))
        process_end(1);
    /* Nobody asked for what plugins log. */
    diagnostics_redirect(fopen("/dev/null", "w"));
    crash_report_signals();
    crash_report_to(fd);
    resource_limits_set(
        probe->memory + BLAS_ROOM +
        (try == probe_workers ? N_SIDE_BY_SIDE * WORKER_ROOM : 0));
    alarm((unsigned)probe->timeout);
    text[0] = (char)('0' + try(probe, text + 1));
    process_end(write(fd, text, strlen(text)) < 0);
}

/* Reads what the child writes until it ends or the time is over. */
static void listen(const struct probe *probe, int fd, pid_t pid, char *text)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    size_t n = 0;
    ssize_t got = 1;

    while (got > 0 && n < PROBE_WHY) {
        int events = poll(&ready, 1, (probe->timeout + 5) * 1000);

        if (events < 0 && errno == EINTR)
            continue;
        if (events <= 0)
            break;
        got = read(fd, text + n, PROBE_WHY - n);
        n += got > 0 ? (size_t)got : 0;
    }
    text[n] = '\0';
    if (got > 0)
        kill(pid, SIGKILL);
}

/* The message without its place in the temporary experiment file. */
static const char *without_place(const struct probe *probe, const char *text)
{
    const char *end = strstr(text, ": ");

    return strncmp(text, probe->dir, strlen(probe->dir)) == 0 && end
               ? end + 2 : text;
}

static enum probe_result judge(const struct probe *probe, char *text,
                               int status, char *why)
{
    const char *prefix = "transect: ";
    char place[200];

    text[strcspn(text, "\n")] = '\0';
    if (text[0] >= '0' && text[0] <= '0' + PROBE_ABSENT) {
        snprintf(why, PROBE_WHY, "%s", without_place(probe, text + 1));
        return (enum probe_result)(text[0] - '0');
    }
    crash_where(place, sizeof place);
    if (strncmp(text, prefix, strlen(prefix)) == 0)
        snprintf(why, PROBE_WHY, "%s", text + strlen(prefix));
    else if (WIFSIGNALED(status))
        snprintf(why, PROBE_WHY, "ended by signal %d (%s)%s",
                 WTERMSIG(status), strsignal(WTERMSIG(status)), place);
    else
        snprintf(why, PROBE_WHY, "ended its process with status %d%s",
                 WEXITSTATUS(status), place);
    return PROBE_BAD;
}

static enum probe_result fork_and_try(const struct probe *probe,
                                      probe_fn *try, char *why)
{
    char text[1 + PROBE_WHY];
    int ends[2], status = 0;
    pid_t pid;

    crash_share();
    team_set_blas(1); /* BLAS_ROOM is for one */
    fflush(NULL); /* or it would be written twice */
    if (pipe(ends) != 0 || (pid = fork()) < 0) {
        snprintf(why, PROBE_WHY, "cannot start a process: %s",
                 strerror(errno));
        return PROBE_BAD;
    }
    if (pid == 0) {
        close(ends[0]);
        child(probe, try, ends[1]);
    }
    close(ends[1]);
    listen(probe, ends[0], pid, text);
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return judge(probe, text, status, why);
}

enum probe_result probe_run(const struct probe *probe, probe_fn *try,
                            char *why)
{
    struct error err = {0};

    why[0] = '\0';
    for (int with = PROBE_WITHOUT; with <= PROBE_WORKERS; with++)
        if (write_experiment(probe, (enum probe_with)with, &err)) {
            snprintf(why, PROBE_WHY, "%s", err.text);
            return PROBE_BAD;
        }
    return fork_and_try(probe, try, why);
}
