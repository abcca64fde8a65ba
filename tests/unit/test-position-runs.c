/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-position-runs.c - lists of positions at work: an event for each run of
 * adjacent rows. */
#include "hooks/hook-set.h"

#include "tests.h"

#include <stdio.h>
#include <string.h>

#define D 2

static const struct config config = {
    .n_layer = 2, .n_head = 3, .n_kv_head = 1, .d_head = 2, .d_model = D,
    .d_mlp = 8, .n_vocab = 10, .n_context = 16};

/* "subject" is at 1 in sample 0, and nowhere in sample 1. */
static char *words[] = {"subject"};
static const struct position_span places[] = {{1, 2}, {0, 0}};
static const struct position_names names = {words, 1, places, NULL};

static const struct span spans[] = {
    {.n_token = 4}, {.sample = 1, .slot = 1, .row = 4, .n_token = 3}};
static const struct batch batch = {NULL, 7, spans, 2};

/* Samples, positions and first values of the events, as text. */
struct listener_log {
    char text[400];
    bool fails;
};

static int tell(void *state, const struct transect_event *event)
{
    struct listener_log *log = state;
    size_t n = strlen(log->text);

    snprintf(log->text + n, sizeof log->text - n, "%ss%d %d+%d",
             n ? ", " : "", event->sample, event->first,
             (int)event->view.rows);
    for (int i = 0; event->edit && i < event->view.rows; i++)
        event->edit[i * event->view.row_stride] += 1;
    return log->fails ? TRANSECT_FAILED : TRANSECT_OK;
}

static int tell_value(void *state, const struct transect_event *event)
{
    struct listener_log *log = state;
    size_t n = strlen(log->text);

    snprintf(log->text + n, sizeof log->text - n, "%ss%d %d: %g",
             n ? ", " : "", event->sample, event->first,
             (double)event->view.data[0]);
    return TRANSECT_OK;
}

static struct hooks *fresh(void)
{
    struct hooks *hooks = hooks_new(&config);

    hooks_set_names(hooks, &names);
    return hooks;
}

static struct hook_owner owner_of(struct listener_log *log)
{
    static struct error errors;

    errors = (struct error){0};
    return (struct hook_owner){.id = "a", .state = log, .error = &errors};
}

/* Rows of value (row, row) of both samples at ln1 of layer 0. */
static void emit(struct hooks *hooks, float data[7 * D])
{
    struct reductions *reductions = reductions_new();
    struct error err = {0};

    for (int i = 0; i < 7 * D; i++)
        data[i] = (float)(i / D);
    CU_ASSERT_EQUAL(
        hook_set_emit(&(struct hook_set){&hooks, 1},
                      &(struct tensor_ref){.point = TRANSECT_LN1, .head = -1,
                                           .batch = &batch, .data = data,
                                           .cols = D, .stride = D,
                                           .reductions = reductions}, &err),
        ST_OK);
    reductions_free(reductions);
}

static void test_observer(void)
{
    struct listener_log log = {.fails = false};
    struct hook_owner owner = owner_of(&log);
    struct hooks *hooks = fresh();
    float data[7 * D];

    hooks_add(hooks, &owner, &(struct transect_subscription){
                                 .point = TRANSECT_LN1, .on_event = tell,
                                 .position = "-1 subject 7"});
    emit(hooks, data);
    CU_ASSERT_STRING_EQUAL(log.text, "s0 1+1, s0 3+1, s1 2+1");
    hooks_free(hooks);
}

/* An editor's record has what it did in all runs. */
static void test_editor(void)
{
    struct listener_log log = {.fails = false};
    struct hook_owner owner = owner_of(&log);
    struct hooks *hooks = fresh();
    const struct edit_record *record;
    float data[7 * D];
    size_t n;

    hooks_add(hooks, &owner, &(struct transect_subscription){
                                 .point = TRANSECT_LN1, .on_event = tell,
                                 .flags = TRANSECT_EDIT,
                                 .position = "0 2-3"});
    emit(hooks, data);
    CU_ASSERT_STRING_EQUAL(log.text, "s0 0+1, s0 2+2, s1 0+1, s1 2+1");
    for (int i = 0; i < 7; i++)
        CU_ASSERT_EQUAL(data[i * D], i + (i != 1 && i != 5));
    record = hooks_edit_records(hooks, &n);
    CU_ASSERT_EQUAL(record->fired, 4);
    CU_ASSERT_EQUAL(record->changed, 5);
    CU_ASSERT_EQUAL(record->max_change, 1);
    hooks_free(hooks);
}

/* One that failed, and is to be silent from then on, hears of no further
 * run. */
static void test_failure(void)
{
    struct listener_log log = {.fails = true};
    struct hook_owner owner = owner_of(&log);
    struct hooks *hooks = fresh();
    float data[7 * D];

    owner.disable_on_error = true;
    hooks_add(hooks, &owner, &(struct transect_subscription){
                                 .point = TRANSECT_LN1, .on_event = tell,
                                 .position = "0 2"});
    emit(hooks, data);
    CU_ASSERT_STRING_EQUAL(log.text, "s0 0+1");
    CU_ASSERT_TRUE(owner.disabled);
    hooks_free(hooks);
}

static void emit_block(struct hooks *hooks, struct reductions *reductions,
                       int first, const float *data)
{
    static const struct span span = {.n_token = 8};
    struct error err = {0};

    CU_ASSERT_EQUAL(
        hook_set_emit(&(struct hook_set){&hooks, 1},
                      &(struct tensor_ref){.point = TRANSECT_LOGITS,
                                           .layer = -1, .head = -1,
                                           .span = &span, .first = first,
                                           .data = (float *)data, .rows = 4,
                                           .cols = D, .stride = D,
                                           .reductions = reductions}, &err),
        ST_OK);
}

/* Of a run that goes over blocks each has its rows; a mean is of the whole
 * run, and each run has one. */
static void test_blocks(void)
{
    static const struct transect_reduction mean = {
        sizeof mean, TRANSECT_REDUCE_MEAN, 0};
    struct listener_log log = {.fails = false}, means = log;
    struct hook_owner owner = owner_of(&log), other = owner_of(&means);
    struct transect_subscription sub = {.point = TRANSECT_LOGITS,
                                        .on_event = tell,
                                        .position = "0 2-5 7"};
    struct reductions *reductions = reductions_new();
    struct hooks *hooks = fresh();
    float data[8 * D];

    for (int i = 0; i < 8 * D; i++)
        data[i] = (float)(i / D * (i / D));
    hooks_add(hooks, &owner, &sub);
    sub.on_event = tell_value;
    hooks_add_as(hooks, &other, &sub, &mean, NULL);
    emit_block(hooks, reductions, 0, data);
    emit_block(hooks, reductions, 4, data + 4 * D);
    CU_ASSERT_STRING_EQUAL(log.text, "s0 0+1, s0 2+2, s0 4+2, s0 7+1");
    CU_ASSERT_STRING_EQUAL(means.text, "s0 0: 0, s0 2: 13.5, s0 7: 49");
    reductions_free(reductions);
    hooks_free(hooks);
}

CU_ErrorCode add_position_runs_tests(void)
{
    CU_pSuite suite = CU_add_suite("position-runs", NULL, NULL);

    CU_add_test(suite, "an event for each run", test_observer);
    CU_add_test(suite, "an editor at several runs", test_editor);
    CU_add_test(suite, "no further run after a failure", test_failure);
    CU_add_test(suite, "runs and blocks of rows", test_blocks);
    return CU_get_error();
}
