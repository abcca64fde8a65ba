/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-reader.c - the files of a results folder, or of the run that writes
 * them. */
#include "results/results-reader.h"

#include "base/folder.h"
#include "base/mem.h"
#include "base/sha256.h"

#include <string.h>
#include <unistd.h>

/* A file of another size is not read: it may be huge. */
static enum results_state examine(int folder, const char *name,
                                  size_t expected, const char *sha256)
{
    enum results_state state = RESULTS_CHANGED;
    struct error ignored;
    char hex[65];
    size_t size;
    int fd = folder_open_file(folder, name, &size);

    if (fd < 0)
        return RESULTS_MISSING;
    if (size == expected &&
        sha256_descriptor(fd, name, hex, &ignored) == ST_OK &&
        strcmp(hex, sha256) == 0)
        state = RESULTS_WHOLE;
    close(fd);
    return state;
}

enum results_state results_reader_examine(const struct results_reader *reader,
                                          const char *name, size_t size,
                                          const char *sha256)
{
    return reader->written ? RESULTS_WHOLE
                           : examine(reader->folder, name, size, sha256);
}

int results_reader_read(const struct results_reader *reader,
                        const char *name, char **bytes, size_t *size)
{
    const char *kept = NULL;

    if (reader->written)
        kept = results_kept(reader->written, name, size);
    if (!kept)
        return folder_read(reader->folder, name, bytes, size);
    *bytes = mem_strndup(kept, *size);
    return 0;
}
