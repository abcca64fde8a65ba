/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-log.h - what plugins tell who runs transect, on standard error: a
 * line for each message, with the place where it was said.
 *
 * Errors and warnings are always shown; the other levels of plugins that
 * --debug names. Messages come as fast as events, so there are limits for each
 * instance: a burst, and so many a second. What is beyond is counted. */
#ifndef CORE_PLUGIN_PLUGIN_LOG_H
#define CORE_PLUGIN_PLUGIN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* An instance's; all zero at first. */
struct plugin_log {
    const char *id, *variant; /* of the instance; borrowed */
    bool debug;               /* all levels are shown */
    double left;              /* messages that may be shown now */
    struct timespec last;     /* when that was counted; 0: never */
    uint64_t n_dropped;       /* since the last one that was shown */
};

/* From now on all levels of the instances with this id are shown; id is
 * borrowed for good. */
void plugin_log_debug(const char *id);
/* One of these ids that no instance has had so far, or NULL. */
const char *plugin_log_unknown(void);

void plugin_log_begin(struct plugin_log *log, const char *id,
                      const char *variant);
bool plugin_log_shows(const struct plugin_log *log, int level);
void plugin_log_write(struct plugin_log *log, int level, const char *text);
/* Tells how many messages were dropped, if any were. */
void plugin_log_end(struct plugin_log *log);

#endif
