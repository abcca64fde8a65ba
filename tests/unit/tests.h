/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tests.h - the suites of unit tests, and what they share. */
#ifndef TESTS_UNIT_TESTS_H
#define TESTS_UNIT_TESTS_H

#include <CUnit/CUnit.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Each adds the suite of its name, with all its tests. */
#define SUITE(name) CU_ErrorCode add_##name##_tests(void);
#include "suites.h"
#undef SUITE

/* Reports the running test as skipped, with a reason in one line; the test
 * then returns. A failed assertion still makes it fail. */
void test_skip(const char *reason, ...)
    __attribute__((format(printf, 1, 2)));

/* The file, in place of what is there; the test ends if that fails. */
void test_write(const char *path, const void *bytes, size_t size);
/* The text must have these ids, which are separated by blanks. */
struct tokenizer;
void check_ids(struct tokenizer *tokenizer, const char *text,
               const char *expected);
/* Are these the ids of a JSON list? */
struct token_ids;
bool has_ids(const json_t *right, const struct token_ids *list);

#endif
