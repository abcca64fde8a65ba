/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* make-model.h - random GPT-2 and Llama folders for tests and benchmarks. */
#ifndef CORE_CONFORMANCE_MAKE_MODEL_H
#define CORE_CONFORMANCE_MAKE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* Zero members get the values in parentheses. */
struct model_recipe {
    int layers, heads, width; /* (2, 2, 32) */
    /* (0: a GPT-2.) Else a Llama: rotary positions, RMS norms, heads that
     * share so many key/value heads, a gated MLP, no biases; what is said of
     * GPT-2's tensors below is not for it. */
    int kv_heads;
    int inner;                /* (4 * width) */
    int context, vocab;       /* (64, 100) */
    const char *act;          /* ("gelu_new", "silu") */
    const char *dtype;        /* ("F32"), "F16", "BF16" */
    int shards;               /* (1: model.safetensors without an index) */
    uint64_t seed;
    double epsilon;           /* (1e-5) */
    bool untied;              /* with a lm_head.weight of its own */
    bool no_prefix;           /* names without "transformer." */
    bool buffers;             /* with attn.bias and attn.masked_bias, ... */
    bool float_buffers;       /* ... the first as F32, as GPT-2's own */
    bool scale_by_layer, no_scale;
};

/* Writes config.json and the weights into dir, which is made if it does not
 * exist. The same recipe gives the same bytes everywhere. Holds only a few
 * kilobytes at a time. Returns 0, or -1 with errno. */
int make_model(const char *dir, const struct model_recipe *recipe);

/* Rounded to nearest even; values are far below 65504. */
uint16_t make_model_bf16(float value);
uint16_t make_model_f16(float value);

#endif
