/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-dlopen.c - the provider of plugins that are shared objects. */
#include "plugin/plugin-provider.h"

#include "base/mem.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was loaded, by the file's identity. Never closed: an unloaded plugin
 * would take its symbols out of every later leak report and crash trace. */
struct library {
    dev_t device;
    ino_t inode;
    void *handle;
    char *path;   /* from the root: the name that debuggers see */
    char *before; /* the name that the linker gave it */
};

static struct library *libraries;
static size_t n_libraries;

static bool read_at(int file, size_t at, void *out, size_t size)
{
    return at <= PTRDIFF_MAX &&
           pread(file, out, size, (off_t)at) == (ssize_t)size;
}

#ifndef RTLD_NODELETE
#define RTLD_NODELETE 0
#endif

/* Of a file that was cut short the dynamic linker maps what is not there, and
 * the process dies. What is no ELF file at all, dlopen explains. */
static int check_whole(const char *path, int file, struct error *err)
{
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;
    struct stat info;
    size_t size;

    if (fstat(file, &info) != 0)
        return error_errno(err, ST_PLUGIN, path, "cannot examine");
    size = (size_t)info.st_size;
    if (!read_at(file, 0, &header, sizeof header) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return ST_OK;
    for (int i = 0; i < header.e_phnum; i++)
        if (!read_at(file, header.e_phoff + (size_t)i * sizeof segment,
                     &segment, sizeof segment) ||
            (segment.p_type == PT_LOAD &&
             (segment.p_offset > size ||
              segment.p_filesz > size - segment.p_offset)))
            return error_set(err, ST_PLUGIN, "%s: is cut short at %zu bytes; "
                             "build or copy it again", path, size);
    return ST_OK;
}

/* A path to the file that dlopen can go. In front the one through the open
 * folder, which nobody can put another one in the place of; the folder's
 * number keeps it apart from others, and $ORIGIN is right there, as it would
 * not be for the file's own descriptor. Where /proc is not as on Linux, its
 * path without links: all of its parts passed. NULL: another file is there by
 * now. */
static char *way_to(const struct trusted_file *file)
{
    char *path = mem_printf("/proc/%ld/fd/%d%s", (long)getpid(), file->folder,
                            strrchr(file->path, '/'));

    if (trust_is_at(file, path))
        return path;
    free(path);
    return trust_is_at(file, file->path) ? mem_strdup(file->path) : NULL;
}

/* Debuggers, leak reports and traces name a library as the linker's list
 * does. */
static void name_library(struct library *library)
{
#if HAVE_DECL_RTLD_DI_LINKMAP
    struct link_map *entry;

    if (dlinfo(library->handle, RTLD_DI_LINKMAP, &entry) == 0) {
        library->before = entry->l_name;
        entry->l_name = library->path;
    }
#else
    (void)library;
#endif
}

/* Takes over the folder: its number is in the linker's names from now on. */
static void keep_library(struct trusted_file *file, void *handle)
{
    struct library *library;

    MEM_PUSH(libraries, n_libraries);
    library = &libraries[n_libraries++];
    *library = (struct library){.device = file->device, .inode = file->inode,
                                .handle = handle,
                                .path = mem_strdup(file->path)};
    file->folder = -1;
    name_library(library);
}

static int load(const char *path, struct trusted_file *file, void **handle,
                struct error *err)
{
    char *way = way_to(file);
    bool same;

    *handle = way ? dlopen(way, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) : NULL;
    if (way && !*handle) {
        error_set(err, ST_PLUGIN, "%s: cannot be loaded: %s", path,
                  dlerror());
        free(way);
        return ST_PLUGIN;
    }
    same = way && trust_is_at(file, way);
    free(way);
    if (*handle)
        keep_library(file, *handle);
    return same ? ST_OK
                : error_set(err, ST_PLUGIN, "%s: was replaced while it was "
                            "being loaded", path);
}

/* One that was loaded is not asked for by another name: the linker would keep
 * that name, and take it for this file for good. */
static void *find_library(const struct trusted_file *file)
{
    for (size_t i = 0; i < n_libraries; i++)
        if (libraries[i].device == file->device &&
            libraries[i].inode == file->inode)
            return libraries[i].handle;
    return NULL;
}

int plugin_dlopen(const char *path, struct trusted_file *file,
                  const struct transect_plugin **desc, struct error *err)
{
    const struct transect_plugin *(*describe)(void);
    void *library = find_library(file);

    if (!library && (check_whole(path, file->file, err) ||
                     load(path, file, &library, err)))
        return err->status;
    *(void **)&describe = dlsym(library, "transect_plugin_describe");
    if (!describe)
        return error_set(err, ST_PLUGIN,
                         "%s: not a transect plugin: it does not export "
                         "transect_plugin_describe",
                         path);
    *desc = describe();
    return ST_OK;
}
