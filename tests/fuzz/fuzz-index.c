/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-index.c - any bytes as model.safetensors.index.json, in a folder with
 * two shards. An index is right if it names all tensors of the shards that it
 * names, in the right ones. */
#include "harness.h"

#include "base/mem.h"
#include "format/safetensors.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY(name, begin, end)                                             \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":["      \
    begin "," end "]}"

static char *dir;

static void put_shard(const char *name, const char *header, size_t n)
{
    static const float data[] = {1, 2};
    size_t size = strlen(header);
    uint8_t file[200] = {(uint8_t)size};
    char *path = mem_path("index", name);

    memcpy(file + 8, header, size);
    memcpy(file + 8 + size, data, n * sizeof *data);
    free(fuzz_put(path, file, 8 + size + n * sizeof *data));
    free(path);
}

static void set_up(void)
{
    if (dir)
        return;
    dir = fuzz_subfolder("index");
    put_shard("a", "{" ENTRY("x", "0", "4") "," ENTRY("y", "4", "8") "}", 2);
    put_shard("b", "{" ENTRY("z", "0", "4") "}", 1);
}

/* The values are known. */
static float value(const struct tensors *tensors, const char *name)
{
    float value;

    tensor_read(tensors_find(tensors, name), &value);
    return value;
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct tensors *tensors;
    struct error err = {0};

    set_up();
    free(fuzz_put("index/model.safetensors.index.json", bytes, size));
    if (safetensors_open(dir, &tensors, &err)) {
        fuzz_check_refusal(&err, ST_DATA, dir);
        return false;
    }
    if (tensors_find(tensors, "x"))
        FUZZ_CHECK(value(tensors, "x") == 1 && value(tensors, "y") == 2);
    if (tensors_find(tensors, "z"))
        FUZZ_CHECK(value(tensors, "z") == 1);
    FUZZ_CHECK(tensors->n == (tensors_find(tensors, "x") ? 2u : 0) +
                                 (tensors_find(tensors, "z") ? 1u : 0));
    FUZZ_CHECK(tensors->n_mappings == (tensors->n + 1) / 2);
    tensors_close(tensors);
    return true;
}

const struct fuzz_target fuzz_index = {"index", run, false};
