/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bpe.c - byte pair encoding: merges by rank, on token ids. */
#include "bpe.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define END UINT32_MAX
#define NO_RANK (-1)

/* A token of the piece under way, at the place of its first byte. */
struct symbol {
    int32_t id;
    int32_t rank; /* of the merge with the next one; NO_RANK: none, or gone */
    uint32_t before, after; /* neighbours, or END */
};

/* Of an open-addressing hash table; rank NO_RANK: free. */
struct slot {
    int32_t left, right, rank;
};

struct bpe {
    int32_t bytes[256];
    int32_t *results; /* (n_merges), by rank */
    size_t n_merges;
    struct slot *slots; /* (n_slots), a power of two, at most half full */
    size_t n_slots;
    struct symbol *symbols; /* (room) */
    uint64_t *heap; /* (2 * room), least first: rank << 32 | place */
    size_t room, n_heap;
};

static size_t hash(int32_t left, int32_t right)
{
    uint64_t h = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;

    h *= UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(h ^ h >> 32);
}

/* The pair's slot, or the free one where it belongs. */
static struct slot *find_slot(const struct bpe *bpe, int32_t left,
                              int32_t right)
{
    size_t mask = bpe->n_slots - 1, i = hash(left, right) & mask;
    struct slot *slot = &bpe->slots[i];

    while (slot->rank != NO_RANK &&
           (slot->left != left || slot->right != right)) {
        i = (i + 1) & mask;
        slot = &bpe->slots[i];
    }
    return slot;
}

static void set_slots(struct bpe *bpe, size_t n)
{
    struct slot *old = bpe->slots;
    size_t n_old = bpe->n_slots, i;

    bpe->slots = mem_new(n, sizeof *bpe->slots);
    bpe->n_slots = n;
    for (i = 0; i < n; i++)
        bpe->slots[i].rank = NO_RANK;
    for (i = 0; i < n_old; i++)
        if (old[i].rank != NO_RANK)
            *find_slot(bpe, old[i].left, old[i].right) = old[i];
    free(old);
}

struct bpe *bpe_new(const int32_t bytes[256])
{
    struct bpe *bpe = mem_new(1, sizeof *bpe);

    memcpy(bpe->bytes, bytes, sizeof bpe->bytes);
    set_slots(bpe, 1024);
    return bpe;
}

void bpe_free(struct bpe *bpe)
{
    if (!bpe)
        return;
    free(bpe->results);
    free(bpe->slots);
    free(bpe->symbols);
    free(bpe->heap);
    free(bpe);
}

bool bpe_add(struct bpe *bpe, int32_t left, int32_t right, int32_t result)
{
    struct slot *slot;

    if (2 * (bpe->n_merges + 1) > bpe->n_slots)
        set_slots(bpe, 2 * bpe->n_slots);
    slot = find_slot(bpe, left, right);
    if (slot->rank != NO_RANK)
        return false;
    *slot = (struct slot){left, right, (int32_t)bpe->n_merges};
    MEM_PUSH(bpe->results, bpe->n_merges);
    bpe->results[bpe->n_merges++] = result;
    return true;
}

static void heap_push(struct bpe *bpe, uint64_t key)
{
    uint64_t *heap = bpe->heap;
    size_t i = bpe->n_heap++;

    for (; i > 0 && heap[(i - 1) / 2] > key; i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = key;
}

static uint64_t heap_pop(struct bpe *bpe)
{
    uint64_t *heap = bpe->heap, least = heap[0];
    uint64_t last = heap[--bpe->n_heap];
    size_t n = bpe->n_heap, i = 0, child;

    while ((child = 2 * i + 1) < n) {
        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= last)
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return least;
}

/* Looks up the pair that begins at `place`. */
static void consider(struct bpe *bpe, uint32_t place)
{
    struct symbol *s = &bpe->symbols[place];

    s->rank = NO_RANK;
    if (s->after == END)
        return;
    s->rank = find_slot(bpe, s->id, bpe->symbols[s->after].id)->rank;
    if (s->rank != NO_RANK)
        heap_push(bpe, (uint64_t)s->rank << 32 | place);
}

static void begin(struct bpe *bpe, const char *bytes, uint32_t n)
{
    uint32_t i;

    if (n > bpe->room) {
        bpe->room = n;
        bpe->symbols = mem_grow(bpe->symbols, n, sizeof *bpe->symbols);
        /* A merge takes one key and adds two: never 2 n at once. */
        bpe->heap = mem_grow(bpe->heap, n, 2 * sizeof *bpe->heap);
    }
    for (i = 0; i < n; i++) {
        struct symbol *s = &bpe->symbols[i];

        s->id = bpe->bytes[(unsigned char)bytes[i]];
        s->before = i > 0 ? i - 1 : END;
        s->after = i + 1 < n ? i + 1 : END;
    }
    bpe->n_heap = 0;
    for (i = 0; i < n; i++)
        consider(bpe, i);
}

static void merge(struct bpe *bpe, uint32_t place)
{
    struct symbol *s = &bpe->symbols[place];
    struct symbol *gone = &bpe->symbols[s->after];

    s->id = bpe->results[s->rank];
    s->after = gone->after;
    gone->rank = NO_RANK;
    if (s->after != END)
        bpe->symbols[s->after].before = place;
    consider(bpe, place);
    if (s->before != END)
        consider(bpe, s->before);
}

void bpe_encode(struct bpe *bpe, const char *bytes, size_t size,
                struct ids *out)
{
    uint64_t key;
    uint32_t place;

    if (size == 0)
        return;
    begin(bpe, bytes, (uint32_t)size);
    while (bpe->n_heap > 0) {
        key = heap_pop(bpe);
        place = (uint32_t)key;
        /* A key whose pair has changed since stays in the heap. Pairs only
         * grow, so the same rank cannot come back at the same place. */
        if (bpe->symbols[place].rank == (int32_t)(key >> 32))
            merge(bpe, place);
    }
    for (place = 0; place != END; place = bpe->symbols[place].after)
        ids_push(out, bpe->symbols[place].id);
}
