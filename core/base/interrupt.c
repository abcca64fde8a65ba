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

void interrupt_handle(void (*handler)(int number))
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = handler,
                               .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction old;

        sigaction(numbers[i], NULL, &old);
        if (old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}
