/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* ini-read.c - INI files by inih, with the checks that inih lacks. */
#include "experiment/ini-file.h"

#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"
/* inih would take "a:b = c" for the key a; colons of keys are replaced by this
 * before it sees them. */
#define COLON '\1'
/* More would be data, which belong into files of their own. */
#define MAX_LINES 10000

/* inih passes its handler neither the line's number nor the beginning of a
 * section, and cuts what is long. But it asks this reader for each line; so
 * lines are checked, counted, and sections opened here. */
struct reader {
    struct ini *ini;
    struct error *err;
    const char *next, *end; /* of the file's bytes, what is left */
    int line;
    bool continues; /* the line goes on with the last setting's value */
    bool failed;
};

static struct place here(const struct reader *reader)
{
    return (struct place){reader->ini->path, reader->line};
}

static bool refuse(struct reader *reader, const char *message)
{
    error_at(reader->err, ST_USAGE, here(reader), "%s", message);
    reader->failed = true;
    return false;
}

/* The first of `stops`, or a comment's blank and ';', or the end. */
static char *find_end(char *text, const char *stops)
{
    char *p;

    for (p = text; *p && !strchr(stops, *p); p++)
        if (*p == ';' && p > text && strchr(BLANKS, p[-1]))
            break;
    return p;
}

/* Sections are made here, since inih calls its handler for settings only and a
 * section may have none. */
static bool open_section(struct reader *reader, char *start)
{
    char *end = find_end(start + 1, "]"), *rest, *name;
    const struct ini_section *old;

    if (*end != ']')
        return refuse(reader, "no ']' ends the section's name; write "
                              "[section]");
    rest = end + 1 + strspn(end + 1, BLANKS);
    if (*rest && *rest != ';' && *rest != '#')
        return refuse(reader, "text after the section's ']'; put settings on "
                              "lines of their own, or ';' before a comment");
    name = ini_fold(start + 1, (size_t)(end - start - 1));
    old = ini_find(reader->ini, name);
    if (!*name) {
        refuse(reader, "a section without a name; write [section]");
    } else if (old) {
        error_at(reader->err, ST_USAGE, here(reader),
                 "section [%s] stands on line %d already; join the two", name,
                 old->place.line);
        reader->failed = true;
    } else {
        ini_add_section(reader->ini, name, here(reader));
        return true;
    }
    free(name);
    return false;
}

static bool inspect_setting(struct reader *reader, char *start)
{
    char *end = find_end(start, "="), *p;

    if (*end != '=')
        return refuse(reader, "neither a [section] nor a setting; write "
                              "key = value, or ';' before a comment");
    if (end == start)
        return refuse(reader, "no key before '='; write key = value");
    if (!reader->ini->n_sections)
        return refuse(reader, "a setting before any section; put the "
                              "[section] that it belongs to above it");
    /* COLON cannot be in the line: next_line() refuses such bytes. */
    for (p = start; p < end; p++)
        if (*p == ':')
            *p = COLON;
    return true;
}

/* An indented "[section]" would become part of the value above it. */
static bool inspect_continuation(struct reader *reader, char *start)
{
    if (*start == '[' && *find_end(start, "]") == ']' &&
        find_end(start, "]")[1] == '\0')
        return refuse(reader, "an indented line continues the value above; "
                              "move the section to the line's start");
    return true;
}

/* Checks a line before inih parses it; a refusal ends the reading. What
 * continues a value is decided by inih's rules. */
static bool inspect(struct reader *reader, char *line)
{
    struct ini *ini = reader->ini;
    char *start = line + strspn(line, BLANKS);

    if (!*start || *start == ';' || *start == '#')
        return true;
    reader->continues = start > line && ini->n_sections &&
                        ini->sections[ini->n_sections - 1].n_settings;
    if (reader->continues)
        return inspect_continuation(reader, start);
    if (*start == '[')
        return open_section(reader, start);
    return inspect_setting(reader, start);
}

/* Copies bytes up to the line's end into line[size]; returns how many, -1 at
 * the end of the file or with the error set. */
static int take_bytes(struct reader *reader, char *line, int size)
{
    size_t left = (size_t)(reader->end - reader->next), n;
    const char *stop;

    if (!left)
        return -1;
    stop = memchr(reader->next, '\n', left);
    n = stop ? (size_t)(stop - reader->next) : left;
    if (n > (size_t)size - 2) {
        error_at(reader->err, ST_USAGE, here(reader),
                 "the line is longer than %d bytes; continue the value on "
                 "the next line, which you indent", size - 2);
        reader->failed = true;
        return -1;
    }
    memcpy(line, reader->next, n);
    reader->next += stop ? n + 1 : n;
    return (int)n;
}

/* inih's reader: like fgets, but without the line's end. */
static char *next_line(char *line, int size, void *data)
{
    static const char bom[] = "\xef\xbb\xbf";
    struct reader *reader = data;
    int n;

    reader->line++;
    n = take_bytes(reader, line, size);
    if (n < 0)
        return NULL;
    if (n > 0 && line[n - 1] == '\r')
        n--;
    line[n] = '\0';
    if (reader->line == 1 && n >= 3 && memcmp(line, bom, 3) == 0)
        memmove(line, line + 3, (size_t)(n -= 3) + 1);
    if (strlen(line) < (size_t)n || !ini_plain(line)) {
        refuse(reader, "a control character; an experiment file is plain "
                       "text");
        return NULL;
    }
    if (reader->line > MAX_LINES) {
        error_at(reader->err, ST_USAGE, here(reader),
                 "more than %d lines; keep long inputs in files of their own "
                 "('files' or 'ids_file' of [input]), and make many variants "
                 "by a [sweep]", MAX_LINES);
        reader->failed = true;
        return NULL;
    }
    return inspect(reader, line) ? line : NULL;
}

/* inih leaves comments in continued lines. The value grows in place, since it
 * may have thousands of lines. */
static void append(struct setting *setting, const char *more)
{
    char *copy = mem_strdup(more), *end;
    size_t old = strlen(setting->value);

    end = find_end(copy, "");
    while (end > copy && strchr(BLANKS, end[-1]))
        end--;
    *end = '\0';
    setting->value =
        mem_grow(setting->value, old + 1 + (size_t)(end - copy) + 1, 1);
    if (old)
        setting->value[old++] = ' ';
    memcpy(setting->value + old, copy, (size_t)(end - copy) + 1);
    free(copy);
}

/* inih's handler: 0 for a failure. The section it names may be cut. */
static int take(void *data, const char *section, const char *name,
                const char *value)
{
    struct reader *reader = data;
    struct ini *ini = reader->ini;
    struct ini_section *last = &ini->sections[ini->n_sections - 1];
    const struct setting *old;
    char *key, *p;

    (void)section;
    if (reader->continues) {
        append(&last->settings[last->n_settings - 1], value);
        return 1;
    }
    key = mem_strdup(name);
    for (p = key; *p; p++)
        if (*p == COLON)
            *p = ':';
    old = ini_find_setting(last, key);
    if (!old) {
        ini_add_setting(last, key, mem_strdup(value), here(reader));
        return 1;
    }
    error_at(reader->err, ST_USAGE, here(reader),
             "'%s' is set on line %d already; keep one", key, old->place.line);
    reader->failed = true;
    free(key);
    return 0;
}

int ini_load(const char *path, struct ini **ini, struct error *err)
{
    struct reader reader = {.err = err};
    char *bytes;
    size_t size;
    int line;

    *ini = NULL;
    /* Not watched: it may well be edited for the next run during this one. */
    if (read_unwatched(path, READ_FILE_MOST, &bytes, &size, err)) {
        err->status = ST_USAGE;
        return ST_USAGE;
    }
    reader.next = bytes;
    reader.end = bytes + size;
    reader.ini = mem_new(1, sizeof *reader.ini);
    reader.ini->path = mem_strdup(path);
    line = ini_parse_stream(next_line, &reader, take, &reader);
    if (line != 0 && !reader.failed) {
        reader.line = line;
        refuse(&reader, "not a line of an INI file; write key = value");
    }
    if (reader.failed) {
        ini_free(reader.ini);
    } else {
        sha256_bytes(bytes, size, reader.ini->sha256);
        *ini = reader.ini;
    }
    free(bytes);
    return reader.failed ? err->status : ST_OK;
}
