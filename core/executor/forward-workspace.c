/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward-workspace.c - what a forward pass works in. */
#include "executor/forward-internal.h"

#include "base/mem.h"
#include "executor/kernels.h"
#include "executor/panel-product.h"

#include <stdlib.h>
#include <string.h>

static int64_t qkv_width(const struct config *config)
{
    return (int64_t)(config->n_head + 2 * config->n_kv_head) *
           config->d_head;
}

/* Queries, keys and values are over when the hidden units of the MLP begin:
 * both lie in one buffer. */
static int64_t shared_width(const struct config *config)
{
    int64_t qkv = qkv_width(config);

    return qkv > config->d_mlp ? qkv : config->d_mlp;
}

static int64_t tile_keys(int max_tokens)
{
    int64_t keys = max_tokens < FORWARD_TILE ? max_tokens : FORWARD_TILE;

    return PANEL_ROOM(keys);
}

/* Rows of one column are not all in the same lines of the cache. */
int64_t forward_tile_stride(int max_tokens)
{
    return tile_keys(max_tokens) + KERNEL_ROOM(1);
}

int64_t forward_row_stride(int max_tokens)
{
    return PANEL_ROOM((int64_t)max_tokens) + KERNEL_ROOM(1);
}

/* Floats of a member's room: scores, z, keys, values. */
struct room_sizes {
    size_t s, z, k, v;
};

static struct room_sizes room_sizes(const struct config *config,
                                    int max_tokens)
{
    size_t d = (size_t)config->d_head, room = (size_t)PANEL_ROOM(d);
    size_t height = (size_t)tile_keys(max_tokens);

    return (struct room_sizes){
        .s = FORWARD_BLOCK * (size_t)forward_tile_stride(max_tokens),
        .z = FORWARD_BLOCK * room,
        .k = (size_t)PANEL_ROOM((size_t)max_tokens) * d,
        .v = ((size_t)max_tokens + height - 1) / height * height * room,
    };
}

static size_t room_size(const struct config *config, int max_tokens)
{
    struct room_sizes sizes = room_sizes(config, max_tokens);

    return sizes.s + sizes.z + sizes.k + sizes.v;
}

static int make_rooms(struct forward *fw, struct error *err)
{
    const struct config *config = &fw->model->config;
    struct room_sizes sizes = room_sizes(config, fw->max_tokens);
    size_t members = (size_t)team_size(fw->team);
    size_t size = room_size(config, fw->max_tokens);
    float *next;

    fw->packed = mem_tensor(members, size, err);
    if (!fw->packed)
        return err->status;
    /* Of a panel that is not full, the rest is read, too; nothing comes of
     * it. */
    memset(fw->packed, 0, members * size * sizeof *fw->packed);
    fw->rooms = mem_new(members, sizeof *fw->rooms);
    next = fw->packed;
    for (size_t i = 0; i < members; i++) {
        struct forward_room *room = &fw->rooms[i];

        room->s = next;
        room->z = room->s + sizes.s;
        room->k = room->z + sizes.z;
        room->v = room->k + sizes.k;
        room->height = tile_keys(fw->max_tokens);
        next = room->v + sizes.v;
    }
    return ST_OK;
}

uint64_t forward_bytes(const struct config *config, int max_rows,
                       int max_tokens, int members)
{
    int64_t row = 3 * (int64_t)config->d_model + shared_width(config) +
                  (int64_t)config->n_head * config->d_head +
                  config->d_mlp * (config->gated ? 1 : 0);

    return sizeof(float) * ((uint64_t)max_rows * (uint64_t)row +
                            room_size(config, max_tokens) *
                                (uint64_t)members) +
           sizeof(float) * FORWARD_BLOCK * (uint64_t)config->d_word +
           positions_bytes(config, max_tokens);
}

static size_t tops_width(int max_tokens)
{
    return (size_t)max_tokens / FORWARD_TILE + 1;
}

static size_t n_columns(const struct config *config)
{
    return (size_t)config->n_head * FORWARD_COLUMNS;
}

uint64_t forward_columns_bytes(const struct config *config, int max_rows)
{
    return sizeof(float) * n_columns(config) * (uint64_t)max_rows;
}

int forward_heard(int members)
{
    return members < FORWARD_HEARD ? members : FORWARD_HEARD;
}

uint64_t forward_scores_bytes(int max_tokens, int members)
{
    return sizeof(float) * FORWARD_BLOCK * (uint64_t)forward_heard(members) *
           (2 * (uint64_t)forward_row_stride(max_tokens) +
            tops_width(max_tokens));
}

int forward_make_rows(struct forward *fw, struct error *err)
{
    size_t stride = (size_t)forward_row_stride(fw->max_tokens);
    size_t rows = FORWARD_BLOCK * (size_t)forward_heard(team_size(fw->team));

    if (!fw->rows)
        fw->rows = mem_tensor(2 * rows, stride, err);
    if (fw->rows && !fw->tops)
        fw->tops = mem_tensor(rows, tops_width(fw->max_tokens), err);
    return fw->tops ? ST_OK : err->status;
}

float *forward_rows(const struct forward *fw, int i)
{
    return fw->rows + 2 * i * FORWARD_BLOCK *
                          forward_row_stride(fw->max_tokens);
}

float *forward_tops(const struct forward *fw, int i)
{
    return fw->tops + (size_t)i * FORWARD_BLOCK * tops_width(fw->max_tokens);
}

int forward_make_columns(struct forward *fw, struct error *err)
{
    if (!fw->columns)
        fw->columns = mem_tensor(n_columns(&fw->model->config),
                                 (size_t)fw->max_rows, err);
    return fw->columns ? ST_OK : err->status;
}

int forward_new(const struct model *model, int max_rows, int max_tokens,
                struct thread_team *team, struct forward **out,
                struct error *err)
{
    const struct config *config = &model->config;
    struct forward *fw = mem_new(1, sizeof *fw);
    size_t rows = (size_t)max_rows, d = (size_t)config->d_model;
    size_t panel = model_panel(model);

    fw->model = model;
    fw->team = team;
    fw->max_rows = max_rows;
    fw->max_tokens = max_tokens;
    if (!(fw->resid = mem_tensor(rows, d, err)) ||
        !(fw->x = mem_tensor(rows, d, err)) ||
        !(fw->qkv = mem_tensor(rows, (size_t)shared_width(config), err)) ||
        !(fw->z = mem_tensor(rows, (size_t)config->n_head *
                                       (size_t)config->d_head, err)) ||
        !(fw->out = mem_tensor(rows, d, err)) ||
        (config->gated &&
         !(fw->gate = mem_tensor(rows, (size_t)config->d_mlp, err))) ||
        (config->d_word && !(fw->word = mem_tensor(
                                 FORWARD_BLOCK, (size_t)config->d_word,
                                 err))) ||
        positions_new(config, max_tokens, &fw->positions, err) ||
        (panel && !(fw->panel = mem_tensor(panel, 1, err))) ||
        make_rooms(fw, err)) {
        forward_free(fw);
        return err->status;
    }
    fw->mlp = fw->qkv;
    fw->tokens = mem_new(rows, sizeof *fw->tokens);
    fw->reductions = reductions_new();
    *out = fw;
    return ST_OK;
}

void forward_free(struct forward *fw)
{
    if (!fw)
        return;
    free(fw->spans);
    free(fw->were);
    free(fw->wanted);
    free(fw->tokens);
    free(fw->resid);
    free(fw->x);
    free(fw->qkv);
    free(fw->z);
    free(fw->out);
    free(fw->gate);
    positions_free(&fw->positions);
    free(fw->rooms);
    free(fw->packed);
    free(fw->columns);
    free(fw->rows);
    free(fw->tops);
    free(fw->panel);
    free(fw->head_out);
    free(fw->word);
    free(fw->logits);
    free(fw->gathered);
    reductions_free(fw->reductions);
    free(fw);
}

const struct hooks *forward_broken(const struct forward *fw)
{
    return fw->broken;
}
