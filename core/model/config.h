/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* config.h - the sizes of a model and the choices of its family. */
#ifndef CORE_MODEL_CONFIG_H
#define CORE_MODEL_CONFIG_H

#include "base/error.h"
#include "model/rope.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum activation { ACT_GELU_TANH, ACT_GELU_ERF, ACT_RELU, ACT_SILU };
enum norm_kind { NORM_LAYER, NORM_RMS };
/* Queries and keys normalized before they are rotated. */
enum qk_norm {
    QK_PLAIN, /* not */
    QK_HEAD,  /* each head by itself */
    QK_ALL    /* all heads of a token together */
};

#define MAX_LAYERS 1024
#define MAX_ASSUMED 48 /* more than any family reads */

struct config_key;

/* What the executor needs to know of a model besides its weights. Zero means
 * GPT-2's way. */
struct config {
    const char *model_type; /* of the architecture's table */
    int n_layer, n_head, n_kv_head, d_head;
    int d_model, d_mlp, n_vocab, n_context;
    int d_word; /* width of token embedding and unembedding, which a matrix
                   each maps to d_model and from it; 0: theirs is d_model */
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
    bool stream_norm; /* the stream itself is, behind each addition */
    bool embed_norm;    /* so is the token embedding */
    bool no_final_norm; /* logits are made of the stream as it is */

    uint32_t traits; /* bits of the family's own; see struct tensor_rule */

    /* Keys that were read and are not there, in the order of reading, where
     * their defaults are values: those hold. */
    const struct config_key *assumed[MAX_ASSUMED];
    int n_assumed;
};

struct arch;

/* Of config.json's object, whose file is `path` in messages. The family is
 * found first: it decides what the other keys mean. ST_DATA. */
int config_read(json_t *json, const char *path, struct config *config,
                const struct arch **arch, struct error *err);
/* Keys that a query of the layer sees, its own included; 0: all before it. */
int config_window(const struct config *config, int layer);

#endif
