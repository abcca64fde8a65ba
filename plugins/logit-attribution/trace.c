/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* trace.c - from a weighting of logits back through the model: at each place
 * where something was added to the stream, what the weighting makes of it is
 * its part. */
#include "attribution.h"

#include <string.h>

/* What is missed by more than this, of the magnitudes of all terms, is no
 * rounding: an edit wrote it. The pass multiplies in float32, 2^-24 for each
 * of some operations; terms of random signs add up to a few of these. */
#define ROUNDING 1e-6

bool trace_misses(double miss, double magnitude)
{
    return !(fabs(miss) <= ROUNDING * magnitude);
}

/* A sum, and the magnitudes of its terms. */
struct sum {
    double value, magnitude;
};

/* A part of a row, of which its sample has the mean over its rows. */
static void add_part(struct attribution *self, size_t row,
                     enum part_kind kind, int32_t layer, int32_t head,
                     struct sum sum)
{
    double value = sum.value;
    size_t part = part_at(self, kind, layer, head);
    struct row *of = &self->rows[row];
    double *values = self->values + (size_t)of->entry * self->n_part;

    values[part] += value / self->entries[of->entry].n;
    if (kind >= ATTENTION)
        return;
    of->parts += value;
    of->magnitude += sum.magnitude;
    of->written += value;
    of->terms += sum.magnitude;
    of->largest = fmax(of->largest, fabs(value));
}

static struct sum dot(const float *a, const float *b, int32_t n)
{
    struct sum sum = {0, 0};

    for (int32_t i = 0; i < n; i++) {
        double term = (double)a[i] * (double)b[i];

        sum.value += term;
        sum.magnitude += fabs(term);
    }
    return sum;
}

static struct sum constant_of(const struct attribution *self, size_t row)
{
    double constant = self->constants[row];

    return (struct sum){constant, fabs(constant)};
}

static void add_constants(struct attribution *self, enum part_kind kind,
                          int32_t layer)
{
    for (size_t i = 0; i < self->n_row; i++)
        add_part(self, i, kind, layer, -1, constant_of(self, i));
}

/* The weighting of what is before a point whose rows are in a store; that
 * becomes the weighting. */
static int pull_stream(struct attribution *self, int32_t point, int32_t layer,
                       enum store_kind kind)
{
    struct store *weighting = &self->stores[WEIGHTING];
    struct store *pulled = &self->stores[PULLED], other;
    bool final = point == TRANSECT_LN_FINAL;

    if (self->readout->pull(self->ctx, point, final ? -1 : layer,
                            (int64_t)self->n_row, rows_of(self, kind, layer),
                            weighting->rows[0], pulled->rows[0],
                            self->constants))
        return TRANSECT_FAILED;
    other = *weighting;
    *weighting = *pulled;
    *pulled = other;
    add_constants(self, NORM_BIAS, final ? -1 : layer);
    return TRANSECT_OK;
}

/* Of what a branch's output is made; where an edit set that to 0, nothing of
 * it was written. */
static int pull_branch(struct attribution *self, int32_t point, int32_t layer,
                       enum store_kind kind, enum store_kind wrote)
{
    size_t width = (size_t)self->stores[kind].width;
    float *out = rows_of(self, BRANCH, 0);

    if (self->readout->pull(self->ctx, point, layer, (int64_t)self->n_row,
                            rows_of(self, kind, layer),
                            rows_of(self, WEIGHTING, 0), out,
                            self->constants))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < self->n_row; i++)
        if (rows_of(self, wrote, layer)[i] == 0) {
            memset(out + i * width, 0, width * sizeof *out);
            self->constants[i] = 0;
        }
    return TRANSECT_OK;
}

/* What the weighting makes of the stream where it has been followed to, and
 * parts did not write on the way there, is what edits wrote. */
static void take_edits(struct attribution *self, int32_t layer,
                       const float *below)
{
    int32_t d = self->model.d_model;
    const float *weighting = rows_of(self, WEIGHTING, 0);

    for (size_t i = 0; i < self->n_row; i++) {
        struct row *row = &self->rows[i];
        size_t at = i * (size_t)d;
        struct sum left = {0, 0};
        double edit, terms;

        if (below)
            left = dot(weighting + at, below + at, d);
        edit = row->above - row->written - left.value;
        terms = row->above_terms + row->terms + left.magnitude;
        if (trace_misses(edit, terms))
            add_part(self, i, EDIT, layer, -1, (struct sum){edit, fabs(edit)});
        row->above = left.value;
        row->above_terms = left.magnitude;
        row->written = row->terms = 0;
    }
}

/* The weighting is of the last resid_post. */
static void begin_stream(struct attribution *self)
{
    int32_t d = self->model.d_model;

    for (size_t i = 0; i < self->n_row; i++) {
        size_t at = i * (size_t)d;
        struct sum all = dot(rows_of(self, WEIGHTING, 0) + at,
                             rows_of(self, STREAM, self->model.n_layer - 1) +
                                 at, d);

        self->rows[i].above = all.value;
        self->rows[i].above_terms = all.magnitude;
        self->rows[i].written = self->rows[i].terms = 0;
    }
}

/* Behind a cap float32 does not tell large logits apart: their sum before it
 * is made from what they are made of. */
static void take_capped(struct attribution *self)
{
    int32_t d = self->model.d_model, last = self->model.n_layer - 1;
    const float *rows = self->stores[FINAL].n_layer
                            ? rows_of(self, FINAL, 0)
                            : rows_of(self, STREAM, last);

    for (size_t i = 0; i < self->n_row; i++) {
        size_t at = i * (size_t)d;

        self->rows[i].diff = self->constants[i] +
                             dot(rows_of(self, WEIGHTING, 0) + at, rows + at,
                                 d).value;
    }
}

static int trace_logits(struct attribution *self)
{
    size_t d = (size_t)self->model.d_model;
    float *weighting = rows_of(self, WEIGHTING, 0);

    for (int32_t e = 0; e < self->n_entry; e++) {
        const struct entry *entry = &self->entries[e];
        float *first = weighting + (size_t)entry->first * d;
        const int32_t *tokens;
        const double *weights;
        size_t n = tokens_of(self, entry->sample, &tokens, &weights);
        double constant;

        if (!entry->n)
            continue;
        if (self->readout->unembed(self->ctx, tokens, weights, n, first,
                                   &constant))
            return TRANSECT_FAILED;
        for (int32_t i = 0; i < entry->n; i++) {
            if (i)
                memcpy(first + (size_t)i * d, first, d * sizeof *first);
            self->constants[entry->first + i] = constant;
        }
    }
    if (self->model.logit_cap > 0)
        take_capped(self);
    add_constants(self, UNEMBED_BIAS, -1);
    if (pull_stream(self, TRANSECT_LN_FINAL, self->model.n_layer - 1, STREAM))
        return TRANSECT_FAILED;
    begin_stream(self);
    return TRANSECT_OK;
}

/* Of each hidden unit: the mean over the rows of each sample. */
static void add_units(struct attribution *self, int32_t layer)
{
    size_t f = (size_t)self->model.d_mlp;
    struct transect_moments *moments = self->unit_moments + (size_t)layer * f;
    const float *out = rows_of(self, BRANCH, 0);
    const float *post = rows_of(self, UNITS, layer);

    for (int32_t e = 0; e < self->n_entry; e++) {
        const struct entry *entry = &self->entries[e];

        for (size_t j = 0; entry->n && j < f; j++) {
            double sum = 0;

            for (int32_t i = 0; i < entry->n; i++) {
                size_t at = (size_t)(entry->first + i) * f + j;

                sum += (double)out[at] * (double)post[at];
            }
            transect_moments_add(&moments[j], sum / entry->n);
        }
    }
}

static int trace_mlp(struct attribution *self, int32_t layer)
{
    int32_t f = self->model.d_mlp;

    if (pull_branch(self, TRANSECT_MLP_OUT, layer, UNITS, MLP_WROTE))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < self->n_row; i++) {
        size_t at = i * (size_t)f;
        struct sum part = dot(rows_of(self, BRANCH, 0) + at,
                              rows_of(self, UNITS, layer) + at, f);

        add_part(self, i, MLP, layer, -1, part);
        part.value += self->constants[i];
        add_part(self, i, MLPS, layer, -1, part);
    }
    add_constants(self, MLP_BIAS, layer);
    if (self->unit_moments)
        add_units(self, layer);
    return TRANSECT_OK;
}

static int trace_attention(struct attribution *self, int32_t layer)
{
    int32_t d = self->model.d_head, n_head = self->model.n_head;

    if (pull_branch(self, TRANSECT_ATTN_OUT, layer, HEADS, ATTENTION_WROTE))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < self->n_row; i++) {
        struct sum sum = constant_of(self, i);

        for (int32_t h = 0; h < n_head; h++) {
            size_t at = (i * (size_t)n_head + (size_t)h) * (size_t)d;
            struct sum part = dot(rows_of(self, BRANCH, 0) + at,
                                  rows_of(self, HEADS, layer) + at, d);

            add_part(self, i, HEAD, layer, h, part);
            sum.value += part.value;
        }
        add_part(self, i, ATTENTION, layer, -1, sum);
    }
    add_constants(self, ATTN_BIAS, layer);
    return TRANSECT_OK;
}

static int trace_layer(struct attribution *self, int32_t layer)
{
    bool normed = self->stores[POST].n_layer > 0;

    if ((normed && pull_stream(self, TRANSECT_RESID_POST, layer, POST)) ||
        trace_mlp(self, layer) ||
        (normed && pull_stream(self, TRANSECT_RESID_MID, layer, MID)))
        return TRANSECT_FAILED;
    if (trace_attention(self, layer))
        return TRANSECT_FAILED;
    take_edits(self, layer,
               layer ? rows_of(self, STREAM, layer - 1)
                     : rows_of(self, START, 0));
    return TRANSECT_OK;
}

static void trace_embedding(struct attribution *self, enum part_kind kind,
                            enum store_kind store)
{
    int32_t d = self->model.d_model;

    for (size_t i = 0; self->stores[store].n_layer && i < self->n_row; i++)
        add_part(self, i, kind, -1, -1,
                 dot(rows_of(self, WEIGHTING, 0) + i * (size_t)d,
                     rows_of(self, store, 0) + i * (size_t)d, d));
}

static void keep(struct attribution *self)
{
    for (int32_t e = 0; e < self->n_entry; e++) {
        const struct entry *entry = &self->entries[e];
        size_t at = self->first[entry->sample];

        for (int32_t i = 0; i < entry->n; i++, at++) {
            const struct row *row = &self->rows[entry->first + i];

            self->all_parts[at] = row->parts;
            self->all_diffs[at] = row->diff;
            self->all_largest[at] = row->largest;
            self->all_magnitudes[at] = row->magnitude;
        }
        for (size_t p = 0; entry->n && p < self->n_part; p++)
            transect_moments_add(&self->moments[p],
                                 self->values[(size_t)e * self->n_part + p]);
    }
}

int trace_rows(struct attribution *self)
{
    if (self->n_row && trace_logits(self))
        return TRANSECT_FAILED;
    for (int32_t l = self->model.n_layer - 1; l >= 0 && self->n_row; l--)
        if (trace_layer(self, l))
            return TRANSECT_FAILED;
    trace_embedding(self, EMBED, EMBEDDED);
    trace_embedding(self, POS_EMBED, POSITIONS);
    take_edits(self, -1, NULL);
    keep(self);
    return TRANSECT_OK;
}
