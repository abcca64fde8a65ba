/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bpe.c - byte pair encoding: merges by rank, on token ids. */
#include "tokenizer/bpe.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define END UINT32_MAX
#define NO_RANK (-1)
/* Characters below it, byte-level symbols among them, have a table. */
#define N_COMMON 0x180

/* A token of the piece that is being merged; a doubly linked list. */
struct symbol {
    int32_t id;
    int32_t rank; /* of the merge with the next one; NO_RANK: none, or gone */
    int32_t result;         /* of that merge */
    uint32_t before, after; /* neighbours, or END */
};

/* Of an open-addressing hash table; rank NO_RANK: free. */
struct slot {
    int32_t left, right, rank, result;
};

struct bpe {
    const struct token_map *vocab;
    struct bpe_options options;
    int32_t common[N_COMMON]; /* ids of characters, or -1 */
    int32_t bytes[256];       /* ids of "<0x00>" ..., or -1 */
    size_t n_merges;
    struct slot *slots; /* (n_slots), a power of two, at most half full */
    size_t n_slots;
    struct symbol *symbols; /* (room) */
    uint32_t n_symbols;
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

static void find_common(struct bpe *bpe)
{
    char text[2];
    unsigned code;

    for (code = 0; code < N_COMMON; code++) {
        text[0] = (char)(code < 0x80 ? code : 0xc0 | code >> 6);
        text[1] = (char)(0x80 | (code & 0x3f));
        bpe->common[code] = token_map_find(bpe->vocab, text,
                                           code < 0x80 ? 1 : 2);
    }
}

static void find_bytes(struct bpe *bpe)
{
    char name[8];
    unsigned byte;

    for (byte = 0; byte < 256; byte++) {
        snprintf(name, sizeof name, "<0x%02X>", byte);
        bpe->bytes[byte] = token_map_find(bpe->vocab, name, strlen(name));
    }
}

struct bpe *bpe_new(const struct token_map *vocab,
                    const struct bpe_options *options)
{
    struct bpe *bpe = mem_new(1, sizeof *bpe);

    bpe->vocab = vocab;
    bpe->options = *options;
    find_common(bpe);
    find_bytes(bpe);
    set_slots(bpe, 1024);
    return bpe;
}

void bpe_free(struct bpe *bpe)
{
    if (!bpe)
        return;
    free(bpe->slots);
    free(bpe->symbols);
    free(bpe->heap);
    free(bpe);
}

bool bpe_add(struct bpe *bpe, int32_t left, int32_t right, int32_t result,
             int32_t rank)
{
    struct slot *slot;

    if (2 * (bpe->n_merges + 1) > bpe->n_slots)
        set_slots(bpe, 2 * bpe->n_slots);
    slot = find_slot(bpe, left, right);
    if (slot->rank != NO_RANK)
        return false;
    *slot = (struct slot){left, right, rank, result};
    bpe->n_merges++;
    return true;
}

bool bpe_loses(const struct bpe *bpe)
{
    bool complete = bpe->options.byte_fallback;
    int byte;

    for (byte = 0; byte < 256; byte++)
        complete = complete && bpe->bytes[byte] >= 0;
    return !complete && !bpe->options.has_unk;
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

/* Finds the merge of the pair at `place` and pushes it on the heap. */
static void consider(struct bpe *bpe, uint32_t place)
{
    struct symbol *s = &bpe->symbols[place];
    const struct slot *slot;

    s->rank = NO_RANK;
    if (s->after == END)
        return;
    slot = find_slot(bpe, s->id, bpe->symbols[s->after].id);
    s->rank = slot->rank;
    s->result = slot->result;
    if (s->rank != NO_RANK)
        heap_push(bpe, (uint64_t)s->rank << 32 | place);
}

static void append(struct bpe *bpe, int32_t id)
{
    uint32_t n = bpe->n_symbols++;

    bpe->symbols[n].id = id;
    bpe->symbols[n].before = n > 0 ? n - 1 : END;
    bpe->symbols[n].after = n + 1;
}

static int32_t id_of_character(const struct bpe *bpe, const char *text,
                               size_t length)
{
    unsigned char c = (unsigned char)text[0];
    unsigned code = c;

    if (length > 2 || (length == 1 && c >= 0x80))
        return token_map_find(bpe->vocab, text, length);
    if (length == 2)
        code = (c & 0x1fu) << 6 | ((unsigned char)text[1] & 0x3fu);
    return code < N_COMMON ? bpe->common[code]
                           : token_map_find(bpe->vocab, text, length);
}

/* Appends the byte tokens of a character; false: not all bytes have one. */
static bool fall_back(struct bpe *bpe, const char *text, size_t length)
{
    size_t i;

    if (!bpe->options.byte_fallback)
        return false;
    for (i = 0; i < length; i++)
        if (bpe->bytes[(unsigned char)text[i]] < 0)
            return false;
    for (i = 0; i < length; i++)
        append(bpe, bpe->bytes[(unsigned char)text[i]]);
    return true;
}

/* Fills the list of symbols with the characters' tokens. */
static void spell(struct bpe *bpe, const char *text, size_t size)
{
    bool after_unk = false;
    size_t length;
    int32_t id;

    for (; size > 0; text += length, size -= length) {
        length = text_utf8(text, size);
        if (length == 0)
            length = 1;
        id = id_of_character(bpe, text, length);
        if (id >= 0) {
            append(bpe, id);
        } else if (!fall_back(bpe, text, length) && bpe->options.has_unk) {
            if (!after_unk || !bpe->options.fuse_unk)
                append(bpe, bpe->options.unk);
            after_unk = true;
            continue;
        }
        after_unk = false;
    }
}

static void begin(struct bpe *bpe, const char *text, size_t size)
{
    uint32_t i;

    if (size > bpe->room) {
        bpe->room = size;
        bpe->symbols = mem_grow(bpe->symbols, size, sizeof *bpe->symbols);
        /* A merge takes one key and adds two: never 2 n at once. */
        bpe->heap = mem_grow(bpe->heap, size, 2 * sizeof *bpe->heap);
    }
    bpe->n_symbols = 0;
    bpe->n_heap = 0;
    spell(bpe, text, size);
    if (bpe->n_symbols > 0)
        bpe->symbols[bpe->n_symbols - 1].after = END;
    for (i = 0; i < bpe->n_symbols; i++)
        consider(bpe, i);
}

static void merge(struct bpe *bpe, uint32_t place)
{
    struct symbol *s = &bpe->symbols[place];
    struct symbol *gone = &bpe->symbols[s->after];

    s->id = s->result;
    s->after = gone->after;
    gone->rank = NO_RANK;
    if (s->after != END)
        bpe->symbols[s->after].before = place;
    consider(bpe, place);
    if (s->before != END)
        consider(bpe, s->before);
}

void bpe_encode(struct bpe *bpe, const char *text, size_t size,
                struct token_ids *out)
{
    int32_t whole = -1;
    uint64_t key;
    uint32_t place;

    if (bpe->options.ignore_merges)
        whole = token_map_find(bpe->vocab, text, size);
    if (whole >= 0) {
        ids_push(out, whole);
        return;
    }
    begin(bpe, text, size);
    while (bpe->n_heap > 0) {
        key = heap_pop(bpe);
        place = (uint32_t)key;
        /* Keys of pairs that have changed since are skipped. */
        if (bpe->symbols[place].rank == (int32_t)(key >> 32))
            merge(bpe, place);
    }
    place = bpe->n_symbols > 0 ? 0 : END;
    for (; place != END; place = bpe->symbols[place].after)
        ids_push(out, bpe->symbols[place].id);
}
