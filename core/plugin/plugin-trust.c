/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-trust.c - a plugin's file, opened once, on a way that only its user
 * and root can change.
 *
 * The way is gone by hand, from the root on: each folder is opened in the one
 * before it, and what is examined is what was opened. In a folder that passes,
 * nobody else can put another thing in the place of an entry of ours: its
 * owner is root or the user, and either nobody else can write it, or it is
 * sticky and the entry belongs to root or the user. So links, which cannot be
 * opened, are examined and read by their name. */
#include "plugin/plugin-trust.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as many as Linux follows */

/* A folder that may be searched need not be readable. */
#if defined O_PATH
#define SEARCH O_PATH
#elif defined O_SEARCH
#define SEARCH O_SEARCH
#else
#define SEARCH O_RDONLY
#endif

struct walk {
    const char *asked; /* as users named it */
    char *rest;        /* of the way; owned */
    char *here;        /* the folder that was reached, "" for the root;
                        * owned */
    int folder;        /* the same, open */
    int n_links;
};

enum thing { FOLDER, OWN_FOLDER, LINK, FILE_ITSELF };

static int cannot(const struct walk *walk, const char *at, struct error *err)
{
    error_errno(err, ST_PLUGIN, *at ? at : "/", "cannot examine");
    return strcmp(at, walk->asked) == 0
               ? ST_PLUGIN
               : error_within(err, "%s", walk->asked);
}

static int refuse(const struct walk *walk, const char *at, const char *why,
                  struct error *err)
{
    error_set(err, ST_PLUGIN, "%s: refused, because it %s", *at ? at : "/",
              why);
    return strcmp(at, walk->asked) == 0
               ? ST_PLUGIN
               : error_within(err, "%s", walk->asked);
}

/* Whoever can write the file, or change the way to it, runs code as us. */
static int judge(const struct walk *walk, const char *at,
                 const struct stat *info, enum thing thing, struct error *err)
{
    mode_t others = info->st_mode & (S_IWGRP | S_IWOTH);
    char why[200];

    if (info->st_uid != 0 && info->st_uid != geteuid()) {
        snprintf(why, sizeof why, "belongs to user %u; plugins, and what "
                 "leads to them, must belong to root or to you",
                 (unsigned)info->st_uid);
        return refuse(walk, at, why, err);
    }
    if (!others || thing == LINK ||
        (thing == FOLDER && info->st_mode & S_ISVTX))
        return ST_OK;
    snprintf(why, sizeof why, "is writable by %s; 'chmod go-w' would make it "
             "trusted", others & S_IWOTH ? "everybody" : "its group");
    return refuse(walk, at, why, err);
}

static int enter(struct walk *walk, int in, const char *name, char *at,
                 struct error *err)
{
    int folder = openat(in, name,
                        SEARCH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat info;
    int status;

    if (folder < 0 || fstat(folder, &info) != 0)
        status = cannot(walk, at, err);
    else
        status = judge(walk, at, &info, FOLDER, err);
    if (status) {
        if (folder >= 0)
            close(folder);
        free(at);
        return status;
    }
    if (walk->folder >= 0)
        close(walk->folder);
    free(walk->here);
    walk->folder = folder;
    walk->here = at;
    return ST_OK;
}

static int enter_root(struct walk *walk, struct error *err)
{
    return enter(walk, AT_FDCWD, "/", mem_strdup(""), err);
}

static int enter_parent(struct walk *walk, struct error *err)
{
    const char *slash = strrchr(walk->here, '/');
    size_t n = slash ? (size_t)(slash - walk->here) : 0;

    return enter(walk, walk->folder, "..", mem_strndup(walk->here, n), err);
}

/* What the link says is gone before the rest. */
static int follow(struct walk *walk, const char *name, const char *at,
                  const struct stat *info, struct error *err)
{
    char target[4096], *rest;
    ssize_t n;

    if (judge(walk, at, info, LINK, err))
        return err->status;
    n = readlinkat(walk->folder, name, target, sizeof target);
    if (n >= (ssize_t)sizeof target)
        errno = ENAMETOOLONG;
    if (++walk->n_links > MAX_LINKS)
        errno = ELOOP;
    if (n < 0 || n >= (ssize_t)sizeof target || walk->n_links > MAX_LINKS)
        return cannot(walk, at, err);
    rest = mem_printf("%.*s/%s", (int)n, target, walk->rest);
    if (!*walk->rest)
        rest[n] = '\0';
    free(walk->rest);
    walk->rest = rest;
    return *rest == '/' ? enter_root(walk, err) : ST_OK;
}

static int open_file(struct walk *walk, const char *name, char *at,
                     struct trusted_file *file, struct error *err)
{
    struct stat info;

    if (fstat(walk->folder, &info) != 0)
        return cannot(walk, walk->here, err);
    if (judge(walk, walk->here, &info, OWN_FOLDER, err))
        return err->status;
    /* Without O_NONBLOCK a FIFO would block before it can be refused. */
    file->file = openat(walk->folder, name,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file->file < 0 || fstat(file->file, &info) != 0)
        return cannot(walk, at, err);
    if (!S_ISREG(info.st_mode))
        return refuse(walk, at, "is not a regular file", err);
    if (judge(walk, at, &info, FILE_ITSELF, err))
        return err->status;
    file->path = mem_strdup(at);
    file->device = info.st_dev;
    file->inode = info.st_ino;
    file->folder = walk->folder;
    walk->folder = -1;
    return ST_OK;
}

/* One step: the name goes from the rest. The last one is the file. */
static int step(struct walk *walk, struct trusted_file *file,
                struct error *err)
{
    size_t n = strcspn(walk->rest, "/");
    char *name = mem_strndup(walk->rest, n);
    char *at = mem_printf("%s/%s", walk->here, name);
    struct stat info;
    int status;

    n += strspn(walk->rest + n, "/");
    memmove(walk->rest, walk->rest + n, strlen(walk->rest + n) + 1);
    if (!*name || strcmp(name, ".") == 0)
        status = ST_OK;
    else if (strcmp(name, "..") == 0)
        status = enter_parent(walk, err);
    else if (fstatat(walk->folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        status = cannot(walk, at, err);
    else if (S_ISLNK(info.st_mode))
        status = follow(walk, name, at, &info, err);
    else if (*walk->rest)
        status = enter(walk, walk->folder, name, mem_strdup(at), err);
    else
        status = open_file(walk, name, at, file, err);
    free(name);
    free(at);
    return status;
}

/* A path from the current folder, from the root; NULL: there is none. */
static char *from_root(const char *path)
{
    char *current, *whole;

    if (*path == '/')
        return mem_strdup(path);
    current = realpath(".", NULL);
    whole = current ? mem_printf("%s/%s", current, path) : NULL;
    free(current);
    return whole;
}

int trust_open(const char *path, struct trusted_file *file,
               struct error *err)
{
    struct walk walk = {.asked = path, .folder = -1};
    int status;

    *file = (struct trusted_file){.file = -1, .folder = -1};
    walk.rest = from_root(path);
    if (!walk.rest)
        return error_errno(err, ST_PLUGIN, path, "cannot examine");
    status = enter_root(&walk, err);
    while (!status && file->folder < 0 && *walk.rest)
        status = step(&walk, file, err);
    if (!status && file->folder < 0)
        status = refuse(&walk, path, "is not a regular file", err);
    if (walk.folder >= 0)
        close(walk.folder);
    free(walk.here);
    free(walk.rest);
    if (status)
        trust_close(file);
    return status;
}

void trust_close(struct trusted_file *file)
{
    if (file->file >= 0)
        close(file->file);
    if (file->folder >= 0)
        close(file->folder);
    free(file->path);
    *file = (struct trusted_file){.file = -1, .folder = -1};
}

bool trust_is_at(const struct trusted_file *file, const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && info.st_dev == file->device &&
           info.st_ino == file->inode;
}
