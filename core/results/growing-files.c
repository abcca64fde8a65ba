/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* growing-files.c - files that an instance writes while the run goes on. */
#include "results/growing-files.h"

#include "base/folder.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "results/results-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Descriptors that all instances keep; further files are opened for each
 * block. */
#define MOST_OPEN 128

enum { BLOCK = 1 << 16, STORED = 48 };

/* The name under which a file lies in the folder. */
static void stored_name(const struct growing_files *files, size_t i,
                        char name[STORED])
{
    snprintf(name, STORED, "%zu-%zu", files->number, i);
}

static void copied_name(const char stored[STORED], char name[STORED + 5])
{
    snprintf(name, STORED + 5, "%s.copy", stored);
}

size_t growing_add(struct growing_files *files, const char *name,
                   uint64_t expected)
{
    struct growing_file *file;

    MEM_PUSH(files->all, files->n);
    file = &files->all[files->n];
    *file = (struct growing_file){.name = mem_strdup(name),
                                  .expected = expected,
                                  .fd = -1,
                                  .sha = mem_new(1, sizeof *file->sha)};
    sha256_init(file->sha);
    return files->n++;
}

bool growing_has(const struct growing_files *files, const char *name)
{
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->all[i].name, name) == 0)
            return true;
    return false;
}

uint64_t growing_expected(const struct growing_files *files)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < files->n; i++)
        sum += files->all[i].expected;
    return sum;
}

/* Of the file as it will be named, by errno. */
static int failure(const struct growing_files *files, size_t i,
                   const char *what, struct error *err)
{
    const char *cure = errno == ENOSPC || errno == EDQUOT
                           ? "; make room there or choose another place with "
                             "--output" : "";

    return error_set(err, ST_FAILED, "%s/%s/%s: cannot %s: %s%s",
                     files->place->dir, files->prefix, files->all[i].name,
                     what, strerror(errno), cure);
}

static int make_empty(const struct growing_files *files, size_t i,
                      struct error *err)
{
    char name[STORED];

    stored_name(files, i, name);
    if (folder_write(files->place->fd, name, "", 0) != 0)
        return failure(files, i, "write", err);
    return ST_OK;
}

int growing_begin(struct growing_files *files, struct growing_place *place,
                  size_t number, const char *prefix, bool resumed,
                  struct error *err)
{
    int status = ST_OK;

    files->place = place;
    files->number = number;
    files->prefix = mem_strdup(prefix);
    for (size_t i = 0; i < files->n && !resumed && !status; i++)
        status = make_empty(files, i, err);
    return status;
}

static int open_stored(const struct growing_files *files, size_t i)
{
    char name[STORED];

    stored_name(files, i, name);
    return openat(files->place->fd, name,
                  O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* -1 with errno; EINTR: it is closed. */
static int close_checked(int fd)
{
    return close(fd) != 0 && errno != EINTR ? -1 : 0;
}

/* Goes on from a descriptor of the file that may be kept. */
static int let_go(struct growing_files *files, struct growing_file *file,
                  int fd)
{
    bool was_open = file->fd >= 0;
    bool done = file->expected && file->size >= file->expected;

    if (!done && (was_open || files->place->n_open < MOST_OPEN)) {
        files->place->n_open += !was_open;
        file->fd = fd;
        return 0;
    }
    files->place->n_open -= was_open;
    file->fd = -1;
    return close_checked(fd);
}

static int write_at(int fd, const void *data, size_t size, uint64_t offset)
{
    const char *bytes = data;

    while (size > 0) {
        ssize_t n = pwrite(fd, bytes, size, (off_t)offset);

        if (n == 0)
            errno = EIO;
        if (n == 0 || (n < 0 && errno != EINTR))
            return -1;
        if (n > 0) {
            bytes += n;
            offset += (uint64_t)n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static int append(struct growing_files *files, size_t i, const void *bytes,
                  size_t size, struct error *err)
{
    struct growing_file *file = &files->all[i];
    int fd = file->fd >= 0 ? file->fd : open_stored(files, i);

    if (fd < 0)
        return failure(files, i, "open", err);
    file->synced = false;
    if (write_at(fd, bytes, size, file->size) != 0) {
        failure(files, i, "write", err);
        let_go(files, file, fd);
        return err->status;
    }
    file->size += size;
    if (let_go(files, file, fd) != 0)
        return failure(files, i, "write", err);
    sha256_update(file->sha, size, bytes);
    return ST_OK;
}

int growing_append(struct growing_files *files, size_t i, const void *bytes,
                   size_t size, struct error *err)
{
    if (files->place)
        return append(files, i, bytes, size, err);
    files->all[i].size += size;
    sha256_update(files->all[i].sha, size, bytes);
    return ST_OK;
}

void growing_overwrite(struct growing_files *files, size_t i, uint64_t offset,
                       const void *bytes, size_t size)
{
    struct growing_file *file = &files->all[i];
    struct growing_patch *patch;

    MEM_PUSH(file->patches, file->n_patches);
    patch = &file->patches[file->n_patches++];
    *patch = (struct growing_patch){offset, size, mem_alloc(size)};
    memcpy(patch->bytes, bytes, size);
}

static int sync_file(struct growing_files *files, size_t i, struct error *err)
{
    struct growing_file *file = &files->all[i];
    int fd = file->fd >= 0 ? file->fd : open_stored(files, i);

    if (fd < 0)
        return failure(files, i, "open", err);
    if (folder_sync(fd) != 0)
        failure(files, i, "write", err);
    if (let_go(files, file, fd) != 0)
        failure(files, i, "write", err);
    file->synced = !err->status;
    return err->status;
}

int growing_sync(struct growing_files *files, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < files->n && files->place && !status; i++)
        if (!files->all[i].synced)
            status = sync_file(files, i, err);
    return status;
}

/* What the file has now, without an end of it. */
static void digest_now(const struct growing_file *file, char hex[65])
{
    struct sha256_ctx copy = *file->sha;

    sha256_hex(&copy, hex);
}

static bool same_patches(const struct growing_file *a,
                         const struct growing_file *b)
{
    bool same = a->n_patches == b->n_patches;

    for (size_t i = 0; i < a->n_patches && same; i++) {
        const struct growing_patch *x = &a->patches[i], *y = &b->patches[i];

        same = x->offset == y->offset && x->size == y->size &&
               memcmp(x->bytes, y->bytes, x->size) == 0;
    }
    return same;
}

const char *growing_differs(const struct growing_files *a,
                            const struct growing_files *b)
{
    const struct growing_files *more = a->n < b->n ? b : a;
    size_t n = a->n < b->n ? a->n : b->n;

    for (size_t i = 0; i < n; i++) {
        char x[65], y[65];

        digest_now(&a->all[i], x);
        digest_now(&b->all[i], y);
        if (strcmp(a->all[i].name, b->all[i].name) != 0 ||
            a->all[i].size != b->all[i].size || strcmp(x, y) != 0 ||
            !same_patches(&a->all[i], &b->all[i]))
            return b->all[i].name;
    }
    return n < more->n ? more->all[n].name : NULL;
}

void growing_continue(struct growing_files *files,
                      const struct growing_files *from)
{
    for (size_t i = 0; i < files->n && i < from->n; i++) {
        files->all[i].size = from->all[i].size;
        *files->all[i].sha = *from->all[i].sha;
    }
}

/* Reads the first file->size bytes into its digest, and writes them to `to`
 * unless that is -1. -1 with errno; 0 in errno: there are fewer. */
static int read_over(struct growing_file *file, int from, int to)
{
    uint8_t *block = mem_alloc(BLOCK);
    uint64_t at = 0;
    int failed = 0;

    sha256_init(file->sha);
    while (!failed && at < file->size) {
        uint64_t left = file->size - at;
        size_t most = left < BLOCK ? (size_t)left : BLOCK;
        ssize_t n = pread(from, block, most, (off_t)at);

        if (n == 0)
            errno = 0;
        if (n < 0 && errno == EINTR)
            continue;
        failed = n <= 0 || (to >= 0 && write_at(to, block, (size_t)n, at));
        if (!failed) {
            sha256_update(file->sha, (size_t)n, block);
            at += (uint64_t)n;
        }
    }
    free(block);
    return failed ? -1 : 0;
}

/* A copy of what the file has, open, under a name of its own in the folder. */
static int copy_stored(struct growing_files *files, size_t i, int from)
{
    char name[STORED], copied[STORED + 5];
    int to;

    stored_name(files, i, name);
    copied_name(name, copied);
    unlinkat(files->place->fd, copied, 0);
    to = openat(files->place->fd, copied,
                O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (to >= 0 && read_over(&files->all[i], from, to) != 0) {
        close(to);
        to = -1;
    }
    return to;
}

/* Results that a run left have this file, too: it stays as it is there. */
static int part_from_results(struct growing_files *files, size_t i, int fd)
{
    char name[STORED], copied[STORED + 5];
    int to = copy_stored(files, i, fd), failed;

    if (to < 0)
        return -1;
    stored_name(files, i, name);
    copied_name(name, copied);
    failed = folder_sync(to);
    if (close_checked(to) != 0)
        failed = -1;
    return failed ? failed
                  : renameat(files->place->fd, copied, files->place->fd, name);
}

/* Cuts the file to what it was. 0 in errno, as of read_over(). */
static int cut(struct growing_files *files, size_t i, int fd)
{
    struct growing_file *file = &files->all[i];
    struct stat info;

    if (fstat(fd, &info) != 0)
        return -1;
    errno = 0;
    if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size < file->size)
        return -1;
    if (info.st_nlink > 1)
        return part_from_results(files, i, fd);
    return read_over(file, fd, -1) || ftruncate(fd, (off_t)file->size);
}

static int restore(struct growing_files *files, size_t i, const char *digest,
                   struct error *err)
{
    struct growing_file *file = &files->all[i];
    int fd = open_stored(files, i), failed = fd < 0 ? -1 : cut(files, i, fd);
    char hex[65];

    if (failed && errno && errno != ENOENT)
        failure(files, i, "go on with what was written", err);
    if (fd >= 0)
        close(fd);
    digest_now(file, hex);
    if (!err->status && (failed || strcmp(hex, digest) != 0))
        error_set(err, ST_USAGE, "%s/%s/%s: is not there as the checkpoint "
                  "had it; start over with --force", files->place->dir,
                  files->prefix, file->name);
    return err->status;
}

int growing_carry(struct serializer *serial, struct growing_files *files,
                  struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < files->n && !status; i++) {
        struct growing_file *file = &files->all[i];
        int64_t size = (int64_t)file->size;
        char digest[65] = "", *text = digest;

        if (!serial->unpacking)
            digest_now(file, digest);
        serialize_int(serial, &size);
        serialize_word(serial, &text);
        if (!serial->unpacking)
            continue;
        if (size < 0)
            serial->bad = true;
        file->size = serial->bad ? 0 : (uint64_t)size;
        if (!serial->bad && files->place)
            status = restore(files, i, text, err);
        free(text);
    }
    return status;
}

/* *name: of the file that has the patches, and its digest in file->sha. */
static int apply_patches(struct growing_files *files, size_t i,
                         char name[STORED + 5])
{
    struct growing_file *file = &files->all[i];
    int fd = open_stored(files, i), to = fd, failed = fd < 0;
    char stored[STORED];

    stored_name(files, i, stored);
    if (!failed && files->place->stays) {
        copied_name(stored, name);
        to = copy_stored(files, i, fd);
        close(fd);
        failed = to < 0;
    }
    for (size_t j = 0; j < file->n_patches && !failed; j++)
        failed = write_at(to, file->patches[j].bytes, file->patches[j].size,
                          file->patches[j].offset);
    failed = failed || read_over(file, to, -1) || folder_sync(to);
    if (to >= 0 && close_checked(to) != 0)
        failed = 1;
    return failed ? -1 : 0;
}

static int publish(struct growing_files *files, size_t i,
                   struct results *results, struct error *err)
{
    struct growing_file *file = &files->all[i];
    char stored[STORED + 5], hex[65];
    char *name = mem_path(files->prefix, file->name);
    bool stays = files->place->stays && !file->n_patches;
    int status = ST_OK;

    stored_name(files, i, stored);
    if (file->n_patches && apply_patches(files, i, stored) != 0)
        status = failure(files, i, "write", err);
    digest_now(file, hex);
    if (!status)
        status = results_take(results, name, stored, stays,
                              (size_t)file->size, hex, err);
    free(name);
    return status;
}

int growing_publish(struct growing_files *files, struct results *results,
                    struct error *err)
{
    int status = growing_sync(files, err);

    growing_close(files);
    for (size_t i = 0; i < files->n && files->place && !status; i++)
        status = publish(files, i, results, err);
    return status;
}

void growing_close(struct growing_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        if (files->all[i].fd < 0)
            continue;
        close(files->all[i].fd);
        files->all[i].fd = -1;
        files->place->n_open--;
    }
}

void growing_free(struct growing_files *files)
{
    growing_close(files);
    for (size_t i = 0; i < files->n; i++) {
        struct growing_file *file = &files->all[i];

        for (size_t j = 0; j < file->n_patches; j++)
            free(file->patches[j].bytes);
        free(file->patches);
        free(file->sha);
        free(file->name);
    }
    free(files->all);
    free(files->prefix);
    *files = (struct growing_files){0};
}
