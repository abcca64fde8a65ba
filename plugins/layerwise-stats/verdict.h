/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* verdict.h - what became of the largest activations, layer by layer. */
#ifndef LAYERWISE_VERDICT_H
#define LAYERWISE_VERDICT_H

#include <stddef.h>
#include <stdint.h>

/* By a stated rule, every layer counted once: with r = after / before, the
 * largest magnitude persists where 1/2 <= r <= 2, shrinks where r < 1/2 (the
 * edit took away what it comes from) and grows where r > 2 (the edit took
 * away what holds it down). before, after: (n_layer), top1 of the baseline
 * and of the variant, positive. Writes a sentence that names the layers of
 * each kind to text (size bytes, cut if too long). */
void verdict_write(const double *before, const double *after,
                   int32_t n_layer, char *text, size_t size);

#endif
