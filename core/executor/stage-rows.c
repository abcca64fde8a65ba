/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stage-rows.c - what a pass has of its rows before a stage. */
#include "executor/stage-rows.h"

#include "executor/forward-internal.h"
#include "executor/stages.h"

#include <string.h>

/* Without the buffers themselves. */
static struct stage_rows widths_at(const struct config *config, int stage)
{
    int64_t d = config->d_model, z = (int64_t)config->n_head * config->d_head;
    int64_t kv = 2 * (int64_t)config->n_kv_head * config->d_head;
    unsigned reads = stages_reads(config, stage);
    const struct {
        unsigned reads; /* by which stages_reads() names it; 0: always */
        int64_t width;
    } all[STAGE_ROWS_BUFFERS] = {
        {0, d},
        {STAGE_X, d},
        {STAGE_QKV, z + kv},
        {STAGE_Z, z},
        {STAGE_OUT, d},
        {STAGE_MLP, config->d_mlp},
        {STAGE_GATE, config->gated ? config->d_mlp : 0},
    };
    struct stage_rows rows = {.stage = stage};

    for (int i = 0; i < STAGE_ROWS_BUFFERS; i++)
        if ((all[i].reads & reads) == all[i].reads)
            rows.widths[i] = all[i].width;
    return rows;
}

struct stage_rows stage_rows_of(const struct forward *fw, int stage)
{
    struct stage_rows rows = widths_at(&fw->model->config, stage);
    float *const buffers[STAGE_ROWS_BUFFERS] = {
        fw->resid, fw->x, fw->qkv, fw->z, fw->out, fw->mlp, fw->gate};

    memcpy(rows.buffers, buffers, sizeof buffers);
    return rows;
}

int64_t stage_rows_width(const struct config *config, int stage)
{
    struct stage_rows rows = widths_at(config, stage);
    int64_t sum = 0;

    for (int i = 0; i < STAGE_ROWS_BUFFERS; i++)
        sum += rows.widths[i];
    return sum;
}

struct stage_rows stage_rows_in(const struct config *config, int stage,
                                float *floats, int n_row)
{
    struct stage_rows rows = widths_at(config, stage);

    for (int i = 0; i < STAGE_ROWS_BUFFERS; i++) {
        rows.buffers[i] = floats;
        floats += n_row * rows.widths[i];
    }
    return rows;
}

void stage_rows_copy(const struct stage_rows *to, int to_row,
                     const struct stage_rows *from, int from_row, int n)
{
    for (int i = 0; i < STAGE_ROWS_BUFFERS; i++) {
        int64_t width = to->widths[i];

        if (width)
            memcpy(to->buffers[i] + to_row * width,
                   from->buffers[i] + from_row * width,
                   (size_t)(n * width) * sizeof(float));
    }
}
