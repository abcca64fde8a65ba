/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-hooks.c - who is called, in which order, with which part. */
#include "tests.h"

#include "hooks/hook-set.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct config config = {
    .n_layer = 2, .n_head = 3, .n_kv_head = 1, .d_head = 2, .d_model = 6,
    .d_mlp = 8, .n_vocab = 10, .n_context = 16};

/* What happened, as text: "a" for each call of owner a, with details. */
static char story[1024];
static struct error own_error;

struct teller {
    const char *name;
    int fail_at; /* layer, or -1 */
};

static int tell(void *state, const struct transect_event *event)
{
    struct teller *teller = state;
    char line[128];

    snprintf(line, sizeof line, "%s[L%d H%d s%d %d+%dx%d]", teller->name,
             event->layer, event->head, event->sample, event->first,
             (int)event->view.rows, (int)event->view.cols);
    strncat(story, line, sizeof story - strlen(story) - 1);
    if (event->edit)
        event->edit[0] += 1;
    if (event->layer == teller->fail_at)
        return TRANSECT_FAILED;
    return TRANSECT_OK;
}

static struct hooks *fresh(void)
{
    story[0] = '\0';
    own_error = (struct error){0};
    return hooks_new(&config);
}

static struct hook_owner owner_of(struct teller *teller)
{
    return (struct hook_owner){.id = teller->name, .state = teller,
                               .error = &own_error};
}

static const struct span spans[] = {
    {.n_token = 4}, {.sample = 1, .slot = 1, .row = 4, .n_token = 3}};
static const struct batch batch = {NULL, 7, spans, 2};

/* To the hooks of one variant: rows of width 6; three heads of width 2; a
 * block of head 1 in layer 0. */
static int emit(struct hooks *hooks, int point, int layer,
                const struct batch *of, float *data, struct error *err)
{
    return hook_set_emit(
        &(struct hook_set){&hooks, 1},
        &(struct tensor_ref){.point = point, .layer = layer, .head = -1,
                             .batch = of, .data = data, .cols = 6,
                             .stride = 6}, err);
}

static int emit_heads(struct hooks *hooks, int layer, const struct batch *of,
                      float *data, struct error *err)
{
    return hook_set_emit(
        &(struct hook_set){&hooks, 1},
        &(struct tensor_ref){.point = TRANSECT_Z, .layer = layer,
                             .head = -1, .n_head = 3, .batch = of,
                             .data = data, .cols = 2, .stride = 6}, err);
}

static int emit_block(struct hooks *hooks, int point, const struct span *span,
                      int first, int rows, float *data, int cols, int stride,
                      struct error *err)
{
    return hook_set_emit(
        &(struct hook_set){&hooks, 1},
        &(struct tensor_ref){.point = point, .head = 1, .span = span,
                             .first = first, .data = data, .rows = rows,
                             .cols = cols, .stride = stride}, err);
}

static void test_order(void)
{
    struct teller a = {"a", -1}, b = {"b", -1}, c = {"c", -1};
    struct hook_owner oa = owner_of(&a), ob = owner_of(&b), oc = owner_of(&c);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_RESID_POST, .on_event = tell};
    struct hooks *hooks = fresh();
    struct error err = {0};
    float data[7 * 6] = {0};

    hooks_add(hooks, &oa, &sub); /* an observer that came first */
    sub.flags = TRANSECT_EDIT;
    hooks_add(hooks, &ob, &sub);
    hooks_add(hooks, &oc, &sub);
    CU_ASSERT_EQUAL(emit(hooks, TRANSECT_RESID_POST, 1, &batch, data, &err),
                    ST_OK);
    CU_ASSERT_STRING_EQUAL(story,
                           "b[L1 H-1 s0 0+4x6]c[L1 H-1 s0 0+4x6]"
                           "a[L1 H-1 s0 0+4x6]b[L1 H-1 s1 0+3x6]"
                           "c[L1 H-1 s1 0+3x6]a[L1 H-1 s1 0+3x6]");
    CU_ASSERT_EQUAL(data[0], 2);
    CU_ASSERT_EQUAL(data[4 * 6], 2);
    hooks_free(hooks);
}

/* Ranks decide, whoever subscribes first; a rank twice keeps that order. */
static void test_ranks(void)
{
    static const struct {
        const char *name;
        int rank;
        uint32_t flags;
    } all[] = {{"d", 4, 0}, {"b", 2, TRANSECT_EDIT}, {"c", 3, 0},
               {"a", 1, TRANSECT_EDIT}, {"B", 2, TRANSECT_EDIT}};
    struct teller tellers[5];
    struct hook_owner owners[5];
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_LN_FINAL, .on_event = tell};
    struct batch one = {NULL, 4, spans, 1};
    struct hooks *hooks = fresh();
    struct error err = {0};
    float data[4 * 6] = {0};

    for (int i = 0; i < 5; i++) {
        tellers[i] = (struct teller){all[i].name, -2};
        owners[i] = owner_of(&tellers[i]);
        owners[i].rank = all[i].rank;
        sub.flags = all[i].flags;
        hooks_add(hooks, &owners[i], &sub);
    }
    CU_ASSERT_EQUAL(emit(hooks, TRANSECT_LN_FINAL, -1, &one, data, &err),
                    ST_OK);
    CU_ASSERT_STRING_EQUAL(story,
                           "a[L-1 H-1 s0 0+4x6]b[L-1 H-1 s0 0+4x6]"
                           "B[L-1 H-1 s0 0+4x6]c[L-1 H-1 s0 0+4x6]"
                           "d[L-1 H-1 s0 0+4x6]");
    hooks_free(hooks);
}

static void test_wants(void)
{
    static const struct transect_head heads[] = {{1, 2}};
    static const int32_t layers[] = {0, 0}; /* counts once */
    struct teller a = {"a", -1};
    struct hook_owner owner = owner_of(&a);
    struct transect_subscription z = {
        .size = sizeof z, .point = TRANSECT_Z, .heads = heads, .n_heads = 1,
        .on_event = tell};
    struct transect_subscription mlp = {
        .size = sizeof mlp, .point = TRANSECT_MLP_OUT, .layers = layers,
        .n_layers = 2, .flags = TRANSECT_EDIT, .on_event = tell};
    size_t n_records;
    struct hooks *hooks = fresh();
    struct hook_set set = {&hooks, 1};

    hooks_add(hooks, &owner, &z);
    hooks_add(hooks, &owner, &mlp);
    CU_ASSERT_TRUE(hook_set_wants(&set, TRANSECT_Z, 1, 2));
    CU_ASSERT_TRUE(hook_set_wants(&set, TRANSECT_Z, 1, -1));
    CU_ASSERT_FALSE(hook_set_wants(&set, TRANSECT_Z, 1, 1));
    CU_ASSERT_FALSE(hook_set_wants(&set, TRANSECT_Z, 0, -1));
    CU_ASSERT_TRUE(hook_set_wants_edit(&set, TRANSECT_MLP_OUT, 0, -1));
    CU_ASSERT_FALSE(hook_set_wants(&set, TRANSECT_MLP_OUT, 1, -1));
    CU_ASSERT_FALSE(hook_set_wants_edit(&set, TRANSECT_Z, 1, 2));
    CU_ASSERT_FALSE(hook_set_wants(&set, TRANSECT_LOGITS, -1, -1));
    hooks_edit_records(hooks, &n_records);
    CU_ASSERT_EQUAL(n_records, 1);
    hooks_free(hooks);
}

/* Heads side by side: one by one, or all at once for the one who asks. */
static void test_heads(void)
{
    static const struct transect_head heads[] = {{0, 0}, {0, 2}};
    struct teller a = {"a", -1}, b = {"b", -1};
    struct hook_owner oa = owner_of(&a), ob = owner_of(&b);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_Z, .heads = heads,
        .n_heads = 2, .on_event = tell};
    struct hooks *hooks = fresh();
    struct batch one = {NULL, 4, spans, 1};
    struct error err = {0};
    float data[4 * 6] = {0};
    size_t n;
    const struct edit_record *records;

    hooks_add(hooks, &oa, &sub);
    sub.flags = TRANSECT_ALL_HEADS | TRANSECT_EDIT;
    hooks_add(hooks, &ob, &sub);
    CU_ASSERT_EQUAL(emit_heads(hooks, 0, &one, data, &err), ST_OK);
    CU_ASSERT_STRING_EQUAL(story, "b[L0 H-1 s0 0+4x6]"
                                  "a[L0 H0 s0 0+4x2]a[L0 H2 s0 0+4x2]");
    records = hooks_edit_records(hooks, &n);
    CU_ASSERT_EQUAL_FATAL(n, 3);
    CU_ASSERT_TRUE(records[0].asked && !records[1].asked && records[2].asked);
    CU_ASSERT_EQUAL(records[0].changed, 1);
    CU_ASSERT_EQUAL(records[2].changed, 0);
    CU_ASSERT_EQUAL(records[2].fired, 1);
    hooks_free(hooks);
}

static int touch_head_1(void *state, const struct transect_event *event)
{
    (void)state;
    event->edit[2] = 5;
    return TRANSECT_OK;
}

static void test_foreign_head(void)
{
    static const struct transect_head heads[] = {{0, 0}};
    struct teller a = {"a", -1};
    struct hook_owner owner = owner_of(&a);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_Z, .heads = heads,
        .n_heads = 1, .flags = TRANSECT_ALL_HEADS | TRANSECT_EDIT,
        .on_event = touch_head_1};
    struct hooks *hooks = fresh();
    struct error err = {0};
    float data[7 * 6] = {0};

    hooks_add(hooks, &owner, &sub);
    CU_ASSERT_EQUAL(emit_heads(hooks, 0, &batch, data, &err),
                    ST_FAILED);
    CU_ASSERT_STRING_EQUAL(err.text,
                           "plugin a: at z of layer 0, sample 0: changed "
                           "head 1, which it did not subscribe to");
    CU_ASSERT_EQUAL(data[2], 0);
    own_error = (struct error){0};
    owner.disable_on_error = true;
    CU_ASSERT_EQUAL(emit_heads(hooks, 0, &batch, data, &err), ST_OK);
    CU_ASSERT_TRUE(owner.disabled);
    CU_ASSERT_EQUAL(data[2], 0);
    hooks_free(hooks);
}

/* Only rows 3..4 of a tensor that comes in two blocks. */
static void test_positions(void)
{
    struct teller a = {"a", -1};
    struct hook_owner owner = owner_of(&a);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_PATTERN,
        .first_position = 3, .n_positions = 2, .on_event = tell};
    struct span span = {.n_token = 8};
    struct hooks *hooks = fresh();
    struct error err = {0};
    float data[4 * 8] = {0};

    hooks_add(hooks, &owner, &sub);
    emit_block(hooks, TRANSECT_PATTERN, &span, 0, 4, data, 4, 8, &err);
    emit_block(hooks, TRANSECT_PATTERN, &span, 4, 4, data, 8, 8, &err);
    CU_ASSERT_STRING_EQUAL(story, "a[L0 H1 s0 3+1x4]a[L0 H1 s0 4+1x8]");
    hooks_free(hooks);
}

/* Rows 4..6 of a sample, of which earlier passes had the others: positions
 * are the sample's, and a mean is of what there is. */
static void test_goes_on(void)
{
    struct teller a = {"a", -1}, b = {"b", -1}, c = {"c", -1};
    struct hook_owner oa = owner_of(&a), ob = owner_of(&b), oc = owner_of(&c);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_LN1, .on_event = tell};
    const struct transect_reduction mean = {sizeof mean,
                                            TRANSECT_REDUCE_MEAN, 0};
    struct span span = {.n_token = 3, .first = 4};
    struct batch part = {NULL, 3, &span, 1};
    struct hooks *hooks = fresh();
    struct reductions *reductions = reductions_new();
    struct error err = {0};
    float data[3 * 6] = {0};

    hooks_add_as(hooks, &oc, &sub, &mean, NULL);
    hooks_add(hooks, &oa, &sub);
    sub.first_position = 5;
    sub.n_positions = 1;
    hooks_add(hooks, &ob, &sub);
    sub.first_position = 1;
    hooks_add(hooks, &ob, &sub);
    CU_ASSERT_EQUAL(
        hook_set_emit(&(struct hook_set){&hooks, 1},
                      &(struct tensor_ref){.point = TRANSECT_LN1, .head = -1,
                                           .batch = &part, .data = data,
                                           .cols = 6, .stride = 6,
                                           .reductions = reductions}, &err),
        ST_OK);
    CU_ASSERT_STRING_EQUAL(story, "c[L0 H-1 s0 4+1x6]a[L0 H-1 s0 4+3x6]"
                                  "b[L0 H-1 s0 5+1x6]");
    reductions_free(reductions);
    hooks_free(hooks);
}

/* Such a number of positions is no more than all of them. */
static void test_many_positions(void)
{
    struct teller a = {"a", -1};
    struct hook_owner owner = owner_of(&a);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_LN1, .first_position = 3,
        .n_positions = INT32_MAX, .on_event = tell};
    struct hooks *hooks = fresh();
    struct error err = {0};
    float data[7 * 6] = {0};

    hooks_add(hooks, &owner, &sub);
    CU_ASSERT_EQUAL(emit(hooks, TRANSECT_LN1, 0, &batch, data, &err), ST_OK);
    CU_ASSERT_STRING_EQUAL(story, "a[L0 H-1 s0 3+1x6]");
    hooks_free(hooks);
}

static int add_to_all(void *state, const struct transect_event *event)
{
    (void)state;
    for (int64_t i = 0; i < event->view.rows; i++)
        for (int64_t j = 0; j < event->view.cols; j++)
            event->edit[i * event->view.row_stride + j] += 1;
    return TRANSECT_OK;
}

/* Rows 2 and 3 of four, of which the first does not see the last key. */
static void unseen_at(int point)
{
    struct teller a = {"a", -1};
    struct hook_owner owner = owner_of(&a);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .flags = TRANSECT_EDIT,
        .on_event = add_to_all};
    struct span span = {.n_token = 4};
    struct hooks *hooks = fresh();
    struct error err = {0};
    float data[] = {0, 0, 0, -INFINITY, 8, 0, 0, 0, 0, 8};
    const struct edit_record *records;
    size_t n;

    hooks_add(hooks, &owner, &sub);
    CU_ASSERT_EQUAL(emit_block(hooks, point, &span, 2, 2, data, 4, 5, &err),
                    ST_OK);
    records = hooks_edit_records(hooks, &n);
    CU_ASSERT_EQUAL(records[1].changed, 7);
    CU_ASSERT_EQUAL(records[1].sum_squares, 7);
    CU_ASSERT_EQUAL(data[2], 1);
    CU_ASSERT_EQUAL(data[3], -INFINITY);
    CU_ASSERT_EQUAL(data[4], 8);
    CU_ASSERT_EQUAL(data[8], 1);
    hooks_free(hooks);
}

/* An edit of keys that a query does not see is none. */
static void test_unseen(void)
{
    unseen_at(TRANSECT_ATTN_SCORES);
    unseen_at(TRANSECT_PATTERN);
}

/* What an editor wrote before it failed is undone. */
static void test_failed_edit(void)
{
    struct teller a = {"a", 1};
    struct hook_owner owner = owner_of(&a);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_Z, .on_event = tell,
        .flags = TRANSECT_EDIT | TRANSECT_ALL_HEADS};
    struct hooks *hooks = fresh();
    struct error err = {0};
    float data[7 * 6] = {3};
    const struct edit_record *records;
    size_t n;

    owner.disable_on_error = true;
    hooks_add(hooks, &owner, &sub);
    CU_ASSERT_EQUAL(emit_heads(hooks, 1, &batch, data, &err), ST_OK);
    CU_ASSERT_TRUE(owner.disabled);
    CU_ASSERT_EQUAL(data[0], 3);
    records = hooks_edit_records(hooks, &n);
    for (size_t i = 0; i < n; i++)
        CU_ASSERT_EQUAL(records[i].changed, 0);
    hooks_free(hooks);
}

static int forget(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    error_set(&own_error, ST_FAILED, "recorded only");
    return TRANSECT_OK;
}

static void test_recorded_error(void)
{
    struct teller a = {"a", -1};
    struct hook_owner owner = owner_of(&a);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_LN1, .on_event = forget};
    struct hooks *hooks = fresh();
    struct error err = {0};
    float data[7 * 6] = {0};

    hooks_add(hooks, &owner, &sub);
    CU_ASSERT_EQUAL(emit(hooks, TRANSECT_LN1, 0, &batch, data, &err),
                    ST_FAILED);
    CU_ASSERT_STRING_EQUAL(err.text, "plugin a: at ln1 of layer 0, sample 0: "
                                     "recorded only");
    hooks_free(hooks);
}

static void test_failure(void)
{
    struct teller a = {"a", 1};
    struct hook_owner owner = owner_of(&a);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_LN1, .on_event = tell};
    struct hooks *hooks = fresh();
    struct error err = {0};
    float data[7 * 6] = {0};

    hooks_add(hooks, &owner, &sub);
    CU_ASSERT_EQUAL(emit(hooks, TRANSECT_LN1, 0, &batch, data, &err), ST_OK);
    CU_ASSERT_EQUAL(emit(hooks, TRANSECT_LN1, 1, &batch, data, &err),
                    ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text,
                                  "plugin a: at ln1 of layer 1, sample 0"));
    /* The same with on_error = disable: silence from then on. */
    own_error = (struct error){0};
    owner.disable_on_error = true;
    story[0] = '\0';
    CU_ASSERT_EQUAL(emit(hooks, TRANSECT_LN1, 1, &batch, data, &err), ST_OK);
    CU_ASSERT_TRUE(owner.disabled);
    CU_ASSERT_STRING_EQUAL(story, "a[L1 H-1 s0 0+4x6]");
    hooks_free(hooks);
}

static void test_attest(void)
{
    float before[] = {1, 2, 3, 4}, after[] = {1, 5, 9, 3, 4, 0};
    struct edit_record record = {0};

    edit_record_add(&record, before, 2, after, 3, 2, 2);
    CU_ASSERT_EQUAL(record.changed, 1);
    CU_ASSERT_EQUAL(record.max_change, 3);
    CU_ASSERT_EQUAL(record.sum_squares, 9);
    /* Not-a-number is the largest change, whatever comes after it. */
    after[0] = NAN;
    edit_record_add(&record, before, 2, after, 3, 2, 2);
    CU_ASSERT(isnan(record.max_change));
    after[0] = 1;
    edit_record_add(&record, before, 2, after, 3, 2, 2);
    CU_ASSERT(isnan(record.max_change));
    CU_ASSERT_EQUAL(record.changed, 4);
    /* One that was there before, and that nobody touched, is no change. */
    record = (struct edit_record){0};
    before[3] = after[4] = NAN;
    edit_record_add(&record, before, 2, after, 3, 2, 2);
    CU_ASSERT_EQUAL(record.changed, 1);
    CU_ASSERT_EQUAL(record.max_change, 3);
}

CU_ErrorCode add_hooks_tests(void)
{
    CU_pSuite suite = CU_add_suite("hooks", NULL, NULL);

    CU_add_test(suite, "editors, then observers", test_order);
    CU_add_test(suite, "order by rank", test_ranks);
    CU_add_test(suite, "who wants what", test_wants);
    CU_add_test(suite, "heads one by one and all at once", test_heads);
    CU_add_test(suite, "an edit of a head not asked for", test_foreign_head);
    CU_add_test(suite, "positions", test_positions);
    CU_add_test(suite, "a great many positions", test_many_positions);
    CU_add_test(suite, "a sample that goes on", test_goes_on);
    CU_add_test(suite, "keys that are not seen", test_unseen);
    CU_add_test(suite, "a callback that fails", test_failure);
    CU_add_test(suite, "an editor that fails", test_failed_edit);
    CU_add_test(suite, "an error without a status", test_recorded_error);
    CU_add_test(suite, "attestation", test_attest);
    return CU_get_error();
}
