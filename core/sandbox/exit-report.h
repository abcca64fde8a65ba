/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* exit-report.h - names a plugin that ends the program. */
#ifndef CORE_SANDBOX_EXIT_REPORT_H
#define CORE_SANDBOX_EXIT_REPORT_H

/* From now on a plugin, or a library, that calls exit(), quick_exit() or
 * _exit() in this process is named on standard error with its callback, and
 * the status is 1 whatever it asked for. Forked children are left alone:
 * their parents see how they end. */
void exit_report_begin(void);
/* The program is about to end by itself, with this status. Destructors of
 * plugins are not run after it, nor can what does run change the status. */
void exit_report_end(int status);

#endif
