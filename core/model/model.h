/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model.h - a transformer: its sizes and its weights, ready for the kernels.
 * T tokens, D = d_model, H = n_head, d = d_head, F = d_mlp, V = n_vocab, W the
 * width of the vocabulary's vectors, which is D but for d_word. */
#ifndef CORE_MODEL_MODEL_H
#define CORE_MODEL_MODEL_H

#include "base/error.h"
#include "format/model-files.h"
#include "model/config.h"
#include "tensor/linear.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <transect/plugin.h>

/* Gains as they are applied: a family that stores them less 1 gets copies. */
struct norm {
    const float *gain, *bias; /* (D), or NULL: 1 and 0 */
};

/* An MLP, with all that it takes to run it: D -> F -> D. */
struct mlp {
    struct linear in, gate, out; /* D -> F, D -> F if it is gated, F -> D */
    enum activation activation;  /* of in's outputs, or of gate's */
    bool gated; /* hidden units are activation(gate) * in */
};

/* What a model does not have is NULL. */
struct block {
    struct norm ln1, ln2;
    struct norm attn_post, mlp_post; /* of a branch's output, or of the
                                        stream behind its addition */
    struct norm q_norm, k_norm;      /* (H*d), (Hkv*d) */
    struct linear q, k, v; /* D -> H*d, Hkv*d, Hkv*d */
    struct linear o;       /* H*d -> D */
    struct mlp mlp;
};

struct model {
    struct model_files *files;
    struct file_digests *digests; /* of the weights' files */
    const struct arch *arch;
    struct config config;
    struct linear embedding; /* W -> V; a token has its output's weights */
    struct linear project_in, project_out; /* W -> D, D -> W, if d_word */
    const float *position_embedding; /* (n_context, D) or NULL */
    struct block *blocks;            /* (n_layer) */
    struct norm embed_norm, final_norm;
    struct linear unembed; /* W -> V */
    int64_t n_parameters;  /* in all tensors; a tied unembedding counts once */
    char *const *ignore;   /* (n_ignore): see model_ignore() */
    size_t n_ignore;
    const struct tensor **ignored; /* (n_ignored): of the files, left out */
    size_t n_ignored;
    float **owned;         /* copies of what cannot be used or stored */
    size_t n_owned;
    uint64_t owned_bytes;
    struct float32_cache *copies; /* of stored matrices; see model-convert.c */
};

/* Opens a Hugging Face folder, or a GGUF file, and reads its configuration:
 * all that can be known without weights (for checks that come before the
 * run). ST_DATA with file and place for everything that is wrong in it, such
 * as an unknown architecture or activation. */
int model_configure(const char *path, struct model **model,
                    struct error *err);
/* Maps the weights of such a model, once. ST_DATA for a size that contradicts
 * a tensor, a missing or surplus tensor, NaN or infinity. F32 tensors are
 * used in the mapping; matrices of other types stay stored there, until
 * model_convert(); the rest, which is small, is converted. */
int model_load(struct model *model, struct error *err);
/* Before model_load(): tensors that it leaves out if the family has none of
 * their kind, as shell patterns of their names, which the caller keeps. */
void model_ignore(struct model *model, char *const *patterns, size_t n);
/* After it: a pattern that left out nothing, or NULL. */
const char *model_idle_pattern(const struct model *model);
/* All that was left out, in whatever way, with '*' for the numbers of layers:
 * a list, a new reference; the same as text, which the caller frees, or NULL
 * if there is none. */
json_t *model_ignored(const struct model *model);
char *model_ignored_text(const struct model *model);
/* Both. */
int model_open(const char *path, struct model **model, struct error *err);
void model_close(struct model *model);

/* Has all products of matrices computed by bfloat16-weights.h; after
 * model_load(). ST_USAGE, with no place: not on this processor, or a matrix is
 * not stored as BF16. */
int model_split(struct model *model, struct error *err);
void model_free_split(struct model *model); /* for model_close() */
/* Makes float32 copies of all stored matrices, which are then used instead;
 * behind model_split(), packs them. ST_FAILED: memory is out. */
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

/* What plugins are told of it; samples, tokens and slots are left at 0. */
struct transect_model model_facts(const struct model *model);

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
/* Begins to make digests of the weights beside what comes next, in a thread
 * of their own. Once, after model_load(); not before a fork() whose child goes
 * on to use the model. */
void model_start_digests(const struct model *model);
/* A new reference: [{"path", "sha256", "bytes"}...] of config.json and the
 * weights' files as they were read, paths relative to the folder. Waits for
 * digests that are not there yet. ST_FAILED: a signal asked the program to
 * stop meanwhile. */
int model_digests(const struct model *model, json_t **list,
                  struct error *err);

#endif
