/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-tensors.c - the tensors of a GGUF file as Hugging Face has them: by
 * its names, and with what the converter changed changed back. */
#include "base/mem.h"
#include "format/gguf-model.h"
#include "format/gguf-quant.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BLOCK 256 /* elements */

/* How a tensor's rows lie in the file. */
enum order {
    ROWS_AS_IS,
    ROWS_PAIRED,  /* of each head: dims (0, d/2), (1, d/2 + 1)... adjoin, which
                     makes a rotation of halves one of neighbours */
    ROWS_SORTED,  /* all queries, all keys, all values; else for each key/value
                     head its queries, its key, its value */
    ROWS_TRANSPOSED
};

struct coding {
    const struct gguf_block *block;
    enum order order;
    int64_t n_head, n_kv, d_head;
    bool plus_one;
};

/* Where the file has row i of a ROWS_PAIRED tensor. */
static int64_t pair(const struct coding *coding, int64_t i)
{
    int64_t d = coding->d_head, head = i / d, half = d / 2;

    return head * d + i % d % half * 2 + i % d / half;
}

/* The same for ROWS_SORTED. */
static int64_t sort(const struct coding *coding, int64_t i)
{
    int64_t queries = coding->n_head / coding->n_kv;
    int64_t group = i / coding->d_head / (queries + 2);
    int64_t place = i / coding->d_head % (queries + 2);
    int64_t head = place < queries
                       ? group * queries + place
                       : coding->n_head + (place - queries) * coding->n_kv +
                             group;

    return head * coding->d_head + i % coding->d_head;
}

static int64_t source_of(const struct coding *coding, int64_t i)
{
    switch (coding->order) {
    case ROWS_PAIRED:
        return pair(coding, i);
    case ROWS_SORTED:
        return sort(coding, i);
    default:
        return i;
    }
}

/* out (cols, rows) from rows x cols in the file. */
static void decode_transposed(const struct tensor *tensor, float *out)
{
    const struct coding *coding = tensor->coding;
    const struct gguf_block *block = coding->block;
    const unsigned char *from = tensor->data;
    int64_t rows = tensor->dim[1], cols = tensor->dim[0];
    float part[MAX_BLOCK];

    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j += block->elements) {
            gguf_dequantize(block, from, part, (size_t)block->elements);
            from += block->bytes;
            for (int k = 0; k < block->elements; k++)
                out[(j + k) * rows + i] = part[k];
        }
}

/* A vector's elements are its rows where rows change places. */
static void decode(const struct tensor *tensor, float *out)
{
    const struct coding *coding = tensor->coding;
    const struct gguf_block *block = coding->block;
    const unsigned char *from = tensor->data;
    size_t n = tensor_count(tensor), rows = (size_t)tensor->dim[0];
    size_t bytes = tensor->size / rows;

    if (coding->order == ROWS_TRANSPOSED) {
        decode_transposed(tensor, out);
        return;
    }
    if (coding->order == ROWS_AS_IS) {
        gguf_dequantize(block, from, out, n);
    } else {
        for (size_t i = 0; i < rows; i++) {
            int64_t source = source_of(coding, (int64_t)i);

            gguf_dequantize(block, from + (size_t)source * bytes,
                            out + i * (n / rows), n / rows);
        }
    }
    for (size_t i = 0; coding->plus_one && i < n; i++)
        out[i] -= 1;
}

/* Whole blocks, and of the first and the last a part. */
static void decode_row(const struct tensor *tensor, int64_t row, int64_t col,
                       int64_t n, float *out)
{
    const struct coding *coding = tensor->coding;
    const struct gguf_block *block = coding->block;
    const unsigned char *from = tensor->data;
    int64_t bytes = (int64_t)tensor->size / tensor->dim[0];
    int64_t count, elements = block->elements;
    float part[MAX_BLOCK];

    from += source_of(coding, row) * bytes + col / elements * block->bytes;
    for (int64_t skip = col % elements; n > 0; skip = 0) {
        if (skip == 0 && n >= elements) {
            count = n - n % elements;
            gguf_dequantize(block, from, out, (size_t)count);
        } else {
            count = elements - skip < n ? elements - skip : n;
            gguf_dequantize(block, from, part, (size_t)elements);
            memcpy(out, part + skip, (size_t)count * sizeof *out);
        }
        from += (skip + count) / elements * block->bytes;
        out += count;
        n -= count;
    }
}

/* What the metadata say of heads; 1 where they do not, which is found out
 * when the configuration is read. */
struct heads {
    int64_t n_head, n_kv, d_head;
};

static int64_t size_of(const struct gguf *gguf,
                       const struct gguf_family *family, const char *name,
                       int64_t fallback)
{
    char *key = mem_printf("%s.%s", family->architecture, name);
    struct error ignored;

    gguf_get_int(gguf, key, 1, 1 << 30, &fallback, &ignored);
    free(key);
    return fallback;
}

static struct heads heads_of(const struct gguf *gguf,
                             const struct gguf_family *family)
{
    struct heads heads;
    int64_t width = size_of(gguf, family, "embedding_length", 1);

    heads.n_head = size_of(gguf, family, "attention.head_count", 1);
    heads.n_kv = size_of(gguf, family, "attention.head_count_kv",
                         heads.n_head);
    heads.d_head = size_of(gguf, family, "attention.key_length",
                           width / heads.n_head);
    return heads;
}

/* Is name "blk.NUMBER.PART.weight" or "...bias"? */
static bool is_part(const char *name, const char *part)
{
    size_t digits, n = strlen(part);

    if (strncmp(name, "blk.", 4) != 0)
        return false;
    digits = strspn(name + 4, "0123456789");
    name += 4 + digits;
    return digits && *name == '.' && strncmp(name + 1, part, n) == 0 &&
           (strcmp(name + 1 + n, ".weight") == 0 ||
            strcmp(name + 1 + n, ".bias") == 0);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static enum order order_of(const struct gguf_family *family,
                           const struct gguf_tensor *tensor)
{
    const char *name = tensor->name;

    if (family->paired && (is_part(name, "attn_q") || is_part(name, "attn_k")))
        return ROWS_PAIRED;
    if (family->sorted_qkv && is_part(name, "attn_qkv"))
        return ROWS_SORTED;
    if (family->transposed && tensor->n_dim == 2 &&
        (is_part(name, "attn_qkv") || is_part(name, "attn_output") ||
         is_part(name, "ffn_up") || is_part(name, "ffn_down")))
        return ROWS_TRANSPOSED;
    return ROWS_AS_IS;
}

/* Rows can change places only if there are as many as heads have. */
static int check_order(const struct gguf *gguf,
                       const struct gguf_tensor *tensor,
                       struct coding *coding, struct error *err)
{
    int64_t rows = tensor->dim[0], d = coding->d_head;
    bool fits = d > 0 && rows % d == 0;

    if (coding->order != ROWS_PAIRED && coding->order != ROWS_SORTED)
        return ST_OK;
    if (fits && coding->order == ROWS_PAIRED) {
        fits = d % 2 == 0;
    } else if (fits) {
        coding->n_kv = (rows / d - coding->n_head) / 2;
        fits = coding->n_kv > 0 && coding->n_head % coding->n_kv == 0 &&
               rows / d == coding->n_head + 2 * coding->n_kv;
    }
    if (!fits || (tensor->n_dim == 1 && tensor->block->elements > 1))
        return error_set(err, ST_DATA, "%s: tensor '%s' has %lld rows, which "
                         "is no whole number of heads %lld wide",
                         gguf->mapping.path, tensor->name, (long long)rows,
                         (long long)d);
    return ST_OK;
}

/* Plain arrays are read where they are. */
static enum dtype dtype_of(const struct coding *coding)
{
    static const struct {
        const char *name;
        enum dtype dtype;
    } plain[] = {
        {"F32", DTYPE_F32}, {"F16", DTYPE_F16}, {"BF16", DTYPE_BF16},
    };

    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (coding->order == ROWS_AS_IS && !coding->plus_one &&
            strcmp(coding->block->name, plain[i].name) == 0)
            return plain[i].dtype;
    return DTYPE_CODED;
}

/* *coding lasts as long as the tensor. */
static void describe(const struct gguf_tensor *from,
                     const struct coding *coding, struct tensor *to)
{
    to->dtype = dtype_of(coding);
    strncpy(to->dtype_text, coding->block->name, sizeof to->dtype_text - 1);
    to->n_dim = from->n_dim;
    for (int i = 0; i < from->n_dim; i++)
        to->dim[i] = from->dim[i];
    if (coding->order == ROWS_TRANSPOSED) {
        to->dim[0] = from->dim[1];
        to->dim[1] = from->dim[0];
    }
    to->data = from->data;
    to->size = from->size;
    to->decode = decode;
    if (coding->order != ROWS_TRANSPOSED && !coding->plus_one)
        to->decode_row = decode_row;
    to->coding = coding;
}

/* Factors of rotation, which are part of the configuration. */
static bool is_setting(const char *name)
{
    return strcmp(name, "rope_freqs.weight") == 0 ||
           strcmp(name, "rope_factors_long.weight") == 0 ||
           strcmp(name, "rope_factors_short.weight") == 0;
}

static int add_tensors(const struct gguf *gguf, struct tensors *tensors,
                       const struct gguf_family *family, struct error *err)
{
    struct heads heads = heads_of(gguf, family);
    struct coding *codings = mem_new(gguf->n_tensors, sizeof *codings);
    int status = ST_OK;

    tensors->codings = codings;
    tensors->tensors = mem_new(gguf->n_tensors, sizeof *tensors->tensors);
    for (size_t i = 0; !status && i < gguf->n_tensors; i++) {
        const struct gguf_tensor *from = &gguf->tensors[i];
        struct tensor *to = &tensors->tensors[tensors->n];
        struct coding *coding = &codings[i];

        if (is_setting(from->name))
            continue;
        *coding = (struct coding){from->block, order_of(family, from),
                                  heads.n_head, heads.n_kv, heads.d_head,
                                  family->plus_one &&
                                      ends_with(from->name, "norm.weight")};
        status = check_order(gguf, from, coding, err);
        to->name = gguf_name_of(family, from->name);
        to->path = from->path;
        describe(from, coding, to);
        tensors->n++;
    }
    return status ? status : tensors_sort(tensors, err);
}

int gguf_tensors(const struct gguf *gguf, struct tensors **out,
                 struct error *err)
{
    struct tensors *tensors = mem_new(1, sizeof *tensors);
    const struct gguf_family *family;
    int status = gguf_find_family(gguf, &family, err);

    if (!status)
        status = add_tensors(gguf, tensors, family, err);
    if (status)
        tensors_close(tensors);
    else
        *out = tensors;
    return status;
}
