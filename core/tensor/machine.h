/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* machine.h - the machine that the program runs on. */
#ifndef CORE_TENSOR_MACHINE_H
#define CORE_TENSOR_MACHINE_H

#include <stdint.h>

/* The processor's name where the system tells it, else the machine's kind. The
 * caller frees. */
char *machine_processor(void);
/* Processors that are there; 1 where that is not known. */
int machine_n_processors(void);
/* As many of them as the control group's quota of time is worth, on Linux; 0:
 * there is no quota. */
double machine_processor_quota(void);
/* Bytes of memory; 0: not known. */
uint64_t machine_memory(void);
/* What is left of it to this process, by the system and, on Linux, by the
 * control group's limit; 0: not known. */
uint64_t machine_memory_left(void);
/* The most bytes that this process may take, by the limit of its addresses
 * and, on Linux, by that of the control group; 0: there is none. */
uint64_t machine_memory_limit(void);

#endif
