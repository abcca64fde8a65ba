/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* token-map.c - a map from texts to numbers, by open addressing. */
#include "tokenizer/token-map.h"

#include "base/buffer.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FREE UINT32_MAX

struct entry {
    size_t at, size; /* in texts */
    uint32_t hash;
    int32_t id;
};

struct token_map {
    struct entry *entries; /* (n) */
    size_t n;
    struct buffer texts; /* of all entries, each with a final NUL */
    uint32_t *slots;     /* (n_slots), a power of two, at most half full */
    size_t n_slots;
};

/* FNV-1a, then a finalizer: FNV's low bits are poor for short texts. */
static uint32_t hash_of(const char *text, size_t size)
{
    uint32_t h = UINT32_C(0x811c9dc5);
    size_t i;

    for (i = 0; i < size; i++)
        h = (h ^ (unsigned char)text[i]) * UINT32_C(0x01000193);
    h = (h ^ h >> 16) * UINT32_C(0x85ebca6b);
    return h ^ h >> 13;
}

/* The slot of the text, or the free one where it belongs. */
static uint32_t *find_slot(const struct token_map *map, const char *text,
                           size_t size, uint32_t hash)
{
    size_t mask = map->n_slots - 1, i = hash & mask;

    for (; map->slots[i] != FREE; i = (i + 1) & mask) {
        const struct entry *entry = &map->entries[map->slots[i]];

        if (entry->hash == hash && entry->size == size &&
            memcmp(map->texts.bytes + entry->at, text, size) == 0)
            break;
    }
    return &map->slots[i];
}

static void set_slots(struct token_map *map, size_t n)
{
    size_t mask = n - 1, i, k;

    free(map->slots);
    map->slots = mem_new(n, sizeof *map->slots);
    map->n_slots = n;
    memset(map->slots, 0xff, n * sizeof *map->slots);
    for (i = 0; i < map->n; i++) {
        k = map->entries[i].hash & mask;
        while (map->slots[k] != FREE)
            k = (k + 1) & mask;
        map->slots[k] = (uint32_t)i;
    }
}

struct token_map *token_map_new(void)
{
    struct token_map *map = mem_new(1, sizeof *map);

    set_slots(map, 64);
    return map;
}

void token_map_free(struct token_map *map)
{
    if (!map)
        return;
    free(map->entries);
    free(map->texts.bytes);
    free(map->slots);
    free(map);
}

bool token_map_add(struct token_map *map, const char *text, size_t size,
               int32_t id)
{
    uint32_t hash = hash_of(text, size), *slot;

    if (2 * (map->n + 1) > map->n_slots)
        set_slots(map, 2 * map->n_slots);
    slot = find_slot(map, text, size, hash);
    if (*slot != FREE)
        return false;
    *slot = (uint32_t)map->n;
    MEM_PUSH(map->entries, map->n);
    map->entries[map->n++] =
        (struct entry){map->texts.n, size, hash, id};
    buffer_add(&map->texts, text, size);
    buffer_add(&map->texts, "", 1);
    return true;
}

int32_t token_map_find(const struct token_map *map, const char *text,
                       size_t size)
{
    uint32_t slot = *find_slot(map, text, size, hash_of(text, size));

    return slot == FREE ? -1 : map->entries[slot].id;
}
