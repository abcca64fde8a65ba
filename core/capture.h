/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* capture.h - catching what plugins print, callback by callback. */
#ifndef CORE_CAPTURE_H
#define CORE_CAPTURE_H

#include "error.h"

/* From now on standard output and standard error of this process lead to a
 * file that nobody else sees. ST_FAILED. */
int capture_begin(struct error *err);
/* Has something been printed since the last call? If so, and err holds no
 * error yet, it says what. Nothing happens without capture_begin. */
void capture_check(struct error *err);

#endif
