/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mapping.h - a whole file mapped read-only. */
#ifndef CORE_MAPPING_H
#define CORE_MAPPING_H

#include "base/error.h"
#include <stddef.h>

struct mapping {
    char *path;
    const unsigned char *bytes; /* NULL if the file is empty */
    size_t size;
};

/* Regular files only (ST_DATA). The file must not shrink while mapped. */
int mapping_open(const char *path, struct mapping *mapping,
                 struct error *err);
void mapping_close(struct mapping *mapping);

#endif
