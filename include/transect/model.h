/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/model.h - what the numbers of struct transect_model mean that ABI
 * 1.1 added: enough to do outside of the pass what the model does in it, such
 * as its final norm and unembedding.
 *
 *   family        model_type of config.json: "gpt2", "llama"; lives until
 *                 destroy
 *   norm_kind     enum transect_norm, of all norms
 *   norm_epsilon  what is added to a variance, or mean square
 *   score_scale   what q*k is multiplied by; usually 1 / sqrt(d)
 *   score_cap     c: scores become c tanh(score / c); 0: they do not
 *   logit_cap     the same of logits
 *   rotary_kind   enum transect_rotary
 *   rotary_dims   the first so many dims of each head are rotated; 0: none
 *   rotary_base   theta
 *   traits        bits: TRANSECT_POST_NORMS ...
 */
#ifndef TRANSECT_MODEL_H
#define TRANSECT_MODEL_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

enum transect_norm {
    TRANSECT_NORM_LAYER, /* less the mean, by the standard deviation */
    TRANSECT_NORM_RMS    /* by the root of the mean square */
};

/* The frequencies are rotary_base^(-2i / rotary_dims), as they are or, for
 * contexts longer than that of the training, changed: */
enum transect_rotary {
    TRANSECT_ROTARY_NONE, /* no rotation; rotary_base is 0 */
    TRANSECT_ROTARY_PLAIN,
    TRANSECT_ROTARY_LINEAR,  /* positions are divided by a factor */
    TRANSECT_ROTARY_DYNAMIC, /* the base depends on the sample's length */
    TRANSECT_ROTARY_LLAMA3,  /* low frequencies are divided by a factor */
    TRANSECT_ROTARY_YARN,    /* the same with a ramp; arXiv 2309.00071 */
    TRANSECT_ROTARY_LONG     /* a factor for each; arXiv 2402.13753 */
};

#define TRANSECT_POST_NORMS 1u /* what branches add to the stream is
                                  normalized: attn_out, mlp_out are behind */
#define TRANSECT_PARALLEL 2u   /* the MLP reads resid_pre, as attention does */
#define TRANSECT_NO_FINAL_NORM 4u /* logits are made of the last resid_post
                                     as it is */
#define TRANSECT_STREAM_NORMS 8u  /* [1.2] the stream itself is normalized
                                     behind each addition: it is no sum */

#ifdef __cplusplus
}
#endif

#endif
