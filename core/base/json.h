/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* json.h - reading JSON with jansson, with errors that name the place. */
#ifndef CORE_BASE_JSON_H
#define CORE_BASE_JSON_H

#include "base/error.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* New reference. Duplicate keys, trailing bytes, non-objects are errors
 * (ST_DATA, "FILE:LINE:COLUMN: ..."). */
int json_load_object(const char *path, json_t **root, struct error *err);
int json_parse_object(const char *text, size_t size, const char *path,
                      json_t **root, struct error *err);
/* The same of one line, from 1, of a file of objects. */
int json_parse_line(const char *text, size_t size, const char *path, int line,
                    json_t **root, struct error *err);
/* Every number is real, so that none is too large: files that nothing whole
 * is read from may have 10^30 for "no limit". */
int json_parse_reals(const char *text, size_t size, const char *path,
                     json_t **root, struct error *err);

/* A member of a known type. Absent (or null) leaves *out as it is; another
 * type is an error that names file and key. */
int json_get_int(json_t *object, const char *path, const char *key,
                 int64_t min, int64_t max, int64_t *out, struct error *err);
int json_get_real(json_t *object, const char *path, const char *key,
                  double *out, struct error *err);
int json_get_bool(json_t *object, const char *path, const char *key,
                  bool *out, struct error *err);
/* The same of the member itself, which `key` names in messages; null is of
 * another type. */
int json_as_int(const json_t *value, const char *path, const char *key,
                int64_t min, int64_t max, int64_t *out, struct error *err);
int json_as_real(const json_t *value, const char *path, const char *key,
                 double *out, struct error *err);
int json_as_bool(const json_t *value, const char *path, const char *key,
                 bool *out, struct error *err);
/* Borrowed from object. */
int json_get_string(json_t *object, const char *path, const char *key,
                    const char **out, struct error *err);
/* The same for a name that messages repeat: printable ASCII only. */
int json_get_word(json_t *object, const char *path, const char *key,
                  const char **out, struct error *err);

#endif
