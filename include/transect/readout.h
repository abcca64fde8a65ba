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
};

#ifdef __cplusplus
}
#endif

#endif
