/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* record-text.h - what a key of [input] takes from a record: a field, or a
 * template with fields in braces. */
#ifndef CORE_PLAN_RECORD_TEXT_H
#define CORE_PLAN_RECORD_TEXT_H

#include "base/buffer.h"
#include "plan/records.h"

#include <stdbool.h>

/* "When {a} met {b}, {b} said {{so}}": a text with a brace is a template, and
 * "{{" and "}}" in it are braces. Every other text is the name of a field. */
bool record_text_is_template(const char *setting);
/* ST_USAGE: a brace that nothing opens or closes, a field without a name. */
int record_text_check(const char *setting, struct error *err);

/* Appends the text to *text, or sets *ids (borrowed from the record, else
 * NULL) to the list of token ids that a field holds; whole numbers are
 * written in digits; others are refused, since JSON does not keep how they
 * were written. `setting` has passed record_text_check(). ST_DATA with file
 * and line: no such field, or it holds something else. */
int record_text(const struct records *records, const struct record *record,
                const char *setting, struct buffer *text,
                const json_t **ids, struct error *err);

#endif
