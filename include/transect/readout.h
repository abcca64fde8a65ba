/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/readout.h - the extension "transect.readout/1" [1.2]: what the
 * model would make of rows of the residual stream, by its own norms,
 * projections, rotations and caps.
 *
 *   const struct transect_readout_host *readout =
 *       host->extension(ctx, TRANSECT_READOUT);
 */
#ifndef TRANSECT_READOUT_H
#define TRANSECT_READOUT_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_READOUT "transect.readout/1"

struct transect_readout_host {
    uint32_t size;
    /* n rows x (n, D) of the stream at adjacent positions from `first` on, as
     * a point behind it has them: ln1, q, k, v of a layer, of its resid_pre;
     * ln2, of its resid_mid (where attention and MLP are side by side, of its
     * resid_pre); ln_final, logits, of the last resid_post. And attn_out, of
     * x (n, H * d), its z, all heads side by side. out is (n, columns of the
     * point), of one head where there are heads (else head -1); layer -1
     * where there is none. Fails for another point, and for one that the
     * model does not have; with n 0 that is all that is asked. ready or
     * later, on any thread. */
    int (*project)(transect_ctx *, int32_t point, int32_t layer, int32_t head,
                   int32_t first, int64_t n, const float *x, float *out);
    /* The way back, in which the scales of norms stay what they are for these
     * rows: what is made is then linear in x, and for weightings u (n, columns
     * of what is made) this gives out (n, columns of x) and constant (n, the
     * biases' part) with
     *   sum_j u[i][j] made[i][j] = constant[i] + sum_k out[i][k] x[i][k].
     * Points, what is made of x (n, ...), as their events have it:
     *   ATTN_OUT   of z, all heads side by side (n, H * d)
     *   MLP_OUT    of mlp_post (n, F)
     *   RESID_PRE  layer 0: of embed + pos_embed (n, D)
     *   RESID_MID  of resid_pre + attn_out (n, D), RESID_POST likewise of
     *              what is added up to it: out is u and constant 0, but for
     *              models with TRANSECT_STREAM_NORMS
     *   LN_FINAL   of the last resid_post (n, D); likewise with
     *              TRANSECT_NO_FINAL_NORM
     * With that a number that a model reads from the stream can be followed
     * to who wrote it. constant may be NULL; out is not x or u. Fails as
     * project(); ready or later, on any thread. */
    int (*pull)(transect_ctx *, int32_t point, int32_t layer, int64_t n,
                const float *x, const float *u, float *out, double *constant);
    /* The same of logits: sum_i weights[i] logit(tokens[i]), before a cap,
     * is *constant + sum_k out[k] x[k] for x, a row of ln_final, or, with
     * TRANSECT_NO_FINAL_NORM, of the last resid_post. */
    int (*unembed)(transect_ctx *, const int32_t *tokens,
                   const double *weights, size_t n_tokens, float *out,
                   double *constant);
    /* out (n, n_tokens): what project() makes of x as logits, of some tokens
     * alone, without the work for the others. Within rounding. */
    int (*logits)(transect_ctx *, int64_t n, const float *x,
                  const int32_t *tokens, size_t n_tokens, float *out);
};

#ifdef __cplusplus
}
#endif

#endif
