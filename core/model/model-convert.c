/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-convert.c - which of a model's matrices are stored, and what making
 * float32 of them, or packing them, takes. */
#include "model/model.h"

#include "base/mem.h"
#include "tensor/bfloat16-tiles.h"
#include "tensor/bfloat16-weights.h"
#include "tensor/float32-cache.h"

#include <stdlib.h>

#define OF_BLOCK 7
#define OF_MODEL 4

static size_t n_matrices(const struct model *model)
{
    return OF_MODEL + OF_BLOCK * (size_t)model->config.n_layer;
}

/* The unembedding last: where it is the token embedding, it comes to that
 * one's copy. */
static struct linear *matrix(struct model *model, size_t i)
{
    size_t layers = n_matrices(model) - OF_MODEL;
    struct block *block = &model->blocks[i < layers ? i / OF_BLOCK : 0];
    struct linear *const of_block[OF_BLOCK] = {
        &block->q, &block->k, &block->v, &block->o,
        &block->mlp.in, &block->mlp.gate, &block->mlp.out,
    };

    struct linear *const of_model[OF_MODEL] = {
        &model->embedding, &model->project_in, &model->project_out,
        &model->unembed,
    };

    return i < layers ? of_block[i % OF_BLOCK] : of_model[i - layers];
}

static bool is_stored(const struct linear *linear)
{
    return !linear->w && linear->stored.tensor;
}

/* The tensor that a matrix is of; NULL: it is a copy. */
static const struct tensor *tensor_of(const struct model *model,
                                      const struct linear *linear)
{
    const struct tensors *all = model->files->tensors;
    uintptr_t at = (uintptr_t)linear->w;

    if (linear->stored.tensor)
        return linear->stored.tensor;
    for (size_t i = 0; i < all->n; i++) {
        uintptr_t data = (uintptr_t)all->tensors[i].data;

        if (at >= data && at - data < all->tensors[i].size)
            return &all->tensors[i];
    }
    return NULL;
}

static int refuse_split(const struct model *model, const struct linear *linear,
                        struct error *err)
{
    const struct tensor *tensor = tensor_of(model, linear);

    if (!tensor)
        return error_set(err, ST_USAGE, "arithmetic = split-bfloat16 is for "
                         "matrices that are stored as BF16; the model has "
                         "others");
    return error_set(err, ST_USAGE, "arithmetic = split-bfloat16 is for "
                     "matrices that are stored as BF16; tensor '%s' of %s is "
                     "%s", tensor->name, tensor->path, tensor->dtype_text);
}

int model_split(struct model *model, struct error *err)
{
    const char *lacking = bfloat16_tiles_lacking();

    if (lacking)
        return error_set(err, ST_USAGE,
                         "arithmetic = split-bfloat16: %s; leave it out",
                         lacking);
    for (size_t i = 0; i < n_matrices(model); i++) {
        struct linear *linear = matrix(model, i);

        /* Rows of the embedding are looked up. */
        if (linear == &model->embedding ||
            (!linear->w && !linear->stored.tensor))
            continue;
        if (!bfloat16_weights_fit(linear))
            return refuse_split(model, linear, err);
        linear->split = bfloat16_weights_new(linear);
    }
    return ST_OK;
}

void model_free_split(struct model *model)
{
    for (size_t i = 0; model->blocks && i < n_matrices(model); i++)
        bfloat16_weights_free(matrix(model, i)->split);
}

static int pack(struct model *model, struct error *err)
{
    for (size_t i = 0; i < n_matrices(model); i++) {
        struct linear *linear = matrix(model, i);

        if (linear->split &&
            bfloat16_weights_pack(linear->split, linear, err))
            return err->status;
    }
    return ST_OK;
}

int model_convert(struct model *model, struct error *err)
{
    if (model->unembed.split)
        return pack(model, err);
    for (size_t i = 0; i < n_matrices(model); i++) {
        struct linear *linear = matrix(model, i);

        if (!is_stored(linear))
            continue;
        linear->w = float32_cache_get(model->copies, linear, err);
        if (!linear->w)
            return err->status;
    }
    return ST_OK;
}

/* Const, as it changes nothing. */
static const struct linear *look_at(const struct model *model, size_t i)
{
    return matrix((struct model *)(uintptr_t)model, i);
}

uint64_t model_stored_bytes(const struct model *model)
{
    uint64_t bytes = 0;

    for (size_t i = 0; model->unembed.split && i < n_matrices(model); i++)
        if (look_at(model, i)->split)
            bytes += bfloat16_weights_bytes(look_at(model, i)->split);
    if (bytes)
        return bytes;
    for (size_t i = 0; i < n_matrices(model); i++) {
        const struct linear *linear = look_at(model, i);

        if (linear == &model->unembed && model->config.tied)
            continue;
        if (is_stored(linear) && !float32_cache_have(model->copies, linear))
            bytes += sizeof(float) * (uint64_t)linear->n_in *
                     (uint64_t)linear->n_out;
    }
    return bytes;
}

uint64_t model_copied_bytes(const struct model *model)
{
    return float32_cache_bytes(model->copies) + model->owned_bytes;
}

size_t model_panel(const struct model *model)
{
    size_t most = 0;

    for (size_t i = 0; i < n_matrices(model); i++) {
        size_t n = linear_panel(look_at(model, i));

        most = n > most ? n : most;
    }
    return most;
}

const float *model_floats(const struct model *model,
                          const struct linear *linear)
{
    const float *values = linear->w;
    struct error err;

    if (!is_stored(linear))
        return values;
    values = float32_cache_get(model->copies, linear, &err);
    if (!values) {
        mem_end((size_t)linear->n_in * (size_t)linear->n_out *
                    sizeof *values, err.text);
    }
    return values;
}
