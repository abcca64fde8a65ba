/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-log.c - what plugins tell who runs transect, on standard error. */
#include "plugin/plugin-log.h"

#include "base/diagnostics.h"
#include "base/mem.h"
#include "base/text.h"
#include "sandbox/crash-report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <transect/plugin.h>
#include <unistd.h>

/* Messages of one instance: at once, and a second. */
static const struct {
    double burst, rate;
} limits[] = {
    [false] = {20, 1},
    [true] = {1000, 200}, /* of one that --debug names */
};

/* What --debug names. */
static struct {
    const char *id;
    bool known; /* an instance has it */
} *debugged;
static size_t n_debugged;

void plugin_log_debug(const char *id)
{
    MEM_PUSH(debugged, n_debugged);
    debugged[n_debugged].known = false;
    debugged[n_debugged++].id = id;
}

const char *plugin_log_unknown(void)
{
    for (size_t i = 0; i < n_debugged; i++)
        if (!debugged[i].known)
            return debugged[i].id;
    return NULL;
}

void plugin_log_begin(struct plugin_log *log, const char *id,
                      const char *variant)
{
    *log = (struct plugin_log){.id = id, .variant = variant};
    for (size_t i = 0; i < n_debugged; i++)
        if (strcmp(debugged[i].id, id) == 0)
            log->debug = debugged[i].known = true;
}

bool plugin_log_shows(const struct plugin_log *log, int level)
{
    return log->debug || level <= TRANSECT_WARNING;
}

/* Is one more within the limits? */
static bool may_show(struct plugin_log *log)
{
    double burst = limits[log->debug].burst;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!log->last.tv_sec)
        log->left = burst;
    else
        log->left += ((double)(now.tv_sec - log->last.tv_sec) +
                      (double)(now.tv_nsec - log->last.tv_nsec) / 1e9) *
                     limits[log->debug].rate;
    if (log->left > burst)
        log->left = burst;
    log->last = now;
    if (log->left < 1)
        return false;
    log->left -= 1;
    return true;
}

#define LINE "transect: %s: %s, variant %s%s: %s\n"

/* In one call, so that lines of several threads do not mix. */
static void write_line(const struct plugin_log *log, const char *kind,
                       const char *text)
{
    FILE *stream = diagnostics_stream();
    char where[200];

    crash_where(where, sizeof where);
    text_fprintf(stream, isatty(fileno(stream)) ? "\r\033[K" LINE : LINE, kind,
                 log->id, log->variant, where, text);
    fflush(stream);
}

static void write_dropped(struct plugin_log *log)
{
    char *text;

    if (!log->n_dropped)
        return;
    text = mem_printf("%" PRIu64 " more messages were too many to show",
                      log->n_dropped);
    write_line(log, "log", text);
    free(text);
    log->n_dropped = 0;
}

void plugin_log_write(struct plugin_log *log, int level, const char *text)
{
    static const char *const kinds[] = {"error", "warning", "info", "debug"};
    bool known = level >= TRANSECT_ERROR && level <= TRANSECT_DEBUG;

    if (!plugin_log_shows(log, level))
        return;
    if (!may_show(log)) {
        log->n_dropped++;
        return;
    }
    write_dropped(log);
    write_line(log, kinds[known ? level : TRANSECT_DEBUG], text);
}

void plugin_log_end(struct plugin_log *log)
{
    write_dropped(log);
}
