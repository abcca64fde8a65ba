/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* read-file.c - whole files into memory. */
#include "base/read-file.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_stream(FILE *stream, const char *path, char **bytes,
                       size_t *size, struct error *err)
{
    size_t room = 1 << 16, n = 0, got;
    char *buffer = mem_grow(NULL, room, 1);

    while ((got = fread(buffer + n, 1, room - n - 1, stream)) > 0) {
        n += got;
        if (n + 1 == room)
            buffer = mem_grow(buffer, room *= 2, 1);
    }
    if (ferror(stream)) {
        free(buffer);
        return error_errno(err, ST_DATA, path, "cannot read");
    }
    buffer[n] = '\0';
    *bytes = buffer;
    *size = n;
    return ST_OK;
}

int read_file(const char *path, char **bytes, size_t *size, struct error *err)
{
    FILE *stream;
    int status;

    if (strcmp(path, "-") == 0)
        return read_stream(stdin, "standard input", bytes, size, err);
    stream = fopen(path, "rb");
    if (!stream)
        return error_errno(err, ST_DATA, path, "cannot open");
    status = read_stream(stream, path, bytes, size, err);
    fclose(stream);
    return status;
}
