/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* twin-chosen.c - the program's own kernels. */
#include "twin-table.h"

const struct twin *twin_chosen(void)
{
    static const struct twin twin = TWIN_TABLE("chosen");

    return &twin;
}
