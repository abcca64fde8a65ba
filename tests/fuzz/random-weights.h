/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* random-weights.h - model.safetensors for whatever a configuration asks. */
#ifndef TESTS_FUZZ_RANDOM_WEIGHTS_H
#define TESTS_FUZZ_RANDOM_WEIGHTS_H

#include "model/arch.h"

/* All tensors that the family's table asks for, of small random values, as the
 * bytes of a file; the caller frees. NULL: they have more than `most`
 * elements. */
uint8_t *random_weights(const struct config *config, const struct arch *arch,
                        size_t most, size_t *size);

#endif
