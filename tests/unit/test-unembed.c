/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-unembed.c - logits of the rows that somebody wants: they are those of
 * all rows, bit for bit, and nobody hears of them in other events because of
 * what somebody else wants. */
#include "tests.h"

#include "base/mem.h"
#include "executor/forward.h"
#include "executor/stages.h"
#include "model-fixture.h"
#include "tensor/linear.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_SPAN = 6, ROWS = 150 + 3 + 1 + 40 + 7 + 128, LONGEST = 150 };

static const int lengths[N_SPAN] = {150, 3, 1, 40, 7, 128};

/* Rows of logits that were heard of, and in which events. */
struct heard {
    int64_t cols;
    float *rows; /* (ROWS, cols) */
    int times[ROWS];
    char events[4000];
    int row[N_SPAN]; /* of each sample's first */
};

static int hear(void *state, const struct transect_event *event)
{
    struct heard *heard = state;
    size_t length = strlen(heard->events);
    int row = heard->row[event->sample] + event->first;

    for (int64_t i = 0; i < event->view.rows; i++) {
        memcpy(heard->rows + (row + i) * heard->cols,
               event->view.data + i * event->view.row_stride,
               (size_t)heard->cols * sizeof *heard->rows);
        heard->times[row + i]++;
    }
    snprintf(heard->events + length, sizeof heard->events - length,
             "%s%d:%d+%d", length ? " " : "", event->sample, event->first,
             (int)event->view.rows);
    return TRANSECT_OK;
}

static struct heard heard_new(const struct config *config, int point)
{
    struct heard heard = {.cols = point == TRANSECT_LOGITS ? config->n_vocab
                                                           : config->d_model};

    heard.rows = mem_new((size_t)ROWS * (size_t)heard.cols,
                         sizeof *heard.rows);
    for (int i = 1; i < N_SPAN; i++)
        heard.row[i] = heard.row[i - 1] + lengths[i - 1];
    return heard;
}

/* Who listens to what; list NULL: nobody. */
struct listening {
    const char *list;
    int point;
    struct heard heard;
};

static void run(const struct model *model, struct thread_team *team,
                struct listening *listeners, int n)
{
    struct hooks *hooks = hooks_new(&model->config);
    struct span spans[N_SPAN];
    int32_t tokens[ROWS];
    struct batch batch = {tokens, ROWS, spans, N_SPAN};
    struct error own = {0}, err = {0};
    struct hook_owner owners[4];
    struct forward *forward;

    for (int i = 0, row = 0; i < N_SPAN; row += lengths[i++])
        spans[i] = (struct span){.sample = i, .slot = i, .row = row,
                                 .n_token = lengths[i]};
    for (int i = 0; i < ROWS; i++)
        tokens[i] = i * 37 % model->config.n_vocab;
    for (int i = 0; i < n; i++) {
        listeners[i].heard = heard_new(&model->config, listeners[i].point);
        owners[i] = (struct hook_owner){.id = "a", .error = &own,
                                        .state = &listeners[i].heard};
        hooks_add(hooks, &owners[i], &(struct transect_subscription){
                                         .point = listeners[i].point,
                                         .on_event = hear,
                                         .position = listeners[i].list});
    }
    CU_ASSERT_EQUAL_FATAL(
        forward_new(model, ROWS, LONGEST, team, &forward, &err), ST_OK);
    CU_ASSERT_EQUAL(forward_run(forward, hooks, &batch, &err), ST_OK);
    forward_free(forward);
    hooks_free(hooks);
}

static void clear(struct listening *listeners, int n)
{
    for (int i = 0; i < n; i++)
        free(listeners[i].heard.rows);
}

/* Every row that was heard of has the bits that it has among all. */
static int count_same(const struct heard *some, const struct heard *all)
{
    int n = 0;

    for (int i = 0; i < ROWS; i++) {
        if (!some->times[i])
            continue;
        CU_ASSERT_EQUAL(some->times[i], 1);
        CU_ASSERT_EQUAL(memcmp(some->rows + i * some->cols,
                               all->rows + i * all->cols,
                               (size_t)all->cols * sizeof *all->rows), 0);
        n++;
    }
    return n;
}

/* Blocks begin where they do for all, and a list has its runs in them. */
static void check_events(const struct model *model)
{
    struct listening alone = {"0 5-9 126-130 -1", TRANSECT_LOGITS, {0}};
    struct listening among[] = {{"0 5-9 126-130 -1", TRANSECT_LOGITS, {0}},
                                {"1-4 7 100-149", TRANSECT_LOGITS, {0}},
                                {"*", TRANSECT_LOGITS, {0}}};

    run(model, NULL, &alone, 1);
    run(model, NULL, among, 3);
    CU_ASSERT_STRING_EQUAL(alone.heard.events,
                           "0:0+1 0:5+5 0:126+2 0:128+3 0:149+1 1:0+1 1:2+1 "
                           "2:0+1 3:0+1 3:5+5 3:39+1 4:0+1 4:5+2 5:0+1 5:5+5 "
                           "5:126+2");
    CU_ASSERT_STRING_EQUAL(among[0].heard.events, alone.heard.events);
    CU_ASSERT_STRING_EQUAL(among[2].heard.events,
                           "0:0+128 0:128+22 1:0+3 2:0+1 3:0+40 4:0+7 "
                           "5:0+128");
    CU_ASSERT_EQUAL(count_same(&alone.heard, &among[2].heard), 33);
    CU_ASSERT_EQUAL(count_same(&among[1].heard, &among[2].heard), 99);
    clear(&alone, 1);
    clear(among, 3);
}

static void check_teams(const struct model *model)
{
    struct listening all = {"*", TRANSECT_LOGITS, {0}};

    run(model, NULL, &all, 1);
    CU_ASSERT_EQUAL(count_same(&all.heard, &all.heard), ROWS);
    for (int n = 2; n <= 3; n++) {
        struct thread_team *team = team_new(n);
        struct listening last = {"last", TRANSECT_LOGITS, {0}};

        run(model, team, &last, 1);
        CU_ASSERT_EQUAL(count_same(&last.heard, &all.heard), N_SPAN);
        clear(&last, 1);
        team_free(team);
    }
    clear(&all, 1);
}

/* Sums of D products, of which each step rounds. */
static void check_definition(const struct model *model)
{
    struct listening listeners[] = {{"last", TRANSECT_LOGITS, {0}},
                                    {"*", TRANSECT_LN_FINAL, {0}}};
    const struct linear *w = &model->unembed;
    int64_t d = model->config.d_model;

    run(model, NULL, listeners, 2);
    for (int i = 0; i < ROWS; i++) {
        const float *x = listeners[1].heard.rows + i * d;

        for (int j = 0; j < w->n_out && listeners[0].heard.times[i]; j++) {
            double sum = 0, size = 0;

            for (int k = 0; k < d; k++) {
                double term = (double)x[k] *
                              (double)w->w[k * w->in_stride +
                                           j * w->out_stride];

                sum += term;
                size += fabs(term);
            }
            CU_ASSERT(fabs(sum - (double)listeners[0].heard.rows
                                     [i * w->n_out + j]) <=
                      size * (double)d * 0x1p-24);
        }
    }
    clear(listeners, 2);
}

/* Two for each row that is wanted, and D, and V. */
static void check_cost(const struct model *model)
{
    struct hooks *hooks = hooks_new(&model->config);
    struct hook_set set = {&hooks, 1};
    struct hook_owner owner = {.id = "a"};
    const struct span span = {.n_token = 40};
    int last = stages_count(&model->config) - 1;
    double row = 2.0 * model->config.d_model * model->config.n_vocab;

    CU_ASSERT_EQUAL(stages_flops(&model->config, &set, last, &span), 0);
    hooks_add(hooks, &owner, &(struct transect_subscription){
                                 .point = TRANSECT_LOGITS, .on_event = hear,
                                 .position = "last 0 3-5 4-7 90"});
    CU_ASSERT_EQUAL(stages_flops(&model->config, &set, last, &span), 7 * row);
    hooks_add(hooks, &owner, &(struct transect_subscription){
                                 .point = TRANSECT_LOGITS, .on_event = hear});
    CU_ASSERT_EQUAL(stages_flops(&model->config, &set, last, &span),
                    40 * row);
    hooks_free(hooks);
}

static void check_model(const struct model_recipe *recipe)
{
    struct model *model;

    fixture_make(recipe);
    model = fixture_open();
    check_events(model);
    check_teams(model);
    if (model->unembed.w)
        check_definition(model);
    check_cost(model);
    model_close(model);
    fixture_remove();
}

static void test_small(void)
{
    const struct model_recipe recipe = {.context = LONGEST};

    check_model(&recipe);
}

static void test_large(void)
{
    const struct model_recipe recipe = {.context = LONGEST, .vocab = 8000,
                                        .untied = true};

    check_model(&recipe);
}

/* From weights that stay as the file has them: in panels, the last of which is
 * the smallest. */
static void test_panels(void)
{
    const struct model_recipe recipe = {.context = LONGEST, .vocab = 10000,
                                        .width = 128, .dtype = "F16",
                                        .layers = 1, .untied = true};

    check_model(&recipe);
}

CU_ErrorCode add_unembed_tests(void)
{
    CU_pSuite suite = CU_add_suite("unembed", NULL, NULL);

    CU_add_test(suite, "a small model", test_small);
    CU_add_test(suite, "a large vocabulary", test_large);
    CU_add_test(suite, "the same in panels", test_panels);
    return CU_get_error();
}
