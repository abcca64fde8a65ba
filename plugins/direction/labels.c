/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* labels.c - two classes of samples, and how they are dealt into folds and
 * shuffled. */
#include "direction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Only as decimals are written: no blanks, hexadecimals, nan or inf. */
static bool is_number(const char *label)
{
    char *end;

    return !label[strspn(label, "0123456789+-.eE")] &&
           isfinite(strtod(label, &end)) && end != label && !*end;
}

/* Labels that are the same text are one class, and no others: ids and hashes
 * may look like numbers. What numbers decide is which class comes first. */
static bool comes_first(const char *a, const char *b)
{
    if (is_number(a) && is_number(b) && strtod(a, NULL) != strtod(b, NULL))
        return strtod(a, NULL) < strtod(b, NULL);
    return strcmp(a, b) < 0;
}

int direction_shown(const char *label)
{
    int n = 0;

    while (n < 40 && label[n])
        n++;
    /* Not in the middle of a character. */
    while (n && ((unsigned char)label[n] & 0xC0) == 0x80)
        n--;
    return n;
}

static bool is_blank(const char *label)
{
    return !label[strspn(label, " \t\r\n")];
}

static int read_labels(struct direction *self, const char **labels)
{
    for (int32_t i = 0; i < self->n_sample; i++) {
        struct transect_prompt prompt = {.size = sizeof prompt};

        if (self->prompts->prompt(self->ctx, i, &prompt))
            return TRANSECT_FAILED;
        if (!prompt.label)
            return self->host->fail(self->ctx, "sample %d has no label; "
                                    "[input] label names the field of the "
                                    "records that has its class", (int)i);
        if (is_blank(prompt.label))
            return self->host->fail(self->ctx, "sample %d has an empty label",
                                    (int)i);
        labels[i] = prompt.label;
    }
    return TRANSECT_OK;
}

/* The two labels there are, in order. */
static int find_classes(struct direction *self, const char *const *labels)
{
    const char *first = labels[0], *second = NULL;

    for (int32_t i = 1; i < self->n_sample; i++) {
        if (strcmp(labels[i], first) == 0)
            continue;
        if (second && strcmp(labels[i], second) != 0)
            return self->host->fail(
                self->ctx, "there are more than two labels: %.*s, %.*s and "
                "%.*s; this tells two classes apart, so choose records of "
                "two", direction_shown(first), first, direction_shown(second),
                second, direction_shown(labels[i]), labels[i]);
        if (!second)
            second = labels[i];
    }
    if (!second)
        return self->host->fail(self->ctx, "all samples have the label %.*s; "
                                "this tells two classes apart",
                                direction_shown(first), first);
    self->labels[0] = comes_first(first, second) ? first : second;
    self->labels[1] = self->labels[0] == first ? second : first;
    return TRANSECT_OK;
}

int direction_take_labels(struct direction *self)
{
    const char **labels = self->host->alloc(
        self->ctx, (size_t)self->n_sample, sizeof *labels);

    if (read_labels(self, labels) || find_classes(self, labels))
        return TRANSECT_FAILED;
    self->classes = self->host->alloc(self->ctx, (size_t)self->n_sample, 1);
    for (int32_t i = 0; i < self->n_sample; i++) {
        self->classes[i] = strcmp(labels[i], self->labels[1]) == 0;
        self->n_of[self->classes[i]]++;
    }
    for (int k = 0; k < 2; k++)
        if (self->n_of[k] < self->folds)
            return self->host->fail(
                self->ctx, "only %d sample%s the label %.*s, and folds = %d "
                "asks for one in each; give fewer folds or more samples",
                (int)self->n_of[k], self->n_of[k] == 1 ? " has" : "s have",
                direction_shown(self->labels[k]), self->labels[k],
                (int)self->folds);
    return TRANSECT_OK;
}

struct drawn {
    float key;
    int32_t sample;
};

static int by_key(const void *a, const void *b)
{
    const struct drawn *x = a, *y = b;

    if (x->key < y->key || x->key > y->key)
        return x->key < y->key ? -1 : 1;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

/* Random numbers of a sample are those at its place in a stream. */
static void draw(const struct direction *self, uint64_t stream, float *keys)
{
    self->host->normal(self->ctx, stream, keys, (size_t)self->n_sample);
}

/* The samples of a class in random order go to the folds in turn, those of the
 * second class on from where the first ended. */
static void deal_folds(struct direction *self, float *keys,
                       struct drawn *drawn)
{
    int32_t at = 0;

    draw(self, 0, keys);
    for (int k = 0; k < 2; k++) {
        size_t n = 0;

        for (int32_t i = 0; i < self->n_sample; i++)
            if (self->classes[i] == k)
                drawn[n++] = (struct drawn){keys[i], i};
        qsort(drawn, n, sizeof *drawn, by_key);
        for (size_t i = 0; i < n; i++, at++)
            self->fold[drawn[i].sample] = at % self->folds;
    }
}

/* Within each fold, so that folds have as many of each class as before. */
static void shuffle(const struct direction *self, int32_t which,
                    float *keys, struct drawn *drawn)
{
    unsigned char *to = self->shuffled +
                        (size_t)which * (size_t)self->n_sample;

    draw(self, 1 + (uint64_t)which, keys);
    for (int32_t fold = 0; fold < self->folds; fold++) {
        size_t n = 0, at = 0;

        for (int32_t i = 0; i < self->n_sample; i++)
            if (self->fold[i] == fold)
                drawn[n++] = (struct drawn){keys[i], i};
        qsort(drawn, n, sizeof *drawn, by_key);
        for (int32_t i = 0; i < self->n_sample; i++)
            if (self->fold[i] == fold)
                to[drawn[at++].sample] = self->classes[i];
    }
}

void direction_deal(struct direction *self)
{
    size_t n = (size_t)self->n_sample;
    float *keys = self->host->alloc(self->ctx, n, sizeof *keys);
    struct drawn *drawn = self->host->alloc(self->ctx, n, sizeof *drawn);

    self->fold = self->host->alloc(self->ctx, n, sizeof *self->fold);
    self->shuffled = self->host->alloc(self->ctx,
                                       n * (size_t)self->shuffles, 1);
    deal_folds(self, keys, drawn);
    for (int32_t i = 0; i < self->shuffles; i++)
        shuffle(self, i, keys, drawn);
}
