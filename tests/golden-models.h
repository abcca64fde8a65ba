/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* golden-models.h - the small models of each family in tests/golden. */
#ifndef TESTS_GOLDEN_MODELS_H
#define TESTS_GOLDEN_MODELS_H

#define GOLDEN_MAX 64 /* models */

/* Calls visit for the folder of each model, by name. There must be some. */
typedef void golden_fn(const char *dir, void *user);
void golden_each(golden_fn *visit, void *user);

#endif
