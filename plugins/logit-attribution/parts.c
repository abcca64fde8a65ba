/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* parts.c - what a logit is taken apart into. */
#include "attribution.h"

#include <transect/kit/text.h>

/* First those of no layer, then by layer its heads, and behind them one of
 * each of these. */
static const enum part_kind whole[] = {EMBED, POS_EMBED, NORM_BIAS,
                                       UNEMBED_BIAS, EDIT};
static const enum part_kind layered[] = {ATTN_BIAS, MLP,  MLP_BIAS,
                                         NORM_BIAS, EDIT, ATTENTION,
                                         MLPS};

#define N_WHOLE (sizeof whole / sizeof *whole)
#define N_LAYERED (sizeof layered / sizeof *layered)

static size_t place_of(const enum part_kind *kinds, enum part_kind kind)
{
    size_t at = 0;

    while (kinds[at] != kind)
        at++;
    return at;
}

size_t part_at(const struct attribution *self, enum part_kind kind,
               int32_t layer, int32_t head)
{
    size_t heads = (size_t)self->model.n_head;

    if (layer < 0)
        return place_of(whole, kind);
    return N_WHOLE + (size_t)layer * (heads + N_LAYERED) +
           (kind == HEAD ? (size_t)head : heads + place_of(layered, kind));
}

static bool has_weight(const struct attribution *self, int32_t weight,
                       int32_t layer)
{
    struct transect_view view;

    return self->host->weight(self->ctx, weight, layer, -1, &view) ==
           TRANSECT_OK;
}

static bool is_there(const struct attribution *self, enum part_kind kind,
                     int32_t layer)
{
    switch (kind) {
    case POS_EMBED:
        return has_weight(self, TRANSECT_W_POS, -1);
    case ATTN_BIAS:
        return has_weight(self, TRANSECT_B_O, layer);
    case MLP_BIAS:
        return has_weight(self, TRANSECT_B_OUT, layer);
    case NORM_BIAS:
        return layer < 0 ? has_weight(self, TRANSECT_LNF_BIAS, -1)
                         : (self->model.traits & TRANSECT_STREAM_NORMS) != 0;
    case UNEMBED_BIAS:
        return has_weight(self, TRANSECT_B_U, -1);
    default:
        return true;
    }
}

static void add(struct attribution *self, enum part_kind kind, int32_t layer,
                int32_t head)
{
    self->parts[part_at(self, kind, layer, head)] = (struct part){
        kind, layer, head, is_there(self, kind, layer)};
    self->n_part++;
}

void parts_list(struct attribution *self)
{
    size_t each = (size_t)self->model.n_head + N_LAYERED;

    self->parts = self->host->alloc(
        self->ctx, N_WHOLE + (size_t)self->model.n_layer * each,
        sizeof *self->parts);
    for (size_t i = 0; i < N_WHOLE; i++)
        add(self, whole[i], -1, -1);
    for (int32_t l = 0; l < self->model.n_layer; l++) {
        for (int32_t h = 0; h < self->model.n_head; h++)
            add(self, HEAD, l, h);
        for (size_t i = 0; i < N_LAYERED; i++)
            add(self, layered[i], l, -1);
    }
}

const char *part_name(enum part_kind kind)
{
    static const char *const names[N_KINDS] = {
        [EMBED] = "embed",         [POS_EMBED] = "pos_embed",
        [HEAD] = "head",           [MLP] = "mlp",
        [ATTN_BIAS] = "attn_bias", [MLP_BIAS] = "mlp_bias",
        [NORM_BIAS] = "norm_bias", [UNEMBED_BIAS] = "unembed_bias",
        [EDIT] = "edit",           [ATTENTION] = "attention",
        [MLPS] = "mlps",
    };

    return names[kind];
}

const char *part_label(const struct attribution *self,
                       const struct part *part)
{
    if (part->kind == HEAD)
        return transect_text_format(self->ctx, self->host, "L%dH%d",
                                    (int)part->layer, (int)part->head);
    if (part->layer >= 0)
        return transect_text_format(self->ctx, self->host, "%s of layer %d",
                                    part_name(part->kind), (int)part->layer);
    return part_name(part->kind);
}
