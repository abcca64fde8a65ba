/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* unembed.c - logits, of the rows alone that somebody wants. V is large, so
 * that they are made and delivered in blocks, of the rows of several samples:
 * a row's bits do not depend on the others of a product. */
#include "executor/forward-internal.h"

#include "executor/row-maps.h"

#include <string.h>

/* Rows of a sample that are made, from row `row` of the block on. */
struct piece {
    const struct span *span;
    struct position_span run;
    int row;
};

/* The rows of one product. */
struct pack {
    struct piece pieces[FORWARD_BLOCK];
    int n, rows;
};

static int deliver(const struct forward *fw, const struct piece *piece,
                   struct error *err)
{
    int64_t v = fw->model->config.n_vocab;

    return forward_emit(fw, (struct tensor_ref){
                                .point = TRANSECT_LOGITS,
                                .layer = -1,
                                .head = -1,
                                .span = piece->span,
                                .first = piece->run.first,
                                .data = fw->logits + piece->row * v,
                                .rows = piece->run.end - piece->run.first,
                                .cols = v,
                                .stride = v}, err);
}

static const float *row_of(const struct forward *fw, const struct span *span,
                           int position)
{
    return fw->x + (int64_t)(span->row + position - span->first) *
                       fw->model->config.d_model;
}

/* Makes and delivers what the pack has, and empties it. */
static int flush(struct forward *fw, struct pack *pack, struct error *err)
{
    size_t d = (size_t)fw->model->config.d_model;
    const struct row_maps maps = forward_maps(fw, pack->rows);
    int status = ST_OK;

    if (!pack->n)
        return ST_OK;
    for (int i = 0; i < pack->n; i++) {
        const struct piece *piece = &pack->pieces[i];

        memcpy(fw->gathered + (size_t)piece->row * d,
               row_of(fw, piece->span, piece->run.first),
               (size_t)(piece->run.end - piece->run.first) * d *
                   sizeof *fw->gathered);
    }
    row_maps_logits(&maps, fw->gathered, fw->logits);
    for (int i = 0; i < pack->n && !status; i++)
        status = deliver(fw, &pack->pieces[i], err);
    *pack = (struct pack){.n = 0};
    return status;
}

/* The next run of rows that somebody wants, of a block. */
static bool next_run(const struct forward *fw, const struct piece *block,
                     int at, struct position_span *run)
{
    if (at >= block->run.end ||
        !hook_set_next_rows(fw->set, TRANSECT_LOGITS, -1, block->span, at,
                            run) ||
        run->first >= block->run.end)
        return false;
    if (run->end > block->run.end)
        run->end = block->run.end;
    return true;
}

/* Puts what is wanted of a block into the pack, whole: which events somebody
 * hears does not depend on what others want. */
static int gather(struct forward *fw, struct pack *pack,
                  const struct piece *block, struct error *err)
{
    struct position_span run;
    int rows = 0, status = ST_OK;

    for (int at = block->run.first; next_run(fw, block, at, &run);
         at = run.end)
        rows += run.end - run.first;
    if (pack->rows + rows > FORWARD_BLOCK)
        status = flush(fw, pack, err);
    for (int at = block->run.first;
         !status && next_run(fw, block, at, &run); at = run.end) {
        pack->pieces[pack->n++] = (struct piece){block->span, run,
                                                 pack->rows};
        pack->rows += run.end - run.first;
    }
    return status;
}

int forward_unembed(struct forward *fw, struct error *err)
{
    struct pack pack = {.n = 0};
    int status = ST_OK;

    for (int i = 0; i < fw->batch->n_span; i++) {
        const struct span *span = &fw->batch->spans[i];
        int end = batch_span_end(span);

        for (int from = span->first, rows; from < end && !status;
             from += rows) {
            struct piece block = {.span = span};

            rows = forward_block(from, end);
            block.run = (struct position_span){from, from + rows};
            status = gather(fw, &pack, &block, err);
        }
    }
    return status ? status : flush(fw, &pack, err);
}
