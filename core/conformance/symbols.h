/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* symbols.h - the dynamic symbols of a shared object. */
#ifndef CORE_CONFORMANCE_SYMBOLS_H
#define CORE_CONFORMANCE_SYMBOLS_H

#include "base/error.h"
#include <stdbool.h>

/* Calls visit for each symbol that the file exports (defined) or asks others
 * for. ST_PLUGIN if its symbols cannot be read. */
typedef void symbol_fn(void *user, const char *name, bool defined);
int symbols_visit(const char *path, symbol_fn *visit, void *user,
                  struct error *err);

#endif
