/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* safetensors.c - a model's safetensors files, one or several. */
#include "format/safetensors.h"

#include "base/json.h"
#include "base/mem.h"
#include "format/safetensors-header.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SINGLE "model.safetensors"
#define INDEX "model.safetensors.index.json"

/* tensors->mappings has room. */
static int add_file(struct tensors *tensors, const char *path,
                    struct error *err)
{
    struct mapped_file *mapping = &tensors->mappings[tensors->n_mappings];
    int status = mapped_file_open(path, mapping, err);

    if (status)
        return status;
    tensors->n_mappings++;
    return safetensors_read_header(mapping, tensors, err);
}

/* A shard lies in the model's folder and nowhere else. */
static bool is_plain_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == '/')
            return false;
    return name[0] != '.' && strlen(name) > 0 && strlen(name) < 256;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The different files of the map, sorted, in names (borrowed). */
static int list_shards(json_t *map, const char *path, const char **names,
                       size_t *n, struct error *err)
{
    const char *tensor;
    json_t *file;
    size_t total = 0;

    json_object_foreach (map, tensor, file) {
        const char *name = json_string_value(file);

        if (!name || !is_plain_name(name) || !safetensors_is_name(tensor))
            return error_set(err, ST_DATA, "%s: entry %zu of 'weight_map' "
                             "is not a tensor name with a plain file name",
                             path, total + 1);
        names[total++] = name;
    }
    if (total)
        qsort(names, total, sizeof *names, by_text);
    for (size_t i = 0; i < total; i++)
        if (!*n || strcmp(names[*n - 1], names[i]) != 0)
            names[(*n)++] = names[i];
    return ST_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Each tensor is in the shard that the index says, and in no other. */
static int check_map(const struct tensors *tensors, json_t *map,
                     const char *path, struct error *err)
{
    for (size_t i = 0; i < tensors->n; i++) {
        const struct tensor *tensor = &tensors->tensors[i];
        const char *file = json_string_value(json_object_get(map,
                                                             tensor->name));

        if (!file || strcmp(file, base_name(tensor->path)) != 0)
            return error_set(err, ST_DATA, "%s: '%s' is in %s; 'weight_map' "
                             "says %s", path, tensor->name,
                             base_name(tensor->path),
                             file ? file : "nothing of it");
    }
    return ST_OK;
}

/* And each name of the index has a tensor. */
static int check_presence(const struct tensors *tensors, json_t *map,
                          const char *path, struct error *err)
{
    const char *name;
    json_t *file;

    json_object_foreach (map, name, file)
        if (!tensors_find(tensors, name))
            return error_set(err, ST_DATA, "%s: '%s' is in no file; "
                             "'weight_map' says %s", path, name,
                             json_string_value(file));
    return ST_OK;
}

/* map is not empty. */
static int open_shards(const char *dir, json_t *map, const char *path,
                       struct tensors *tensors, struct error *err)
{
    const char **names = mem_new(json_object_size(map), sizeof *names);
    size_t n = 0;
    int status = list_shards(map, path, names, &n, err);

    tensors->mappings = mem_new(n, sizeof *tensors->mappings);
    for (size_t i = 0; !status && i < n; i++) {
        char *shard = mem_path(dir, names[i]);

        if (access(shard, F_OK) < 0)
            status = error_set(err, ST_DATA, "%s: is missing; " INDEX
                               " says that tensors are in it", shard);
        else
            status = add_file(tensors, shard, err);
        free(shard);
    }
    free(names);
    if (!status)
        status = tensors_sort(tensors, err);
    if (!status)
        status = check_presence(tensors, map, path, err);
    if (!status)
        status = check_map(tensors, map, path, err);
    return status;
}

static int open_index(const char *dir, const char *path,
                      struct tensors *tensors, struct error *err)
{
    json_t *root, *map;
    int status = json_load_object(path, &root, err);

    if (status)
        return status;
    map = json_object_get(root, "weight_map");
    if (json_object_size(map))
        status = open_shards(dir, map, path, tensors, err);
    else
        status = error_set(err, ST_DATA, "%s: no 'weight_map'; an object of "
                           "tensor names and files expected", path);
    json_decref(root);
    return status;
}

static bool is_there(const char *dir, const char *name)
{
    char *path = mem_path(dir, name);
    bool there = access(path, F_OK) == 0;

    free(path);
    return there;
}

/* A shard in the folder, as model-00001-of-00002.safetensors; the caller
 * frees, or NULL. */
static char *find_shard(const char *dir)
{
    DIR *folder = opendir(dir);
    const struct dirent *entry;
    char *found = NULL;

    while (folder && !found && (entry = readdir(folder)))
        if (fnmatch("*-of-*.safetensors", entry->d_name, 0) == 0)
            found = mem_strdup(entry->d_name);
    if (folder)
        closedir(folder);
    return found;
}

/* Says what could be done about it. */
static int no_weights(const char *dir, struct error *err)
{
    char *shard;

    if (is_there(dir, "pytorch_model.bin") ||
        is_there(dir, "pytorch_model.bin.index.json"))
        return error_set(err, ST_DATA, "%s: its weights are pickled "
                         "(pytorch_model.bin), which is not read because "
                         "that can run code; convert them: python3 -c "
                         "\"from transformers import AutoModelForCausalLM as "
                         "A; A.from_pretrained('%s').save_pretrained("
                         "'converted', safe_serialization=True)\"", dir, dir);
    shard = find_shard(dir);
    if (shard)
        error_set(err, ST_DATA, "%s: has shards of weights as %s, but no "
                  INDEX ", which says what is in which", dir, shard);
    else
        error_set(err, ST_DATA, "%s: has no weights; " SINGLE " or " INDEX
                  " expected", dir);
    free(shard);
    return ST_DATA;
}

int safetensors_open(const char *dir, struct tensors **out, struct error *err)
{
    struct tensors *tensors = mem_new(1, sizeof *tensors);
    bool single = is_there(dir, SINGLE);
    char *path = mem_path(dir, single ? SINGLE : INDEX);
    int status;

    /* Where both are there, the single file wins, as in transformers. */
    if (single) {
        tensors->mappings = mem_new(1, sizeof *tensors->mappings);
        status = add_file(tensors, path, err);
        if (!status)
            status = tensors_sort(tensors, err);
    } else if (is_there(dir, INDEX)) {
        status = open_index(dir, path, tensors, err);
    } else {
        status = no_weights(dir, err);
    }
    free(path);
    if (status)
        tensors_close(tensors);
    else
        *out = tensors;
    return status;
}
