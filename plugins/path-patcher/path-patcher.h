/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* path-patcher.h - what the parts of the plugin share. */
#ifndef PLUGINS_PATH_PATCHER_H
#define PLUGINS_PATH_PATCHER_H

#include <stdbool.h>
#include <transect/capture.h>
#include <transect/readout.h>

/* What a head reads, in the order of path_inputs. */
enum { N_INPUTS = 3 };
extern const int32_t path_inputs[N_INPUTS]; /* q, k, v */

struct patcher {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_capture_host *captures;
    const struct transect_readout_host *readout;
    struct transect_model model;
    int32_t source;   /* enum transect_source: where senders' output is from */
    bool embed;       /* the embedding is a sender */
    bool logits;      /* logits receive */
    bool *heads;      /* (L, H) senders */
    bool *mlps;       /* (L) senders */
    bool reads[N_INPUTS];  /* receiving heads are patched there */
    bool *into[N_INPUTS];  /* (L, heads of the point) receivers */
    bool *into_mlps;       /* (L) receivers */
    int64_t *counts;  /* (2) rows that receivers read, of all events; those
                         whose position has no partner */
};

/* Heads of q, or key/value heads. */
int32_t path_heads(const struct patcher *self, int32_t point);
/* Does the head, or the MLP, of a layer add to the stream before the input is
 * read? Of attention in layer `to`, and logits (to = L); of its MLP. */
bool path_leads(const struct patcher *self, int32_t from, bool mlp, int32_t to,
                bool to_mlp);
/* Senders whose output the input has part in. */
int32_t path_count(const struct patcher *self, int32_t to, bool to_mlp);
/* The point that the MLP's norm is of. */
int32_t path_mlp_stream(const struct patcher *self);

/* Rows first..first+n-1 of a sample, with room for what is made of them. */
struct path_rows {
    int32_t sample, first, n;
    bool *differs;     /* (n) rows that some sender changes */
    bool *paired;      /* (n) rows that have a partner, ... */
    bool asked;        /* ... as far as some sender asked for it */
    float *delta;      /* (n, D) by how much */
    float *stream;     /* (n, D) the prompt's own with that */
    float *own, *sent; /* (n, the wider of D and H * d) */
    float *before, *after; /* (n, D) */
};

#define PATH_ROWS 64 /* at a time */

/* Room for rows of events; path_rows_free() it. */
int path_rows_new(const struct patcher *self, struct path_rows *rows);
void path_rows_free(struct path_rows *rows);
/* Fills delta and differs with what senders change of the stream that
 * attention, or the MLP, of layer `to` reads. */
int path_delta(const struct patcher *self, struct path_rows *rows, int32_t to,
               bool to_mlp);
/* Rows of the prompt's own, (n, cols) as the capture has them. */
int path_own(const struct patcher *self, const struct path_rows *rows,
             int32_t point, int32_t layer, int32_t head, int64_t stride,
             float *out);

/* Editors of the receivers. */
int path_on_heads(void *state, const struct transect_event *event);
int path_on_mlp(void *state, const struct transect_event *event);
int path_on_stream(void *state, const struct transect_event *event);

#endif
