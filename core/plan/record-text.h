/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* record-text.h - what a key of [input] takes from a record: a field, or a
 * template with fields in braces. */
#ifndef CORE_PLAN_RECORD_TEXT_H
#define CORE_PLAN_RECORD_TEXT_H

#include "base/buffer.h"
#include "experiment/experiment.h"
#include "plan/records.h"

#include <stdbool.h>

/* "When {a} met {b}, {b} said {{so}}": in a template "{{" and "}}" are braces.
 * ST_USAGE with the key's place: a brace that nothing opens or closes, a field
 * without a name. */
int record_text_check(const struct record_key *key, struct error *err);

/* Each message of ST_DATA lacks the file and line. */

/* The value of a field, borrowed; there must be one. */
int record_text_field(const struct record *record, const char *name,
                      const json_t **value, struct error *err);
/* Appends a text, or a whole number in digits, to *text, or sets *ids to a
 * list of token ids; other numbers are none of these, since JSON does not keep
 * how they were written. false: it is something else. */
bool record_text_value(const json_t *value, struct buffer *text,
                       const json_t **ids);
/* Appends what the key says to *text, or sets *ids (borrowed from the record,
 * else NULL) to the list of token ids that a field holds. The key has passed
 * record_text_check(). */
int record_text(const struct record *record, const struct record_key *key,
                struct buffer *text, const json_t **ids, struct error *err);

#endif
