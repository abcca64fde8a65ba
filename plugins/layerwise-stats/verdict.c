/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* verdict.c - what became of the largest activations, layer by layer. */
#include "verdict.h"

#include <stdio.h>
#include <string.h>

enum fate { PERSISTS, SHRINKS, GROWS, N_FATES };

struct writer {
    char *text;
    size_t size, used;
};

static void add(struct writer *writer, const char *piece)
{
    size_t length = strlen(piece);

    if (writer->used + length >= writer->size)
        return;
    memcpy(writer->text + writer->used, piece, length + 1);
    writer->used += length;
}

static enum fate fate_of(double before, double after)
{
    if (after < before / 2)
        return SHRINKS;
    return after > before * 2 ? GROWS : PERSISTS;
}

static int32_t count(const double *before, const double *after, int32_t n,
                     enum fate fate)
{
    int32_t found = 0;

    for (int32_t l = 0; l < n; l++)
        found += fate_of(before[l], after[l]) == fate;
    return found;
}

/* "layers 0-3, 5", as ranges. */
static void add_layers(struct writer *writer, const double *before,
                       const double *after, int32_t n, enum fate fate)
{
    int32_t found = count(before, after, n, fate);
    const char *before_range = "";

    add(writer, found == n ? "every layer" : found == 1 ? "layer " :
                                                          "layers ");
    for (int32_t l = 0; found < n && l < n; l++) {
        char range[40];
        int32_t first = l;

        if (fate_of(before[l], after[l]) != fate)
            continue;
        while (l + 1 < n && fate_of(before[l + 1], after[l + 1]) == fate)
            l++;
        snprintf(range, sizeof range, first == l ? "%s%d" : "%s%d-%d",
                 before_range, (int)first, (int)l);
        add(writer, range);
        before_range = ", ";
    }
}

static double extreme(const double *before, const double *after, int32_t n,
                      enum fate fate)
{
    double found = 1;

    for (int32_t l = 0; l < n; l++) {
        double r = after[l] / before[l];

        if (fate == GROWS ? r > found : r < found)
            found = r;
    }
    return found;
}

void verdict_write(const double *before, const double *after,
                   int32_t n_layer, char *text, size_t size)
{
    static const char *const starts[N_FATES] = {
        "persists (within a factor of 2) in ",
        "shrinks (to less than half) in ",
        "grows (to more than double) in "};
    static const char *const ends[N_FATES] = {
        "", ", where the edit takes away what makes it",
        ", where the edit takes away what holds it down"};
    struct writer writer = {text, size, 0};
    const char *joint = "verdict: the largest magnitude ";

    text[0] = '\0';
    for (enum fate fate = PERSISTS; fate < N_FATES; fate++) {
        char factor[40];

        if (!count(before, after, n_layer, fate))
            continue;
        add(&writer, joint);
        add(&writer, starts[fate]);
        add_layers(&writer, before, after, n_layer, fate);
        if (fate != PERSISTS) {
            snprintf(factor, sizeof factor, " (%s x %.3g)",
                     fate == GROWS ? "up to" : "down to",
                     extreme(before, after, n_layer, fate));
            add(&writer, factor);
        }
        add(&writer, ends[fate]);
        joint = "; it ";
    }
}
