/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention-map.h - what attention-map knows of a variant. */
#ifndef ATTENTION_MAP_H
#define ATTENTION_MAP_H

#include <stddef.h>
#include <transect/plugin.h>

/* The mean over samples of one head's pattern, or of all heads' of a layer. */
struct map {
    int32_t layer, head; /* head -1: mean over all */
    double *cells; /* (W, W) queries x keys; NaN where the key comes later */
    double *keys;  /* (T) mean over all queries of the sample */
};

struct attention_map {
    transect_ctx *ctx;
    const struct transect_host *host;
    int32_t sample;   /* the only one to look at; -1: all */
    int32_t n_window; /* W: positions of the maps */
    int32_t n_token, n_sample, n_head; /* T, samples in the mean, H */
    double weight;    /* of one head's pattern of one sample in its map */
    struct map *maps;
    size_t n_maps;
    int32_t *map_of;  /* (L, H) where a head's pattern goes */
    int32_t *tokens;  /* (T) of the one sample, -1: not seen; or NULL */
    const char **labels; /* (T) what they say, from finish on; or NULL */
};

/* The mean over maps of the attention that a key gets. */
double attention_to(const struct attention_map *self, int32_t key);

/* The figures of finish() and, across variants, of compare(). */
int figures_of_variant(const struct attention_map *self,
                       const struct attention_map *baseline);
int figures_compare(void *const *states, const char *const *names, size_t n);

#endif
