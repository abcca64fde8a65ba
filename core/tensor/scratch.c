/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* scratch.c - room for numbers that a run writes once and reads again. */
#include "tensor/scratch.h"

#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Gives each block of the file its place on the disk. */
static int fill(int fd, size_t bytes)
{
    static const char zeros[1 << 16];

    while (bytes) {
        ssize_t n = write(fd, zeros, bytes < sizeof zeros ? bytes
                                                          : sizeof zeros);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes -= (size_t)n;
    }
    return 0;
}

static int map_file(struct scratch *scratch, struct error *err)
{
    const char *base = getenv("TMPDIR");
    char *path = mem_path(base && *base ? base : "/tmp",
                          "transect-rows-XXXXXX");
    size_t bytes = scratch->n * sizeof(float);
    int fd = mkstemp(path);
    void *data = MAP_FAILED;

    if (fd >= 0)
        unlink(path);
    if (fd >= 0 && fill(fd, bytes) == 0)
        data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        error_errno(err, ST_FAILED, path, "cannot keep rows in a file");
    else
        scratch->data = data;
    if (fd >= 0)
        close(fd);
    free(path);
    return scratch->data ? ST_OK : ST_FAILED;
}

int scratch_make(struct scratch *scratch, size_t n, bool in_file,
                 struct error *err)
{
    scratch_clear(scratch);
    if (n > SIZE_MAX / sizeof(float))
        return error_set(err, ST_FAILED, "not enough memory");
    *scratch = (struct scratch){.n = n, .in_file = in_file};
    if (!n)
        return ST_OK;
    if (in_file)
        return map_file(scratch, err);
    scratch->data = mem_tensor(1, n, err);
    return scratch->data ? ST_OK : err->status;
}

void scratch_clear(struct scratch *scratch)
{
    if (scratch->in_file && scratch->data)
        munmap(scratch->data, scratch->n * sizeof(float));
    else
        free(scratch->data);
    *scratch = (struct scratch){0};
}
