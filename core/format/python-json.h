/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* python-json.h - JSON as Python writes and reads it. */
#ifndef CORE_FORMAT_PYTHON_JSON_H
#define CORE_FORMAT_PYTHON_JSON_H

#include "base/error.h"
#include <jansson.h>

/* As json_parse_object(), with what Python has besides: Infinity, -Infinity
 * and NaN become strings, whole numbers beyond 64 bits real ones, numbers
 * beyond those "Infinity". So they are in nobody's way who does not read
 * them, and refused by who does. */
int python_json_parse(const char *text, size_t size, const char *path,
                      json_t **root, struct error *err);

#endif
