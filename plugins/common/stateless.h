/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stateless.h - for plugins that keep nothing of one sample for the next. */
#ifndef COMMON_STATELESS_H
#define COMMON_STATELESS_H

#include <transect/plugin.h>

/* Declares just that, to hosts that can save states; in create. */
int stateless_declare(transect_ctx *ctx, const struct transect_host *host);

#endif
