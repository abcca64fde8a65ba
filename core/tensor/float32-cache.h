/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* copies.h - float32 copies of stored matrices, each made once. */
#ifndef CORE_COPIES_H
#define CORE_COPIES_H

#include "tensor/linear.h"

struct copies *copies_new(void);
void copies_free(struct copies *copies);
/* The copy of a stored matrix; made now if there is none. NULL and err set
 * (ST_FAILED) if memory is out. Any thread. */
const float *copies_get(struct copies *copies, const struct linear *linear,
                        struct error *err);
/* Is there one already? */
bool copies_have(struct copies *copies, const struct linear *linear);
uint64_t copies_bytes(struct copies *copies);

#endif
