/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* vocab.c - a map from texts to numbers, by open addressing. */
#include "vocab.h"

#include "buffer.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define FREE UINT32_MAX

struct entry {
    size_t at, size; /* in texts */
    uint32_t hash;
    int32_t id;
};

struct vocab {
    struct entry *entries; /* (n) */
    size_t n;
    struct buffer texts; /* all of them, each with a final NUL */
    uint32_t *slots;     /* (n_slots), a power of two, at most half full */
    size_t n_slots;
};

/* FNV-1a, and then a mix: its low bits alone are poor for short texts. */
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
static uint32_t *find_slot(const struct vocab *vocab, const char *text,
                           size_t size, uint32_t hash)
{
    size_t mask = vocab->n_slots - 1, i = hash & mask;

    for (; vocab->slots[i] != FREE; i = (i + 1) & mask) {
        const struct entry *entry = &vocab->entries[vocab->slots[i]];

        if (entry->hash == hash && entry->size == size &&
            memcmp(vocab->texts.bytes + entry->at, text, size) == 0)
            break;
    }
    return &vocab->slots[i];
}

static void set_slots(struct vocab *vocab, size_t n)
{
    size_t mask = n - 1, i, k;

    free(vocab->slots);
    vocab->slots = mem_new(n, sizeof *vocab->slots);
    vocab->n_slots = n;
    memset(vocab->slots, 0xff, n * sizeof *vocab->slots);
    for (i = 0; i < vocab->n; i++) {
        k = vocab->entries[i].hash & mask;
        while (vocab->slots[k] != FREE)
            k = (k + 1) & mask;
        vocab->slots[k] = (uint32_t)i;
    }
}

struct vocab *vocab_new(void)
{
    struct vocab *vocab = mem_new(1, sizeof *vocab);

    set_slots(vocab, 64);
    return vocab;
}

void vocab_free(struct vocab *vocab)
{
    if (!vocab)
        return;
    free(vocab->entries);
    free(vocab->texts.bytes);
    free(vocab->slots);
    free(vocab);
}

bool vocab_add(struct vocab *vocab, const char *text, size_t size,
               int32_t id)
{
    uint32_t hash = hash_of(text, size), *slot;

    if (2 * (vocab->n + 1) > vocab->n_slots)
        set_slots(vocab, 2 * vocab->n_slots);
    slot = find_slot(vocab, text, size, hash);
    if (*slot != FREE)
        return false;
    *slot = (uint32_t)vocab->n;
    MEM_PUSH(vocab->entries, vocab->n);
    vocab->entries[vocab->n++] =
        (struct entry){vocab->texts.n, size, hash, id};
    buffer_add(&vocab->texts, text, size);
    buffer_add(&vocab->texts, "", 1);
    return true;
}

int32_t vocab_find(const struct vocab *vocab, const char *text, size_t size)
{
    uint32_t slot = *find_slot(vocab, text, size, hash_of(text, size));

    return slot == FREE ? -1 : vocab->entries[slot].id;
}

size_t vocab_count(const struct vocab *vocab)
{
    return vocab->n;
}

const char *vocab_text(const struct vocab *vocab, size_t i, size_t *size,
                       int32_t *id)
{
    *size = vocab->entries[i].size;
    *id = vocab->entries[i].id;
    return vocab->texts.bytes + vocab->entries[i].at;
}
