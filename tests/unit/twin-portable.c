/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* twin-portable.c - the kernels as any processor runs them. */
#define TWIN_SUFFIX portable
#include "twin-body.h"

const struct twin *twin_portable(void)
{
    static const struct twin twin = TWIN_TABLE("portable");

    return &twin;
}
