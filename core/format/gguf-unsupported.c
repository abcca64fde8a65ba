/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-unsupported.c - what a GGUF file may say that makes another model of it
 * than the family's: refused, where it would otherwise go unheard. */
#include "format/gguf-config-builder.h"

#include <stdlib.h>
#include <string.h>

static void refuse_value(struct gguf_build *build, const char *name,
                         double value, double right)
{
    char *key = gguf_build_key(build, name);

    build->status = error_set(build->err, ST_DATA, "%s: metadata '%s' is "
                              "%g, which is not supported; it must be %g, "
                              "or absent", build->gguf->mapping.path, key,
                              value, right);
    free(key);
}

/* Factors and limits that change nothing if they are absent, 0, or this. */
static void check_numbers(struct gguf_build *build)
{
    static const struct {
        const char *name;
        double neutral;
    } numbers[] = {
        {"attention.scale", 0},
        {"attention.output_scale", 1},
        {"attention.clamp_kqv", 0},
        {"attention.max_alibi_bias", 8},
        {"attention.temperature_scale", 0},
        {"embedding_scale", 1},
        {"residual_scale", 1},
        {"logit_scale", 1},
        {"rope.scaling.alpha", 0},
        {"rope.scaling.yarn_log_multiplier", 0},
        {"rope.scaling.yarn_ext_factor", 1},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double value = gguf_build_real(build, numbers[i].name, 0);

        if (!build->status && value != 0 && value != numbers[i].neutral)
            refuse_value(build, numbers[i].name, value, numbers[i].neutral);
    }
}

static void check_causal(struct gguf_build *build)
{
    char *key = gguf_build_key(build, "attention.causal");
    bool causal = true;

    if (!build->status)
        build->status = gguf_get_bool(build->gguf, key, &causal, build->err);
    free(key);
    if (!build->status && !causal)
        gguf_build_refuse(build,
                          "the model is an encoder ('attention.causal' is "
                          "false), which is not supported");
}

/* In Gemma 3 and OLMo 3 the metadata say which layers have windows, and how
 * these rotate; of Gemma 2's it is every other one. */
static void check_windows(struct gguf_build *build)
{
    const char *architecture = build->family->architecture;
    int64_t right = strcmp(architecture, "gemma2") == 0 ? 2 : 1, period;
    double base = gguf_build_real(build, "rope.freq_base", 10000);
    double local = gguf_build_real(build, "rope.freq_base_swa", base);

    if (strcmp(architecture, "gemma3") == 0 ||
        strcmp(architecture, "olmo2") == 0)
        return;
    period = gguf_build_size(build, "attention.sliding_window_pattern", right);
    if (build->status)
        return;
    if (local != base)
        refuse_value(build, "rope.freq_base_swa", local, base);
    else if (period != right)
        refuse_value(build, "attention.sliding_window_pattern",
                     (double)period, (double)right);
}

void gguf_build_check(struct gguf_build *build)
{
    int64_t parts = 1;

    build->status = gguf_get_int(build->gguf, "split.count", 0, UINT16_MAX,
                                 &parts, build->err);
    if (parts > 1 && !build->gguf->n_parts)
        gguf_build_refuse(build,
                          "is one part of several; a whole model "
                          "expected, as llama-gguf-split --merge makes it");
    else if (gguf_build_size(build, "expert_count", 0))
        gguf_build_refuse(build, "the model is a mixture of experts, which is "
                                 "not supported");
    check_numbers(build);
    check_causal(build);
    check_windows(build);
}
