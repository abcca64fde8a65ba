/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* read-file.c - whole files into memory, and watching them. */
#include "base/read-file.h"

#include "base/mapped-file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct watched {
    char *path;
    struct stat info; /* when it was opened */
};

static struct watched *watched; /* (n_watched) */
static size_t n_watched;
static bool watching;

void file_watch_begin(void)
{
    while (n_watched > 0)
        free(watched[--n_watched].path);
    free(watched);
    watched = NULL;
    watching = true;
}

void file_watch_add(const char *path, const struct stat *info)
{
    if (!watching)
        return;
    MEM_PUSH(watched, n_watched);
    watched[n_watched++] = (struct watched){mem_strdup(path), *info};
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* The time of the last change of the inode is there because that of the
 * contents can be set back. */
static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
           a->st_size == b->st_size && same_time(a->st_mtim, b->st_mtim) &&
           same_time(a->st_ctim, b->st_ctim);
}

int file_watch_check(struct error *err)
{
    struct stat now;

    for (size_t i = 0; i < n_watched; i++) {
        if (stat(watched[i].path, &now) != 0)
            return error_errno(err, ST_DATA, watched[i].path, "was there when "
                               "it was opened and is not any more");
        if (!same(&watched[i].info, &now))
            return error_set(err, ST_DATA, "%s: was changed while it was in "
                             "use; nothing is made of two states of a file, "
                             "start again", watched[i].path);
    }
    return mapped_file_check(err);
}

int read_open(const char *path, struct stat *info, struct error *err)
{
    /* Opening a pipe for reading would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        error_errno(err, ST_DATA, path, "cannot open");
        return -1;
    }
    if (fstat(fd, info) != 0)
        error_errno(err, ST_DATA, path, "cannot stat");
    else if (!S_ISREG(info->st_mode))
        error_set(err, ST_DATA, "%s: is not a regular file; a file on disk "
                  "expected", path);
    else
        return fd;
    close(fd);
    return -1;
}

static int too_large(const char *path, size_t most, struct error *err)
{
    return error_set(err, ST_DATA, "%s: has more than %zu bytes, the most "
                     "that is read of such a file", path, most);
}

/* What is there at most is known of a file, but not of standard input. */
static int read_all(int fd, const char *path, size_t most, size_t expected,
                    char **bytes, size_t *size, struct error *err)
{
    size_t room = expected + 2, n = 0;
    char *buffer = mem_grow(NULL, room, 1);
    ssize_t got = 1;

    while (n <= most && got != 0) {
        if (n + 1 == room)
            buffer = mem_grow(buffer, room *= 2, 1);
        got = read(fd, buffer + n, room - n - 1);
        if (got < 0 && errno != EINTR)
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        error_errno(err, ST_DATA, path, "cannot read");
    else if (n > most)
        too_large(path, most, err);
    if (got < 0 || n > most) {
        free(buffer);
        return ST_DATA;
    }
    buffer[n] = '\0';
    *bytes = buffer;
    *size = n;
    return ST_OK;
}

static int no_room(const char *path, uintmax_t size, struct error *err)
{
    return error_set(err, ST_FAILED, "%s: there is no memory for its %ju "
                     "bytes", path, size);
}

/* *info is the file's as it was opened. */
static int read_regular(const char *path, size_t most, struct stat *info,
                        char **bytes, size_t *size, struct error *err)
{
    struct stat after;
    int fd = read_open(path, info, err), status;

    if (fd < 0)
        return err->status;
    if ((uintmax_t)info->st_size > most)
        status = too_large(path, most, err);
    else if (!mem_have((size_t)info->st_size + 2))
        status = no_room(path, (uintmax_t)info->st_size, err);
    else
        status = read_all(fd, path, most, (size_t)info->st_size, bytes, size,
                          err);
    if (!status && (fstat(fd, &after) != 0 || !same(info, &after))) {
        free(*bytes);
        status = error_set(err, ST_DATA, "%s: was changed while it was "
                           "read; start again", path);
    }
    close(fd);
    return status;
}

int read_file(const char *path, char **bytes, size_t *size, struct error *err)
{
    struct stat info;

    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", READ_FILE_MOST,
                        1 << 16, bytes, size, err);
    if (read_regular(path, READ_FILE_MOST, &info, bytes, size, err))
        return err->status;
    file_watch_add(path, &info);
    return ST_OK;
}

int read_unwatched(const char *path, size_t most, char **bytes, size_t *size,
                   struct error *err)
{
    struct stat info;

    return read_regular(path, most, &info, bytes, size, err);
}

/* Source: docs/spec.md of Git LFS. */
int read_refuse_pointer(const char *path, const void *bytes, size_t size,
                        struct error *err)
{
    static const char begin[] = "version https://git-lfs.github.com/spec/";

    if (size < sizeof begin - 1 ||
        memcmp(bytes, begin, sizeof begin - 1) != 0)
        return ST_OK;
    return error_set(err, ST_DATA, "%s: is a Git LFS pointer and not the file "
                     "itself; 'git lfs pull' in its folder fetches that",
                     path);
}
