/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-split.c - a model in several GGUF files, NAME-00001-of-00003.gguf and
 * so on. The first has the metadata, of the others only the tensors count.
 * Source: gguf-split.cpp and llama-model-loader.cpp of llama.cpp. */
#include "base/mem.h"
#include "format/gguf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PARTS 1000

/* What a part says of itself. */
struct split {
    int64_t no, count, tensors;
};

static int read_split(const struct gguf *gguf, struct split *split,
                      struct error *err)
{
    int status;

    *split = (struct split){0, 1, -1};
    status = gguf_get_int(gguf, "split.count", 0, MAX_PARTS, &split->count,
                          err);
    if (!status)
        status = gguf_get_int(gguf, "split.no", 0, MAX_PARTS - 1, &split->no,
                              err);
    if (!status)
        status = gguf_get_int(gguf, "split.tensors.count", 0, INT32_MAX,
                              &split->tensors, err);
    return status;
}

/* The path of part i by that of another; the caller frees. NULL if that does
 * not end as the name of a part does. */
static char *part_path(const char *path, const struct split *split, int i)
{
    char *end = mem_printf("-%05d-of-%05d.gguf", (int)split->no + 1,
                           (int)split->count);
    size_t n = strlen(path), m = strlen(end);
    char *part = NULL;

    if (n > m && strcmp(path + n - m, end) == 0)
        part = mem_printf("%.*s-%05d-of-%05d.gguf", (int)(n - m), path, i + 1,
                          (int)split->count);
    free(end);
    return part;
}

static int check_part(const struct gguf *part, const struct split *right,
                      int i, struct error *err)
{
    struct split split;

    if (read_split(part, &split, err))
        return err->status;
    if (split.no == i && split.count == right->count &&
        split.tensors == right->tensors)
        return ST_OK;
    return error_set(err, ST_DATA, "%s: is part %lld of %lld with %lld "
                     "tensors in all; part %d of %lld with %lld expected, "
                     "as another file of the model says",
                     part->mapping.path, (long long)split.no + 1,
                     (long long)split.count, (long long)split.tensors, i + 1,
                     (long long)right->count, (long long)right->tensors);
}

static int open_part(const char *path, const struct split *split, int i,
                     struct gguf **part, struct error *err)
{
    char *name = part_path(path, split, i);
    int status;

    if (!name)
        status = error_set(err, ST_DATA, "%s: is part %lld of %lld; its name "
                           "must end with -%05lld-of-%05lld.gguf, by which "
                           "the others are found", path,
                           (long long)split->no + 1, (long long)split->count,
                           (long long)split->no + 1,
                           (long long)split->count);
    else if (access(name, F_OK) < 0)
        status = error_set(err, ST_DATA, "%s: is missing; %s is a part of "
                           "the same model", name, path);
    else
        status = gguf_open(name, part, err);
    free(name);
    return status ? status : check_part(*part, split, i, err);
}

/* The tensors of all parts become those of the first. */
static int join(struct gguf *first, const struct split *split,
                struct error *err)
{
    first->mapped = mem_new(first->n_parts + 1, sizeof *first->mapped);
    first->mapped[0] = first->mapping;
    for (size_t i = 0; i < first->n_parts; i++) {
        struct gguf *part = first->parts[i];

        first->mapped[i + 1] = part->mapping;
        first->tensors = mem_grow(first->tensors,
                                  first->n_tensors + part->n_tensors,
                                  sizeof *first->tensors);
        if (part->n_tensors)
            memcpy(first->tensors + first->n_tensors, part->tensors,
                   part->n_tensors * sizeof *part->tensors);
        first->n_tensors += part->n_tensors;
        part->n_tensors = 0; /* the names have a new owner */
    }
    if (split->tensors >= 0 && (int64_t)first->n_tensors == split->tensors)
        return ST_OK;
    return error_set(err, ST_DATA, "%s: the parts of the model have %zu "
                     "tensors; 'split.tensors.count' says %lld",
                     first->mapping.path, first->n_tensors,
                     (long long)split->tensors);
}

static int open_all(const char *path, const struct split *split,
                    struct gguf **out, struct error *err)
{
    struct gguf *first = NULL, *part = NULL;
    int status = open_part(path, split, 0, &first, err);

    if (!status)
        first->parts = mem_new((size_t)split->count - 1,
                               sizeof *first->parts);
    for (int i = 1; i < split->count && !status; i++) {
        part = NULL;
        status = open_part(path, split, i, &part, err);
        if (part)
            first->parts[first->n_parts++] = part;
    }
    if (!status)
        status = join(first, split, err);
    if (status)
        gguf_close(first);
    else
        *out = first;
    return status;
}

int gguf_open_parts(const char *path, struct gguf **out, struct error *err)
{
    struct gguf *named = NULL;
    struct split split;
    int status = gguf_open(path, &named, err);

    if (status)
        return status;
    status = read_split(named, &split, err);
    if (!status && split.count <= 1) {
        *out = named;
        return ST_OK;
    }
    gguf_close(named);
    return status ? status : open_all(path, &split, out, err);
}
