/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-place.c - the place of a results folder, locked while a run works
 * there, and filled in one step. */
#include "results/results-place.h"

#include "base/folder.h"
#include "base/mem.h"
#include "results/results-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool place_is_complete(const json_t *manifest)
{
    const char *status = json_string_value(json_object_get(manifest,
                                                           "status"));

    return json_is_true(json_object_get(manifest, "complete")) &&
           !(status && strcmp(status, "failed") == 0);
}

static enum results_found read_manifest(int folder)
{
    enum results_found found = FOUND_FOREIGN;
    json_t *root;
    char *bytes;
    size_t size;

    if (folder_read(folder, RESULTS_MANIFEST, &bytes, &size) != 0)
        return FOUND_FOREIGN;
    root = json_loadb(bytes, size, 0, NULL);
    free(bytes);
    if (json_is_object(json_object_get(root, "transect")))
        found = place_is_complete(root) ? FOUND_COMPLETE : FOUND_INCOMPLETE;
    json_decref(root);
    return found;
}

static enum results_found examine_folder(int parent, const char *name)
{
    enum results_found found;
    int fd = folder_open(parent, name);

    if (fd < 0)
        return FOUND_FOREIGN;
    found = folder_is_empty(fd) ? FOUND_EMPTY : read_manifest(fd);
    close(fd);
    return found;
}

static enum results_found examine(int parent, const char *name)
{
    struct stat info;

    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return FOUND_NOTHING; /* other errors come when the folder is made */
    return S_ISDIR(info.st_mode) ? examine_folder(parent, name)
                                 : FOUND_NO_FOLDER;
}

enum results_found place_examine(const struct results_place *place)
{
    return examine(place->parent, place->base);
}

/* Path without the slashes at its end, and its last part, which must name a
 * folder by itself: "." and ".." cannot be renamed. */
static int split_path(struct results_place *place, const char *path,
                      struct error *err)
{
    size_t n = strlen(path);
    const char *slash, *base;

    while (n > 1 && path[n - 1] == '/')
        n--;
    place->dir = mem_strndup(path, n);
    slash = strrchr(place->dir, '/');
    base = slash ? slash + 1 : place->dir;
    place->base = mem_strdup(base);
    if (!base[0] || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
        return error_set(err, ST_USAGE, "'%s': cannot be the results folder; "
                         "name a new folder, as in results/first", path);
    return ST_OK;
}

/* Is the file that fd has open still, or again, the one of this name? */
static bool is_named(int parent, const char *name, int fd)
{
    struct stat named, opened;

    return fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstat(fd, &opened) == 0 && named.st_dev == opened.st_dev &&
           named.st_ino == opened.st_ino;
}

/* What fcntl() says of a lock on the whole file: 0, or an error number. */
static int try_lock(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int failed;

    do
        failed = fcntl(fd, F_SETLK, &whole);
    while (failed && errno == EINTR);
    return failed ? errno : 0;
}

/* The file, locked; -1: err says why not. *number is what try_lock() said. */
static int open_lock(const struct results_place *place, const char *name,
                     int *number, struct error *err)
{
    struct stat info;
    int fd = openat(place->parent, name,
                    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                    0666);

    if (fd >= 0 && fstat(fd, &info) == 0 &&
        (!S_ISREG(info.st_mode) || info.st_size > 0)) {
        close(fd);
        fd = -1;
        errno = EEXIST;
    }
    if (fd < 0) {
        error_errno(err, ST_USAGE, place->dir,
                    "cannot lock it by a file beside it");
        return error_within(err, "%s", name), -1;
    }
    *number = try_lock(fd);
    return fd;
}

/* The file is removed by who has the lock, so that what was opened may be gone
 * when the lock comes: then all begins again. A process that is killed leaves
 * the file, empty and not locked. */
static int lock(struct results_place *place, struct error *err)
{
    int number = 0;

    place->lock = mem_printf(".%s.lock", place->base);
    for (;;) {
        place->locked = open_lock(place, place->lock, &number, err);
        if (place->locked < 0)
            break;
        if (number == EACCES || number == EAGAIN) {
            error_set(err, ST_USAGE, "%s: another run is at work there; wait "
                      "for it, or choose another folder with --output",
                      place->dir);
            break;
        }
        if (is_named(place->parent, place->lock, place->locked))
            return ST_OK;
        close(place->locked);
    }
    if (place->locked >= 0)
        close(place->locked);
    free(place->lock);
    place->lock = NULL;
    return err->status;
}

/* The name that the old folder has for a moment. */
static char *name_aside(const struct results_place *place)
{
    return mem_printf(".%s.replaced", place->base);
}

/* A process was killed in place_exchange_in_steps(): the old folder goes back
 * if the new one is not there, else it is removed as it was about to be. */
static int recover(const struct results_place *place, struct error *err)
{
    char *aside = name_aside(place);
    enum results_found found = examine(place->parent, aside);
    int failed = 0;

    if (found == FOUND_COMPLETE || found == FOUND_INCOMPLETE)
        failed = place_examine(place) == FOUND_NOTHING
                     ? renameat(place->parent, aside, place->parent,
                                place->base)
                     : folder_remove(place->parent, aside);
    if (failed) {
        error_errno(err, ST_USAGE, aside, "cannot be put back or removed");
        error_within(err, "%s", place->dir);
    }
    free(aside);
    return failed ? err->status : ST_OK;
}

char *place_growing(const struct results_place *place)
{
    return mem_printf(".%s.growing", place->base);
}

/* As growing-files.c names them. */
static bool is_growing(const char *entry)
{
    size_t n = strspn(entry, "0123456789-");

    return n > 0 && (!entry[n] || strcmp(entry + n, ".copy") == 0);
}

int place_remove_growing(const struct results_place *place, struct error *err)
{
    char *name = place_growing(place);
    struct stat info;
    int status = ST_OK;

    if (fstatat(place->parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        status = ST_OK;
    else if (!S_ISDIR(info.st_mode) ||
             !folder_has_only(place->parent, name, is_growing))
        status = error_set(err, ST_USAGE, "%s: beside it %s is not of "
                           "transect, so it is never replaced; choose another "
                           "place with --output", place->dir, name);
    else if (folder_remove(place->parent, name) != 0)
        status = error_errno(err, ST_USAGE, place->dir, "cannot remove what a "
                             "run left beside it");
    free(name);
    return status;
}

/* A process was killed before its first checkpoint, or behind its results. */
static int forget_growing(const struct results_place *place,
                          struct error *err)
{
    char *checkpoint = mem_printf("%s" RESULTS_CHECKPOINT, place->base);
    struct stat info;
    int status = ST_OK;

    if (fstatat(place->parent, checkpoint, &info, AT_SYMLINK_NOFOLLOW) != 0)
        status = place_remove_growing(place, err);
    free(checkpoint);
    return status;
}

int place_open(const char *path, struct results_place *place,
               struct error *err)
{
    *place = (struct results_place){.parent = -1};
    if (split_path(place, path, err))
        return err->status;
    place->parent = folder_make_parents(place->dir, err);
    if (place->parent < 0 || lock(place, err))
        return err->status;
    return recover(place, err) ? err->status : forget_growing(place, err);
}

void place_close(struct results_place *place)
{
    if (place->lock) {
        unlinkat(place->parent, place->lock, 0);
        close(place->locked);
    }
    if (place->parent >= 0)
        close(place->parent);
    free(place->lock);
    free(place->base);
    free(place->dir);
    *place = (struct results_place){.parent = -1};
}

void place_turn_to_failed(struct results_place *place)
{
    char *dir = mem_printf("%s.failed", place->dir);
    char *base = mem_printf("%s.failed", place->base);

    free(place->dir);
    free(place->base);
    place->dir = dir;
    place->base = base;
}

char *place_make_partial(const struct results_place *place)
{
    bool taken = true;
    char *name;

    for (int i = 0; taken && i < 1000; i++) {
        name = mem_printf(i ? ".%s.partial-%ld-%d" : ".%s.partial-%ld",
                          place->base, (long)getpid(), i);
        if (mkdirat(place->parent, name, 0777) == 0)
            return name;
        taken = errno == EEXIST;
        free(name);
    }
    return NULL;
}

/* renameat() within the parent, which leaves errno as it was if it works. */
static int move(const struct results_place *place, const char *from,
                const char *to)
{
    int saved = errno;

    if (renameat(place->parent, from, place->parent, to) != 0)
        return -1;
    errno = saved;
    return 0;
}

int place_exchange_in_steps(const struct results_place *place,
                            const char *partial)
{
    char *aside = name_aside(place);
    int failed = move(place, place->base, aside);

    if (!failed) {
        failed = move(place, partial, place->base);
        if (failed)
            move(place, aside, place->base);
        else
            failed = move(place, aside, partial);
    }
    free(aside);
    return failed;
}

static int exchange(const struct results_place *place, const char *partial)
{
    if (folder_exchange(place->parent, partial, place->base) == 0)
        return 0;
    return errno == ENOSYS ? place_exchange_in_steps(place, partial) : -1;
}

/* Makes it last, or undoes it. */
static int put_synced(const struct results_place *place, const char *partial,
                      bool replaces)
{
    int saved;

    if (replaces ? exchange(place, partial)
                 : move(place, partial, place->base))
        return -1;
    if (folder_sync(place->parent) == 0)
        return 0;
    saved = errno;
    if (replaces)
        exchange(place, partial);
    else
        move(place, place->base, partial);
    errno = saved;
    return -1;
}

int place_put(const struct results_place *place, char **partial,
              enum results_found found, struct error *err)
{
    bool replaces = found != FOUND_NOTHING;
    int status = ST_OK;

    if (put_synced(place, *partial, replaces) != 0)
        return error_errno(err, ST_FAILED, place->dir,
                           "cannot put the results there");
    if (replaces && folder_remove(place->parent, *partial) != 0)
        status = error_set(err, ST_FAILED, "%s: the results are there, but "
                           "the old ones remain beside it as %s: %s",
                           place->dir, *partial, strerror(errno));
    free(*partial);
    *partial = NULL;
    return status;
}
