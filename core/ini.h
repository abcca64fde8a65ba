/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* ini.h - an INI file as sections of settings, each with its place. */
#ifndef CORE_INI_H
#define CORE_INI_H

#include "error.h"
#include <stddef.h>

struct setting {
    char *key, *value; /* owned */
    struct place place;
};

struct ini_section {
    char *name; /* as between the brackets, blanks folded to one space */
    struct place place;
    struct setting *settings;
    size_t n_settings;
};

struct ini {
    char *path;
    struct ini_section *sections;
    size_t n_sections;
};

/* Reads a file with inih. Refuses over-long lines and names, NUL bytes,
 * repeated sections and keys, keys outside of sections, folders. */
int ini_load(const char *path, struct ini **ini, struct error *err);
/* Applies one --set SECTION.KEY=VALUE: SECTION up to the first '.', which
 * may be new ("plugin x", "variant y"), the key may contain dots. The place
 * is {"--set SECTION.KEY", 0}. */
int ini_set(struct ini *ini, const char *assignment, struct error *err);
void ini_free(struct ini *ini);

#endif
