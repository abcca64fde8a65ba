/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* captures.c - rows of another pass, kept while a batch is under way. */
#include "hooks/captures.h"

#include "base/mem.h"
#include "hooks/hook-points.h"
#include "hooks/hooks-internal.h"
#include "tensor/scratch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In place of where a row begins. */
#define UNWANTED SIZE_MAX

/* Rows of a subscription, as the samples have them. */
struct wanted {
    int first, n;
    char *list; /* or NULL */
    struct sample_positions *positions;
};

/* What is kept of a point in a layer: for each of its heads the same rows. */
struct kept {
    struct wanted *wants; /* any of these */
    size_t n_wants;
    int *heads;   /* (heads of the point, or 1) numbers from 0; -1: not kept */
    int n_heads;  /* that are kept */
    size_t first; /* floats in front of it */
    size_t size;  /* floats of a head */
    size_t *rows; /* (rows of the samples) where in a head's floats */
    size_t n_rows;
};

struct sample_rows {
    struct capture_span span;
    size_t row; /* of its first token among those of all samples */
};

struct captures {
    const struct config *config;
    const char *refusal;
    captures_partner_fn partner; /* NULL: positions of the same number */
    const void *partner_user;
    const struct position_names *names; /* of the samples; borrowed */
    struct hooks *hooks;
    struct hook_owner owner;
    struct error error; /* the owner's; its callback does not fail */
    struct kept *points[TRANSECT_N_POINTS]; /* (layers, or 1) */
    bool any, paired_up;
    struct sample_rows *samples; /* under way */
    int n_samples;
    struct scratch scratch;
};

static int layers_of(const struct captures *captures, int point)
{
    return point_info(point)->layered ? captures->config->n_layer : 1;
}

static int heads_of(const struct captures *captures, int point)
{
    int n = point_heads(point, captures->config);

    return n ? n : 1;
}

struct captures *captures_new(const struct config *config,
                              const struct position_names *names)
{
    struct captures *captures = mem_new(1, sizeof *captures);

    captures->config = config;
    captures->names = names;
    captures->hooks = hooks_new(config);
    hooks_set_names(captures->hooks, names);
    captures->owner = (struct hook_owner){.id = "captured rows",
                                          .state = captures,
                                          .error = &captures->error};
    for (int point = 0; point < TRANSECT_N_POINTS; point++) {
        int n_layer = layers_of(captures, point);
        size_t n_head = (size_t)heads_of(captures, point);

        captures->points[point] = mem_new((size_t)n_layer,
                                          sizeof(struct kept));
        for (int l = 0; l < n_layer; l++) {
            struct kept *kept = &captures->points[point][l];

            kept->heads = mem_new(n_head, sizeof *kept->heads);
            for (size_t h = 0; h < n_head; h++)
                kept->heads[h] = -1;
        }
    }
    return captures;
}

static void free_wants(struct kept *kept)
{
    for (size_t i = 0; i < kept->n_wants; i++) {
        free(kept->wants[i].list);
        sample_positions_free(kept->wants[i].positions);
    }
    free(kept->wants);
}

void captures_free(struct captures *captures)
{
    if (!captures)
        return;
    for (int point = 0; point < TRANSECT_N_POINTS; point++) {
        for (int l = 0; l < layers_of(captures, point); l++) {
            struct kept *kept = &captures->points[point][l];

            free_wants(kept);
            free(kept->heads);
            free(kept->rows);
        }
        free(captures->points[point]);
    }
    hooks_free(captures->hooks);
    scratch_clear(&captures->scratch);
    free(captures->samples);
    free(captures);
}

void captures_refuse(struct captures *captures, const char *why)
{
    captures->refusal = why;
}

const char *captures_refusal(const struct captures *captures)
{
    return captures->refusal;
}

void captures_align(struct captures *captures, captures_partner_fn partner,
                    const void *user)
{
    captures->partner = partner;
    captures->partner_user = user;
}

int captures_partner(const struct captures *captures, int sample, int position)
{
    return captures->partner
               ? captures->partner(captures->partner_user, sample, position)
               : position;
}

void captures_pair_up(struct captures *captures)
{
    captures->paired_up = true;
}

bool captures_any(const struct captures *captures)
{
    return captures->any;
}

struct hooks *captures_hooks(const struct captures *captures)
{
    return captures->hooks;
}

const struct hook_owner *captures_owner(const struct captures *captures)
{
    return &captures->owner;
}

/* Elements of a row, of the partner's position: of a pattern its keys. */
static size_t row_size(const struct captures *captures, int point,
                       int position)
{
    if (point_info(point)->width == WIDTH_KEYS)
        return (size_t)position + 1;
    return (size_t)point_columns(point, captures->config, 0);
}

static int partner_of(const struct capture_span *span, int position)
{
    return span->partner ? (int)span->partner[position] : position;
}

/* Of the other pass: samples have the numbers of their partners there. */
static int on_event(void *state, const struct transect_event *event)
{
    struct captures *captures = state;
    const struct kept *kept = &captures->points[event->point][
        event->layer < 0 ? 0 : event->layer];
    int head = kept->heads[event->head < 0 ? 0 : event->head];
    const struct sample_rows *sample = &captures->samples[
        event->sample - captures->samples->span.sample];
    float *to = captures->scratch.data + kept->first +
                (size_t)head * kept->size;

    for (int p = 0; p < sample->span.n_token; p++) {
        size_t at = kept->rows[sample->row + (size_t)p];
        int q = partner_of(&sample->span, p);

        if (at != UNWANTED && q >= event->first &&
            q < event->first + event->view.rows)
            memcpy(to + at,
                   event->view.data +
                       (q - event->first) * event->view.row_stride,
                   row_size(captures, event->point, q) * sizeof *to);
    }
    return TRANSECT_OK;
}

/* want NULL: to all positions. */
static void listen(struct captures *captures, int point, int layer, int head,
                   const struct wanted *want)
{
    struct transect_head place = {layer, head};
    int32_t at = layer;
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .on_event = on_event};

    if (want) {
        sub.first_position = want->first;
        sub.n_positions = want->n;
        sub.position = want->list;
    }
    if (point_heads(point, captures->config)) {
        sub.heads = &place;
        sub.n_heads = 1;
    } else {
        sub.layers = &at;
        sub.n_layers = 1;
    }
    hooks_add(captures->hooks, &captures->owner, &sub);
}

/* All heads of a layer have the same rows. Which of a partner's these are,
 * hooks do not know unless they have the numbers of the sample's. */
static void add_head(struct captures *captures, int point, int layer,
                     int head)
{
    struct kept *kept = &captures->points[point][layer];

    if (kept->heads[head] >= 0)
        return;
    kept->heads[head] = kept->n_heads++;
    captures->any = true;
    if (!captures->paired_up)
        listen(captures, point, layer, head, NULL);
    for (size_t i = 0; captures->paired_up && i < kept->n_wants; i++)
        listen(captures, point, layer, head, &kept->wants[i]);
}

static bool is_list(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void add_positions(struct captures *captures, int layer,
                          const struct transect_subscription *places)
{
    struct kept *kept = &captures->points[places->point][layer];

    for (size_t i = 0; i < kept->n_wants; i++)
        if (kept->wants[i].first == places->first_position &&
            kept->wants[i].n == places->n_positions &&
            is_list(kept->wants[i].list, places->position))
            return;
    MEM_PUSH(kept->wants, kept->n_wants);
    kept->wants[kept->n_wants++] = (struct wanted){
        .first = places->first_position,
        .n = places->n_positions,
        .list = places->position ? mem_strdup(places->position) : NULL,
        .positions = hooks_positions(places),
    };
    for (int h = 0; h < heads_of(captures, places->point); h++)
        if (captures->paired_up && kept->heads[h] >= 0)
            listen(captures, places->point, layer, h,
                   &kept->wants[kept->n_wants - 1]);
}

void captures_want(struct captures *captures,
                   const struct transect_subscription *places)
{
    int point = places->point, n_layer = layers_of(captures, point);
    bool listed = places->layers && point_info(point)->layered;
    size_t n = listed ? places->n_layers : (size_t)n_layer;

    for (size_t i = 0; places->heads && i < places->n_heads; i++) {
        const struct transect_head *at = &places->heads[i];

        add_head(captures, point, at->layer, at->head);
        add_positions(captures, at->layer, places);
    }
    for (size_t i = 0; !places->heads && i < n; i++) {
        int layer = listed ? places->layers[i] : (int)i;

        for (int h = 0; h < heads_of(captures, point); h++)
            add_head(captures, point, layer, h);
        add_positions(captures, layer, places);
    }
}

/* Where the wanted rows of a sample lie, behind `at` floats of the head;
 * returns what lies behind them. */
static size_t place_rows(struct captures *captures, int point,
                         struct kept *kept, const struct sample_rows *sample,
                         size_t at)
{
    size_t *rows = kept->rows + sample->row;

    for (int p = 0; p < sample->span.n_token; p++)
        rows[p] = UNWANTED;
    for (size_t i = 0; i < kept->n_wants; i++) {
        struct position_span run = {0, 0};

        while (sample_positions_next(kept->wants[i].positions,
                                     captures->names, sample->span.sample,
                                     sample->span.n_token, run.end, &run))
            for (int p = run.first; p < run.end; p++)
                rows[p] = 0;
    }
    for (int p = 0; p < sample->span.n_token; p++) {
        int q = partner_of(&sample->span, p);

        if (rows[p] == UNWANTED || q < 0) {
            rows[p] = UNWANTED;
            continue;
        }
        rows[p] = at;
        at += row_size(captures, point, q);
    }
    return at;
}

static size_t place_all(struct captures *captures, int point,
                        struct kept *kept, size_t n_rows, size_t first)
{
    if (kept->n_rows < n_rows) {
        kept->rows = mem_grow(kept->rows, n_rows, sizeof *kept->rows);
        kept->n_rows = n_rows;
    }
    kept->first = first;
    kept->size = 0;
    for (int i = 0; i < captures->n_samples; i++)
        kept->size = place_rows(captures, point, kept, &captures->samples[i],
                                kept->size);
    return first + (size_t)kept->n_heads * kept->size;
}

size_t captures_begin(struct captures *captures,
                      const struct capture_span *spans, int n)
{
    size_t n_rows = 0, size = 0;

    captures->samples = mem_grow(captures->samples, (size_t)n,
                                 sizeof *captures->samples);
    captures->n_samples = n;
    for (int i = 0; i < n; i++) {
        captures->samples[i] = (struct sample_rows){spans[i], n_rows};
        n_rows += (size_t)spans[i].n_token;
    }
    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        for (int l = 0; l < layers_of(captures, point); l++)
            if (captures->points[point][l].n_heads)
                size = place_all(captures, point, &captures->points[point][l],
                                 n_rows, size);
    return size;
}

int captures_reserve(struct captures *captures, size_t n, bool in_file,
                     struct error *err)
{
    return scratch_make(&captures->scratch, n, in_file, err);
}

/* What is kept of a place; NULL: nothing, or there is no such place. */
static const struct kept *find_kept(const struct captures *captures,
                                    const struct transect_place *place,
                                    int *head)
{
    bool layered, headed;
    const struct kept *kept;

    if (place->point < 0 || place->point >= TRANSECT_N_POINTS)
        return NULL;
    layered = point_info(place->point)->layered;
    headed = point_heads(place->point, captures->config) > 0;
    if (layered ? place->layer < 0 ||
                      place->layer >= captures->config->n_layer
                : place->layer != -1)
        return NULL;
    if (headed ? place->head < 0 ||
                     place->head >= heads_of(captures, place->point)
               : place->head != -1)
        return NULL;
    kept = &captures->points[place->point][layered ? place->layer : 0];
    *head = kept->heads[headed ? place->head : 0];
    return *head < 0 ? NULL : kept;
}

const float *captures_row(const struct captures *captures,
                          const struct transect_place *place, int64_t *n)
{
    const struct sample_rows *sample;
    const struct kept *kept;
    size_t at;
    int head, number;

    *n = 0;
    kept = find_kept(captures, place, &head);
    if (!kept || !captures->n_samples || !captures->scratch.data)
        return NULL;
    number = place->sample - captures->samples->span.sample;
    if (number < 0 || number >= captures->n_samples)
        return NULL;
    sample = &captures->samples[number];
    if (place->position < 0 || place->position >= sample->span.n_token)
        return NULL;
    at = kept->rows[sample->row + (size_t)place->position];
    if (at == UNWANTED)
        return NULL;
    *n = (int64_t)row_size(captures, place->point,
                           partner_of(&sample->span, place->position));
    return captures->scratch.data + kept->first +
           (size_t)head * kept->size + at;
}
