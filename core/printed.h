/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* printed.h - catching what plugins print, callback by callback. */
#ifndef CORE_PRINTED_H
#define CORE_PRINTED_H

#include "error.h"

/* From now on standard output and standard error of this process lead to a
 * file that nobody else sees. ST_FAILED. */
int printed_begin(struct error *err);
/* Has something been printed since the last call? If so, and err holds no
 * error yet, it says what. Nothing happens without printed_begin. */
void printed_check(struct error *err);

#endif
