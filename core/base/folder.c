/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* folder.c - folders by descriptor: making, writing into, removing. */
#include "base/folder.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool folder_holds(const char *name)
{
    const char *part = name, *slash;

    for (;; part = slash + 1) {
        size_t n;

        slash = strchr(part, '/');
        n = slash ? (size_t)(slash - part) : strlen(part);
        if (n <= 2 && strspn(part, ".") >= n)
            return false;
        if (!slash)
            return true;
    }
}

int folder_open(int parent, const char *name)
{
    return openat(parent, name,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* close() that leaves errno as it was. */
static void close_kept(int fd)
{
    int saved = errno;

    close(fd);
    errno = saved;
}

int folder_sync(int fd)
{
    int failed;

    do
        failed = fsync(fd);
    while (failed && errno == EINTR);
    /* Some file systems cannot, and say EINVAL. */
    return failed && errno != EINVAL ? -1 : 0;
}

/* The entries of the folder fd, which stays open; NULL on failure. */
static DIR *list_folder(int fd)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);

    if (!list && copy >= 0)
        close(copy);
    return list;
}

/* The next entry but "." and ".."; NULL at the end. */
static const char *next_entry(DIR *list)
{
    struct dirent *entry;

    while ((entry = readdir(list)))
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0)
            return entry->d_name;
    return NULL;
}

bool folder_is_empty(int fd)
{
    DIR *list = list_folder(fd);
    bool empty = list && !next_entry(list);

    if (list)
        closedir(list);
    return empty;
}

bool folder_has_only(int parent, const char *name,
                     bool (*may)(const char *entry))
{
    int fd = folder_open(parent, name);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    const char *entry;
    bool only = true;

    if (fd >= 0 && !list)
        close(fd);
    while (list && only && (entry = next_entry(list)))
        only = may(entry);
    if (list)
        closedir(list);
    return only;
}

/* Syncs NAME and what is below it, if it is a folder. */
static int sync_entry(int parent, const char *name)
{
    struct stat info;
    int fd, failed;

    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (!S_ISDIR(info.st_mode))
        return 0;
    fd = folder_open(parent, name);
    if (fd < 0)
        return -1;
    failed = folder_sync_all(fd);
    close_kept(fd);
    return failed;
}

int folder_sync_all(int fd)
{
    DIR *list = list_folder(fd);
    const char *entry;
    int failed = 0, saved;

    if (!list)
        return -1;
    while (!failed && (entry = next_entry(list)))
        failed = sync_entry(fd, entry);
    saved = errno;
    closedir(list);
    errno = saved;
    return failed ? failed : folder_sync(fd);
}

#if defined(HAVE_RENAMEAT2) && defined(RENAME_EXCHANGE)
static int exchange(int parent, const char *a, const char *b)
{
    return renameat2(parent, a, parent, b, RENAME_EXCHANGE);
}
#elif defined(HAVE_RENAMEATX_NP)
static int exchange(int parent, const char *a, const char *b)
{
    return renameatx_np(parent, a, parent, b, RENAME_SWAP);
}
#else
static int exchange(int parent, const char *a, const char *b)
{
    (void)parent;
    (void)a;
    (void)b;
    errno = ENOSYS;
    return -1;
}
#endif

int folder_exchange(int parent, const char *a, const char *b)
{
    if (exchange(parent, a, b) == 0)
        return 0;
    /* What the C library knows, kernel and file system may not. */
    if (errno == EINVAL || errno == ENOTSUP || errno == EOPNOTSUPP)
        errno = ENOSYS;
    return -1;
}

int folder_remove(int parent, const char *name)
{
    struct stat info;
    const char *entry;
    int fd, failed = 0, saved;
    DIR *list;

    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (!S_ISDIR(info.st_mode))
        return unlinkat(parent, name, 0);
    fd = folder_open(parent, name);
    list = fd < 0 ? NULL : fdopendir(fd);
    if (!list) {
        if (fd >= 0)
            close_kept(fd);
        return -1;
    }
    while (!failed && (entry = next_entry(list)))
        failed = folder_remove(fd, entry);
    saved = errno;
    closedir(list);
    errno = saved;
    return failed ? -1 : unlinkat(parent, name, AT_REMOVEDIR);
}

/* Opens the folder that PATH is in. */
static int open_above(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    char *above = slash ? mem_strndup(path, (size_t)(slash - path) +
                                                (slash == path))
                        : mem_strdup(".");
    int fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        error_errno(err, ST_USAGE, above, "cannot open the folder");
    free(above);
    return fd;
}

/* A folder, if it is not there, and synced in the one that it is in. */
static int make_above(const char *path, struct error *err)
{
    int above, status = ST_OK;

    if (access(path, F_OK) == 0)
        return ST_OK;
    if (mkdir(path, 0777) != 0)
        return errno == EEXIST ? ST_OK
                               : error_errno(err, ST_USAGE, path,
                                             "cannot make the folder");
    above = open_above(path, err);
    if (above < 0)
        return err->status;
    if (folder_sync(above) != 0)
        status = error_errno(err, ST_FAILED, path, "cannot sync the folder");
    close(above);
    return status;
}

int folder_make_parents(const char *path, struct error *err)
{
    char *copy = mem_strdup(path), *slash;
    int fd = -1, status = ST_OK;

    for (slash = strchr(copy + 1, '/'); slash && !status;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_above(copy, err);
        *slash = '/';
    }
    if (!status)
        fd = open_above(path, err);
    free(copy);
    return fd;
}

/* Opens the folder of NAME below top, and makes it if so asked. *last is
 * NAME's last part. Returns a descriptor, or -1 with errno. */
static int enter_folders(int top, const char *name, bool make,
                         const char **last)
{
    int fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *slash;

    while (fd >= 0 && (slash = strchr(name, '/'))) {
        char *part = mem_strndup(name, (size_t)(slash - name));
        int inner = -1, saved;

        if (!make || mkdirat(fd, part, 0777) == 0 || errno == EEXIST)
            inner = folder_open(fd, part);
        saved = errno;
        free(part);
        close(fd);
        errno = saved;
        fd = inner;
        name = slash + 1;
    }
    *last = name;
    return fd;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);

        if (n == 0)
            errno = EIO;
        if (n == 0 || (n < 0 && errno != EINTR))
            return -1;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

int folder_write(int top, const char *name, const void *bytes, size_t size)
{
    const char *last;
    int folder = enter_folders(top, name, true, &last), fd = -1;
    int failed = -1, saved;

    if (folder >= 0)
        fd = openat(folder, last,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0666);
    if (fd >= 0)
        failed = write_all(fd, bytes, size) || folder_sync(fd);
    saved = errno;
    /* EINTR: it is closed, and its bytes were synced. */
    if (fd >= 0 && close(fd) != 0 && errno != EINTR && !failed) {
        failed = -1;
        saved = errno;
    }
    if (failed && fd >= 0)
        unlinkat(folder, last, 0);
    if (folder >= 0)
        close(folder);
    errno = saved;
    return failed;
}

int folder_adopt(int top, const char *name, int from, const char *old,
                 bool stays)
{
    const char *last;
    int folder = enter_folders(top, name, true, &last), failed, saved;

    if (folder < 0)
        return -1;
    failed = stays ? linkat(from, old, folder, last, 0) : -1;
    if (failed && (!stays || errno == EPERM || errno == ENOTSUP ||
                   errno == EOPNOTSUPP || errno == EMLINK))
        failed = renameat(from, old, folder, last);
    saved = errno;
    close(folder);
    errno = saved;
    return failed;
}

/* How many bytes of a name leave room for what is put around it, where names
 * have at most 255; whole characters of UTF-8. */
static int kept_length(const char *name)
{
    size_t n = strlen(name);

    if (n <= 200)
        return (int)n;
    for (n = 200; n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80;)
        n--;
    return (int)n;
}

int folder_replace(int top, const char *name, const void *bytes, size_t size)
{
    char *partial = NULL;
    int kept = kept_length(name), failed, i = 0;

    /* A name that is taken is a killed process's, or of a file of the user's,
     * which is not ours to remove. */
    do {
        free(partial);
        partial = mem_printf(".%.*s.partial-%ld-%d", kept, name,
                             (long)getpid(), i);
        failed = folder_write(top, partial, bytes, size);
    } while (failed && errno == EEXIST && ++i < 1000);
    if (!failed && renameat(top, partial, top, name) != 0) {
        int saved = errno;

        failed = -1;
        unlinkat(top, partial, 0);
        errno = saved;
    }
    free(partial);
    return failed ? failed : folder_sync(top);
}

static int read_all(int fd, char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = read(fd, bytes, size);

        if (n == 0) /* it shrank */
            errno = EIO;
        if (n == 0 || (n < 0 && errno != EINTR))
            return -1;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

int folder_open_file(int top, const char *name, size_t *size)
{
    const char *last = name;
    int folder = -1, fd = -1, saved;
    struct stat info;

    errno = EINVAL;
    if (folder_holds(name))
        folder = enter_folders(top, name, false, &last);
    if (folder >= 0) /* without O_NONBLOCK a FIFO would block */
        fd = openat(folder, last,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    saved = errno;
    if (folder >= 0)
        close(folder);
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        saved = EINVAL;
        close(fd);
        fd = -1;
    }
    errno = saved;
    *size = fd >= 0 ? (size_t)info.st_size : 0;
    return fd;
}

int folder_read(int top, const char *name, char **bytes, size_t *size)
{
    int fd = folder_open_file(top, name, size), failed = -1, saved;

    if (fd < 0)
        return -1;
    *bytes = NULL;
    errno = EFBIG;
    if (*size <= FOLDER_READ_MOST) {
        /* The size is fixed here: bytes that are appended meanwhile are not
         * read. */
        *bytes = mem_new(*size + 1, 1);
        failed = read_all(fd, *bytes, *size);
    }
    saved = errno;
    if (failed) {
        free(*bytes);
        *bytes = NULL;
    }
    close(fd);
    errno = saved;
    return failed;
}
