/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* lens.h - what the parts of the logit lens share. */
#ifndef LENS_H
#define LENS_H

#include <stdbool.h>
#include <stdint.h>
#include <transect/kit/arrays.h>
#include <transect/prompts.h>
#include <transect/readout.h>
#include <transect/text.h>

/* Rows of the stream that are read out together. */
#define LENS_BLOCK 32

/* Of a row, in nats. */
enum score { ENTROPY, KL, ANSWER_RANK, ANSWER_LOGPROB, LOG_SUM, N_SCORES };

/* In the order of the option's words. */
enum colour { BY_PROB, BY_KL, BY_ENTROPY };

/* A point of a layer, whose rows are read. */
struct site {
    int32_t point, layer;
    const float *weight, *bias; /* its translator (D, D), (D), or NULL */
};

/* A row of the block under way: position `at` of the sample's. */
struct pending {
    int32_t at, site; /* site -1: the last layer's, as it is */
};

struct lens {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_readout_host *readout;
    const struct transect_prompts_host *prompts;
    const struct transect_text_host *text;
    struct transect_model model;
    struct site *sites; /* (n_site) by layer, then point */
    int32_t n_site;
    int32_t *site_of;   /* (TRANSECT_N_POINTS, L), -1: none */
    int32_t last_site;  /* the last layer's resid_post, if it is one; or -1 */
    int32_t top;        /* K */
    const int32_t *tokens; /* (n_token) further ones that are wanted */
    int32_t n_token;
    int32_t drawn; /* the sample of the figure */
    struct transect_prompt *asked; /* (n_sample) */
    const int32_t **positions, **places; /* (n_sample) where rows are read */
    int32_t *n_position;           /* (n_sample) */
    size_t *first; /* (n_sample) of its rows: (n_site, n_position) */
    size_t n_row;
    /* Of samples under way, by slot: rows (n_position, n_site, D). */
    float **kept;
    /* Of a block: (LENS_BLOCK, D), (LENS_BLOCK, V), which are those, */
    float *rows, *logits;
    struct pending pending[LENS_BLOCK];
    int32_t n_pending;
    float *reference; /* (V) of the last layer, of the position under way, */
    double reference_sum;
    /* Kept by the host: (n_row, N_SCORES), (n_row, K), (n_row, n_token), and
     * the tokens of the drawn sample at its positions. */
    double *scores;
    int32_t *top_ids, *token_ranks, *drawn_tokens;
    float *top_logits, *token_logits;
};

/* sites.c: what is read, from the options, and the subscriptions. */
int lens_find_sites(struct lens *self);
int lens_find_rows(struct lens *self);
int lens_subscribe(struct lens *self);

/* rows.c: rows are kept until the last layer's come; then they are read. */
int lens_begin(struct lens *self, const struct transect_sample *sample);
void lens_end(struct lens *self, int32_t slot);
int lens_on_site(void *state, const struct transect_event *event);
int lens_on_last(void *state, const struct transect_event *event);
/* The row of a site and the position `at` of a sample's. */
size_t lens_row(const struct lens *self, int32_t sample, int32_t site,
                int32_t at);
double lens_top_prob(const struct lens *self, size_t row);

/* translators.c: fills the sites' from the file. */
int lens_read_translators(struct lens *self, const char *path);

/* tables.c */
int lens_write(const struct lens *self);
/* Of a site, the mean over samples of each one's mean over its positions, of
 * the answer's metrics at the prompt's last token alone, and its standard
 * error; n: samples that have it. */
struct lens_mean {
    double mean, se;
    int64_t n;
};
enum metric { MEAN_ENTROPY, MEAN_KL, MEAN_RANK, MEAN_LOGPROB, MEAN_FIRST,
              MEAN_TOP_PROB, N_METRICS };
struct lens_mean lens_mean_of(const struct lens *self, int32_t site,
                              enum metric metric);
bool lens_has_answers(const struct lens *self);

/* figures.c: those of finish() and, across variants, of compare(). */
int lens_draw(const struct lens *self);
int lens_compare(void *const *states, const char *const *names, size_t n);

#endif
