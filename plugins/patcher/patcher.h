/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* patcher.h - what the parts of the patcher share. */
#ifndef PATCHER_H
#define PATCHER_H

#include <stdbool.h>
#include <stdint.h>
#include <transect/kit/points.h>
#include <transect/capture.h>
#include <transect/prompts.h>

/* In the order of the option's words; a file is none of them. */
enum from { FROM_PAIR, FROM_MEAN, FROM_RESAMPLE, FROM_ZERO, FROM_NOISE,
            FROM_PROMPT, FROM_FILE };

/* One tensor that is patched, in all samples. */
struct site {
    int32_t point, layer, head; /* -1: none */
    int32_t cols;      /* of patterns: keys of the longest sample */
    double *sum;       /* mean: (cols), by position (n_token, cols) */
    int64_t *n;        /* mean: (1) rows in it, by position (n_token) */
    float *mean;       /* as sum, when all samples were seen */
    double first, second; /* noise: sums of x and of x * x, */
    int64_t count;        /* of so many */
    double deviation;     /* noise: of one element, of all samples */
};

/* One point with the layers and heads where it is patched. */
struct target {
    int32_t point, n_layer, n_head; /* 1 where it has none */
    int32_t *sites; /* (n_layer, n_head) numbers of sites; -1: is left */
    struct transect_subscription sub; /* layers or heads, and positions */
};

/* Values from a file. */
struct values {
    float *data;        /* (rows, cols) */
    int64_t rows, cols; /* rows 0: one row for all positions */
};

/* What a file's header says: how many numbers. */
struct shape {
    int64_t size[3];
    int n; /* dimensions */
};

struct patcher {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_capture_host *captures;
    const struct transect_prompts_host *prompts;
    struct transect_model model;
    enum from from;
    bool by_position, renormalize, keys; /* keys: the option is set */
    double scale;
    const int32_t *dims; /* NULL: all columns */
    size_t n_dims;
    bool by_unit; /* these are hidden units */
    struct target *targets;
    size_t n_targets;
    struct site *sites;
    size_t n_sites;
    struct values values; /* FILE */
    float *noise;         /* (cols of the widest site) scratch */
    int64_t *rows, *left; /* (n_sites) rows patched; rows without a partner,
                             which are left as they are; kept by the host */
};

/* places.c: fills targets and sites from the options. */
int patcher_find_places(struct patcher *self);
/* The site of an event. */
struct site *patcher_site(const struct patcher *self,
                          const struct transect_event *event);

/* survey.c: asks for it where `from` needs one. */
bool patcher_needs_survey(const struct patcher *self);
int patcher_survey(struct patcher *self, int (*surveyed)(void *state));
/* Afterwards: the means and deviations of the sites. */
void patcher_take_survey(struct patcher *self);

/* values.c: reads a .npy or .safetensors file of float32. */
int patcher_read_values(struct patcher *self, const char *path);

/* header.c: text that ends with NUL; they return why it is not wanted, NULL:
 * it is. */
const char *patcher_npy_header(const char *header, struct shape *shape);
const char *patcher_safetensors_header(const char *header,
                                       struct shape *shape);

/* rows.c: fails where a chosen position of a sample has no row. */
int patcher_check_rows(const struct patcher *self);

/* patch.c: whose rows take the place, enum transect_source; -1: none's. */
int32_t patcher_source(const struct patcher *self);
int patcher_on_edit(void *state, const struct transect_event *event);

/* report.c */
int patcher_report(const struct patcher *self);

#endif
