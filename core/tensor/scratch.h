/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* scratch.h - room for numbers that a run writes once and reads again: in
 * memory, or in a file where memory is short. */
#ifndef CORE_TENSOR_SCRATCH_H
#define CORE_TENSOR_SCRATCH_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

struct scratch {
    float *data; /* not initialized */
    size_t n;
    bool in_file;
};

/* n floats, in place of what *scratch had. in_file: of an unlinked file in
 * $TMPDIR, or /tmp, whose blocks are all there, so that a full disk is told
 * now and not by a signal later. ST_FAILED. */
int scratch_make(struct scratch *scratch, size_t n, bool in_file,
                 struct error *err);
void scratch_clear(struct scratch *scratch);

#endif
