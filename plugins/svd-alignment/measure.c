/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* measure.c - what svd-alignment takes from every token, and what comes of
 * it. */
#include "svd-alignment.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <transect/text.h>

/* Row `first + i` of a sample among those of the layer under way. */
static size_t place_of(const struct svd_alignment *self, int32_t slot,
                       int64_t position)
{
    return (size_t)slot * (size_t)self->n_token + (size_t)position;
}

static int decompose(const struct svd_alignment *self, int32_t l)
{
    struct layer *layer = &self->layers[l];
    struct transect_view w_out;

    if (self->host->weight(self->ctx, TRANSECT_W_OUT, l, -1, &w_out))
        return self->host->fail(self->ctx, "layer %d has no W_out", (int)l);
    return self->linalg->svd(self->ctx, &w_out, 1, layer->values,
                             layer->left, layer->right);
}

/* Is it how often something was seen? */
static bool is_count(const struct svd_alignment *self, double n)
{
    return n >= 0 && n <= (double)self->n_all;
}

/* A state that was restored may be any numbers; these are counts. */
static int check_seen(const struct svd_alignment *self)
{
    for (size_t i = 0; i < self->n_chosen; i++) {
        const struct layer *layer = &self->layers[self->chosen[i]];

        if (!is_count(self, layer->x->n) ||
            !is_count(self, layer->cosines[FUNCTION_WORD].n) ||
            !is_count(self, layer->cosines[CONTENT_WORD].n))
            return self->host->fail(self->ctx,
                                    "the state is not one of these samples: "
                                    "it has seen %g tokens in layer %d, %g "
                                    "function and %g content words",
                                    layer->x->n, (int)self->chosen[i],
                                    layer->cosines[FUNCTION_WORD].n,
                                    layer->cosines[CONTENT_WORD].n);
    }
    return TRANSECT_OK;
}

static int check_shown(const struct svd_alignment *self)
{
    for (size_t i = 0; i < self->n_chosen; i++) {
        const int64_t *n = self->layers[self->chosen[i]].n_shown;

        if (n[0] < 0 || n[0] > N_EVEN || n[1] < 0 || n[1] > N_EXTREME)
            return self->host->fail(self->ctx,
                                    "the state is not one of these samples: "
                                    "it shows %" PRId64 " and %" PRId64
                                    " tokens of layer %d",
                                    n[0], n[1], (int)self->chosen[i]);
    }
    return TRANSECT_OK;
}

/* At the first sample, for a plan that is only looked at needs none. */
int measure_decompose(struct svd_alignment *self)
{
    int status = TRANSECT_OK;

    if (self->decomposed)
        return TRANSECT_OK;
    if (check_seen(self) || check_shown(self))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < self->n_chosen && !status; i++)
        status = decompose(self, self->chosen[i]);
    self->decomposed = !status;
    return status;
}

/* Which tokens are words; nothing is known without a tokenizer. */
int measure_begin(void *state, const struct transect_sample *sample)
{
    struct svd_alignment *self = state;
    const struct transect_text_host *text =
        self->host->extension(self->ctx, TRANSECT_TEXT);
    struct piece before = {NULL, 0};

    if (measure_decompose(self))
        return TRANSECT_FAILED;
    for (int32_t i = 0; i < sample->n_token; i++) {
        struct piece piece = {NULL, 0};

        piece.text = text->piece(self->ctx, sample->tokens[i], &piece.n);
        self->groups[place_of(self, sample->slot, i)] =
            (unsigned char)words_classify(&self->words, piece, before);
        before = piece;
    }
    return TRANSECT_OK;
}

/* A hidden vector's projection on the left singular vector, and its cosine
 * with it, which is 0 for a vector of zeros. */
int measure_hidden(void *state, const struct transect_event *event)
{
    struct svd_alignment *self = state;
    const struct layer *layer = &self->layers[event->layer];
    size_t place = place_of(self, event->slot, event->first);

    for (int64_t i = 0; i < event->view.rows; i++, place++) {
        const float *row = event->view.data + i * event->view.row_stride;
        double dot = 0, squares = 0;

        for (int32_t f = 0; f < self->d_mlp; f++) {
            dot += (double)row[f] * layer->left[f];
            squares += (double)row[f] * (double)row[f];
        }
        self->projection[place] = dot;
        self->cosine[place] = squares > 0 ? dot / sqrt(squares) : 0;
    }
    return TRANSECT_OK;
}

/* The token's values y (C), after its x. */
static void add_columns(const struct svd_alignment *self, struct layer *layer,
                        double x_before, double x, const float *y)
{
    for (int32_t c = 0; c < self->n_column; c++) {
        float magnitude = fabsf(y[c]);

        transect_moments_add(&layer->y[c], (double)y[c]);
        layer->xy[c] += (x - x_before) * ((double)y[c] - layer->y[c].mean);
        if (magnitude > layer->largest[c])
            layer->largest[c] = magnitude;
    }
}

static void add_to_group(const struct svd_alignment *self,
                         struct layer *layer, enum group group, double cosine,
                         const float *y)
{
    transect_moments_add(&layer->cosines[group], cosine);
    for (int32_t c = 0; c < self->n_column; c++)
        layer->above[group][c] += (double)fabsf(y[c]) > self->threshold;
}

/* The place among those shown for a token, or -1. */
static int64_t shown_place(struct layer *layer, bool even, double x)
{
    size_t least = 0;

    if (even)
        return layer->n_shown[0] < N_EVEN ? layer->n_shown[0]++ : -1;
    if (layer->n_shown[1] < N_EXTREME)
        return N_EVEN + layer->n_shown[1]++;
    for (size_t i = 1; i < N_EXTREME; i++)
        if (fabs(layer->shown_x[N_EVEN + i]) <
            fabs(layer->shown_x[N_EVEN + least]))
            least = i;
    return fabs(x) > fabs(layer->shown_x[N_EVEN + least])
               ? (int64_t)(N_EVEN + least)
               : -1;
}

void layer_show(const struct svd_alignment *self, struct layer *layer,
                bool even, double x, const float *y)
{
    int64_t place = shown_place(layer, even, x);

    if (place < 0)
        return;
    layer->shown_x[place] = x;
    memcpy(layer->shown_y + place * self->n_column, y,
           (size_t)self->n_column * sizeof *y);
}

/* Then the output: x, y and the group of every token are known. */
int measure_output(void *state, const struct transect_event *event)
{
    struct svd_alignment *self = state;
    struct layer *layer = &self->layers[event->layer];
    size_t place = place_of(self, event->slot, event->first);

    for (int64_t i = 0; i < event->view.rows; i++, place++) {
        const float *y = event->view.data + i * event->view.row_stride +
                         (self->dim < 0 ? 0 : self->dim);
        double x = self->projection[place], x_before = layer->x->mean;
        int64_t number = (int64_t)event->sample * self->n_token +
                         event->first + i;
        enum group group = (enum group)self->groups[place];

        transect_moments_add(layer->x, x);
        add_columns(self, layer, x_before, x, y);
        if (group != NO_WORD)
            add_to_group(self, layer, group, self->cosine[place], y);
        layer_show(self, layer, number % self->stride == 0, x, y);
    }
    return TRANSECT_OK;
}

struct fit fit_of(const struct layer *layer, int32_t column)
{
    const struct transect_moments *y = &layer->y[column];
    double xy = layer->xy[column], slope = xy / layer->x->squares;

    if (!(layer->x->squares > 0)) /* 0 / 0 has a sign, which printf shows */
        return (struct fit){NAN, NAN, NAN};
    return (struct fit){
        .slope = slope,
        .intercept = y->mean - slope * layer->x->mean,
        .r2 = y->squares > 0 ? xy * xy / (layer->x->squares * y->squares)
                             : NAN,
    };
}

int32_t column_of(const struct svd_alignment *self, int32_t dim)
{
    return self->dim < 0 ? dim : 0;
}

int32_t dim_of(const struct svd_alignment *self,
               const struct svd_alignment *chooser, int32_t layer)
{
    const float *largest = chooser->layers[layer].largest;
    int32_t dim = 0;

    for (int32_t d = 1; self->dim < 0 && d < self->d_model; d++)
        if (largest[d] > largest[dim])
            dim = d;
    return self->dim < 0 ? dim : self->dim;
}

float largest_of(const struct svd_alignment *self, int32_t layer)
{
    int32_t column = column_of(self, dim_of(self, self, layer));

    return self->layers[layer].largest[column];
}

double trigger_rate(const struct layer *layer, enum group group,
                    int32_t column)
{
    double n = layer->cosines[group].n;

    return n > 0 ? (double)layer->above[group][column] / n : NAN;
}
