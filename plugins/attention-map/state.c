/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* state.c - what attention-map knows of samples, as bytes: its maps, which
 * are sums, and the tokens of the one sample. */
#include "attention-map.h"

#include "../common/carry.h"

#include <stdlib.h>

static void carry_map(struct carrier *carrier,
                      const struct attention_map *self, struct map *map)
{
    size_t w = (size_t)self->n_window;

    carry(carrier, map->cells, w * w, sizeof *map->cells);
    carry(carrier, map->keys, (size_t)self->n_token, sizeof *map->keys);
}

static void carry_tokens(struct carrier *carrier,
                         const struct attention_map *self, int32_t *tokens)
{
    if (self->tokens)
        carry(carrier, tokens, (size_t)self->n_token, sizeof *tokens);
}

static void carry_all(struct carrier *carrier, struct attention_map *self)
{
    carry_tokens(carrier, self, self->tokens);
    for (size_t i = 0; i < self->n_maps; i++)
        carry_map(carrier, self, &self->maps[i]);
}

static int save(void *state)
{
    struct attention_map *self = state;
    struct carrier carrier = carrier_out(self->ctx, self->host);

    carry_all(&carrier, self);
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    struct attention_map *self = state;
    struct carrier carrier = carrier_in(self->ctx, self->host, bytes, size);

    carry_all(&carrier, self);
    return carrier_end(&carrier);
}

/* Where keys come later, NaN stays NaN. */
static void add(struct attention_map *self, struct map *map,
                const struct map *other)
{
    int32_t n = self->n_window;

    for (int32_t i = 0; i < n * n; i++)
        map->cells[i] += other->cells[i];
    for (int32_t i = 0; i < self->n_token; i++)
        map->keys[i] += other->keys[i];
}

static void merge_tokens(struct attention_map *self, const int32_t *tokens)
{
    for (int32_t i = 0; i < self->n_token; i++)
        if (tokens[i] >= 0)
            self->tokens[i] = tokens[i];
}

static int merge(void *state, const void *bytes, size_t size)
{
    struct attention_map *self = state;
    struct carrier carrier = carrier_in(self->ctx, self->host, bytes, size);
    size_t w = (size_t)self->n_window, t = (size_t)self->n_token;
    struct map other = {.cells = calloc(w * w, sizeof *other.cells),
                        .keys = calloc(t, sizeof *other.keys)};
    int32_t *tokens = calloc(t, sizeof *tokens);
    int status = TRANSECT_FAILED;

    if (!other.cells || !other.keys || !tokens) {
        self->host->fail(self->ctx, "no memory");
        goto out;
    }
    carry_tokens(&carrier, self, tokens);
    if (self->tokens)
        merge_tokens(self, tokens);
    for (size_t i = 0; i < self->n_maps; i++) {
        carry_map(&carrier, self, &other);
        add(self, &self->maps[i], &other);
    }
    status = carrier_end(&carrier);
out:
    free(other.cells);
    free(other.keys);
    free(tokens);
    return status;
}

const struct transect_state attention_map_state = {
    sizeof attention_map_state, save, restore, merge, NULL};
