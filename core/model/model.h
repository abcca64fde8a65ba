/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model.h - a transformer: its sizes and its weights, ready for the kernels.
 * T tokens, D = d_model, H = n_head, d = d_head, F = d_mlp, V = n_vocab. */
#ifndef CORE_MODEL_MODEL_H
#define CORE_MODEL_MODEL_H

#include "base/error.h"
#include "model/rope.h"
#include "tensor/linear.h"
#include "tensor/tensor-table.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <transect/plugin.h>

enum activation { ACT_GELU_TANH, ACT_GELU_ERF, ACT_RELU, ACT_SILU };
enum norm_kind { NORM_LAYER, NORM_RMS };
/* Queries and keys normalized before they are rotated. */
enum qk_norm {
    QK_PLAIN, /* not */
    QK_HEAD,  /* each head by itself */
    QK_ALL    /* all heads of a token together */
};

#define MAX_LAYERS 1024

/* What the executor needs to know of a model besides its weights. Zero means
 * GPT-2's way. */
struct config {
    const char *model_type; /* of the architecture's table */
    int n_layer, n_head, n_kv_head, d_head;
    int d_model, d_mlp, n_vocab, n_context;
    enum norm_kind norm;
    double norm_epsilon;
    enum activation activation;
    bool tied;         /* unembedding = token embedding */
    int bos;           /* token id, or -1 */
    bool bos_assumed;  /* it is the family's: config.json does not say */
    double embed_scale; /* of the token embedding; 0: none */
    int position_offset; /* row of position 0 in the position embedding */

    bool scale_by_layer; /* scores also divided by layer + 1 */
    double score_scale;  /* usually 1/sqrt(d) */
    double score_cap;    /* c tanh(score / c); 0: none */
    double logit_cap;
    double alibi;        /* factor of the linear biases; 0: none */
    bool alibi_bf16;     /* biases are rounded to bfloat16 */
    enum qk_norm qk_norm;
    struct rope rope;       /* kind ROPE_NONE: no rotation */
    struct rope local_rope; /* of the local layers; ROPE_NONE: as the others */
    int window;             /* keys that a query of a local layer sees */
    bool local[MAX_LAYERS];

    bool gated;     /* mlp_post = activation(mlp_gate) * mlp_pre */
    bool parallel;  /* the MLP reads resid_pre, as attention does */
    bool one_norm;  /* and what ln1 made of it: there is no second norm */
    bool bare;      /* branches read the stream without a norm */
    bool post_norm; /* what branches add to the stream is normalized */
    bool embed_norm;    /* so is the token embedding */
    bool no_final_norm; /* logits are made of the stream as it is */

    uint32_t traits; /* bits of the family's own; see struct tensor_rule */
};

/* Gains as they are applied: a family that stores them less 1 gets copies. */
struct norm {
    const float *gain, *bias; /* (D), or NULL: 1 and 0 */
};

/* What a model does not have is NULL. */
struct block {
    struct norm ln1, ln2;
    struct norm attn_post, mlp_post; /* of a branch's output */
    struct norm q_norm, k_norm;      /* (H*d), (Hkv*d) */
    struct linear q, k, v; /* D -> H*d, Hkv*d, Hkv*d */
    struct linear o;       /* H*d -> D */
    struct linear in, gate, out; /* D -> F, D -> F, F -> D */
};

struct arch;

struct model {
    char *path;
    const struct arch *arch;
    struct config config;
    struct tensors *tensors;
    struct linear embedding; /* D -> V; a token has its output's weights */
    const float *position_embedding; /* (n_context, D) or NULL */
    struct block *blocks;            /* (n_layer) */
    struct norm embed_norm, final_norm;
    struct linear unembed; /* D -> V */
    char config_sha256[65]; /* of config.json when it was read */
    size_t config_bytes;    /* 0: the weights' file holds it */
    int64_t n_parameters;  /* in all tensors; a tied unembedding counts once */
    float **owned;         /* copies of what cannot be used or stored */
    size_t n_owned;
    uint64_t owned_bytes;
    struct float32_cache *copies; /* of stored matrices; see model-copies.c */
};

/* Opens a Hugging Face folder, or a GGUF file. ST_DATA with file and place for
 * everything that is wrong in it: unknown architecture or activation, a size
 * that contradicts a tensor, a missing or surplus tensor, NaN or infinity. F32
 * tensors are used in the mapping; matrices of other types stay stored there,
 * until model_convert(); the rest, which is small, is converted. */
int model_open(const char *path, struct model **model, struct error *err);
void model_close(struct model *model);

/* The configuration alone: what can be known without weights (for checks that
 * come before the run). */
int model_read_config(const char *path, struct config *config,
                      const struct arch **arch, struct error *err);

/* Makes float32 copies of all stored matrices, which are then used instead.
 * ST_FAILED: memory is out. */
int model_convert(struct model *model, struct error *err);
/* Bytes of the copies that model_convert() would make; of those that there
 * are, of vectors and of what model_weight() was asked for. */
uint64_t model_stored_bytes(const struct model *model);
uint64_t model_copied_bytes(const struct model *model);
/* Floats of the largest panel of a stored matrix; 0: none is stored. */
size_t model_panel(const struct model *model);
/* All of a matrix as float32: linear->w, or a copy with the same strides,
 * which is made the first time and belongs to the model. It is not used in
 * its place: who looks at weights must not change how others are computed.
 * Any thread. Memory that is out ends the program. */
const float *model_floats(const struct model *model,
                          const struct linear *linear);

/* A view in x*W orientation; the ABI's weight(). false if there is none
 * (no bias, no position embedding). Layer and head must be in range. */
bool model_weight(const struct model *model, enum transect_weight weight,
                  int layer, int head, struct transect_view *view);
/* Does the architecture have this hook point? If not, *why is a reason. */
bool model_has_point(const struct config *config, const struct arch *arch,
                     int point, const char **why);
/* What a point that the model has is here beyond its meaning everywhere; or
 * NULL. */
const char *model_point_note(const struct config *config, int point);
/* Keys that a query of the layer sees, its own included; 0: all before it. */
int config_window(const struct config *config, int layer);
/* New reference: [{"path", "sha256", "bytes"}...] of config.json and the
 * weight files as they were read, paths relative to the folder. */
json_t *model_digests(const struct model *model);

#endif
