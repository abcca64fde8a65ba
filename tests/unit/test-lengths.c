/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-lengths.c - samples of different lengths in one pass: each is what it
 * is alone, whatever the others are, with any team, and behind any fork. */
#include "tests.h"

#include "base/mem.h"
#include "executor/fork-workers.h"
#include "executor/stage-rows.h"
#include "executor/stages.h"
#include "hooks/hook-points.h"
#include "mixed-lengths.h"
#include "model-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Alone, a sample's products have fewer rows, for which BLAS may have another
 * kernel, which adds in another order: each row is as exact as before, but
 * not the same bits. See test-forward.c for the bound. Everything else here is
 * bit for bit. */
#define TOLERANCE 1e-5

static void differs(const struct model *model, int point, int layer,
                    int sample, double by)
{
    fprintf(stderr, "# %s: %s of layer %d, sample %d: %.3g\n",
            model->files->path, point_name(point), layer, sample, by);
    CU_FAIL("a sample depends on the others of its batch");
}

/* Two passes, and the samples of them that must be the same bits. */
struct pair {
    const struct mixed *a, *b;
    int first, n;
};

static void check_same(void *user, int point, int layer)
{
    const struct pair *pair = user;

    for (int i = pair->first; i < pair->first + pair->n; i++)
        if (!capture_same(&pair->a->captures[i], &pair->b->captures[i],
                          point, layer))
            differs(pair->a->model, point, layer, i, 0);
}

static void same_from(int stage, const struct mixed *a,
                      const struct mixed *b)
{
    struct pair pair = {a, b, 0, MIXED_N};

    mixed_each_point(a->model, stage, check_same, &pair);
}

struct alone {
    const struct capture *packed, *alone;
    const struct model *model;
};

static void check_near(void *user, int point, int layer)
{
    const struct alone *a = user;
    double worst = capture_worst(a->packed, a->alone, point, layer);

    if (!(worst <= TOLERANCE))
        differs(a->model, point, layer, a->packed->sample, worst);
}

/* Each sample against a pass over it alone. */
static void check_alone(struct mixed *m)
{
    for (int i = 0; i < MIXED_N; i++) {
        struct capture alone;
        struct alone pair = {&m->captures[i], &alone, m->model};

        capture_init(&alone, &m->model->config, m->spans[i].n_token, 0);
        capture_run(m->model, &alone, m->tokens + m->spans[i].row, 1);
        mixed_each_point(m->model, 0, check_near, &pair);
        capture_clear(&alone);
    }
}

/* Each sample against itself among other samples of the same lengths. */
static void check_neighbours(struct mixed *m)
{
    struct mixed other;

    mixed_init(&other, m->model, 4);
    for (int i = 0; i < MIXED_N; i++) {
        const struct span *span = &m->spans[i];
        struct pair pair = {m, &other, i, 1};

        capture_tokens(other.tokens, m->batch.n_row,
                       m->model->config.n_vocab, 100 + (unsigned)i);
        memcpy(other.tokens + span->row, m->tokens + span->row,
               (size_t)span->n_token * sizeof *m->tokens);
        mixed_run(&other, NULL);
        mixed_each_point(m->model, 0, check_same, &pair);
    }
    mixed_clear(&other);
}

static void check_teams(struct mixed *m)
{
    struct mixed shared;

    mixed_init(&shared, m->model, 3);
    for (int n = 1; n <= 3; n++) {
        struct thread_team *team = team_new(n);

        mixed_run(&shared, team);
        team_free(team);
        same_from(0, m, &shared);
    }
    mixed_clear(&shared);
}

/* A pass that goes on in a worker's buffers. */
struct forked {
    int stage;
    struct error err;
};

static void go_on(struct forward *forward, void *job)
{
    struct forked *forked = job;

    forward_end(forward, forked->stage, &forked->err);
}

static void fork_at(struct fork_workers *workers, struct forward *shared,
                    struct mixed *m, const struct hook_set *set, int stage)
{
    struct fork_worker *worker = fork_workers_idle(workers);
    struct forward *forward = fork_worker_forward(worker);
    struct stage_rows from = stage_rows_of(shared, stage);
    struct stage_rows to = stage_rows_of(forward, stage);
    struct forked forked = {.stage = stage};

    stage_rows_copy(&to, 0, &from, 0, m->batch.n_row);
    forward_hear(forward, set, &m->batch);
    fork_worker_start(worker, go_on, &forked);
    fork_workers_wait(workers);
    CU_ASSERT_EQUAL(forked.err.status, ST_OK);
}

/* Of the shared pass, and of n workers. */
static void new_buffers(const struct model *model, int n,
                        struct thread_team *team, struct forward **shared,
                        struct fork_workers **workers)
{
    struct error err = {0};

    CU_ASSERT_EQUAL_FATAL(forward_new(model, MIXED_ROWS, MIXED_LONGEST, team,
                                      shared, &err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(fork_workers_new(model, n, MIXED_ROWS,
                                           MIXED_LONGEST, team, workers,
                                           &err), ST_OK);
}

/* A pass that nobody hears, from which one forks before each stage: on n
 * worker threads, or 0, by the team. */
static void check_forks_by(struct mixed *m, int n)
{
    const struct hook_set nobody = {NULL, 0};
    struct thread_team *team = team_new(3);
    struct fork_workers *workers;
    struct forward *shared;
    struct mixed forked;
    struct hook_set set = {&forked.hooks, 1};
    struct error err = {0};

    mixed_init(&forked, m->model, 3);
    new_buffers(m->model, n, team, &shared, &workers);
    forward_begin_for(shared, &nobody, NULL, &forked.batch);
    for (int stage = 0; stage < stages_count(&m->model->config); stage++) {
        mixed_spoil(&forked);
        fork_at(workers, shared, &forked, &set, stage);
        same_from(stage, m, &forked);
        CU_ASSERT_EQUAL(forward_stage(shared, stage, &err), ST_OK);
    }
    fork_workers_free(workers);
    forward_free(shared);
    team_free(team);
    mixed_clear(&forked);
}

static void check_forks(struct mixed *m)
{
    check_forks_by(m, 0);
    check_forks_by(m, 2);
}

static void test_alone(void)
{
    mixed_each_model(check_alone);
}

static void test_neighbours(void)
{
    mixed_each_model(check_neighbours);
}

static void test_teams(void)
{
    mixed_each_model(check_teams);
}

static void test_forks(void)
{
    mixed_each_model(check_forks);
}

static int bump(void *state, const struct transect_event *event)
{
    (void)state;
    for (int64_t i = 0; i < event->view.rows; i++)
        event->edit[i * event->view.row_stride] += 1;
    return TRANSECT_OK;
}

static void add_editor(struct mixed *m, struct hook_owner *owner, int point,
                       int layer)
{
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .flags = TRANSECT_EDIT,
        .layers = &(int32_t){layer}, .n_layers = layer >= 0,
        .on_event = bump};

    if (layer < 0)
        sub.layers = NULL;
    hooks_add(m->hooks, owner, &sub);
}

static void same_records(const struct hooks *a, const struct hooks *b)
{
    size_t n, other;
    const struct edit_record *x = hooks_edit_records(a, &n);
    const struct edit_record *y = hooks_edit_records(b, &other);

    CU_ASSERT_EQUAL_FATAL(n, other);
    for (size_t i = 0; i < n; i++) {
        CU_ASSERT(x[i].changed > 0);
        CU_ASSERT_EQUAL(x[i].fired, y[i].fired);
        CU_ASSERT_EQUAL(x[i].changed, y[i].changed);
        CU_ASSERT_EQUAL(x[i].sum_squares, y[i].sum_squares);
    }
}

/* An edit behind a fork before its stage is that of a pass of its own. */
static void check_edit(void *user, int point, int layer)
{
    const struct model *model = user;
    const struct hook_set nobody = {NULL, 0};
    struct hook_owner owner = {.id = "bump", .error = &capture_error};
    struct mixed whole, forked;
    struct hook_set set = {&forked.hooks, 1};
    struct fork_workers *workers;
    struct forward *shared;
    struct error err = {0};
    int first, stage = 0;

    mixed_init(&whole, model, 3);
    mixed_init(&forked, model, 3);
    add_editor(&whole, &owner, point, layer);
    add_editor(&forked, &owner, point, layer);
    mixed_run(&whole, NULL);
    first = stages_first_edit(&model->config, forked.hooks);
    new_buffers(model, 1, NULL, &shared, &workers);
    forward_begin_for(shared, &nobody, NULL, &forked.batch);
    while (stage < first)
        forward_stage(shared, stage++, &err);
    fork_at(workers, shared, &forked, &set, first);
    same_from(first, &whole, &forked);
    same_records(whole.hooks, forked.hooks);
    fork_workers_free(workers);
    forward_free(shared);
    mixed_clear(&whole);
    mixed_clear(&forked);
}

static void test_edits(void)
{
    struct model *model;

    fixture_make(&mixed_recipe);
    model = fixture_open();
    mixed_each_point(model, 0, check_edit, model);
    model_close(model);
    fixture_remove();
}

/* What is heard of patterns alone, whose blocks wait for each other, and of
 * columns of them, without the others. */
static void check_patterns(struct mixed *m, int members)
{
    struct thread_team *team = team_new(members);
    struct mixed alone;
    struct error err = {0};

    mixed_init(&alone, m->model, 3);
    hooks_free(alone.hooks);
    alone.hooks = hooks_new(&m->model->config);
    for (int i = 0; i < MIXED_N; i++)
        capture_listen(alone.hooks, &alone.owners[i], TRANSECT_PATTERN,
                       capture_event, 0);
    mixed_spoil(&alone);
    CU_ASSERT_EQUAL(capture_spans(m->model, alone.hooks, team, &alone.batch,
                                  &err), ST_OK);
    for (int l = 0; l < m->model->config.n_layer; l++)
        check_same(&(struct pair){m, &alone, 0, MIXED_N}, TRANSECT_PATTERN, l);
    team_free(team);
    mixed_clear(&alone);
}

static void check_waiting(struct mixed *m)
{
    for (int members = 1; members <= 4; members++)
        check_patterns(m, members);
}

static void test_waiting(void)
{
    mixed_each_model(check_waiting);
}

/* A reduction as it came: of one head in layer 1, sample by sample. */
struct reduced {
    const struct mixed *m;
    int point;
    struct transect_reduction reduction;
    int rows[MIXED_N]; /* seen */
};

/* Row i of sample s as the reduction says, of the tensor itself. */
static float expected(const struct reduced *r, int s, int64_t i)
{
    const struct capture *c = &r->m->captures[s];
    size_t cols = capture_columns(c, r->point);
    const float *row = capture_tensor(c, r->point, 1, 0) +
                       (size_t)i * cols;
    double sum = 0;

    if (r->reduction.kind == TRANSECT_REDUCE_COLUMN)
        return (size_t)r->reduction.n < cols ? row[r->reduction.n] : 0;
    for (size_t j = 0; j < cols; j++)
        sum += (double)row[j];
    return (float)sum;
}

static int see_rows(void *state, const struct transect_event *event)
{
    struct reduced *r = state;

    if (event->layer != 1 || event->head > 0)
        return TRANSECT_OK;
    CU_ASSERT_EQUAL(event->first, r->rows[event->sample]);
    CU_ASSERT_EQUAL(event->n_token, r->m->spans[event->sample].n_token);
    for (int64_t i = 0; i < event->view.rows; i++)
        CU_ASSERT_DOUBLE_EQUAL(
            event->view.data[i],
            expected(r, event->sample, event->first + i),
            r->reduction.kind == TRANSECT_REDUCE_COLUMN ? 0 : 1e-6);
    r->rows[event->sample] += (int)event->view.rows;
    return TRANSECT_OK;
}

static int see_mean(void *state, const struct transect_event *event)
{
    struct reduced *r = state;
    const struct capture *c = &r->m->captures[event->sample];

    if (event->layer != 1)
        return TRANSECT_OK;
    for (int64_t j = 0; j < event->view.cols; j++) {
        double sum = 0;

        for (int i = 0; i < c->n_token; i++)
            sum += (double)capture_tensor(c, r->point, 1, -1)
                [i * event->view.cols + j];
        CU_ASSERT_EQUAL(event->view.data[j], (float)(sum / c->n_token));
    }
    r->rows[event->sample] += c->n_token;
    return TRANSECT_OK;
}

/* Those of a pass in which nobody wants more; key 20 is behind the end of
 * most samples. */
static void check_reductions(struct mixed *m)
{
    struct reduced all[] = {
        {.point = TRANSECT_PATTERN,
         .reduction = {.kind = TRANSECT_REDUCE_COLUMN, .n = 0}},
        {.point = TRANSECT_PATTERN,
         .reduction = {.kind = TRANSECT_REDUCE_COLUMN, .n = 20}},
        {.point = TRANSECT_MLP_POST,
         .reduction = {.kind = TRANSECT_REDUCE_ROW_SUMS}},
        {.point = TRANSECT_RESID_POST,
         .reduction = {.kind = TRANSECT_REDUCE_MEAN}},
    };
    const size_t n = sizeof all / sizeof *all;
    struct hook_owner owner = {.id = "reduced", .error = &capture_error};
    struct hooks *hooks = hooks_new(&m->model->config);
    struct thread_team *team = team_new(3);
    struct error err = {0};

    for (size_t i = 0; i < n; i++) {
        bool mean = all[i].reduction.kind == TRANSECT_REDUCE_MEAN;
        struct transect_subscription sub = {
            .size = sizeof sub, .point = all[i].point,
            .on_event = mean ? see_mean : see_rows};

        all[i].m = m;
        all[i].reduction.size = sizeof all[i].reduction;
        hooks_add_as(hooks, &owner, &sub, &all[i].reduction, &all[i]);
    }
    CU_ASSERT_EQUAL(capture_spans(m->model, hooks, team, &m->batch, &err),
                    ST_OK);
    for (size_t i = 0; i < n; i++)
        for (int s = 0; s < MIXED_N; s++)
            CU_ASSERT_EQUAL(all[i].rows[s], m->spans[s].n_token);
    team_free(team);
    hooks_free(hooks);
}

static void test_reductions(void)
{
    mixed_each_model(check_reductions);
}

CU_ErrorCode add_lengths_tests(void)
{
    CU_pSuite suite = CU_add_suite("lengths", NULL, NULL);

    CU_add_test(suite, "a sample is what it is alone", test_alone);
    CU_add_test(suite, "whatever the others are", test_neighbours);
    CU_add_test(suite, "with teams of one, two and three", test_teams);
    CU_add_test(suite, "behind a fork before any stage", test_forks);
    CU_add_test(suite, "behind a fork before any edit", test_edits);
    CU_add_test(suite, "patterns whose blocks wait", test_waiting);
    CU_add_test(suite, "reductions", test_reductions);
    return CU_get_error();
}
