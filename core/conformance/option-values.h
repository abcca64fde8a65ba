/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* option-values.h - values of an option for trying what a plugin makes of
 * them: the ends of its range, its words, lists short and long. */
#ifndef CORE_CONFORMANCE_OPTION_VALUES_H
#define CORE_CONFORMANCE_OPTION_VALUES_H

#include <stddef.h>
#include <transect/plugin.h>

/* Texts as in an experiment file, for models of at least one layer, head and
 * dim; free each and the array. All are of the type and in range. */
char **option_samples(const struct transect_option *option, size_t *n);

#endif
