/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* interrupt.c - the signal that asks the program to stop. */
#include "base/interrupt.h"

volatile sig_atomic_t interrupt_signal;
