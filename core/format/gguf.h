/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf.h - GGUF, the file format of ggml: metadata and tensors in one file.
 *
 * Source: docs/gguf.md of the ggml project. Versions 2 and 3, little-endian.
 * What is read here is what the file says, in its own terms; gguf-model.h
 * makes a configuration and tensors of it as Hugging Face would have them. */
#ifndef CORE_FORMAT_GGUF_H
#define CORE_FORMAT_GGUF_H

#include "base/error.h"
#include "base/mapped-file.h"
#include <stdbool.h>
#include <stdint.h>

/* As numbered in files. */
enum gguf_kind {
    GGUF_U8, GGUF_I8, GGUF_U16, GGUF_I16, GGUF_U32, GGUF_I32, GGUF_F32,
    GGUF_BOOL, GGUF_STRING, GGUF_ARRAY, GGUF_U64, GGUF_I64, GGUF_F64
};

/* One entry of the metadata, checked to lie within the file. */
struct gguf_value {
    char *key;
    bool is_list;        /* an array of `kind`; else one value */
    enum gguf_kind kind; /* GGUF_ARRAY only in a list of lists */
    uint64_t n;          /* 1 if it is not a list */
    const unsigned char *bytes; /* in the mapping, any alignment */
};

/* Bytes in the mapping, of any content, without a final NUL. */
struct gguf_text {
    const char *bytes;
    size_t size;
};

struct gguf_tensor {
    char *name;
    const struct gguf_block *block; /* see gguf-quant.h */
    int n_dim;           /* 1 to 4 */
    int64_t dim[4];      /* outermost first, as everywhere in this program:
                            the reverse of the file's order */
    uint64_t offset;     /* from the beginning of the data */
    const unsigned char *data; /* rows of blocks, one after another */
    size_t size;         /* bytes */
    const char *path;    /* of its file; borrowed from the mapping */
};

struct gguf {
    struct mapped_file mapping;
    uint32_t version;
    struct gguf_value *values; /* sorted by key */
    size_t n_values;
    struct gguf_tensor *tensors; /* in order of their data */
    size_t n_tensors;
    struct gguf **parts; /* (n_parts): the other files of a model in several,
                            whose tensors are among those above */
    size_t n_parts;
    struct mapped_file *mapped; /* (n_parts + 1): all mappings, borrowed; NULL
                                   if there are no parts */
};

/* Everything is checked here: counts, lengths, kinds, names given twice,
 * nesting, sizes, alignment, overlap, range. ST_DATA with file, byte and the
 * entry at which it stopped. O(n log n) in the header's entries. */
int gguf_open(const char *path, struct gguf **gguf, struct error *err);
void gguf_close(struct gguf *gguf);
/* gguf-split.c: the same of a model in several files, of which any may be
 * named: the first, with the tensors of all. ST_DATA for one that is missing
 * or that does not belong to the others. */
int gguf_open_parts(const char *path, struct gguf **gguf, struct error *err);

/* gguf_open without the file: gguf->mapping is set, the rest zeroed. After a
 * failure, too, gguf_clear frees what was read, but not the mapping. */
int gguf_read(struct gguf *gguf, struct error *err);
void gguf_clear(struct gguf *gguf);

/* NULL if there is none of the name. */
const struct gguf_value *gguf_find(const struct gguf *gguf, const char *key);
const struct gguf_tensor *gguf_find_tensor(const struct gguf *gguf,
                                           const char *name);

/* A value of a known type. Absent leaves *out as it is; another type, or a
 * number out of range, is an error that names file and key (ST_DATA). */
int gguf_get_int(const struct gguf *gguf, const char *key, int64_t min,
                 int64_t max, int64_t *out, struct error *err);
int gguf_get_real(const struct gguf *gguf, const char *key, double *out,
                  struct error *err);
int gguf_get_bool(const struct gguf *gguf, const char *key, bool *out,
                  struct error *err);
int gguf_get_text(const struct gguf *gguf, const char *key,
                  struct gguf_text *out, struct error *err);
/* The same for a name: printable ASCII only; the caller frees. */
int gguf_get_word(const struct gguf *gguf, const char *key, char **out,
                  struct error *err);

/* Lists; the caller frees. Absent leaves *list and *n as they are. */
int gguf_get_texts(const struct gguf *gguf, const char *key,
                   struct gguf_text **list, size_t *n, struct error *err);
int gguf_get_ints(const struct gguf *gguf, const char *key, int32_t **list,
                  size_t *n, struct error *err);
int gguf_get_truths(const struct gguf *gguf, const char *key, bool **list,
                    size_t *n, struct error *err);
int gguf_get_floats(const struct gguf *gguf, const char *key, float **list,
                    size_t *n, struct error *err);

#endif
