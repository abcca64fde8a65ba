/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mapped-file.c - a whole file mapped read-only. */
#include "base/mapped-file.h"

#include "base/mem.h"
#include "base/read-file.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a signal handler finds an address by. Made and removed by the main
 * thread; a range that is removed is one that nobody reads any more. */
struct range {
    struct range *_Atomic next;
    uintptr_t begin, end; /* whole pages */
    char *path;           /* the mapped_file's */
};

static struct range *_Atomic ranges;
static uintptr_t page; /* bytes */

/* The range that lost a part. In memory that forked processes share: there it
 * has the same address, since files are mapped before. */
typedef struct range *_Atomic lost_range;
static lost_range *lost;

static int share_lost(const char *path, struct error *err)
{
    void *shared;

    if (lost)
        return ST_OK;
    page = (uintptr_t)sysconf(_SC_PAGESIZE);
    shared = mmap(NULL, sizeof *lost, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return error_errno(err, ST_DATA, path, "cannot map");
    lost = shared;
    return ST_OK;
}

static void add_range(const struct mapped_file *mapping)
{
    struct range *range = mem_new(1, sizeof *range);

    range->begin = (uintptr_t)mapping->bytes;
    range->end = range->begin + (mapping->size + page - 1) / page * page;
    range->path = mapping->path;
    range->next = ranges;
    ranges = range;
}

static void remove_range(const struct mapped_file *mapping)
{
    struct range *_Atomic *link = &ranges;
    struct range *range;

    while ((range = *link) && range->begin != (uintptr_t)mapping->bytes)
        link = &range->next;
    if (!range)
        return;
    *link = range->next;
    if (*lost == range)
        *lost = NULL;
    free(range);
}

static int refuse_pointer(int fd, const char *path, struct error *err)
{
    char head[64];
    ssize_t n = pread(fd, head, sizeof head, 0);

    return read_refuse_pointer(path, head, n > 0 ? (size_t)n : 0, err);
}

static int map_descriptor(int fd, const struct stat *info, const char *path,
                          struct mapped_file *mapping, struct error *err)
{
    void *bytes;

    if ((uintmax_t)info->st_size > SIZE_MAX)
        return error_set(err, ST_DATA, "%s: is larger than the address "
                         "space; split it into shards", path);
    *mapping = (struct mapped_file){.size = (size_t)info->st_size};
    if (mapping->size) {
        if (share_lost(path, err))
            return err->status;
        bytes = mmap(NULL, mapping->size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED)
            return error_errno(err, ST_DATA, path, "cannot map");
        mapping->bytes = bytes;
    }
    mapping->path = mem_strdup(path);
    if (mapping->size)
        add_range(mapping);
    return ST_OK;
}

int mapped_file_open(const char *path, struct mapped_file *mapping,
                     struct error *err)
{
    struct stat info;
    int fd = read_open(path, &info, err), status;

    if (fd < 0)
        return err->status;
    status = refuse_pointer(fd, path, err);
    if (!status)
        status = map_descriptor(fd, &info, path, mapping, err);
    close(fd);
    if (!status)
        file_watch_add(path, &info);
    return status;
}

void mapped_file_close(struct mapped_file *mapping)
{
    if (mapping->bytes) {
        remove_range(mapping);
        munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
    }
    free(mapping->path);
}

/* What follows a lost page is lost, too, if the file was cut short; if a disk
 * fails, it no longer matters. */
bool mapped_file_rescue(const void *address)
{
    uintptr_t at = (uintptr_t)address;
    struct range *range = ranges;

    while (range && (at < range->begin || at >= range->end))
        range = range->next;
    if (!range)
        return false;
    *lost = range;
    at -= at % page;
    return mmap((void *)at, range->end - at, PROT_READ,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

int mapped_file_check(struct error *err)
{
    if (!lost || !*lost)
        return ST_OK;
    return error_set(err, ST_DATA, "%s: a part of it could not be read any "
                     "more: it was cut short while it was in use, or its "
                     "disk fails", (*lost)->path);
}
