/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-watch.c - what a hook point showed in a variant of a trial. */
#include "experiment-fixture.h"

#include "base/mem.h"
#include "hooks/hook-points.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

float *watch_at(const struct watch *watch, int sample, int layer, int head)
{
    size_t at = ((size_t)layer * (size_t)watch->n_head + (size_t)head) *
                    (size_t)watch->n_sample + (size_t)sample;

    return watch->data + at * (size_t)watch->n_token * (size_t)watch->cols;
}

static int on_event(void *state, const struct transect_event *event)
{
    struct watch *watch = state;
    float *to = watch_at(watch, event->sample,
                         event->layer < 0 ? 0 : event->layer,
                         event->head < 0 ? 0 : event->head);

    for (int64_t i = 0; i < event->view.rows; i++)
        memcpy(to + (event->first + i) * watch->cols,
               event->view.data + i * event->view.row_stride,
               (size_t)event->view.cols * sizeof *to);
    return TRANSECT_OK;
}

void watch_begin(struct watch *watch, const struct trial *trial,
                 const char *section, int point)
{
    const struct config *config = &trial->plan->model->config;
    int n_head = point_heads(point, config);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .on_event = on_event};

    *watch = (struct watch){
        .point = point,
        .n_layer = point_info(point)->layered ? config->n_layer : 1,
        .n_head = n_head ? n_head : 1,
        .n_sample = trial->n_sample,
        .n_token = trial->n_token,
        .cols = point_columns(point, config, trial->n_token),
        .owner = {.id = "watch", .state = watch, .error = &watch->error},
    };
    watch->data = mem_new((size_t)watch->n_layer * (size_t)watch->n_head *
                              (size_t)watch->n_sample *
                              (size_t)watch->n_token * (size_t)watch->cols,
                          sizeof *watch->data);
    hooks_add(trial_variant(trial, section)->hooks, &watch->owner, &sub);
}

bool trial_watch(struct trial *trial, const char *sections,
                 const char *section, int point, struct watch *watch)
{
    watch->data = NULL;
    if (trial_plan(trial, sections) == ST_OK) {
        watch_begin(watch, trial, section, point);
        if (trial_run(trial) == ST_OK)
            return true;
    }
    fprintf(stderr, "# %s\n", trial->err.text);
    CU_FAIL("the experiment failed");
    return false;
}

void watch_end(struct watch *watch)
{
    free(watch->data);
    watch->data = NULL;
}

double row_error(const float *got, const double *want, int rows, int cols)
{
    double worst = 0;

    for (int i = 0; i < rows; i++, got += cols, want += cols) {
        double squares = 0, largest = 0;

        for (int j = 0; j < cols; j++) {
            double off = fabs((double)got[j] - want[j]);

            if (!isfinite(off))
                return INFINITY;
            squares += want[j] * want[j];
            largest = fmax(largest, off);
        }
        if (largest > worst * sqrt(squares))
            worst = largest / sqrt(squares);
    }
    return worst;
}

double watch_error(const struct watch *got, const struct watch *want)
{
    int rows = want->n_layer * want->n_head * want->n_sample * want->n_token;
    size_t n = (size_t)rows * (size_t)want->cols;
    double *wide = mem_new(n, sizeof *wide), error;

    for (size_t i = 0; i < n; i++)
        wide[i] = (double)want->data[i];
    error = row_error(got->data, wide, rows, want->cols);
    free(wide);
    return error;
}
