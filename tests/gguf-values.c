/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-values.c - writes a tensor of a GGUF file as float32 to standard
 * output, for comparison with other programs' reading of it. */
#include "format/gguf-quant.h"
#include "format/gguf.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static int write_values(const struct gguf_tensor *tensor, struct error *err)
{
    size_t n = tensor->size / (size_t)tensor->block->bytes *
               (size_t)tensor->block->elements;
    float *values = mem_tensor(1, n, err);

    if (!values)
        return err->status;
    gguf_dequantize(tensor->block, tensor->data, values, n);
    if (fwrite(values, sizeof *values, n, stdout) != n || fflush(stdout))
        error_errno(err, ST_FAILED, "standard output", "cannot write");
    free(values);
    return err->status;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct gguf *gguf = NULL;
    const struct gguf_tensor *tensor;

    if (argc != 3) {
        fprintf(stderr, "usage: gguf-values FILE TENSOR\n");
        return ST_USAGE;
    }
    if (!gguf_open(argv[1], &gguf, &err)) {
        tensor = gguf_find_tensor(gguf, argv[2]);
        if (tensor)
            write_values(tensor, &err);
        else
            error_set(&err, ST_USAGE, "%s: no tensor '%s'", argv[1],
                      argv[2]);
    }
    if (err.status)
        fprintf(stderr, "gguf-values: %s\n", err.text);
    gguf_close(gguf);
    return err.status;
}
