/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tests.h - the suites of unit tests, and what they share. */
#ifndef TESTS_UNIT_TESTS_H
#define TESTS_UNIT_TESTS_H

#include <CUnit/CUnit.h>

/* Each adds the suite of its name, with all its tests. */
CU_ErrorCode add_dtype_tests(void);
CU_ErrorCode add_experiment_tests(void);
CU_ErrorCode add_figure_tests(void);
CU_ErrorCode add_figure_plan_tests(void);
CU_ErrorCode add_figure_png_tests(void);
CU_ErrorCode add_forward_tests(void);
CU_ErrorCode add_head_scorer_tests(void);
CU_ErrorCode add_perplexity_tests(void);
CU_ErrorCode add_hooks_tests(void);
CU_ErrorCode add_ini_tests(void);
CU_ErrorCode add_input_tests(void);
CU_ErrorCode add_json_tests(void);
CU_ErrorCode add_kernels_tests(void);
CU_ErrorCode add_layerwise_stats_tests(void);
CU_ErrorCode add_loader_tests(void);
CU_ErrorCode add_model_tests(void);
CU_ErrorCode add_model_weights_tests(void);
CU_ErrorCode add_null_tests(void);
CU_ErrorCode add_options_tests(void);
CU_ErrorCode add_pruner_tests(void);
CU_ErrorCode add_pruner_random_tests(void);
CU_ErrorCode add_random_tests(void);
CU_ErrorCode add_results_tests(void);
CU_ErrorCode add_safetensors_tests(void);
CU_ErrorCode add_select_tests(void);
CU_ErrorCode add_suggest_tests(void);
CU_ErrorCode add_table_tests(void);
CU_ErrorCode add_tokenizer_tests(void);
CU_ErrorCode add_tokenizer_files_tests(void);

/* Reports the running test as skipped, with a reason in one line; the test
 * then returns. A failed assertion still makes it fail. */
void test_skip(const char *reason, ...)
    __attribute__((format(printf, 1, 2)));

/* The text must have these ids, which are separated by blanks. */
struct tokenizer;
void check_ids(struct tokenizer *tokenizer, const char *text,
               const char *expected);

#endif
