/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* blas-room.h - whether OpenBLAS gets the memory that its threads work in.
 * Where it does not, it asks again without end, so that the program would
 * neither go on nor end. */
#ifndef CORE_TENSOR_BLAS_ROOM_H
#define CORE_TENSOR_BLAS_ROOM_H

#include "base/error.h"
#include <stdbool.h>

/* Has the buffers made that so many threads need which multiply at the same
 * time, beside OpenBLAS's own. Nothing, without a limit of address space or
 * data. ST_FAILED if there is no room for them. */
int blas_room_check(int threads, struct error *err);
/* It was so: threads of OpenBLAS are lost, for which exit() would wait. */
bool blas_room_lacks(void);

#endif
