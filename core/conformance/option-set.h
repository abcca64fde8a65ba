/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* choice.h - values of some of a plugin's options, as check-plugin puts them
 * together. */
#ifndef CORE_CHOICE_H
#define CORE_CHOICE_H

#include <stdbool.h>
#include <transect/plugin.h>

struct choice {
    const struct transect_plugin *desc;
    char **values; /* (n_options), owned; NULL: not set */
};

/* Nothing set. */
void choice_init(struct choice *choice, const struct transect_plugin *desc);
void choice_copy(struct choice *to, const struct choice *from);
void choice_clear(struct choice *choice);
/* The number of the option of that name, n bytes long; n_options: none. */
uint32_t choice_find(const struct choice *choice, const char *name,
                     size_t n);
/* Copies the value; NULL: not set. */
void choice_set(struct choice *choice, uint32_t option, const char *value);
bool choice_same(const struct choice *a, const struct choice *b);
/* "a = 1, b = 2" with what is between them, of the options that are set and
 * have another value in `but` (NULL: of all). The caller frees it. */
char *choice_text(const struct choice *choice, const struct choice *but,
                  const char *between);

#endif
