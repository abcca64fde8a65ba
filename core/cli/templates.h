/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* templates.h - the files of core/cli/templates, compiled into the program. */
#ifndef CORE_CLI_TEMPLATES_H
#define CORE_CLI_TEMPLATES_H

#include <stddef.h>

/* Names and texts have marks such as @NAME@. */
struct template {
    const char *name; /* FOLDER/FILE */
    const char *text;
};

extern const struct template templates[];
extern const size_t n_templates;

#endif
