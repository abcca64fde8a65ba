/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mapped-file.c - a whole file mapped read-only. */
#include "base/mapped-file.h"

#include "base/mem.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int map_descriptor(int fd, const char *path,
                          struct mapped_file *mapping, struct error *err)
{
    struct stat info;
    void *bytes;

    if (fstat(fd, &info) < 0)
        return error_errno(err, ST_DATA, path, "cannot stat");
    if (!S_ISREG(info.st_mode))
        return error_set(err, ST_DATA, "%s: is not a regular file; a file "
                         "on disk expected", path);
    if ((uintmax_t)info.st_size > SIZE_MAX)
        return error_set(err, ST_DATA, "%s: is larger than the address "
                         "space; split it into shards", path);
    *mapping = (struct mapped_file){.size = (size_t)info.st_size};
    if (mapping->size) {
        bytes = mmap(NULL, mapping->size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED)
            return error_errno(err, ST_DATA, path, "cannot map");
        mapping->bytes = bytes;
    }
    mapping->path = mem_strdup(path);
    return ST_OK;
}

int mapped_file_open(const char *path, struct mapped_file *mapping,
                     struct error *err)
{
    /* Opening a pipe for reading would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int status;

    if (fd < 0)
        return error_errno(err, ST_DATA, path, "cannot open");
    status = map_descriptor(fd, path, mapping, err);
    close(fd);
    return status;
}

void mapped_file_close(struct mapped_file *mapping)
{
    if (mapping->bytes)
        munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
    free(mapping->path);
}
