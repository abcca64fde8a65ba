/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-safetensors.c - a safetensors file: any bytes, or, where they begin
 * with '{', the text of a header up to the first NUL and the data behind it,
 * before which its length is put. */
#include "harness.h"

#include "base/mem.h"
#include "format/safetensors-header.h"

#include <stdlib.h>
#include <string.h>

/* The file; the caller frees it. */
static uint8_t *make_file(const uint8_t *bytes, size_t *size)
{
    const uint8_t *nul = *size && bytes[0] == '{' ? memchr(bytes, 0, *size)
                                                  : NULL;
    size_t header = nul ? (size_t)(nul - bytes) : *size, data;
    uint8_t *file;

    if (!*size || bytes[0] != '{') {
        file = mem_new(*size, 1);
        if (*size)
            memcpy(file, bytes, *size);
        return file;
    }
    data = nul ? *size - header - 1 : 0;
    file = mem_new(8 + header + data, 1);
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)header >> 8 * i);
    memcpy(file + 8, bytes, header);
    if (data)
        memcpy(file + 8 + header, nul + 1, data);
    *size = 8 + header + data;
    return file;
}

/* What the format demands, asked in another way: sizes add up to the data. */
static void check(const struct tensors *tensors, const uint8_t *file,
                  size_t size)
{
    size_t sum = 0, header = 0;

    for (int i = 7; i >= 0; i--)
        header = header << 8 | file[i];
    for (size_t i = 0; i < tensors->n; i++) {
        const struct tensor *tensor = &tensors->tensors[i];
        const uint8_t *data = tensor->data;

        FUZZ_CHECK(safetensors_is_name(tensor->name));
        FUZZ_CHECK(data >= file + 8 + header);
        FUZZ_CHECK(tensor->size <= (size_t)(file + size - data));
        sum += tensor->size;
    }
    FUZZ_CHECK(sum == size - 8 - header);
}

static bool run(const uint8_t *bytes, size_t size)
{
    uint8_t *file = make_file(bytes, &size);
    char path[] = "fuzz.safetensors";
    const struct mapped_file mapping = {path, file, size};
    struct tensors *tensors = mem_new(1, sizeof *tensors);
    struct error err = {0};
    bool accepted = !safetensors_read_header(&mapping, tensors, &err);

    if (accepted) {
        check(tensors, file, size);
        fuzz_read_tensors(tensors);
        if (tensors_sort(tensors, &err))
            fuzz_check_refusal(&err, ST_DATA, path);
    } else {
        fuzz_check_refusal(&err, ST_DATA, path);
        FUZZ_CHECK(!tensors->n);
    }
    tensors_close(tensors);
    free(file);
    return accepted;
}

const struct fuzz_target fuzz_safetensors = {"safetensors", run, false};
