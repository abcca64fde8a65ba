/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* interrupt.c - the signal that asks the program to stop. */
#include "base/interrupt.h"

volatile sig_atomic_t interrupt_signal;

int interrupt_check(struct error *err)
{
    if (!interrupt_signal)
        return ST_OK;
    return error_set(err, ST_FAILED, "interrupted by signal %d",
                     (int)interrupt_signal);
}
