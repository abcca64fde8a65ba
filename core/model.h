/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model.h - a transformer: its sizes and its weights, ready for the kernels.
 * T tokens, D = d_model, H = n_head, d = d_head, F = d_mlp, V = n_vocab. */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "error.h"
#include "tensors.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <transect/plugin.h>

enum activation { ACT_GELU_TANH, ACT_GELU_ERF, ACT_RELU };

struct config {
    const char *model_type; /* of the architecture's table */
    int n_layer, n_head, n_kv_head, d_head;
    int d_model, d_mlp, n_vocab, n_context;
    double norm_epsilon;
    enum activation activation;
    bool tied;         /* unembedding = token embedding */
    int bos;           /* token id, or -1 */
    bool scale_by_layer; /* scores also divided by layer + 1 */
    double score_scale;  /* usually 1/sqrt(d) */
};

/* y = x W + b. W is n_in x n_out; element (i, j) at w[i * in_stride +
 * j * out_stride], one of which is 1. b may be NULL. */
struct linear {
    const float *w, *b;
    int n_in, n_out;
    int64_t in_stride, out_stride;
};

struct norm {
    const float *gain, *bias; /* (D); bias may be NULL */
};

struct block {
    struct norm ln1, ln2;
    struct linear q, k, v; /* D -> H*d, Hkv*d, Hkv*d */
    struct linear o;       /* H*d -> D */
    struct linear in, out; /* D -> F, F -> D */
};

struct arch;

struct model {
    char *path;
    const struct arch *arch;
    struct config config;
    struct tensors *tensors;
    const float *token_embedding;    /* (V, D) */
    const float *position_embedding; /* (n_context, D) or NULL */
    struct block *blocks;            /* (n_layer) */
    struct norm final_norm;
    struct linear unembed; /* D -> V */
    char config_sha256[65]; /* of config.json when it was read */
    size_t config_bytes;
    float **owned;         /* converted copies of tensors that are not F32 */
    size_t n_owned;
};

/* Opens a Hugging Face folder. ST_DATA with file and place for everything
 * that is wrong in it: unknown architecture or activation, a size that
 * contradicts a tensor, a missing or surplus tensor, NaN or infinity. F32
 * tensors are used in the mapping, others converted once. */
int model_open(const char *path, struct model **model, struct error *err);
void model_close(struct model *model);

/* config.json alone: what can be known without weights (for checks that come
 * before the run). */
int model_read_config(const char *path, struct config *config,
                      const struct arch **arch, struct error *err);

/* A view in x*W orientation; the ABI's weight(). false if there is none
 * (no bias, no position embedding). Layer and head must be in range. */
bool model_weight(const struct model *model, enum transect_weight weight,
                  int layer, int head, struct transect_view *view);
/* Does the architecture have this hook point? If not, *why is a reason. */
bool model_has_point(const struct config *config, const struct arch *arch,
                     int point, const char **why);
/* Elements of all weights that the forward pass uses; a tied unembedding
 * counts once. */
int64_t model_n_parameters(const struct model *model);
/* New reference: [{"path", "sha256", "bytes"}...] of config.json and the
 * weight files as they were read, paths relative to the folder. */
json_t *model_digests(const struct model *model);

#endif
