/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attribution.h - what the files of logit-attribution share. */
#ifndef LOGIT_ATTRIBUTION_H
#define LOGIT_ATTRIBUTION_H

#include <stdbool.h>
#include <transect/kit/statistics.h>
#include <transect/kit/text.h>
#include <transect/model.h>
#include <transect/prompts.h>
#include <transect/readout.h>

/* Kinds of parts, then sums of parts of a layer. */
enum part_kind {
    EMBED, POS_EMBED, HEAD, MLP, ATTN_BIAS, MLP_BIAS, NORM_BIAS, UNEMBED_BIAS,
    EDIT, /* what the stream has that none of these wrote */
    ATTENTION, MLPS, /* heads and attn_bias; mlp and mlp_bias */
    N_KINDS
};

struct part {
    enum part_kind kind;
    int32_t layer, head; /* -1 where there is none */
    bool there;          /* the model has it; else it is 0 */
};

/* What a pass shows at the positions asked for, and room to work in. */
enum store_kind {
    EMBEDDED, POSITIONS, /* embed, pos_embed */
    HEADS, UNITS,        /* z of all heads, mlp_post */
    MID, POST, /* where the stream itself is normalized: what resid_mid and
                  resid_post are made of */
    START, STREAM, /* resid_pre of layer 0, resid_post */
    ATTENTION_WROTE, MLP_WROTE, /* is a branch's output other than 0? */
    FINAL, /* ln_final, where logits have a cap */
    WEIGHTING, PULLED, BRANCH, /* of the stream, twice; of a branch's source */
    N_STORES
};

struct store {
    struct attribution *owner;
    int32_t width;
    int32_t n_layer; /* 0: it is not kept */
    float **rows;    /* (n_layer) of (room, width) */
};

/* A position of a sample that is under way. */
struct row {
    int32_t entry;
    double parts, diff;
    double largest;   /* of the parts, by magnitude */
    double magnitude; /* of all terms of the parts, summed up */
    /* What the weighting makes of the stream above where it was followed to,
     * and what of it parts have written since; of each the terms' magnitudes.
     */
    double above, above_terms, written, terms;
};

/* A sample that is under way. */
struct entry {
    int32_t sample, first, n; /* rows */
    const int32_t *positions; /* (n) */
};

struct attribution {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_readout_host *readout;
    const struct transect_prompts_host *prompts;
    struct transect_model model;
    int32_t n_strongest; /* units to report; 0: none */

    /* Of each sample, from token_first[sample] on: whose logits are weighted,
     * and how. */
    size_t *token_first; /* (n_sample + 1) */
    int32_t *tokens;
    double *weights;
    const char *subject; /* what their sum is called: with foils a
                            difference */

    struct part *parts; /* (n_part) */
    size_t n_part;

    struct store stores[N_STORES];
    size_t room; /* rows that stores, rows and constants have */
    struct row *rows;
    size_t n_row;
    double *constants;     /* (room) */
    size_t entry_room;
    struct entry *entries; /* (entry_room) */
    double *values; /* (entry_room, n_part), means over a sample's rows */
    int32_t n_entry, n_open; /* begun, and of those not ended */
    int32_t *entry_of;       /* (n_slot) */

    size_t *first;   /* (n_sample + 1) of each sample's rows in all */
    double *all_parts, *all_diffs, *all_largest; /* (first[n_sample]) kept */
    double *all_magnitudes; /* likewise */
    struct transect_moments *moments; /* (n_part) over samples, kept */
    struct transect_moments *unit_moments; /* (L * F) likewise, or NULL */
};

/* With what is taken apart in the place of %s. */
#define about(self, format) \
    transect_text_format((self)->ctx, (self)->host, format, (self)->subject)

/* parts.c: which there are; where one is; its name in tables. */
void parts_list(struct attribution *self);
size_t part_at(const struct attribution *self, enum part_kind kind,
               int32_t layer, int32_t head);
const char *part_name(enum part_kind kind);
/* "L3H1", "mlp 3", "embed". */
const char *part_label(const struct attribution *self,
                       const struct part *part);

/* tokens.c: whose logits are weighted; of a sample, returns how many. */
int tokens_take(struct attribution *self);
size_t tokens_of(const struct attribution *self, int32_t sample,
                 const int32_t **tokens, const double **weights);

/* rows.c: subscribes to what is kept; rooms for a sample's rows. */
int rows_subscribe(struct attribution *self);
void rows_begin(struct attribution *self, int32_t sample, int32_t slot);
float *rows_of(const struct attribution *self, enum store_kind kind,
               int32_t layer);

/* Does more than rounding miss, of terms of this magnitude? */
bool trace_misses(double miss, double magnitude);
/* trace.c: the parts of all rows that are there, added to what is kept. */
int trace_rows(struct attribution *self);

/* tables.c, figures.c */
void tables_write(const struct attribution *self);
int figures_draw(const struct attribution *self);

#endif
