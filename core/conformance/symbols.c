/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* symbols.c - the dynamic symbols of a shared object: those of its ELF
 * section SHT_DYNSYM. */
#include "conformance/symbols.h"

#include "base/mapped-file.h"

#include <elf.h>
#include <link.h>
#include <string.h>

/* n things of `size` bytes at `at`; false: the file has no such place. */
static bool take(const struct mapped_file *file, size_t at, void *out,
                 size_t size)
{
    if (at > file->size || size > file->size - at)
        return false;
    memcpy(out, (const char *)file->bytes + at, size);
    return true;
}

/* A text of a string table; NULL: outside of it. */
static const char *text_at(const struct mapped_file *file,
                           const ElfW(Shdr) * strings, size_t at)
{
    const char *text;

    if (strings->sh_offset > file->size ||
        strings->sh_size > file->size - strings->sh_offset ||
        at >= strings->sh_size)
        return NULL;
    text = (const char *)file->bytes + strings->sh_offset + at;
    return memchr(text, '\0', strings->sh_size - at) ? text : NULL;
}

static bool visit_table(const struct mapped_file *file,
                        const ElfW(Shdr) * table, const ElfW(Shdr) * strings,
                        symbol_fn *visit, void *user)
{
    ElfW(Sym) symbol;

    for (size_t i = 1; i < table->sh_size / sizeof symbol; i++) {
        const char *name;

        if (!take(file, table->sh_offset + i * sizeof symbol, &symbol,
                  sizeof symbol) ||
            !(name = text_at(file, strings, symbol.st_name)))
            return false;
        /* The binding is in the upper half of st_info in both classes. */
        if (*name && symbol.st_info >> 4 != STB_LOCAL)
            visit(user, name, symbol.st_shndx != SHN_UNDEF);
    }
    return true;
}

static bool visit_file(const struct mapped_file *file, symbol_fn *visit,
                       void *user)
{
    ElfW(Ehdr) header;
    ElfW(Shdr) section, strings;

    if (!take(file, 0, &header, sizeof header))
        return false;
    for (int i = 0; i < header.e_shnum; i++) {
        if (!take(file, header.e_shoff + (size_t)i * sizeof section, &section,
                  sizeof section))
            return false;
        if (section.sh_type == SHT_DYNSYM)
            return take(file, header.e_shoff +
                                  section.sh_link * sizeof strings,
                        &strings, sizeof strings) &&
                   visit_table(file, &section, &strings, visit, user);
    }
    return false;
}

int symbols_visit(const char *path, symbol_fn *visit, void *user,
                  struct error *err)
{
    struct mapped_file file;
    int status = mapped_file_open(path, &file, err);

    if (status)
        return status;
    if (!visit_file(&file, visit, user))
        status = error_set(err, ST_PLUGIN, "%s: its dynamic symbols cannot "
                           "be read", path);
    mapped_file_close(&file);
    return status;
}
