/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * follow.c - takes the targets of a sample apart.
 *
 * A coordinate of resid_post is a weighting u (D) of that row, at first one
 * 1. It is followed back from layer to layer, by the way back of
 * transect/readout.h:
 *
 *   u resid_post = u' (resid_mid + mlp_out) + norm_bias
 *   u' mlp_out   = sum over hidden units + mlp_bias
 *   u' resid_mid = u'' (resid_pre + attn_out) + norm_bias
 *   u'' attn_out = sum over heads + attn_bias
 *
 * and with u'' to the layer before. Sums are in float64.
 */
#include "ledger.h"

#include <math.h>
#include <string.h>

/* What a layer's parts miss by more than this, of the magnitudes that they are
 * made of, is no rounding: an edit wrote it. The pass multiplies in float32,
 * 2^-24 for each of some operations; terms of random signs add up to a few of
 * these. */
#define ROUNDING 1e-5

struct scratch {
    size_t n;          /* functionals whose place the sample has */
    int32_t *chosen;   /* (n) them */
    float *x, *out;    /* (n, widest) */
    float *u;          /* (n, D) as far as they were followed back */
    float *in;         /* (n, D) of those that begin at this layer or before */
    size_t *active;    /* (n) which these are */
    double *constants; /* (n) */
    double *upper;     /* (n) u of the stream behind the layer */
    /* What a sample has of each functional: (n, n_part); and the magnitudes of
     * all terms of each layer (n, 1 + n_used), the first of no layer. */
    double *parts, *magnitudes;
};

size_t ledger_part(const struct ledger *self, int32_t layer)
{
    return N_FIRST + (size_t)layer * ((size_t)self->model.n_head +
                                      N_BEHIND_HEADS);
}

size_t ledger_n_part(const struct ledger *self)
{
    return ledger_part(self, (int32_t)self->n_used);
}

static double *new_numbers(const struct ledger *self, size_t rows, size_t cols)
{
    return self->host->alloc(self->ctx, rows * cols, sizeof(double));
}

static float *new_rows(const struct ledger *self, size_t rows, size_t cols)
{
    return self->host->alloc(self->ctx, rows * cols, sizeof(float));
}

void follow_prepare(struct ledger *self)
{
    size_t n = self->n_functional, widest = kept_width(self, KEPT_MLP_POST);
    size_t d = (size_t)self->model.d_model;
    struct scratch *at = self->host->alloc(self->ctx, 1, sizeof *at);

    if (kept_width(self, KEPT_Z) > widest)
        widest = kept_width(self, KEPT_Z);
    if (d > widest)
        widest = d;
    at->chosen = self->host->alloc(self->ctx, n, sizeof *at->chosen);
    at->active = self->host->alloc(self->ctx, n, sizeof *at->active);
    at->x = new_rows(self, n, widest);
    at->out = new_rows(self, n, widest);
    at->u = new_rows(self, n, d);
    at->in = new_rows(self, n, d);
    at->constants = new_numbers(self, n, 1);
    at->upper = new_numbers(self, n, 1);
    at->parts = new_numbers(self, n, ledger_n_part(self));
    at->magnitudes = new_numbers(self, n, 1 + self->n_used);
    self->scratch = at;
}

/* One step back of the functionals that are active in a layer. */
struct step {
    struct ledger *self;
    struct scratch *at;
    int32_t slot, layer; /* -1: to the embeddings */
    size_t n;            /* active */
};

static const struct functional *functional_of(const struct step *step,
                                              size_t i)
{
    return &step->self->functionals[step->at->chosen[i]];
}

static const struct spot *spot_of(const struct step *step, size_t i)
{
    return &step->self->spots[functional_of(step, i)->spot];
}

static const float *row_of(const struct step *step, size_t i, enum kind kind,
                           int32_t layer)
{
    return kept_row(step->self, kind, step->slot, layer,
                    spot_of(step, i)->place);
}

static double *part_of(const struct step *step, size_t i)
{
    double *parts = step->at->parts + i * ledger_n_part(step->self);

    return step->layer < 0 ? parts
                           : parts + ledger_part(step->self, step->layer);
}

static double *magnitude_of(const struct step *step, size_t i)
{
    return step->at->magnitudes + i * (1 + step->self->n_used) +
           (size_t)(step->layer + 1);
}

/* Of u with a row, over columns first..first + n - 1; adds magnitudes. */
static double dot(const float *u, const float *row, size_t n,
                  double *magnitude)
{
    double sum = 0;

    for (size_t k = 0; k < n; k++) {
        double term = (double)u[k] * (double)row[k];

        sum += term;
        *magnitude += fabs(term);
    }
    return sum;
}

/* Pulls the active ones back to the row of `kind`, or to the sum with that of
 * `other`; out of it is in scratch->out, of the width of kind. */
static int pull(const struct step *step, int32_t point, enum kind kind,
                enum kind other)
{
    const struct ledger *self = step->self;
    struct scratch *at = step->at;
    size_t width = kept_width(self, kind), d = (size_t)self->model.d_model;
    int32_t layer = step->layer < 0 ? 0 : step->layer;

    for (size_t a = 0; a < step->n; a++) {
        size_t i = at->active[a];
        float *x = at->x + a * width;

        memcpy(x, row_of(step, i, kind, layer), width * sizeof *x);
        for (size_t k = 0; other != kind && k < width; k++)
            x[k] += row_of(step, i, other, layer)[k];
        memcpy(at->in + a * d, at->u + i * d, d * sizeof *at->in);
    }
    return self->readout->pull(self->ctx, point, layer, (int64_t)step->n,
                               at->x, at->in, at->out, at->constants);
}

/* After pull() to a row of D: that is u from now on. */
static void take_norm(const struct step *step, int part)
{
    struct scratch *at = step->at;
    size_t d = (size_t)step->self->model.d_model;

    for (size_t a = 0; a < step->n; a++) {
        size_t i = at->active[a];

        memcpy(at->u + i * d, at->out + a * d, d * sizeof *at->u);
        part_of(step, i)[part] += at->constants[a];
        *magnitude_of(step, i) += fabs(at->constants[a]);
    }
}

/* What an edit set to 0 at this position wrote nothing, whatever it is made
 * of. */
static bool is_silent(const struct step *step, size_t i, enum kind kind)
{
    const float *row = row_of(step, i, kind, step->layer);
    size_t n = 0;

    while (n < kept_width(step->self, kind) && row[n] == 0)
        n++;
    return n == kept_width(step->self, kind);
}

/* After pull() to what a branch is made of: where its output is silent, all is
 * 0. */
static void silence(const struct step *step, enum kind kind, size_t width)
{
    for (size_t a = 0; a < step->n; a++)
        if (is_silent(step, step->at->active[a], kind)) {
            memset(step->at->out + a * width, 0,
                   width * sizeof *step->at->out);
            step->at->constants[a] = 0;
        }
}

/* After pull() to mlp_post. */
static void take_units(const struct step *step)
{
    struct ledger *self = step->self;
    size_t width = (size_t)self->model.d_mlp, h = (size_t)self->model.n_head;

    silence(step, KEPT_MLP_OUT, width);
    for (size_t a = 0; a < step->n; a++) {
        size_t i = step->at->active[a];
        const float *out = step->at->out + a * width;
        const float *row = row_of(step, i, KEPT_MLP_POST, step->layer);
        double *parts = part_of(step, i) + h;
        size_t site = (size_t)step->at->chosen[i] * self->n_used +
                      (size_t)step->layer;

        parts[PART_MLP] = dot(out, row, width, magnitude_of(step, i));
        parts[PART_MLP_BIAS] = step->at->constants[a];
        *magnitude_of(step, i) += fabs(step->at->constants[a]);
        for (size_t f = 0; self->n_unit && f < width; f++)
            transect_moments_add(&self->units[site * width + f],
                                 (double)out[f] * (double)row[f]);
    }
}

/* After pull() to z. */
static void take_heads(const struct step *step)
{
    const struct transect_model *model = &step->self->model;
    size_t d = (size_t)model->d_head, h = (size_t)model->n_head;

    silence(step, KEPT_ATTN_OUT, h * d);
    for (size_t a = 0; a < step->n; a++) {
        size_t i = step->at->active[a];
        const float *out = step->at->out + a * h * d;
        const float *row = row_of(step, i, KEPT_Z, step->layer);
        double *parts = part_of(step, i);

        for (size_t j = 0; j < h; j++)
            parts[j] = dot(out + j * d, row + j * d, d,
                           magnitude_of(step, i));
        parts[h + PART_ATTN_BIAS] = step->at->constants[a];
        *magnitude_of(step, i) += fabs(step->at->constants[a]);
    }
}

/* What the layer's parts do not make of the way from below to above. */
static double edit_of(const struct step *step, size_t i, double below,
                      size_t n)
{
    const double *parts = part_of(step, i);
    double edit = step->at->upper[i] - below;
    double magnitude = fabs(step->at->upper[i]) + fabs(below) +
                       *magnitude_of(step, i);

    for (size_t j = 0; j < n; j++)
        edit -= parts[j];
    return fabs(edit) <= ROUNDING * magnitude ? 0 : edit;
}

/* The stream before the layer is that behind the one below it. */
static void take_edits(const struct step *step)
{
    const struct ledger *self = step->self;
    size_t d = (size_t)self->model.d_model, h = (size_t)self->model.n_head;
    bool first = step->layer == 0;

    for (size_t a = 0; a < step->n; a++) {
        size_t i = step->at->active[a];
        double unused = 0, below = dot(
            step->at->u + i * d,
            row_of(step, i, first ? KEPT_RESID_PRE : KEPT_RESID_POST,
                   first ? 0 : step->layer - 1), d, &unused);
        double edit = edit_of(step, i, below, h + PART_EDIT);

        part_of(step, i)[h + PART_EDIT] = edit;
        *magnitude_of(step, i) += fabs(edit);
        step->at->upper[i] = below;
    }
}

static int follow_layer(const struct step *step)
{
    int h = step->self->model.n_head;

    if (pull(step, TRANSECT_RESID_POST, KEPT_RESID_MID, KEPT_MLP_OUT))
        return TRANSECT_FAILED;
    take_norm(step, h + PART_NORM_BIAS);
    if (pull(step, TRANSECT_MLP_OUT, KEPT_MLP_POST, KEPT_MLP_POST))
        return TRANSECT_FAILED;
    take_units(step);
    if (pull(step, TRANSECT_RESID_MID, KEPT_RESID_PRE, KEPT_ATTN_OUT))
        return TRANSECT_FAILED;
    take_norm(step, h + PART_NORM_BIAS);
    if (pull(step, TRANSECT_ATTN_OUT, KEPT_Z, KEPT_Z))
        return TRANSECT_FAILED;
    take_heads(step);
    take_edits(step);
    return TRANSECT_OK;
}

/* Rows of pos_embed are 0 where the model has none. */
static int follow_embeddings(const struct step *step)
{
    struct scratch *at = step->at;
    size_t d = (size_t)step->self->model.d_model;

    if (pull(step, TRANSECT_RESID_PRE, KEPT_EMBED, KEPT_POS_EMBED))
        return TRANSECT_FAILED;
    take_norm(step, PART_FIRST_NORM);
    for (size_t a = 0; a < step->n; a++) {
        size_t i = at->active[a];
        double *parts = part_of(step, i), *magnitude = magnitude_of(step, i);

        parts[PART_EMBED] = dot(at->u + i * d,
                                row_of(step, i, KEPT_EMBED, 0), d, magnitude);
        parts[PART_POS_EMBED] = dot(at->u + i * d,
                                    row_of(step, i, KEPT_POS_EMBED, 0), d,
                                    magnitude);
        parts[PART_FIRST_EDIT] = edit_of(step, i, 0, PART_FIRST_EDIT);
        *magnitude += fabs(parts[PART_FIRST_EDIT]);
    }
    return TRANSECT_OK;
}

/* Those whose layer has been reached; those that begin there, begin. */
static void activate(struct step *step)
{
    struct scratch *at = step->at;

    step->n = 0;
    for (size_t i = 0; i < at->n; i++) {
        if (functional_of(step, i)->layer < step->layer)
            continue;
        if (functional_of(step, i)->layer == step->layer)
            at->upper[i] = (double)row_of(step, i, KEPT_RESID_POST,
                                          step->layer)[spot_of(step, i)->dim];
        at->active[step->n++] = i;
    }
}

static bool has_place(const struct ledger *self,
                      const struct transect_sample *sample,
                      const struct spot *spot)
{
    return kept_position(self, sample->sample, sample->n_token,
                         spot->place) >= 0;
}

static void begin_sample(struct step *step,
                         const struct transect_sample *sample)
{
    const struct ledger *self = step->self;
    struct scratch *at = step->at;
    size_t d = (size_t)self->model.d_model;

    at->n = 0;
    for (size_t f = 0; f < self->n_functional; f++) {
        const struct spot *spot = &self->spots[self->functionals[f].spot];

        if (!has_place(self, sample, spot))
            continue;
        memset(at->u + at->n * d, 0, d * sizeof *at->u);
        at->u[at->n * d + (size_t)spot->dim] = 1;
        at->chosen[at->n++] = (int32_t)f;
    }
    memset(at->parts, 0, at->n * ledger_n_part(self) * sizeof *at->parts);
    memset(at->magnitudes, 0,
           at->n * (1 + self->n_used) * sizeof *at->magnitudes);
}

/* A target's sums: all parts of its layer and of those before. */
static void take_sums(const struct step *step, size_t i, int32_t sample)
{
    struct ledger *self = step->self;
    const struct scratch *at = step->at;
    const double *parts = at->parts + i * ledger_n_part(self);
    const double *magnitudes = at->magnitudes + i * (1 + self->n_used);

    for (size_t t = 0; t < self->n_target; t++) {
        const struct target *target = &self->targets[t];
        size_t place = (size_t)sample * self->most_targets + t;
        double *sums = self->sums + place * N_SUMS;

        if (target->functional != at->chosen[i])
            continue;
        for (size_t j = 0; j < ledger_part(self, target->layer + 1); j++)
            sums[SUM_PARTS] += parts[j];
        for (int32_t l = 0; l <= target->layer + 1; l++)
            sums[SUM_MAGNITUDE] += magnitudes[l];
        sums[SUM_VALUE] += (double)row_of(step, i, KEPT_RESID_POST,
                                          target->layer)[spot_of(step,
                                                                 i)->dim];
        self->seen[place]++;
    }
}

static void take_parts(const struct step *step, int32_t sample)
{
    struct ledger *self = step->self;
    size_t n = ledger_n_part(self);

    for (size_t i = 0; i < step->at->n; i++) {
        const struct functional *functional = functional_of(step, i);
        struct transect_moments *moments =
            self->parts + (size_t)step->at->chosen[i] * n;

        for (size_t j = 0; j < ledger_part(self, functional->layer + 1); j++)
            transect_moments_add(&moments[j], step->at->parts[i * n + j]);
        take_sums(step, i, sample);
    }
}

/* What attention, the MLP and all layers so far have in a coordinate. */
static void take_runs(const struct ledger *self, size_t spot, int32_t slot)
{
    const struct spot *at = &self->spots[spot];
    size_t n = (size_t)self->model.n_layer;
    struct transect_moments *runs = self->runs + spot * (1 + n) * N_RUNS;

    transect_moments_add(
        &runs[RUN_STREAM],
        (double)kept_row(self, KEPT_RESID_PRE, slot, 0, at->place)[at->dim]);
    for (int32_t l = 0; l < self->model.n_layer; l++) {
        static const enum kind kinds[N_RUNS] = {KEPT_ATTN_OUT, KEPT_MLP_OUT,
                                                KEPT_RESID_POST};

        runs += N_RUNS;
        for (int k = 0; k < N_RUNS; k++)
            transect_moments_add(
                &runs[k], (double)kept_row(self, kinds[k], slot, l,
                                           at->place)[at->dim]);
    }
}

int follow_sample(struct ledger *self, const struct transect_sample *sample)
{
    struct step step = {.self = self, .at = self->scratch,
                        .slot = sample->slot,
                        .layer = (int32_t)self->n_used - 1};

    for (size_t s = 0; s < self->n_spot; s++)
        if (has_place(self, sample, &self->spots[s]))
            take_runs(self, s, sample->slot);
    begin_sample(&step, sample);
    for (; step.layer >= 0; step.layer--) {
        activate(&step);
        if (step.n && follow_layer(&step))
            return TRANSECT_FAILED;
    }
    if (step.n && follow_embeddings(&step))
        return TRANSECT_FAILED;
    take_parts(&step, sample->sample);
    return TRANSECT_OK;
}
