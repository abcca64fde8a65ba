/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* translators.c - a tuned lens (Belrose et al. 2023): for each layer a matrix
 * and a bias that bring the stream into the basis of the last layer,
 * x + W x + b. Translator i is for what enters layer i. */
#include "lens.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/kit/safetensors.h>

#define HEADER_MAX (1 << 20) /* more would be no header of such a file */

struct source {
    struct lens *lens;
    const char *path;
    FILE *file;
    char *header;
    int64_t at, size; /* of the numbers: behind the header, and how many bytes
                         there are */
};

static int refuse(const struct source *source, const char *why)
{
    return source->lens->host->fail(source->lens->ctx, "%s: %s", source->path,
                                    why);
}

static const char *open_source(struct source *source)
{
    unsigned char start[8];
    uint64_t size = 0;
    long end;

    source->file = fopen(source->path, "rb");
    if (!source->file || fread(start, 1, 8, source->file) != 8)
        return "cannot be read, or is too short to be a .safetensors file";
    for (int i = 8; i-- > 0;)
        size = size << 8 | start[i];
    if (size > HEADER_MAX)
        return "is no .safetensors file of a tuned lens; params.pt is to be "
               "converted, as transect-logit-lens(7) says";
    source->header = calloc((size_t)size + 1, 1);
    if (!source->header ||
        fread(source->header, 1, (size_t)size, source->file) != size)
        return "ends in its header";
    source->at = 8 + (int64_t)size;
    if (fseek(source->file, 0, SEEK_END) || (end = ftell(source->file)) < 0)
        return "cannot be read";
    source->size = end - source->at;
    return NULL;
}

/* "layer.3.weight" or "3.weight"? */
static bool is_named(const struct transect_safetensor *tensor, int32_t layer,
                     const char *what)
{
    char name[64];
    size_t n = (size_t)snprintf(name, sizeof name, "layer.%d.%s", (int)layer,
                                what);
    const char *plain = name + strlen("layer.");

    return (tensor->name_size == n &&
            memcmp(tensor->name, name, n) == 0) ||
           (tensor->name_size == strlen(plain) &&
            memcmp(tensor->name, plain, strlen(plain)) == 0);
}

/* (D) for n_dim 1, or (D, D), of the translator of a layer. *data is NULL if
 * it is not there. */
static const char *read_tensor(const struct source *source, int32_t layer,
                               const char *what, int n_dim, float **data)
{
    const struct lens *self = source->lens;
    struct transect_safetensor tensor = transect_safetensors_begin(
        source->header);
    size_t d = (size_t)self->model.d_model, n = n_dim == 2 ? d * d : d;

    *data = NULL;
    while (transect_safetensors_next(&tensor) &&
           !is_named(&tensor, layer, what))
        ;
    if (tensor.wrong)
        return tensor.wrong;
    if (!tensor.name || !is_named(&tensor, layer, what))
        return NULL;
    if (strncmp(tensor.type, "F32\"", 4) != 0)
        return "is not of float32; store it as such";
    if (tensor.n_dim != n_dim || tensor.size[0] != self->model.d_model ||
        tensor.size[n_dim - 1] != self->model.d_model)
        return "is of another size than the model's stream";
    if (tensor.begin < 0 || tensor.end > source->size ||
        tensor.end - tensor.begin != (int64_t)(n * sizeof **data))
        return "is not where its header says";
    *data = self->host->alloc(self->ctx, n, sizeof **data);
    if (fseek(source->file, (long)(source->at + tensor.begin), SEEK_SET) ||
        fread(*data, sizeof **data, n, source->file) != n)
        return "cannot be read";
    for (size_t i = 0; i < n; i++)
        if (!isfinite((*data)[i]))
            return "has a number that is not finite";
    return NULL;
}

/* That which goes with a place in the stream: none is for its end, which the
 * model reads itself. */
static int32_t translator_of(const struct lens *self, const struct site *site)
{
    int32_t i = site->point == TRANSECT_RESID_PRE ? site->layer
                                                  : site->layer + 1;

    return i < self->model.n_layer ? i : -1;
}

static int read_site(const struct source *source, struct site *site)
{
    struct lens *self = source->lens;
    int32_t layer = translator_of(self, site);
    float *weight = NULL, *bias = NULL;
    const char *part = "weight", *why;

    if (site->point != TRANSECT_RESID_PRE &&
        site->point != TRANSECT_RESID_POST)
        return self->host->fail(self->ctx, "translators are for what enters "
                                "layers: resid_pre and resid_post, not %s",
                                self->host->point_name(site->point));
    if (layer < 0)
        return TRANSECT_OK;
    why = read_tensor(source, layer, "weight", 2, &weight);
    if (!why) {
        part = "bias";
        why = read_tensor(source, layer, "bias", 1, &bias);
    }
    if (why)
        return self->host->fail(self->ctx, "%s: layer.%d.%s %s", source->path,
                                (int)layer, part, why);
    if (!weight)
        return self->host->fail(self->ctx, "%s: has no layer.%d.weight, which "
                                "the stream at %s of layer %d needs",
                                source->path, (int)layer,
                                self->host->point_name(site->point),
                                (int)site->layer);
    site->weight = weight;
    site->bias = bias;
    return TRANSECT_OK;
}

int lens_read_translators(struct lens *self, const char *path)
{
    struct source source = {.lens = self, .path = path};
    const char *why = open_source(&source);
    int status = why ? refuse(&source, why) : TRANSECT_OK;

    for (int32_t i = 0; i < self->n_site && !status; i++)
        status = read_site(&source, &self->sites[i]);
    if (source.file)
        fclose(source.file);
    free(source.header);
    return status;
}
