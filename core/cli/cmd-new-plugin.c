/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-new-plugin.c - transect new-plugin: writes a folder with a plugin that
 * works, to start from. */
#include "base/buffer.h"
#include "base/folder.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/templates.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_NAME 64

/* A mark of the templates and its replacement. */
struct word {
    const char *mark;
    char *text;
};

enum { NAME, UPPER, ID, AMID, DATE, DATA, N_WORDS };

struct job {
    const char *name;
    bool edit, autotools;
    struct word words[N_WORDS];
};

/* A C identifier, or a part of one: "3d-map" becomes "3d_map". */
static char *identifier(const char *name)
{
    char *id = mem_strdup(name);

    for (char *c = id; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return id;
}

static char *upper(const char *name)
{
    char *text = mem_strdup(name);

    for (char *c = text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return text;
}

/* As manual pages have it: "November 4, 2026". */
static char *date(void)
{
    time_t now = time(NULL);
    struct tm parts;
    char month[32];

    strftime(month, sizeof month, "%B", localtime_r(&now, &parts));
    return mem_printf("%s %d, %d", month, parts.tm_mday,
                      parts.tm_year + 1900);
}

static void fill_words(struct job *job)
{
    char *id = identifier(job->name);

    job->words[NAME] = (struct word){"@NAME@", mem_strdup(job->name)};
    job->words[UPPER] = (struct word){"@UPPER@", upper(job->name)};
    job->words[ID] = (struct word){
        "@ID@",
        mem_printf("%s%s", isdigit((unsigned char)*id) ? "plugin_" : "", id)};
    job->words[AMID] = (struct word){"@AMID@", id};
    job->words[DATE] = (struct word){"@DATE@", date()};
    job->words[DATA] = (struct word){"@DATA@", mem_strdup(TRANSECT_DATA_DIR)};
}

/* The word whose mark text begins with, or NULL. */
static const struct word *word_at(const struct job *job, const char *text)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (strncmp(text, job->words[i].mark,
                    strlen(job->words[i].mark)) == 0)
            return &job->words[i];
    return NULL;
}

/* The text with words in place of marks; the caller frees. */
static char *expand(const struct job *job, const char *text)
{
    struct buffer out = {0};

    while (*text) {
        const struct word *word = word_at(job, text);

        if (word) {
            buffer_add(&out, word->text, strlen(word->text));
            text += strlen(word->mark);
        } else {
            buffer_add(&out, text++, 1);
        }
    }
    buffer_add(&out, "", 1);
    return out.bytes;
}

/* The file that a template is for, or NULL if this job has no use for it.
 * File names have no marks, because make would see variables. */
static char *file_name(const struct job *job, const char *template)
{
    const char *file = strchr(template, '/') + 1, *mark;
    const char *kind = job->edit ? "editor/" : "observer/";
    const char *build = job->autotools ? "autotools/" : "make/";

    if (strncmp(template, kind, strlen(kind)) != 0 &&
        strncmp(template, build, strlen(build)) != 0)
        return NULL;
    mark = strstr(file, "NAME");
    if (!mark)
        return mem_strdup(file);
    return mem_printf("%.*s%s%s", (int)(mark - file), file, job->name,
                      mark + strlen("NAME"));
}

static int write_files(const struct job *job, int folder, struct error *err)
{
    for (size_t i = 0; i < n_templates; i++) {
        char *name = file_name(job, templates[i].name), *text;
        int failed = 0;

        if (!name)
            continue;
        text = expand(job, templates[i].text);
        failed = folder_write(folder, name, text, strlen(text));
        if (failed)
            error_errno(err, ST_FAILED, name, "cannot write");
        free(text);
        free(name);
        if (failed)
            return error_within(err, "%s", job->name);
    }
    return ST_OK;
}

/* Writes under another name, so that the folder is whole or absent. */
static int write_folder(const struct job *job, struct error *err)
{
    char *partial = mem_printf(".%s.partial-%ld", job->name, (long)getpid());
    int folder = -1;

    if (mkdir(partial, 0777) != 0) {
        error_errno(err, ST_FAILED, job->name, "cannot make the folder");
        goto out;
    }
    folder = folder_open(AT_FDCWD, partial);
    if (folder < 0)
        error_errno(err, ST_FAILED, partial, "cannot open");
    else if (write_files(job, folder, err) == ST_OK &&
             rename(partial, job->name) != 0)
        error_errno(err, ST_FAILED, job->name, "cannot make the folder");
    if (err->status != ST_OK)
        folder_remove(AT_FDCWD, partial);
out:
    if (folder >= 0)
        close(folder);
    free(partial);
    return err->status;
}

static int check_name(const char *name, struct error *err)
{
    struct stat info;

    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    if (n == 0 || n > MAX_NAME || name[n] || *name == '-' || *name == '_')
        return error_set(err, ST_USAGE, "new-plugin: '%.*s' cannot be the "
                         "name of a plugin; use letters, digits, '-' and "
                         "'_', a letter or digit first, at most %d",
                         MAX_NAME, name, MAX_NAME);
    if (lstat(name, &info) == 0)
        return error_set(err, ST_USAGE, "%s: exists; choose another name or "
                         "another folder to work in", name);
    return ST_OK;
}

static void print_next_steps(const struct job *job)
{
    text_printf("%s/ holds an %s with a test, an example and a manual "
                "page.\nGo on with\n\n  cd %s\n",
                job->name, job->edit ? "editor" : "observer", job->name);
    fputs(job->autotools ? "  autoreconf -fi && ./configure\n  make\n"
                           "  make check\n"
                         : "  make\n  make check\n  make run\n",
          stdout);
    text_printf("\nand edit %s.c.\n", job->name);
}

static const char help_text[] =
    "usage: transect new-plugin NAME [--edit] [--autotools]\n\n"
    "  --edit       an editor, which changes what the model computes,\n"
    "               instead of an observer\n"
    "  --autotools  built by configure and make, instead of make alone\n\n"
    "Writes a folder NAME with a plugin that works, an example, a test and a\n"
    "manual page, to go on from.\n";

int cmd_new_plugin(int argc, char **argv)
{
    static const struct option known[] = {
        {"edit", no_argument, NULL, 'e'},
        {"autotools", no_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct job job = {.name = NULL};
    struct error err = {.status = ST_OK};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(help_text, stdout);
            return cli_flush();
        }
        if (option == '?')
            return cli_bad_option(argv, known);
        job.edit = job.edit || option == 'e';
        job.autotools = job.autotools || option == 'a';
    }
    if (argc - optind != 1)
        return cli_usage("new-plugin takes one name");
    job.name = argv[optind];
    if (check_name(job.name, &err))
        return cli_error(&err);
    /* Plugins in a folder that others can write are refused. */
    umask(umask(0) | (S_IWGRP | S_IWOTH));
    fill_words(&job);
    write_folder(&job, &err);
    for (size_t i = 0; i < N_WORDS; i++)
        free(job.words[i].text);
    if (err.status)
        return cli_error(&err);
    print_next_steps(&job);
    return cli_flush();
}
