/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mixed-lengths.c - batches of samples of different lengths, in models of all
 * kinds. */
#include "mixed-lengths.h"

#include "executor/stages.h"
#include "golden-models.h"
#include "hooks/hook-points.h"
#include "model-fixture.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

/* No longer than the model has positions for, where they are a table. */
static int length_of(const struct model *model, int i)
{
    static const int lengths[MIXED_N] = {5, 17, 1, MIXED_LONGEST};
    int most = model->position_embedding ? model->config.n_context
                                         : MIXED_LONGEST;

    return lengths[i] < most ? lengths[i] : most;
}

void mixed_init(struct mixed *m, const struct model *model, unsigned seed)
{
    int row = 0;

    *m = (struct mixed){.model = model};
    m->hooks = hooks_new(&model->config);
    for (int i = 0; i < MIXED_N; i++) {
        int n = length_of(model, i);

        m->spans[i] = (struct span){
            .sample = i, .slot = i, .row = row, .n_token = n};
        row += n;
        capture_init(&m->captures[i], &model->config, n, i);
        m->owners[i] = (struct hook_owner){.id = "see",
                                           .state = &m->captures[i],
                                           .error = &capture_error};
        capture_listen_all(m->hooks, &m->owners[i], capture_event);
    }
    capture_tokens(m->tokens, row, model->config.n_vocab, seed);
    m->batch = (struct batch){m->tokens, row, m->spans, MIXED_N};
}

void mixed_spoil(struct mixed *m)
{
    const struct config *config = &m->model->config;

    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        for (int i = 0; i < MIXED_N; i++) {
            size_t layers = point_info(p)->layered ? (size_t)config->n_layer
                                                   : 1;

            memset(m->captures[i].tensors[p], 0xff,
                   layers * capture_size(&m->captures[i], p) * sizeof(float));
        }
}

void mixed_run(struct mixed *m, struct thread_team *team)
{
    struct error err = {0};

    mixed_spoil(m);
    if (capture_spans(m->model, m->hooks, team, &m->batch, &err)) {
        fprintf(stderr, "# %s\n", err.text);
        CU_FAIL("a pass over samples of different lengths fails");
    }
}

void mixed_clear(struct mixed *m)
{
    for (int i = 0; i < MIXED_N; i++)
        capture_clear(&m->captures[i]);
    hooks_free(m->hooks);
}

void mixed_each_point(const struct model *model, int stage, point_fn *check,
                      void *user)
{
    for (; stage < stages_count(&model->config); stage++) {
        int layer;
        uint32_t points = stages_at(&model->config, stage, &layer)->points;

        for (int p = 0; p < TRANSECT_N_POINTS; p++)
            if (points >> p & 1 && capture_has(&model->config, p))
                check(user, p, layer);
    }
}

struct checker {
    mixed_fn *check;
};

static void check_model(const struct model *model, mixed_fn *check)
{
    struct mixed m;

    mixed_init(&m, model, 3);
    mixed_run(&m, NULL);
    check(&m);
    mixed_clear(&m);
}

static void check_golden(const char *dir, void *user)
{
    const struct checker *checker = user;
    struct model *model;
    struct error err = {0};

    CU_ASSERT_EQUAL_FATAL(model_open(dir, &model, &err), ST_OK);
    check_model(model, checker->check);
    model_close(model);
}

const struct model_recipe mixed_recipe = {
    .layers = 2, .heads = 5, .width = 40, .seed = 51};

/* The same weights in models that see differently; angles that depend on the
 * length do so between lengths of the batch. */
static const struct kind {
    int window; /* of layer 1 */
    double alibi;
    enum rope_kind rope;
} kinds[] = {
    {0, 0, ROPE_NONE},    {7, 0, ROPE_NONE},  {0, 0.5, ROPE_NONE},
    {0, 0, ROPE_DYNAMIC}, {3, 0, ROPE_LONG},
};

static struct model *model_of(const struct kind *kind)
{
    struct model *model = fixture_open();
    struct config *config = &model->config;

    config->window = kind->window;
    config->local[1] = kind->window > 0;
    config->alibi = kind->alibi;
    config->rope = (struct rope){.kind = kind->rope, .dim = config->d_head,
                                 .theta = 100, .factor = 4, .scale = 1,
                                 .context = 10};
    for (int i = 0; i < config->d_head / 2; i++) {
        config->rope.short_factors[i] = 1;
        config->rope.long_factors[i] = 2 + (float)i;
    }
    return model;
}

void mixed_each_model(mixed_fn *check)
{
    golden_each(check_golden, &(struct checker){check});
    fixture_make(&mixed_recipe);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct model *model = model_of(&kinds[i]);

        check_model(model, check);
        model_close(model);
    }
    fixture_remove();
}
