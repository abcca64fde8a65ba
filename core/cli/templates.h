/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* templates.h - the files of core/templates, which the build turns into C:
 * so they are at hand wherever the program is. */
#ifndef CORE_CLI_TEMPLATES_H
#define CORE_CLI_TEMPLATES_H

#include <stddef.h>

/* In name and text @NAME@ and the like stand for what a plugin has. */
struct template {
    const char *name; /* FOLDER/FILE */
    const char *text;
};

extern const struct template templates[];
extern const size_t n_templates;

#endif
