/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-reopen.c - a file of results that are there already, made again. */
#include "results/results-folder.h"

#include "base/folder.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Frees a manifest that is refused. */
static int check_manifest(json_t *manifest, const char *path,
                          struct error *err)
{
    const char *lacks = NULL;

    if (!json_is_object(json_object_get(manifest, "transect")))
        lacks = "object \"transect\"";
    else if (!json_is_array(json_object_get(manifest, "files")))
        lacks = "list \"files\"";
    if (!lacks)
        return ST_OK;
    json_decref(manifest);
    return error_set(err, ST_DATA, "%s: has no %s, so it is not of a run; "
                     "name a results folder of transect run", path, lacks);
}

static int read_manifest(int folder, const char *dir, json_t **manifest,
                         struct error *err)
{
    char *path = mem_path(dir, RESULTS_MANIFEST), *bytes = NULL;
    size_t size;
    int status = ST_OK;

    if (folder_read(folder, RESULTS_MANIFEST, &bytes, &size) != 0)
        status = error_errno(err, ST_DATA, path, "cannot read; a results "
                             "folder of transect run has it");
    else
        status = json_parse_object(bytes, size, path, manifest, err);
    if (!status)
        status = check_manifest(*manifest, path, err);
    free(bytes);
    free(path);
    return status;
}

int results_open(const char *dir, int *folder, json_t **manifest,
                 struct error *err)
{
    int status;

    *folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*folder < 0)
        return error_errno(err, ST_DATA, dir, "cannot open; name a results "
                           "folder of transect run");
    status = read_manifest(*folder, dir, manifest, err);
    if (status)
        close(*folder);
    return status;
}

void results_forget(json_t *manifest, const char *name)
{
    json_t *files = json_object_get(manifest, "files");
    size_t i = 0;

    while (i < json_array_size(files)) {
        const char *path = json_string_value(
            json_object_get(json_array_get(files, i), "path"));

        if (path && strcmp(path, name) == 0)
            json_array_remove(files, i);
        else
            i++;
    }
}

static int put(int folder, const char *dir, const char *name,
               const void *bytes, size_t size, struct error *err)
{
    char *path = mem_path(dir, name);
    int status = ST_OK;

    if (folder_replace(folder, name, bytes, size) != 0)
        status = error_errno(err, ST_FAILED, path, "cannot write");
    free(path);
    return status;
}

int results_revise(int folder, const char *dir, json_t *manifest,
                   const char *name, const void *bytes, size_t size,
                   struct error *err)
{
    json_t *files = json_object_get(manifest, "files");
    char sha256[65], *text = NULL;
    int status;

    results_forget(manifest, name);
    sha256_bytes(bytes, size, sha256);
    json_array_append_new(files, results_entry(name, size, sha256));
    status = results_manifest(manifest, dir, &text, err);
    if (!status)
        status = put(folder, dir, name, bytes, size, err);
    if (!status)
        status = put(folder, dir, RESULTS_MANIFEST, text, strlen(text),
                     err);
    free(text);
    return status;
}
