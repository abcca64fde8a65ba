/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* interrupt.h - the signal that asks the program to stop. Long work looks at
 * it between two steps and ends in an orderly way. */
#ifndef CORE_BASE_INTERRUPT_H
#define CORE_BASE_INTERRUPT_H

#include "base/error.h"
#include <signal.h>

/* Number of the signal, set by a handler; 0: none has come. */
extern volatile sig_atomic_t interrupt_signal;

/* ST_FAILED, with the number, if one has come. */
int interrupt_check(struct error *err);

/* The handler of the three signals that ask a program to end, once: a second
 * one of the kind ends it. Those that are ignored stay so. */
void interrupt_handle(void (*handler)(int number));

#endif
