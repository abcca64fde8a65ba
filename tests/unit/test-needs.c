/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-needs.c - rows that nobody needs are not made: what somebody hears is
 * bit for bit what it is where everything else is heard beside it, and the
 * rows of each stage are as few as those written down here. */
#include "tests.h"

#include "base/mem.h"
#include "executor/forward.h"
#include "executor/kv-store.h"
#include "executor/needs.h"
#include "executor/stages.h"
#include "hooks/edit-record.h"
#include "hooks/hook-points.h"
#include "mixed-lengths.h"
#include "model-fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lists of positions, of which the shorter samples lack some. */
static const char *const lists[] = {"-1", "0", "3-7", "2 -1", "0 5-6", "16",
                                    "-3", "*"};

enum { N_LIST = sizeof lists / sizeof *lists, N_TRY = 24 };

/* All that one listener was told, byte after byte. */
struct told {
    char *bytes;
    size_t n, room;
};

static void tell(struct told *told, const void *bytes, size_t n)
{
    if (told->n + n > told->room) {
        told->room = 2 * (told->n + n);
        told->bytes = mem_grow(told->bytes, told->room, 1);
    }
    memcpy(told->bytes + told->n, bytes, n);
    told->n += n;
}

static int listen(void *state, const struct transect_event *event)
{
    const struct transect_view *view = &event->view;
    const int64_t head[] = {event->point, event->layer, event->head,
                            event->sample, event->slot, event->first,
                            event->n_token, view->rows, view->cols};

    tell(state, head, sizeof head);
    for (int64_t i = 0; i < view->rows; i++)
        tell(state, view->data + i * view->row_stride,
             (size_t)view->cols * sizeof *view->data);
    return TRANSECT_OK;
}

/* Moves the first element of each row, as far as the row tells. */
static int bump(void *state, const struct transect_event *event)
{
    (void)state;
    for (int64_t i = 0; i < event->view.rows; i++)
        event->edit[i * event->view.row_stride] += 0.5f;
    return TRANSECT_OK;
}

/* A listener at a place. */
struct heard_at {
    int point, layer; /* layer -1: a point outside the layers */
    const char *list;
    uint32_t flags;
};

static void add_at(struct hooks *hooks, struct hook_owner *owner,
                   const struct heard_at *place)
{
    int32_t layer = place->layer;

    hooks_add(hooks, owner, &(struct transect_subscription){
                                .size = sizeof(struct transect_subscription),
                                .point = place->point,
                                .flags = place->flags,
                                .layers = layer < 0 ? NULL : &layer,
                                .n_layers = layer >= 0,
                                .position = place->list,
                                .on_event = place->flags ? bump : listen});
}

static struct heard_at random_heard(const struct model *model, unsigned *seed)
{
    struct heard_at place = {0};

    do
        place.point = rand_r(seed) % TRANSECT_N_POINTS;
    while (!capture_has(&model->config, place.point));
    place.layer = point_info(place.point)->layered
                      ? rand_r(seed) % model->config.n_layer
                      : -1;
    place.list = lists[rand_r(seed) % N_LIST];
    return place;
}

/* May it be edited here, so that rows stay finite? */
static bool may_edit(int point)
{
    return point != TRANSECT_PATTERN && point != TRANSECT_LOGITS;
}

/* One pass of the batch for a listener, perhaps behind an editor. */
struct trial_pass {
    struct hooks *hooks;
    struct told told;
    struct hook_owner owners[2];
};

static void pass_init(struct trial_pass *pass, const struct model *model,
                      const struct heard_at *edit,
                      const struct heard_at *heard)
{
    *pass = (struct trial_pass){.hooks = hooks_new(&model->config)};
    for (int i = 0; i < 2; i++)
        pass->owners[i] = (struct hook_owner){
            .id = "listen", .state = &pass->told, .error = &capture_error};
    if (edit)
        add_at(pass->hooks, &pass->owners[0], edit);
    if (heard)
        add_at(pass->hooks, &pass->owners[1], heard);
}

static void pass_clear(struct trial_pass *pass)
{
    hooks_free(pass->hooks);
    free(pass->told.bytes);
}

static bool same_records(const struct hooks *a, const struct hooks *b)
{
    size_t n, other;
    const struct edit_record *x = hooks_edit_records(a, &n);
    const struct edit_record *y = hooks_edit_records(b, &other);

    if (n != other)
        return false;
    for (size_t i = 0; i < n; i++)
        if (x[i].fired != y[i].fired || x[i].changed != y[i].changed ||
            x[i].sum_squares != y[i].sum_squares)
            return false;
    return true;
}

/* Alone, and with everything beside it, in passes over the batch. */
static void try_heard(struct mixed *m, const struct batch *batch,
                      const struct heard_at *edit,
                      const struct heard_at *heard)
{
    struct trial_pass alone, beside;
    struct error err = {0};

    pass_init(&alone, m->model, edit, heard);
    pass_init(&beside, m->model, edit, heard);
    for (int i = 0; i < MIXED_N; i++)
        capture_listen_all(beside.hooks, &m->owners[i], capture_event);
    CU_ASSERT_EQUAL(capture_spans(m->model, alone.hooks, NULL, batch, &err),
                    ST_OK);
    CU_ASSERT_EQUAL(capture_spans(m->model, beside.hooks, NULL, batch, &err),
                    ST_OK);
    if (alone.told.n != beside.told.n ||
        (alone.told.n &&
         memcmp(alone.told.bytes, beside.told.bytes, alone.told.n) != 0) ||
        !same_records(alone.hooks, beside.hooks)) {
        fprintf(stderr, "# %s: %s of layer %d at %s", m->model->files->path,
                point_name(heard->point), heard->layer, heard->list);
        if (edit)
            fprintf(stderr, ", edited: %s of layer %d at %s",
                    point_name(edit->point), edit->layer, edit->list);
        fputc('\n', stderr);
        CU_FAIL("what is heard depends on what else is");
    }
    pass_clear(&alone);
    pass_clear(&beside);
}

static void try_places(struct mixed *m, const struct batch *batch, int n_try)
{
    unsigned seed = 7;

    for (int i = 0; i < n_try; i++) {
        struct heard_at heard = random_heard(m->model, &seed);
        struct heard_at edit = random_heard(m->model, &seed);

        edit.flags = TRANSECT_EDIT;
        try_heard(m, batch, i % 2 && may_edit(edit.point) ? &edit : NULL,
                  &heard);
    }
}

static void check_heard(struct mixed *m)
{
    try_places(m, &m->batch, N_TRY);
}

static void test_heard(void)
{
    mixed_each_model(check_heard);
}

/* The second halves of two samples, behind the keys of whole ones. */
static void check_behind(struct mixed *m)
{
    static const int samples[] = {1, 3};
    int32_t tokens[MIXED_ROWS];
    struct span spans[2];
    struct batch halves = {tokens, 0, spans, 2};
    struct kv_store *stores[2];
    struct error err = {0};

    for (int i = 0; i < 2; i++) {
        struct span *whole = &m->spans[samples[i]];
        int n = whole->n_token, first = n / 2;

        CU_ASSERT_EQUAL_FATAL(kv_store_new(&m->model->config, n, &stores[i],
                                           &err), ST_OK);
        whole->keep = stores[i];
        spans[i] = *whole;
        spans[i].row = halves.n_row;
        spans[i].first = first;
        spans[i].n_token = n - first;
        spans[i].before = stores[i];
        spans[i].keep = NULL;
        memcpy(tokens + halves.n_row, m->tokens + whole->row + first,
               (size_t)(n - first) * sizeof *tokens);
        halves.n_row += n - first;
    }
    mixed_run(m, NULL);
    try_places(m, &halves, N_TRY / 2);
    for (int i = 0; i < 2; i++) {
        m->spans[samples[i]].keep = NULL;
        kv_store_free(stores[i]);
    }
}

static void test_behind(void)
{
    mixed_each_model(check_behind);
}

/* Rows of a pass before and in each of its stages. */
struct counts {
    int before[64], after[64]; /* (stages) */
};

static struct counts count_rows(const struct model *model,
                                const struct batch *batch,
                                struct hooks *hooks)
{
    const struct hook_set set = {&hooks, 1};
    int n = stages_count(&model->config);
    struct counts counts;
    struct forward *forward;
    struct error err = {0};

    CU_ASSERT_FATAL(n <= 64);
    CU_ASSERT_EQUAL_FATAL(forward_new(model, MIXED_ROWS, MIXED_LONGEST, NULL,
                                      &forward, &err), ST_OK);
    forward_begin(forward, &set, batch);
    for (int stage = 0; stage < n; stage++) {
        counts.before[stage] = forward_batch(forward)->n_row;
        CU_ASSERT_EQUAL(forward_stage(forward, stage, &err), ST_OK);
        counts.after[stage] = forward_batch(forward)->n_row;
    }
    forward_free(forward);
    return counts;
}

static int stage_of(const struct config *config, int point, int layer)
{
    int stage = 0, at;

    while (!(stages_at(config, stage, &at)->points >> point & 1) ||
           at != layer)
        stage++;
    return stage;
}

/* Samples of 5, 17, 1 and 40 tokens: rows up to the last attention that is
 * needed, and from there to where they are heard; none behind. */
static void expect_rows(struct mixed *m, int point, int layer,
                        const char *list, int before, int in)
{
    const struct config *config = &m->model->config;
    const struct heard_at heard = {point, layer, list, 0};
    int stage = stage_of(config, point, layer);
    int mix = layer < 0 ? config->n_layer - 1 : layer;
    struct trial_pass pass;
    struct counts counts;

    mix = stage_of(config, TRANSECT_PATTERN, mix);
    pass_init(&pass, m->model, NULL, &heard);
    counts = count_rows(m->model, &m->batch, pass.hooks);
    CU_ASSERT_EQUAL(counts.before[0], before);
    for (int i = 0; i < stages_count(config); i++)
        CU_ASSERT_EQUAL(counts.after[i], i > stage                ? 0
                                         : i < mix && stage >= mix ? before
                                                                   : in);
    pass_clear(&pass);
}

static void test_rows(void)
{
    struct model *model;
    struct mixed m;

    fixture_make(&mixed_recipe);
    model = fixture_open();
    mixed_init(&m, model, 3);
    expect_rows(&m, TRANSECT_LOGITS, -1, "-1", 63, 4);
    expect_rows(&m, TRANSECT_LOGITS, -1, "0 -1", 63, 63);
    expect_rows(&m, TRANSECT_LN_FINAL, -1, "3-4", 15, 6);
    expect_rows(&m, TRANSECT_RESID_MID, 1, "3-7", 21, 12);
    expect_rows(&m, TRANSECT_PATTERN, 1, "16", 34, 2);
    expect_rows(&m, TRANSECT_RESID_PRE, 0, "16", 2, 2);
    expect_rows(&m, TRANSECT_MLP_POST, 0, "40", 0, 0);
    mixed_clear(&m);
    model_close(model);
    fixture_remove();
}

/* Rows that a pass has are those that a walk from each stage finds, and its
 * operations those that are counted. */
static void test_walk(void)
{
    struct model *model;
    struct mixed m;
    unsigned seed = 11;

    fixture_make(&mixed_recipe);
    model = fixture_open();
    mixed_init(&m, model, 3);
    for (int i = 0; i < 100; i++) {
        struct heard_at first = random_heard(model, &seed);
        struct heard_at second = random_heard(model, &seed);
        struct trial_pass pass;
        struct counts counts;

        first.flags = may_edit(first.point) ? TRANSECT_EDIT : 0;
        pass_init(&pass, model, &first, &second);
        counts = count_rows(model, &m.batch, pass.hooks);
        for (int s = 0; s < stages_count(&model->config); s++) {
            const struct hook_set set = {&pass.hooks, 1};
            int rows = 0;

            for (int j = 0; j < MIXED_N; j++) {
                struct position_span run = needs_from(&model->config, &set, s,
                                                      &m.spans[j]);

                rows += run.end - run.first;
            }
            CU_ASSERT_EQUAL(counts.after[s], rows);
        }
        pass_clear(&pass);
    }
    mixed_clear(&m);
    model_close(model);
    fixture_remove();
}

static size_t store_floats(const struct config *config, int n)
{
    return (size_t)n * (size_t)config->n_kv_head * (size_t)config->d_head;
}

/* A span that keeps its keys has them of all layers and rows. */
static void check_kept(struct mixed *m)
{
    const struct config *config = &m->model->config;
    const struct heard_at early = {TRANSECT_RESID_PRE, 0, "1", 0};
    int n = m->spans[1].n_token;
    struct kv_store *all, *few;
    struct trial_pass pass;
    struct error err = {0};

    CU_ASSERT_EQUAL_FATAL(kv_store_new(config, n, &all, &err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(kv_store_new(config, n, &few, &err), ST_OK);
    pass_init(&pass, m->model, NULL, &early);
    m->spans[1].keep = all;
    mixed_run(m, NULL);
    m->spans[1].keep = few;
    CU_ASSERT_EQUAL(capture_spans(m->model, pass.hooks, NULL, &m->batch,
                                  &err), ST_OK);
    m->spans[1].keep = NULL;
    for (int l = 0; l < config->n_layer; l++) {
        size_t bytes = store_floats(config, n) * sizeof(float);

        CU_ASSERT_EQUAL(memcmp(kv_store_keys(all, l), kv_store_keys(few, l),
                               bytes), 0);
        CU_ASSERT_EQUAL(memcmp(kv_store_values(all, l),
                               kv_store_values(few, l), bytes), 0);
    }
    pass_clear(&pass);
    kv_store_free(all);
    kv_store_free(few);
}

static void test_kept(void)
{
    mixed_each_model(check_kept);
}

static int spoil(void *state, const struct transect_event *event)
{
    (void)state;
    if (event->sample == 1)
        event->edit[0] = INFINITY;
    return TRANSECT_OK;
}

/* A state that is not finite is named, be it that nobody hears more of it;
 * unless its row was not made. */
static void expect_named(const struct mixed *m, int point, int layer,
                         const char *list)
{
    struct hook_owner owner = {.id = "spoil", .error = &capture_error};
    const struct heard_at heard = {point, layer, list, 0};
    struct trial_pass pass;
    struct error err = {0};
    int status;

    pass_init(&pass, m->model, NULL, point < 0 ? NULL : &heard);
    hooks_add(pass.hooks, &owner,
              &(struct transect_subscription){
                  .size = sizeof(struct transect_subscription),
                  .point = TRANSECT_MLP_OUT, .flags = TRANSECT_EDIT,
                  .layers = (int32_t[]){0}, .n_layers = 1, .position = "9",
                  .on_event = spoil});
    status = capture_spans(m->model, pass.hooks, NULL, &m->batch, &err);
    CU_ASSERT_EQUAL(status, ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "of layer 0 is not finite: sample "
                                            "1, position 9, dim 0"));
    pass_clear(&pass);
}

static void test_finite(void)
{
    struct model *model;
    struct mixed m;

    fixture_make(&mixed_recipe);
    model = fixture_open();
    mixed_init(&m, model, 3);
    expect_named(&m, -1, -1, NULL);
    expect_named(&m, TRANSECT_RESID_POST, 0, "9-10");
    expect_named(&m, TRANSECT_RESID_POST, 0, "7-8");
    expect_named(&m, TRANSECT_RESID_PRE, 1, "7-8");
    expect_named(&m, TRANSECT_LOGITS, -1, "-1");
    mixed_clear(&m);
    model_close(model);
    fixture_remove();
}

CU_ErrorCode add_needs_tests(void)
{
    CU_pSuite suite = CU_add_suite("needs", NULL, NULL);

    CU_add_test(suite, "what is heard", test_heard);
    CU_add_test(suite, "behind keys of another pass", test_behind);
    CU_add_test(suite, "rows by hand", test_rows);
    CU_add_test(suite, "rows of each stage", test_walk);
    CU_add_test(suite, "keys that are kept", test_kept);
    CU_add_test(suite, "states that are not finite", test_finite);
    return CU_get_error();
}
