/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* needs.c - which rows of a sample a pass has to have. */
#include "executor/needs.h"

#include "executor/stages.h"

void needs_add(struct position_span *rows, struct position_span others)
{
    if (others.first == others.end)
        return;
    if (rows->first == rows->end) {
        *rows = others;
        return;
    }
    if (others.first < rows->first)
        rows->first = others.first;
    if (others.end > rows->end)
        rows->end = others.end;
}

/* The points of a stage at which somebody of the set listens. */
static uint32_t heard_points(const struct config *config,
                             const struct hook_set *set, int stage, int *layer)
{
    uint32_t points = stages_at(config, stage, layer)->points, heard = 0;

    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        if (points >> point & 1 && hook_set_wants(set, point, *layer, -1))
            heard |= UINT32_C(1) << point;
    return heard;
}

/* Widens the hull to have what is heard of a span at these points. */
static void hear(const struct hook_set *set, uint32_t points, int layer,
                 const struct span *span, struct position_span *hull)
{
    struct position_span rows;

    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        if (points >> point & 1 &&
            hook_set_hull(set, point, layer, span, &rows))
            needs_add(hull, rows);
}

struct position_span needs_heard(const struct config *config,
                                 const struct hook_set *set, int from, int to,
                                 const struct span *span)
{
    struct position_span hull = {0, 0};

    for (int stage = from; stage < to; stage++) {
        int layer;
        uint32_t points = heard_points(config, set, stage, &layer);

        hear(set, points, layer, span, &hull);
    }
    return hull;
}

void needs_cut(struct span *span, int first, int end)
{
    span->row += first - span->first;
    span->first = first;
    span->n_token = end - first;
}

void needs_begin(const struct config *config, const struct hook_set *set,
                 int stage, struct span *span)
{
    struct position_span rows = needs_heard(config, set, stage,
                                            stages_count(config), span);

    if (rows.first > span->first)
        needs_cut(span, rows.first, batch_span_end(span));
}

/* What of it a span has. */
static void clip(struct position_span *rows, const struct span *span)
{
    int end = batch_span_end(span);

    if (rows->first < span->first)
        rows->first = span->first;
    if (rows->end > end)
        rows->end = end;
    if (rows->first >= rows->end)
        *rows = (struct position_span){0, 0};
}

/* needs_step, of a stage at which somebody hears these points. */
static void step(const struct config *config, const struct hook_set *set,
                 int stage, uint32_t points, int layer,
                 const struct span *span, struct position_span *rows)
{
    if (rows->first < rows->end && stages_mixes(config, stage + 1))
        rows->first = span->first;
    if (span->keep && stages_mixes(config, stage + 1))
        *rows = (struct position_span){span->first, batch_span_end(span)};
    hear(set, points, layer, span, rows);
    clip(rows, span);
}

void needs_step(const struct config *config, const struct hook_set *set,
                int stage, const struct span *span, struct position_span *rows)
{
    int layer;
    uint32_t points = heard_points(config, set, stage, &layer);

    step(config, set, stage, points, layer, span, rows);
}

struct position_span needs_from(const struct config *config,
                                const struct hook_set *set, int stage,
                                const struct span *span)
{
    struct position_span rows = {0, 0};

    for (int at = stages_count(config) - 1; at >= stage; at--)
        needs_step(config, set, at, span, &rows);
    return rows;
}

int needs_rows(const struct config *config, const struct hook_set *set,
               int stage, const struct batch *batch,
               struct position_span *rows)
{
    int n = stages_count(config), fewer = n;

    for (int i = 0; i < batch->n_span; i++)
        rows[i] = (struct position_span){0, 0};
    for (int at = n - 1; at >= stage; at--) {
        int layer;
        uint32_t points = heard_points(config, set, at, &layer);

        for (int i = 0; i < batch->n_span; i++) {
            struct position_span behind = rows[i];

            step(config, set, at, points, layer, &batch->spans[i], &rows[i]);
            if (rows[i].first != behind.first || rows[i].end != behind.end)
                fewer = at + 1;
        }
    }
    return fewer;
}
