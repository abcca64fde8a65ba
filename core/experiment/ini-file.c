/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* ini-file.c - sections and settings, and changing them by --set. */
#include "experiment/ini-file.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

char *ini_fold(const char *text, size_t n)
{
    char *copy = mem_strndup(text, n), *to = copy, *p;

    for (p = copy; *p; p++) {
        if (!strchr(" \t", *p))
            *to++ = *p;
        else if (to > copy && to[-1] != ' ')
            *to++ = ' ';
    }
    if (to > copy && to[-1] == ' ')
        to--;
    *to = '\0';
    return copy;
}

bool ini_plain(const char *text)
{
    for (; *text; text++)
        if ((*text > 0 && *text < ' ' && *text != '\t') || *text == 127)
            return false;
    return true;
}

struct ini_section *ini_find(const struct ini *ini, const char *name)
{
    for (size_t i = 0; i < ini->n_sections; i++)
        if (strcmp(ini->sections[i].name, name) == 0)
            return &ini->sections[i];
    return NULL;
}

struct setting *ini_find_setting(const struct ini_section *section,
                                    const char *key)
{
    for (size_t i = 0; i < section->n_settings; i++)
        if (strcmp(section->settings[i].key, key) == 0)
            return &section->settings[i];
    return NULL;
}

struct ini_section *ini_add_section(struct ini *ini, char *name,
                                       struct place place)
{
    MEM_PUSH(ini->sections, ini->n_sections);
    ini->sections[ini->n_sections] =
        (struct ini_section){.name = name, .place = place};
    return &ini->sections[ini->n_sections++];
}

void ini_add_setting(struct ini_section *section, char *key, char *value,
                        struct place place)
{
    MEM_PUSH(section->settings, section->n_settings);
    section->settings[section->n_settings++] =
        (struct setting){.key = key, .value = value, .place = place};
}

void ini_remove(struct ini_section *section, const struct setting *setting)
{
    size_t i = (size_t)(setting - section->settings);

    free(section->settings[i].key);
    free(section->settings[i].value);
    section->n_settings--;
    memmove(&section->settings[i], &section->settings[i + 1],
            (section->n_settings - i) * sizeof *section->settings);
}

char *ini_resolve(struct place place, const char *path)
{
    const char *slash = place.line > 0 ? strrchr(place.file, '/') : NULL;
    char *folder, *resolved;

    if (!slash)
        return mem_strdup(path);
    folder = mem_strndup(place.file, (size_t)(slash - place.file));
    resolved = mem_path(folder, path);
    free(folder);
    return resolved;
}

/* The same of "plugin NAME.OPTION": names and folders may have dots, options
 * have none. */
static size_t plugin_length(const char *target, size_t n)
{
    const char *dot = strrchr(target, '.');

    return dot && !strchr(dot, '/') ? (size_t)(dot - target) : n;
}

/* Where SECTION ends in "SECTION.KEY", which is n bytes long: n if there is
 * no key. Names of sections may have dots themselves. */
static size_t section_length(const struct ini *ini, const char *target,
                             size_t n)
{
    size_t longest = 0, length;
    const char *dot;

    if (strncmp(target, "plugin ", strlen("plugin ")) == 0)
        return plugin_length(target, n);
    for (size_t i = 0; i < ini->n_sections; i++) {
        length = strlen(ini->sections[i].name);
        if (length > longest && length < n && target[length] == '.' &&
            strncmp(ini->sections[i].name, target, length) == 0)
            longest = length;
    }
    if (longest)
        return longest;
    dot = memchr(target, '.', n);
    return dot ? (size_t)(dot - target) : n;
}

/* Unlike ini_fold(), blanks inside stay: a text may mean them. */
static char *trim(const char *text)
{
    size_t n;

    text += strspn(text, " \t");
    n = strlen(text);
    while (n && strchr(" \t", text[n - 1]))
        n--;
    return mem_strndup(text, n);
}

/* Places borrow their texts, so those of --set live as long as the ini. */
static struct place origin(struct ini *ini, const char *target)
{
    MEM_PUSH(ini->origins, ini->n_origins);
    ini->origins[ini->n_origins] = mem_printf("--set %s", target);
    return (struct place){ini->origins[ini->n_origins++], 0};
}

/* Takes over the strings. A setting that is replaced keeps its rank, because
 * the order of a variant's settings is that of its edits. */
static int apply(struct ini *ini, char *name, char *key, char *value,
                 struct place place, struct error *err)
{
    struct ini_section *section = ini_find(ini, name);
    struct setting *old = section ? ini_find_setting(section, key) : NULL;
    int status = ST_OK;

    if (*value && !old) {
        if (!section)
            section = ini_add_section(ini, mem_strdup(name), place);
        ini_add_setting(section, key, value, place);
        free(name);
        return ST_OK;
    }
    if (*value) {
        free(old->value);
        old->value = mem_strdup(value);
        old->place = place;
    } else if (old) {
        ini_remove(section, old);
    } else {
        status = error_at(err, ST_USAGE, place,
                          "no such setting is there to be removed; give a "
                          "value after '='");
    }
    free(name);
    free(key);
    free(value);
    return status;
}

int ini_set(struct ini *ini, const char *assignment, struct error *err)
{
    const char *equals = strchr(assignment, '=');
    struct place place;
    char *target;
    size_t n, size;
    int status;

    if (!ini_plain(assignment))
        return error_set(err, ST_USAGE, "--set: a control character or line "
                         "end; write plain text in one line");
    if (!equals)
        return error_set(err, ST_USAGE, "--set %s: no '='; write "
                         "--set SECTION.KEY=VALUE", assignment);
    target = ini_fold(assignment, (size_t)(equals - assignment));
    size = strlen(target);
    n = section_length(ini, target, size);
    if (n == 0 || n + 1 >= size) {
        status = error_set(err, ST_USAGE, "--set %s: neither section nor key "
                           "may be empty; write --set SECTION.KEY=VALUE",
                           assignment);
    } else {
        place = origin(ini, target);
        status = apply(ini, ini_fold(target, n),
                       ini_fold(target + n + 1, size - n - 1),
                       trim(equals + 1), place, err);
    }
    free(target);
    return status;
}

static void free_section(struct ini_section *section)
{
    for (size_t i = 0; i < section->n_settings; i++) {
        free(section->settings[i].key);
        free(section->settings[i].value);
    }
    free(section->settings);
    free(section->name);
}

void ini_free(struct ini *ini)
{
    if (!ini)
        return;
    for (size_t i = 0; i < ini->n_sections; i++)
        free_section(&ini->sections[i]);
    for (size_t i = 0; i < ini->n_origins; i++)
        free(ini->origins[i]);
    free(ini->origins);
    free(ini->sections);
    free(ini->path);
    free(ini);
}
