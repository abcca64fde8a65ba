/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* writers.c - who wrote a target, and who of them the most. */
#include "ledger.h"

#include <math.h>
#include <string.h>
#include <transect/kit/text.h>

/* What is being listed of a target. */
struct listing {
    const struct ledger *self;
    const struct transect_moments *parts; /* of the functional */
    struct writer *writers;
    size_t n;
};

static void add(struct listing *list, const char *component, int32_t layer,
                int32_t head, size_t part)
{
    list->writers[list->n++] = (struct writer){component, layer, head, -1,
                                               &list->parts[part]};
}

/* Only where it is not 0 in all samples. */
static void add_other(struct listing *list, const char *component,
                      int32_t layer, size_t part)
{
    const struct transect_moments *wrote = &list->parts[part];

    if (!(wrote->mean == 0 && wrote->squares == 0))
        add(list, component, layer, -1, part);
}

static void add_layer(struct listing *list, int32_t layer)
{
    size_t first = ledger_part(list->self, layer);
    int32_t h = list->self->model.n_head;
    size_t rest = first + (size_t)h;

    for (int32_t j = 0; j < h; j++)
        add(list, "head", layer, j, first + (size_t)j);
    add_other(list, "attn_bias", layer, rest + PART_ATTN_BIAS);
    add(list, "mlp", layer, -1, rest + PART_MLP);
    add_other(list, "mlp_bias", layer, rest + PART_MLP_BIAS);
    add_other(list, "norm_bias", layer, rest + PART_NORM_BIAS);
    add_other(list, "edit", layer, rest + PART_EDIT);
}

struct writer *writers_all(const struct ledger *self,
                           const struct target *target, size_t *n)
{
    size_t n_part = ledger_n_part(self);
    struct listing list = {
        .self = self,
        .parts = self->parts + (size_t)target->functional * n_part,
        .writers = self->host->alloc(self->ctx, n_part,
                                     sizeof *list.writers),
    };

    add(&list, "embed", -1, -1, PART_EMBED);
    if (self->pos_embed)
        add(&list, "pos_embed", -1, -1, PART_POS_EMBED);
    add_other(&list, "norm_bias", -1, PART_FIRST_NORM);
    add_other(&list, "edit", -1, PART_FIRST_EDIT);
    for (int32_t l = 0; l <= target->layer; l++)
        add_layer(&list, l);
    *n = list.n;
    return list.writers;
}

static double size_of(const struct writer *writer)
{
    return fabs(writer->wrote->mean);
}

size_t writers_sort(struct writer *writers, size_t n, size_t most)
{
    size_t sorted = 0;

    for (; sorted < n && sorted < most; sorted++) {
        size_t best = sorted;
        struct writer kept;

        for (size_t i = sorted + 1; i < n; i++)
            if (size_of(&writers[i]) > size_of(&writers[best]))
                best = i;
        kept = writers[best];
        memmove(&writers[sorted + 1], &writers[sorted],
                (best - sorted) * sizeof *writers);
        writers[sorted] = kept;
    }
    return sorted;
}

static const struct transect_moments *
unit_of(const struct ledger *self, const struct target *target, int32_t layer,
        int32_t unit)
{
    size_t site = (size_t)target->functional * self->n_used + (size_t)layer;

    return &self->units[site * (size_t)self->model.d_mlp + (size_t)unit];
}

void writers_take(const struct ledger *self, const struct target *target,
                  struct writer *unit)
{
    unit->wrote = unit_of(self, target, unit->layer, unit->unit);
}

/* Puts a unit among those that wrote most. */
static size_t keep_unit(struct writer *units, size_t n, size_t most,
                        struct writer unit)
{
    size_t at = n;

    while (at > 0 && size_of(&unit) > size_of(&units[at - 1]))
        at--;
    if (at == most)
        return n;
    n += n < most;
    memmove(&units[at + 1], &units[at], (n - 1 - at) * sizeof *units);
    units[at] = unit;
    return n;
}

size_t writers_units(const struct ledger *self, const struct target *target,
                     int32_t layer, struct writer *units, size_t most)
{
    int32_t first = layer < 0 ? 0 : layer;
    int32_t last = layer < 0 ? target->layer : layer;
    size_t n = 0;

    for (int32_t l = first; self->n_unit && l <= last; l++)
        for (int32_t f = 0; f < self->model.d_mlp; f++)
            n = keep_unit(units, n, most,
                          (struct writer){"mlp", l, -1, f,
                                          unit_of(self, target, l, f)});
    return n;
}

const char *writers_name(const struct ledger *self,
                         const struct writer *writer, bool brief)
{
    int l = writer->layer;

    if (l < 0)
        return writer->component;
    if (writer->unit >= 0)
        return transect_text_format(self->ctx, self->host,
                                    brief ? "L%d unit %d"
                                          : "layer %d's unit %d",
                                    l, (int)writer->unit);
    if (writer->head >= 0)
        return transect_text_format(self->ctx, self->host, "L%dH%d", l,
                                    (int)writer->head);
    return transect_text_format(self->ctx, self->host,
                                brief ? "L%d %s" : "layer %d's %s", l,
                                writer->component);
}
