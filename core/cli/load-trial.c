/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* load-trial.c - a plugin loaded and looked at in a process of its own. */
#include "cli/load-trial.h"

#include "base/mem.h"
#include "base/text.h"
#include "sandbox/crash-report.h"
#include "sandbox/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct load {
    const struct plugin_path *path;
    const char *name;
    void (*look)(const struct plugin *plugin);
};

/* All of a file that standard output has led to; NULL with errno. */
static char *read_back(FILE *file)
{
    long size;
    char *text;

    if (fflush(stdout) != 0 || fseek(file, 0, SEEK_END) != 0 ||
        (size = ftell(file)) < 0)
        return NULL;
    rewind(file);
    text = mem_new((size_t)size + 1, 1);
    if (fread(text, 1, (size_t)size, file) == (size_t)size)
        return text;
    free(text);
    return NULL;
}

/* What `look` prints, in the place of standard output; NULL with errno. */
static char *look_at(const struct load *load, const struct plugin *plugin)
{
    FILE *file = tmpfile();
    char *shown, *printed;

    if (!file || dup2(fileno(file), STDOUT_FILENO) < 0)
        return NULL;
    shown = text_harmless(plugin->path, strlen(plugin->path));
    crash_enter(shown, NULL, "its descriptor");
    load->look(plugin);
    crash_leave();
    free(shown);
    printed = read_back(file);
    fclose(file);
    return printed;
}

/* The status as a digit, with what was printed or the error. What constructors
 * left in stdio's buffers is dropped first. */
static char attempt(void *user, char **words)
{
    const struct load *load = user;
    struct plugin *plugin;
    struct error err;
    int status = plugin_load(load->path, load->name, &plugin, &err);

    if (!status) {
        fflush(NULL);
        *words = look_at(load, plugin);
        if (!*words)
            status = error_errno(&err, ST_FAILED, "a temporary file",
                                 "cannot be made or written");
        plugin_free(plugin);
    }
    if (status)
        *words = mem_strdup(err.text);
    return (char)('0' + status);
}

int load_trial(const struct plugin_path *path, const char *name, int seconds,
               void (*look)(const struct plugin *plugin), char **printed,
               struct error *err)
{
    struct load load = {path, name, look};
    char *words, *file, answer = trial_run(attempt, &load, seconds, &words);
    char *shown;

    if (answer == '0') {
        text_blank(words, strlen(words)); /* what a thread of it added */
        *printed = words;
        return ST_OK;
    }
    file = plugin_find(path, name);
    shown = file ? text_harmless(file, strlen(file)) : NULL;
    if (answer)
        error_set(err, answer - '0', "%s", words);
    else if (!shown || strstr(words, shown))
        error_set(err, ST_FAILED, "%s", words);
    else
        error_set(err, ST_FAILED, "plugin %s: %s", file, words);
    free(shown);
    free(file);
    free(words);
    return err->status;
}
