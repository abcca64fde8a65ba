/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* train-stop.c - the shared pass as it was before some stages. */
#include "run/train-stop.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void stops_free(struct train_stops *stops)
{
    for (size_t i = 0; i < stops->n; i++) {
        free(stops->list[i]->floats);
        free(stops->list[i]->spans);
        free(stops->list[i]);
    }
    free(stops->list);
    *stops = (struct train_stops){0};
}

void stops_clear(struct train_stops *stops)
{
    for (size_t i = 0; i < stops->n; i++)
        stops->list[i]->n_waiting = 0;
}

struct train_stop *stops_find(const struct train_stops *stops, int stage)
{
    for (size_t i = 0; i < stops->n; i++)
        if (stops->list[i]->n_waiting && stops->list[i]->rows.stage == stage)
            return stops->list[i];
    return NULL;
}

/* One at which nobody waits. */
static struct train_stop *find_free(struct train_stops *stops)
{
    for (size_t i = 0; i < stops->n; i++)
        if (!stops->list[i]->n_waiting)
            return stops->list[i];
    MEM_PUSH(stops->list, stops->n);
    stops->list[stops->n] = mem_new(1, sizeof **stops->list);
    return stops->list[stops->n++];
}

static int make_room(struct train_stop *stop, size_t floats, size_t spans,
                     struct error *err)
{
    if (floats > stop->n_floats) {
        free(stop->floats);
        stop->n_floats = 0;
        stop->floats = mem_tensor(1, floats, err);
        if (!stop->floats)
            return err->status;
        stop->n_floats = floats;
    }
    if (spans > stop->n_spans) {
        stop->spans = mem_grow(stop->spans, spans, sizeof *stop->spans);
        stop->n_spans = spans;
    }
    return ST_OK;
}

struct train_stop *stops_keep(struct train_stops *stops,
                              const struct forward *forward,
                              const struct config *config, int stage,
                              struct error *err)
{
    const struct batch *batch = forward_batch(forward);
    size_t rows = (size_t)batch->n_row, spans = (size_t)batch->n_span;
    struct stage_rows from = stage_rows_of(forward, stage);
    struct train_stop *stop = stops_find(stops, stage);

    if (stop)
        return stop;
    stop = find_free(stops);
    if (make_room(stop, rows * (size_t)stage_rows_width(config, stage), spans,
                  err))
        return NULL;
    stop->rows = stage_rows_in(config, stage, stop->floats, batch->n_row);
    stage_rows_copy(&stop->rows, 0, &from, 0, batch->n_row);
    if (spans)
        memcpy(stop->spans, batch->spans, spans * sizeof *stop->spans);
    stop->batch = *batch;
    stop->batch.spans = stop->spans;
    stop->batch.tokens = NULL;
    return stop;
}
