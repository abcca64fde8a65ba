/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mapped-file.h - a whole file mapped read-only. */
#ifndef CORE_BASE_MAPPED_FILE_H
#define CORE_BASE_MAPPED_FILE_H

#include "base/error.h"
#include <stddef.h>

struct mapped_file {
    char *path;
    const unsigned char *bytes; /* NULL if the file is empty */
    size_t size;
};

/* Regular files only (ST_DATA). The file must not shrink while mapped. */
int mapped_file_open(const char *path, struct mapped_file *mapping,
                     struct error *err);
void mapped_file_close(struct mapped_file *mapping);

#endif
