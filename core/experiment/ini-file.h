/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* ini-file.h - an INI file as sections of settings, each with its place. */
#ifndef CORE_EXPERIMENT_INI_FILE_H
#define CORE_EXPERIMENT_INI_FILE_H

#include "base/error.h"
#include "base/head-set.h"
#include <stdbool.h>
#include <stddef.h>

struct setting {
    char *key, *value; /* owned; the value is trimmed and may be empty */
    struct place place;
    const struct head_set *heads; /* what the value says, where that is known
                                     already: a sweep made it. Borrowed */
};

struct ini_section {
    char *name; /* as between the brackets, blanks folded to one space */
    struct place place;
    struct setting *settings;
    size_t n_settings;
};

struct ini {
    char *path;
    char sha256[65]; /* of the bytes that were read */
    struct ini_section *sections;
    size_t n_sections;
    char **origins; /* what places of --set call their file */
    size_t n_origins;
};

/* Reads a file with inih. An indented line continues the value above it, to
 * which it is joined by one space. Refuses lines that inih would cut, NUL and
 * other control characters, repeated sections and keys, keys outside of
 * sections, folders. ST_USAGE. ini_free() what *ini is set to. */
int ini_load(const char *path, struct ini **ini, struct error *err);
/* Applies one --set SECTION.KEY=VALUE, replacing or adding a setting. "plugin
 * x" ends at the last '.'. Any other SECTION is the longest section there is
 * of which that is true, else what stands before the first '.', which makes a
 * new section ("variant y"); the key may contain dots. An empty VALUE removes
 * the setting, which must exist. The place is {"--set SECTION.KEY", 0}.
 * ST_USAGE. */
int ini_set(struct ini *ini, const char *assignment, struct error *err);
/* Borrowed, or NULL. */
struct ini_section *ini_find(const struct ini *ini, const char *name);
struct setting *ini_find_setting(const struct ini_section *section,
                                 const char *key);
void ini_remove(struct ini_section *section, const struct setting *setting);
/* Both take over the strings they are given. */
struct ini_section *ini_add_section(struct ini *ini, char *name,
                                    struct place place);
void ini_add_setting(struct ini_section *section, char *key, char *value,
                     struct place place);
/* A copy of n bytes without blanks around them; blanks between words become
 * one space. */
char *ini_fold(const char *text, size_t n);
bool ini_plain(const char *text); /* no control characters but tabs */
/* A path that is given at `place`: relative to the folder of the file, or for
 * --set to the current one. The caller frees it. */
char *ini_resolve(struct place place, const char *path);
void ini_free(struct ini *ini);

#endif
