/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* readout.c - what a pass would make of rows of a stage, without a pass. */
#include "executor/readout.h"

#include "base/mem.h"
#include "executor/forward.h"
#include "executor/kernels.h"
#include "executor/position-encoding.h"
#include "executor/row-maps.h"
#include "hooks/hook-points.h"

#include <stdlib.h>
#include <string.h>

/* Rows that are mapped at a time, and room for as many. */
struct readout {
    const struct projection *asked;
    struct row_maps maps;
    struct linear heads; /* what q, k or v is made by: of one head, or of all
                            if they are normalized together */
    int n_head;          /* that it has */
    float *x;     /* (FORWARD_BLOCK, D) */
    float *all;   /* (FORWARD_BLOCK, H * d), if n_head is not 1 */
    float *turns; /* (2, FORWARD_BLOCK, dim / 2) cosine and sine */
};

static bool is_rotated(int point)
{
    return point == TRANSECT_Q || point == TRANSECT_K;
}

static bool is_of_heads(int point)
{
    return is_rotated(point) || point == TRANSECT_V;
}

/* Why the point cannot be made, in whatever layer; or NULL. */
static const char *objection(const struct model *model,
                             const struct projection *asked)
{
    const struct config *config = &model->config;
    const char *why;

    switch (asked->point) {
    case TRANSECT_LN1:
    case TRANSECT_Q:
    case TRANSECT_K:
    case TRANSECT_V:
    case TRANSECT_ATTN_OUT:
    case TRANSECT_LN2:
    case TRANSECT_LN_FINAL:
    case TRANSECT_LOGITS:
        break;
    default:
        return "it is made of more than one row, or of no stream";
    }
    if (!model_has_point(config, model->arch, asked->point, &why))
        return why;
    for (int layer = 0; is_rotated(asked->point) && layer < config->n_layer;
         layer++)
        if (rope_differs(positions_rope(config, layer), 1, asked->longest))
            return "rotations of this model depend on a sample's length, and "
                   "there are samples beyond its context";
    return NULL;
}

static int check(const struct model *model, const struct projection *asked,
                 struct error *err)
{
    const struct config *config = &model->config;
    bool layered, of_head;
    const char *why = objection(model, asked);

    if (why)
        return error_set(err, ST_USAGE, "no readout of %s: %s",
                         point_name(asked->point), why);
    layered = point_info(asked->point)->layered;
    of_head = is_of_heads(asked->point);
    if (layered ? asked->layer < 0 || asked->layer >= config->n_layer
                : asked->layer != -1)
        return error_set(err, ST_USAGE, "no readout of %s: there is no layer "
                         "%d of it", point_name(asked->point), asked->layer);
    if (of_head ? asked->head < 0 ||
                      asked->head >= point_heads(asked->point, config)
                : asked->head != -1)
        return error_set(err, ST_USAGE, "no readout of %s: there is no head "
                         "%d of it", point_name(asked->point), asked->head);
    if (asked->n < 0 || asked->first < 0)
        return error_set(err, ST_USAGE, "no readout of %s: %d rows from "
                         "position %d on", point_name(asked->point),
                         (int)asked->n, asked->first);
    return ST_OK;
}

static const struct block *block_of(const struct readout *self)
{
    return &self->maps.model->blocks[self->asked->layer];
}

static void choose_heads(struct readout *self)
{
    const struct config *config = &self->maps.model->config;
    const struct block *block = block_of(self);
    int point = self->asked->point, d = config->d_head;
    const struct linear *all = point == TRANSECT_Q   ? &block->q
                               : point == TRANSECT_K ? &block->k
                                                     : &block->v;

    if (is_rotated(point) && config->qk_norm == QK_ALL) {
        self->heads = *all;
        self->n_head = all->n_out / d;
    } else {
        self->heads = linear_outputs(all, self->asked->head * d, d);
        self->n_head = 1;
    }
}

/* Floats of the largest panel that the point takes. */
static size_t panel_of(const struct readout *self)
{
    const struct model *model = self->maps.model;
    size_t size = 0, other;

    if (self->n_head)
        size = linear_panel(&self->heads);
    if (self->asked->point == TRANSECT_ATTN_OUT)
        size = linear_panel(&block_of(self)->o);
    if (self->asked->point == TRANSECT_LOGITS) {
        size = linear_panel(&model->unembed);
        other = model->config.d_word ? linear_panel(&model->project_out) : 0;
        size = other > size ? other : size;
    }
    return size;
}

static int make_room(struct readout *self, struct error *err)
{
    const struct config *config = &self->maps.model->config;
    const struct projection *asked = self->asked;
    size_t rows = FORWARD_BLOCK, d = (size_t)config->d_model, panel;
    size_t dims = is_rotated(asked->point)
                      ? (size_t)positions_rope(config, asked->layer)->dim
                      : 0;

    if (asked->n < FORWARD_BLOCK)
        rows = (size_t)asked->n;
    if (is_of_heads(asked->point))
        choose_heads(self);
    panel = panel_of(self);
    if (!(self->x = mem_tensor(rows, d, err)) ||
        (self->n_head > 1 &&
         !(self->all = mem_tensor(rows, (size_t)self->heads.n_out, err))) ||
        (dims && !(self->turns = mem_tensor(rows, dims, err))) ||
        (panel && !(self->maps.panel = mem_tensor(panel, 1, err))) ||
        (config->d_word && asked->point == TRANSECT_LOGITS &&
         !(self->maps.word = mem_tensor(rows, (size_t)config->d_word, err))))
        return err->status;
    return ST_OK;
}

/* In place, one head (rows, d) whose first row is at this position. */
static void rotate(const struct readout *self, int position, float *head,
                   int64_t stride)
{
    const struct config *config = &self->maps.model->config;
    const struct rope *rope = positions_rope(config, self->asked->layer);
    int rows = (int)self->maps.rows;
    float *cosine = self->turns, *sine = cosine + rows * (rope->dim / 2);

    if (!rope->kind)
        return;
    rope_table(rope, self->asked->longest, position, rows, cosine, sine);
    kernel_rotate(rope, head, rows, stride, 1, config->d_head, cosine, sine);
}

/* q, k or v of one head, of self->x. */
static void project_head(const struct readout *self, int position, float *out)
{
    const struct config *config = &self->maps.model->config;
    const struct block *block = block_of(self);
    int point = self->asked->point, d = config->d_head;
    int at = self->asked->head * d;
    const struct norm *all = point == TRANSECT_Q ? &block->q_norm
                                                 : &block->k_norm;
    struct norm own = {all->gain ? all->gain + at : NULL,
                       all->bias ? all->bias + at : NULL};
    float *y = self->all ? self->all : out;
    int64_t stride = self->heads.n_out;

    row_maps_apply(&self->maps, &self->heads, self->x, y, stride);
    if (is_rotated(point) && config->qk_norm)
        row_maps_normalize_heads(&self->maps, self->all ? all : &own,
                                 self->n_head, y, stride);
    if (self->all)
        y += at;
    if (is_rotated(point))
        rotate(self, position, y, stride);
    for (int64_t i = 0; self->all && i < self->maps.rows; i++)
        memcpy(out + i * d, y + i * stride, (size_t)d * sizeof *out);
}

/* Rows of the block from `at` on. */
static void map_rows(struct readout *self, int64_t at)
{
    const struct projection *asked = self->asked;
    const struct model *model = self->maps.model;
    const struct config *config = &model->config;
    const struct row_maps *maps = &self->maps;
    int64_t width = asked->point == TRANSECT_ATTN_OUT
                        ? (int64_t)config->n_head * config->d_head
                        : config->d_model;
    const float *x = asked->x + at * width;
    float *out = asked->out +
                 at * point_columns(asked->point, config, asked->longest);

    switch (asked->point) {
    case TRANSECT_LN1:
        row_maps_branch_input(maps, &block_of(self)->ln1, x, out);
        break;
    case TRANSECT_LN2:
        row_maps_branch_input(maps, config->one_norm ? &block_of(self)->ln1
                                                     : &block_of(self)->ln2,
                              x, out);
        break;
    case TRANSECT_ATTN_OUT:
        row_maps_attention(maps, asked->layer, x, out);
        break;
    case TRANSECT_LN_FINAL:
        row_maps_final(maps, x, out);
        break;
    case TRANSECT_LOGITS:
        row_maps_final(maps, x, self->x);
        row_maps_logits(maps, self->x, out);
        break;
    default:
        row_maps_branch_input(maps, &block_of(self)->ln1, x, self->x);
        project_head(self, asked->first + (int)at, out);
    }
}

int readout_project(const struct model *model,
                    const struct projection *asked, struct error *err)
{
    struct readout self = {.asked = asked, .maps = {.model = model}};
    int status = check(model, asked, err);

    if (status || !asked->n)
        return status;
    status = make_room(&self, err);
    for (int64_t at = 0; at < asked->n && !status; at += FORWARD_BLOCK) {
        self.maps.rows = asked->n - at;
        if (self.maps.rows > FORWARD_BLOCK)
            self.maps.rows = FORWARD_BLOCK;
        map_rows(&self, at);
    }
    free(self.x);
    free(self.all);
    free(self.turns);
    free(self.maps.panel);
    free(self.maps.word);
    return status;
}

const struct readout_functions readout_functions = {
    .project = readout_project,
    .pull = readout_pull,
    .unembed = readout_unembed,
    .logits = readout_logits,
};
