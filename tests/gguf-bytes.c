/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-bytes.c - composes GGUF files in memory. */
#include "gguf-bytes.h"

#include "base/mem.h"

#include <string.h>

void put_bytes(struct gguf_bytes *to, const void *bytes, size_t n)
{
    to->bytes = mem_grow(to->bytes, to->n + n, 1);
    memcpy(to->bytes + to->n, bytes, n);
    to->n += n;
}

void put_u32(struct gguf_bytes *to, uint32_t n)
{
    put_bytes(to, &n, sizeof n);
}

void put_u64(struct gguf_bytes *to, uint64_t n)
{
    put_bytes(to, &n, sizeof n);
}

void put_string(struct gguf_bytes *to, const char *text)
{
    put_u64(to, strlen(text));
    put_bytes(to, text, strlen(text));
}

void put_header(struct gguf_bytes *to, uint64_t n_tensors, uint64_t n_values)
{
    put_bytes(to, "GGUF", 4);
    put_u32(to, 3);
    put_u64(to, n_tensors);
    put_u64(to, n_values);
}

static void put_key(struct gguf_bytes *to, const char *key,
                    enum gguf_kind kind)
{
    put_string(to, key);
    put_u32(to, kind);
}

void put_int(struct gguf_bytes *to, const char *key, uint32_t n)
{
    put_key(to, key, GGUF_U32);
    put_u32(to, n);
}

void put_real(struct gguf_bytes *to, const char *key, float x)
{
    put_key(to, key, GGUF_F32);
    put_bytes(to, &x, sizeof x);
}

void put_truth(struct gguf_bytes *to, const char *key, bool truth)
{
    put_key(to, key, GGUF_BOOL);
    put_bytes(to, truth ? "\1" : "\0", 1);
}

void put_text(struct gguf_bytes *to, const char *key, const char *text)
{
    put_key(to, key, GGUF_STRING);
    put_string(to, text);
}

void put_list(struct gguf_bytes *to, const char *key, enum gguf_kind kind,
              uint64_t n)
{
    put_key(to, key, GGUF_ARRAY);
    put_u32(to, kind);
    put_u64(to, n);
}

void put_tensor(struct gguf_bytes *to, const char *name, uint32_t type,
                uint64_t rows, uint64_t cols, uint64_t offset)
{
    put_string(to, name);
    put_u32(to, rows ? 2 : 1);
    put_u64(to, cols);
    if (rows)
        put_u64(to, rows);
    put_u32(to, type);
    put_u64(to, offset);
}

void put_padding(struct gguf_bytes *to)
{
    const unsigned char zeros[32] = {0};

    put_bytes(to, zeros, (32 - to->n % 32) % 32);
}
