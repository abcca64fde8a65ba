/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-quant.h - the element types of GGUF files: blocks of numbers. */
#ifndef CORE_FORMAT_GGUF_QUANT_H
#define CORE_FORMAT_GGUF_QUANT_H

#include <stddef.h>
#include <stdint.h>

struct gguf_block {
    const char *name;
    uint32_t id;  /* ggml_type in files */
    int elements; /* of one block; a row is a whole number of blocks */
    int bytes;    /* of one block; 0: a type that is not read here */
    void (*decode)(const unsigned char *from, float *out, size_t n);
};

/* NULL for a number that is no type at all. */
const struct gguf_block *gguf_block_find(uint32_t id);
/* The names of the types that are read, for messages. */
const char *gguf_block_names(void);

/* n elements, a whole number of blocks, to float32. Exact: what is rounded is
 * only what the type's definition rounds, so that the bits are those of
 * ggml's and of the gguf package's reference code. */
void gguf_dequantize(const struct gguf_block *block,
                     const unsigned char *from, float *to, size_t n);

#endif
