/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-folder.c - a results folder that appears whole or not at all. */
#include "results/results-folder.h"

#include "base/folder.h"
#include "base/mem.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST RESULTS_MANIFEST

/* Bytes that are kept for the page, which shows less: of one file, and of all.
 * What is beyond is read from the folder again. */
#define KEPT_OF_FILE ((size_t)4 << 20)
#define KEPT_OF_ALL ((size_t)64 << 20)

struct entry {
    char *name;
    char *kept; /* its bytes, or NULL */
    size_t size;
    char sha256[65];
};

struct results {
    char *dir;     /* the final folder, as the user names it */
    char *base;    /* its last part */
    char *partial; /* the temporary folder beside it; NULL: none */
    int parent;    /* descriptor of the folder of both */
    int fd;        /* of the temporary folder */
    enum results_mode mode;
    struct entry *files;
    size_t n_files;
    size_t n_kept; /* bytes */
};

/* What exists at the path of the results. */
enum found {
    FOUND_NOTHING, FOUND_EMPTY, FOUND_INCOMPLETE, FOUND_COMPLETE,
    FOUND_FOREIGN, FOUND_NO_FOLDER
};

/* A failed run counts as incomplete, so that --resume runs it again. */
static bool is_complete(const json_t *manifest)
{
    const char *status = json_string_value(json_object_get(manifest,
                                                           "status"));

    return json_is_true(json_object_get(manifest, "complete")) &&
           !(status && strcmp(status, "failed") == 0);
}

static enum found read_manifest(int folder)
{
    /* O_NONBLOCK: a FIFO of this name is not to be waited for. */
    int fd = openat(folder, MANIFEST,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum found found = FOUND_FOREIGN;
    struct stat info;
    json_t *root = NULL;

    if (fd < 0)
        return FOUND_FOREIGN;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
        root = json_loadfd(fd, 0, NULL);
    close(fd);
    if (json_is_object(json_object_get(root, "transect")))
        found = is_complete(root) ? FOUND_COMPLETE : FOUND_INCOMPLETE;
    json_decref(root);
    return found;
}

static enum found examine_folder(int parent, const char *name)
{
    enum found found;
    int fd = folder_open(parent, name);

    if (fd < 0)
        return FOUND_FOREIGN;
    found = folder_is_empty(fd) ? FOUND_EMPTY : read_manifest(fd);
    close(fd);
    return found;
}

static enum found examine(int parent, const char *name)
{
    struct stat info;

    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return FOUND_NOTHING; /* other errors come when the folder is made */
    return S_ISDIR(info.st_mode) ? examine_folder(parent, name)
                                 : FOUND_NO_FOLDER;
}

/* ST_OK if the results may go there; else ST_USAGE with the reason. */
static int allow(const struct results *results, enum found found,
                 struct error *err)
{
    const char *dir = results->dir;

    if (found == FOUND_NOTHING)
        return ST_OK;
    if (found == FOUND_NO_FOLDER)
        return error_set(err, ST_USAGE, "%s: exists and is a file or a "
                         "link, not a folder; choose another with --output",
                         dir);
    if (found == FOUND_FOREIGN)
        return error_set(err, ST_USAGE, "%s: exists and holds no "
                         "manifest.json of transect, so it is never "
                         "replaced; choose another with --output", dir);
    if (results->mode == RESULTS_NEW)
        return error_set(err, ST_USAGE, "%s: exists; choose another with "
                         "--output, replace it with --force, or keep it if "
                         "it is complete with --resume", dir);
    return ST_OK;
}

/* Makes a folder ".BASE.WHAT-PID", or with a number behind it if a killed
 * process of the same PID left one. The caller frees the name; NULL with errno
 * on failure. */
static char *make_folder(const struct results *results, const char *what)
{
    bool taken = true;
    char *name;
    int i;

    for (i = 0; taken && i < 1000; i++) {
        name = mem_printf(i ? ".%s.%s-%ld-%d" : ".%s.%s-%ld", results->base,
                          what, (long)getpid(), i);
        if (mkdirat(results->parent, name, 0777) == 0)
            return name;
        taken = errno == EEXIST;
        free(name);
    }
    return NULL;
}

/* Path without the slashes at its end, and its last part, which must name a
 * folder by itself: "." and ".." cannot be renamed. */
static int split_path(struct results *results, const char *path,
                      struct error *err)
{
    size_t n = strlen(path);
    const char *slash, *base;

    while (n > 1 && path[n - 1] == '/')
        n--;
    results->dir = mem_strndup(path, n);
    slash = strrchr(results->dir, '/');
    base = slash ? slash + 1 : results->dir;
    results->base = mem_strdup(base);
    if (!base[0] || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
        return error_set(err, ST_USAGE, "'%s': cannot be the results folder; "
                         "name a new folder, as in results/first", path);
    return ST_OK;
}

static int make_partial(struct results *results, struct error *err)
{
    results->partial = make_folder(results, "partial");
    if (!results->partial)
        return error_errno(err, ST_USAGE, results->dir,
                           "cannot make a folder beside it");
    results->fd = folder_open(results->parent, results->partial);
    if (results->fd < 0)
        return error_errno(err, ST_USAGE, results->partial, "cannot open");
    return ST_OK;
}

int results_begin(const char *dir, enum results_mode mode, bool *done,
                  struct results **results, struct error *err)
{
    struct results *r = mem_new(1, sizeof *r);
    enum found found;
    int status;

    *done = false;
    *results = NULL;
    r->parent = r->fd = -1;
    r->mode = mode;
    status = split_path(r, dir, err);
    if (status)
        goto out;
    r->parent = folder_make_parents(r->dir, err);
    if (r->parent < 0) {
        status = err->status;
        goto out;
    }
    found = examine(r->parent, r->base);
    status = allow(r, found, err);
    if (status)
        goto out;
    *done = mode == RESULTS_RESUME && found == FOUND_COMPLETE;
    if (!*done)
        status = make_partial(r, err);
out:
    if (status || *done)
        results_end(r);
    else
        *results = r;
    return status;
}

static int refuse_name(const struct results *results, const char *name,
                       const char *why, struct error *err)
{
    return error_set(err, ST_FAILED, "%s: cannot hold a file '%s': %s",
                     results->dir, name, why);
}

static bool is_utf8(const char *text)
{
    json_t *string = json_string(text);

    json_decref(string);
    return string != NULL;
}

static int check_name(const struct results *results, const char *name,
                      struct error *err)
{
    size_t i;

    if (name[0] == '/')
        return refuse_name(results, name, "the name is absolute; it must be "
                           "relative to the folder", err);
    if (!folder_holds(name))
        return refuse_name(results, name, "a part of the name is empty, "
                           "'.' or '..'; each must be a name", err);
    if (strcmp(name, MANIFEST) == 0)
        return refuse_name(results, name, "that name is the manifest's; "
                           "choose another", err);
    if (!is_utf8(name))
        return refuse_name(results, name, "the name is not UTF-8; the "
                           "manifest could not list it", err);
    for (i = 0; i < results->n_files; i++)
        if (strcmp(results->files[i].name, name) == 0)
            return refuse_name(results, name, "it was written already; each "
                               "name is written once", err);
    return ST_OK;
}

static int write_error(const struct results *results, const char *name,
                       struct error *err)
{
    int number = errno;
    const char *cure = number == ENOSPC || number == EDQUOT
                           ? "; make room there or choose another place "
                             "with --output" : "";

    return error_set(err, ST_FAILED, "%s/%s: cannot write: %s%s",
                     results->dir, name, strerror(number), cure);
}

static void keep(struct results *results, struct entry *entry,
                 const void *bytes)
{
    if (entry->size > KEPT_OF_FILE ||
        entry->size > KEPT_OF_ALL - results->n_kept)
        return;
    entry->kept = mem_strndup(entry->size ? bytes : "", entry->size);
    results->n_kept += entry->size;
}

int results_write(struct results *results, const char *name,
                  const void *bytes, size_t size, struct error *err)
{
    struct entry *entry;
    int status = check_name(results, name, err);

    if (status)
        return status;
    if (folder_write(results->fd, name, bytes, size) != 0)
        return write_error(results, name, err);
    MEM_PUSH(results->files, results->n_files);
    entry = &results->files[results->n_files++];
    *entry = (struct entry){.name = mem_strdup(name), .size = size};
    sha256_bytes(bytes, size, entry->sha256);
    keep(results, entry, bytes);
    return ST_OK;
}

const char *results_kept(const struct results *results, const char *name,
                         size_t *size)
{
    for (size_t i = 0; i < results->n_files; i++)
        if (strcmp(results->files[i].name, name) == 0) {
            *size = results->files[i].size;
            return results->files[i].kept;
        }
    return NULL;
}

json_t *results_entry(const char *name, size_t size, const char *sha256)
{
    return json_pack("{s:s, s:I, s:s}", "path", name, "bytes",
                     (json_int_t)size, "sha256", sha256);
}

json_t *results_files(const struct results *results)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < results->n_files; i++) {
        const struct entry *entry = &results->files[i];

        json_array_append_new(list, results_entry(entry->name, entry->size,
                                                  entry->sha256));
    }
    return list;
}

int results_folder(const struct results *results)
{
    return results->fd;
}

int results_manifest(const json_t *manifest, const char *dir, char **text,
                     struct error *err)
{
    char *json = json_dumps(manifest, JSON_INDENT(2) | JSON_SORT_KEYS);

    *text = NULL;
    if (!json)
        return error_set(err, ST_FAILED, "%s/" MANIFEST ": cannot be "
                         "expressed as JSON; texts must be UTF-8", dir);
    *text = mem_printf("%s\n", json);
    free(json);
    return ST_OK;
}

static int write_manifest(struct results *results, json_t *manifest,
                          struct error *err)
{
    char *text;
    int status = results_manifest(manifest, results->dir, &text, err);

    if (!status &&
        folder_write(results->fd, MANIFEST, text, strlen(text)) != 0)
        status = write_error(results, MANIFEST, err);
    free(text);
    return status;
}

static int rename_error(const struct results *results, struct error *err)
{
    return error_errno(err, ST_FAILED, results->dir,
                       "cannot put the results there");
}

/* Puts the temporary folder in the place of an old one, which is moved aside
 * before and removed after, so that at no time both are missing. */
static int replace(struct results *results, struct error *err)
{
    int parent = results->parent, status = ST_OK;
    char *aside = make_folder(results, "old");

    if (!aside)
        return rename_error(results, err);
    if (renameat(parent, results->base, parent, aside) != 0) {
        status = rename_error(results, err);
        unlinkat(parent, aside, AT_REMOVEDIR);
    } else if (renameat(parent, results->partial, parent,
                        results->base) != 0) {
        status = rename_error(results, err);
        renameat(parent, aside, parent, results->base);
    } else {
        free(results->partial);
        results->partial = NULL;
        if (folder_remove(parent, aside) != 0)
            status = error_set(err, ST_FAILED, "%s: the results are there, "
                               "but the old ones remain beside it as %s: %s",
                               results->dir, aside, strerror(errno));
    }
    free(aside);
    return status;
}

int results_commit(struct results *results, json_t *manifest,
                   struct error *err)
{
    int status = write_manifest(results, manifest, err);
    enum found found;

    if (status)
        return status;
    if (folder_sync(results->fd) != 0)
        return write_error(results, MANIFEST, err);
    /* Looks again: the folder may have appeared during the run. */
    found = examine(results->parent, results->base);
    status = allow(results, found, err);
    if (status)
        return status;
    if (found != FOUND_NOTHING) {
        status = replace(results, err);
    } else if (renameat(results->parent, results->partial, results->parent,
                        results->base) != 0) {
        status = rename_error(results, err);
    } else {
        free(results->partial);
        results->partial = NULL;
    }
    folder_sync(results->parent);
    return status;
}

void results_end(struct results *results)
{
    size_t i;

    if (!results)
        return;
    if (results->fd >= 0)
        close(results->fd);
    if (results->partial)
        folder_remove(results->parent, results->partial);
    if (results->parent >= 0)
        close(results->parent);
    for (i = 0; i < results->n_files; i++) {
        free(results->files[i].name);
        free(results->files[i].kept);
    }
    free(results->files);
    free(results->partial);
    free(results->base);
    free(results->dir);
    free(results);
}
