/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-folder.c - a results folder that appears whole or not at all. */
#include "results/results-folder.h"

#include "base/folder.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "results/results-place.h"

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
    struct results_place place;
    char *partial; /* the temporary folder beside it; NULL: none */
    int fd;        /* descriptor of the temporary folder */
    int growing;   /* of that for files that grow; -1: there is none */
    char *stays;   /* its name beside the place; NULL: it is within fd */
    bool keeps;    /* it stays */
    bool is_beside; /* the place is DIR.failed */
    enum results_mode mode;
    struct entry *files;
    size_t n_files;
    size_t n_kept; /* bytes */
};

/* ST_OK if the results may go there; else ST_USAGE with the reason. */
static int allow(const struct results *results, enum results_found found,
                 struct error *err)
{
    const char *dir = results->place.dir;

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

/* Of a program that ends at once for lack of memory. Where the lock has a
 * name, it is this process that has it. */
static void clean_up(void *context, size_t bytes)
{
    const struct results *results = context;
    const struct results_place *place = &results->place;

    (void)bytes;
    if (results->partial)
        folder_remove(place->parent, results->partial);
    if (results->stays && !results->keeps)
        folder_remove(place->parent, results->stays);
    if (place->lock)
        unlinkat(place->parent, place->lock, 0);
}

static int make_partial(struct results *results, struct error *err)
{
    results->partial = place_make_partial(&results->place);
    if (!results->partial)
        return error_errno(err, ST_USAGE, results->place.dir,
                           "cannot make a folder beside it");
    results->fd = folder_open(results->place.parent, results->partial);
    if (results->fd < 0)
        return error_errno(err, ST_USAGE, results->partial, "cannot open");
    return ST_OK;
}

int results_begin(const char *dir, enum results_mode mode, bool *done,
                  struct results **results, struct error *err)
{
    struct results *r = mem_new(1, sizeof *r);
    enum results_found found;
    int status;

    *done = false;
    *results = NULL;
    r->fd = r->growing = -1;
    r->mode = mode;
    mem_at_end(clean_up, r);
    status = place_open(dir, &r->place, err);
    if (!status) {
        found = place_examine(&r->place);
        status = allow(r, found, err);
        *done = !status && mode == RESULTS_RESUME && found == FOUND_COMPLETE;
    }
    if (!status && !*done)
        status = make_partial(r, err);
    if (status || *done)
        results_end(r);
    else
        *results = r;
    return status;
}

const char *results_beside(const struct results *results)
{
    return results->is_beside ? results->place.dir : NULL;
}

static int refuse_name(const struct results *results, const char *name,
                       const char *why, struct error *err)
{
    return error_set(err, ST_PLUGIN, "%s: cannot hold a file '%s': %s",
                     results->place.dir, name, why);
}

static bool is_utf8(const char *text)
{
    json_t *string = json_string(text);

    json_decref(string);
    return string != NULL;
}

/* What file systems take, but for those that take less. */
static bool is_too_long(const char *name)
{
    size_t n;

    for (; *name; name += n + (name[n] == '/')) {
        n = strcspn(name, "/");
        if (n > 255)
            return true;
    }
    return false;
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
    if (is_too_long(name))
        return refuse_name(results, name,
                           "a part of the name is longer than "
                           "255 bytes",
                           err);
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
                     results->place.dir, name, strerror(number), cure);
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

static int may_write(const struct results *results, const char *name,
                     struct error *err)
{
    int status = check_name(results, name, err);

    return status ? status : interrupt_check(err);
}

static struct entry *add_entry(struct results *results, const char *name,
                               size_t size)
{
    struct entry *entry;

    MEM_PUSH(results->files, results->n_files);
    entry = &results->files[results->n_files++];
    *entry = (struct entry){.name = mem_strdup(name), .size = size};
    return entry;
}

int results_write(struct results *results, const char *name,
                  const void *bytes, size_t size, struct error *err)
{
    struct entry *entry;

    if (may_write(results, name, err))
        return err->status;
    if (folder_write(results->fd, name, bytes, size) != 0)
        return write_error(results, name, err);
    entry = add_entry(results, name, size);
    sha256_bytes(bytes, size, entry->sha256);
    keep(results, entry, bytes);
    return ST_OK;
}

#define GROWING ".growing"

int results_growing(struct results *results, bool stays, bool resumed,
                    int *fd, struct error *err)
{
    int parent = stays ? results->place.parent : results->fd;
    const char *name = GROWING;
    int failed = 0;

    if (stays) {
        results->stays = place_growing(&results->place);
        results->keeps = resumed;
        name = results->stays;
        if (!resumed && place_remove_growing(&results->place, err))
            return err->status;
    }
    if (!resumed)
        failed = mkdirat(parent, name, 0777);
    if (!failed)
        results->growing = folder_open(parent, name);
    *fd = results->growing;
    if (*fd < 0)
        return error_errno(err, ST_FAILED, results->place.dir,
                           "cannot open the folder of its files that grow");
    return ST_OK;
}

void results_keep_growing(struct results *results, bool keep)
{
    results->keeps = keep;
}

void results_end_growing(struct results *results)
{
    if (results->growing >= 0 && !results->stays)
        folder_remove(results->fd, GROWING);
}

int results_take(struct results *results, const char *name, const char *old,
                 bool stays, size_t size, const char sha256[65],
                 struct error *err)
{
    struct entry *entry;

    if (may_write(results, name, err))
        return err->status;
    if (folder_adopt(results->fd, name, results->growing, old, stays) != 0)
        return write_error(results, name, err);
    entry = add_entry(results, name, size);
    memcpy(entry->sha256, sha256, sizeof entry->sha256);
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
    int status = results_manifest(manifest, results->place.dir, &text, err);

    if (!status &&
        folder_write(results->fd, MANIFEST, text, strlen(text)) != 0)
        status = write_error(results, MANIFEST, err);
    free(text);
    return status;
}

/* An incomplete result goes beside a complete one. */
static int turn_aside(struct results *results, enum results_found *found,
                      struct error *err)
{
    struct results_place *place = &results->place;

    place_turn_to_failed(place);
    results->is_beside = true;
    *found = place_examine(place);
    if (*found <= FOUND_INCOMPLETE)
        return ST_OK;
    return error_set(err, ST_FAILED, "%s: is the place for the results of a "
                     "run that failed beside complete ones, but holds "
                     "something else; nothing was written", place->dir);
}

int results_commit(struct results *results, json_t *manifest,
                   struct error *err)
{
    int status = write_manifest(results, manifest, err);
    enum results_found found;

    if (status)
        return status;
    if (folder_sync_all(results->fd) != 0)
        return write_error(results, MANIFEST, err);
    /* Looks again: the folder may have appeared during the run. */
    found = place_examine(&results->place);
    status = allow(results, found, err);
    if (!status && found == FOUND_COMPLETE && !place_is_complete(manifest))
        status = turn_aside(results, &found, err);
    if (!status)
        status = interrupt_check(err);
    if (!status)
        status = place_put(&results->place, &results->partial, found, err);
    return status;
}

void results_end(struct results *results)
{
    size_t i;

    if (!results)
        return;
    mem_at_end(NULL, NULL);
    if (results->fd >= 0)
        close(results->fd);
    if (results->growing >= 0)
        close(results->growing);
    if (results->partial)
        folder_remove(results->place.parent, results->partial);
    if (results->stays && !results->keeps)
        folder_remove(results->place.parent, results->stays);
    place_close(&results->place);
    for (i = 0; i < results->n_files; i++) {
        free(results->files[i].name);
        free(results->files[i].kept);
    }
    free(results->files);
    free(results->partial);
    free(results->stays);
    free(results);
}

int results_tidy(const char *dir, struct error *err)
{
    struct results_place place;
    int status = place_open(dir, &place, err);

    place_close(&place);
    return status;
}
