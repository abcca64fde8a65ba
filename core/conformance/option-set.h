/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* option-set.h - values of some of a plugin's options, as check-plugin puts
 * them together. */
#ifndef CORE_CONFORMANCE_OPTION_SET_H
#define CORE_CONFORMANCE_OPTION_SET_H

#include <stdbool.h>
#include <transect/plugin.h>

struct option_set {
    const struct transect_plugin *desc;
    char **values; /* (n_options), owned; NULL: not set */
};

/* Nothing set. */
void option_set_init(struct option_set *choice,
                     const struct transect_plugin *desc);
void option_set_copy(struct option_set *to, const struct option_set *from);
void option_set_clear(struct option_set *choice);
/* The number of the option of that name, n bytes long; n_options: none. */
uint32_t option_set_find(const struct option_set *choice, const char *name,
                         size_t n);
/* Copies the value; NULL: not set. */
void option_set_set(struct option_set *choice, uint32_t option,
                    const char *value);
bool option_set_same(const struct option_set *a, const struct option_set *b);
/* "a = 1, b = 2" with what is between them, of the options that are set and
 * have another value in `but` (NULL: of all). The caller frees it. */
char *option_set_text(const struct option_set *choice,
                      const struct option_set *but, const char *between);

#endif
