/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-dlopen.c - the provider of plugins that are shared objects. */
#include "plugin/plugin-provider.h"

#include "base/mapped-file.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#ifndef RTLD_NODELETE
#define RTLD_NODELETE 0
#endif

/* Of a file that was cut short the dynamic linker maps what is not there, and
 * the process dies. What is no ELF file at all, dlopen explains. */
static int check_whole(const char *path, struct error *err)
{
    struct mapped_file file;
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;
    size_t at;
    int status = mapped_file_open(path, &file, err);

    if (status) {
        err->status = ST_PLUGIN;
        return ST_PLUGIN;
    }
    if (file.size < sizeof header ||
        memcmp(file.bytes, ELFMAG, SELFMAG) != 0)
        goto out;
    memcpy(&header, file.bytes, sizeof header);
    for (int i = 0; i < header.e_phnum && !status; i++) {
        at = header.e_phoff + (size_t)i * sizeof segment;
        if (at < file.size && file.size - at >= sizeof segment) {
            memcpy(&segment, file.bytes + at, sizeof segment);
            if (segment.p_type != PT_LOAD ||
                (segment.p_offset <= file.size &&
                 segment.p_filesz <= file.size - segment.p_offset))
                continue;
        }
        status = error_set(err, ST_PLUGIN, "%s: is cut short at %zu bytes; "
                           "build or copy it again", path, file.size);
    }
out:
    mapped_file_close(&file);
    return status;
}

int plugin_dlopen(const char *path, const struct transect_plugin **desc,
                  struct error *err)
{
    const struct transect_plugin *(*describe)(void);
    void *library;

    if (check_whole(path, err))
        return err->status;
    /* Never closed: an unloaded plugin would take its symbols out of every
     * later leak report and crash trace. */
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return error_set(err, ST_PLUGIN, "%s: cannot be loaded: %s", path,
                         dlerror());
    *(void **)&describe = dlsym(library, "transect_plugin_describe");
    if (!describe)
        return error_set(err, ST_PLUGIN,
                         "%s: not a transect plugin: it does not export "
                         "transect_plugin_describe",
                         path);
    *desc = describe();
    return ST_OK;
}
