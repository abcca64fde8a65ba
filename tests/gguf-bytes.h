/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-bytes.h - composes GGUF files in memory, right ones and wrong ones:
 * a header, values, tensor entries and data, in this order. */
#ifndef TESTS_GGUF_BYTES_H
#define TESTS_GGUF_BYTES_H

#include "format/gguf.h"

struct gguf_bytes {
    unsigned char *bytes; /* free() them */
    size_t n;
};

void put_bytes(struct gguf_bytes *to, const void *bytes, size_t n);
void put_u32(struct gguf_bytes *to, uint32_t n);
void put_u64(struct gguf_bytes *to, uint64_t n);
void put_string(struct gguf_bytes *to, const char *text);

/* "GGUF", version 3, the counts. */
void put_header(struct gguf_bytes *to, uint64_t n_tensors,
                uint64_t n_values);
/* Values of the metadata, with their keys. */
void put_int(struct gguf_bytes *to, const char *key, uint32_t n);
void put_real(struct gguf_bytes *to, const char *key, float x);
void put_truth(struct gguf_bytes *to, const char *key, bool truth);
void put_text(struct gguf_bytes *to, const char *key, const char *text);
/* The beginning of a list, whose elements are to follow. */
void put_list(struct gguf_bytes *to, const char *key, enum gguf_kind kind,
              uint64_t n);
/* A tensor's entry; rows 0: it has one dimension. type as in files. */
void put_tensor(struct gguf_bytes *to, const char *name, uint32_t type,
                uint64_t rows, uint64_t cols, uint64_t offset);
/* Zeros up to a multiple of 32. */
void put_padding(struct gguf_bytes *to);

#endif
