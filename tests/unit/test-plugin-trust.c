/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-plugin-trust.c - the way to a plugin's file: what of it is examined,
 * and what is refused. */
#include "base/folder.h"
#include "base/mem.h"
#include "plugin/plugin-loader.h"
#include "plugin/plugin-trust.h"
#include "tests.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *top; /* a temporary folder, without links */

/* The path of a name below it; valid until the next but three. */
static const char *at(const char *name)
{
    static char paths[4][300];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", top, name);
    return paths[turn];
}

static bool make_file(const char *name)
{
    FILE *file = fopen(at(name), "w");

    return file && fclose(file) == 0 && chmod(at(name), 0644) == 0;
}

static int set_up(void)
{
    char path[] = "/tmp/transect-trust-XXXXXX";

    top = mkdtemp(path) ? realpath(path, NULL) : NULL;
    if (!top || mkdir(at("a"), 0755) || mkdir(at("a/b"), 0755) ||
        mkdir(at("a/b/c"), 0755) || mkdir(at("links"), 0755) ||
        symlink("../a/b", at("links/one")) ||
        symlink(at("links/one"), at("links/two")) ||
        symlink("two/c/x.so", at("links/x.so")) ||
        symlink("loop", at("links/loop")))
        return 1;
    return !make_file("a/b/c/x.so");
}

static int tear_down(void)
{
    folder_remove(AT_FDCWD, top);
    free(top);
    return 0;
}

/* Opens it; a refusal names what is at fault, and has the path asked for. */
static void check(const char *path, const char *fault, const char *why)
{
    struct trusted_file file;
    struct error err = {0};
    int status = trust_open(path, &file, &err);

    CU_ASSERT_EQUAL(status, fault ? ST_PLUGIN : ST_OK);
    if (fault) {
        char *named = mem_printf("%s: ", fault);

        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, named));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, path));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, why));
        free(named);
    } else {
        CU_ASSERT_STRING_EQUAL(file.path, at("a/b/c/x.so"));
    }
    trust_close(&file);
}

static void test_ways(void)
{
    char *here = realpath(".", NULL);

    check(at("a/b/c/x.so"), NULL, NULL);
    check(at("a//b/./c/../c/x.so"), NULL, NULL);
    check(at("links/x.so"), NULL, NULL);
    check(at("links/one/../b/c/x.so"), NULL, NULL);
    CU_ASSERT_EQUAL_FATAL(chdir(at("a/b")), 0);
    check("c/x.so", NULL, NULL);
    check("../../links/two/c/x.so", NULL, NULL);
    CU_ASSERT_EQUAL_FATAL(chdir(here), 0);
    free(here);
    check(at("links/loop"), at("links/loop"), "");
    check(at("a/none/x.so"), at("a/none"), "");
    check(at("a/b/c/x.so/y"), at("a/b/c/x.so"), "");
    check(at("a/b"), at("a/b"), "not a regular file");
    CU_ASSERT_EQUAL(mkfifo(at("a/fifo"), 0644), 0);
    check(at("a/fifo"), at("a/fifo"), "not a regular file");
}

/* Whatever is on the way and writable by others is at fault, whichever way it
 * is. */
static void test_writable(void)
{
    static const char *const parts[] = {"a", "a/b", "a/b/c", "a/b/c/x.so"};
    static const mode_t modes[] = {0775, 0757, 0777};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (size_t j = 0; j < sizeof modes / sizeof *modes; j++) {
            const char *why = modes[j] == 0775 ? "writable by its group"
                                               : "writable by everybody";

            CU_ASSERT_EQUAL(chmod(at(parts[i]), modes[j]), 0);
            check(at("a/b/c/x.so"), at(parts[i]), why);
            check(at("links/x.so"), at(parts[i]), why);
            CU_ASSERT_EQUAL(chmod(at(parts[i]), 0755), 0);
        }
    CU_ASSERT_EQUAL(chmod(at("links"), 0775), 0);
    check(at("links/x.so"), at("links"), "writable by its group");
    check(at("links/../a/b/c/x.so"), at("links"), "writable by its group");
    CU_ASSERT_EQUAL(chmod(at("links"), 01777), 0);
    check(at("links/x.so"), NULL, NULL);
    CU_ASSERT_EQUAL(chmod(at("links"), 0755), 0);
}

/* Ours in a sticky folder is safe; but others can put names there. */
static void test_sticky(void)
{
    CU_ASSERT_EQUAL(chmod(at("a/b"), 01777), 0);
    check(at("a/b/c/x.so"), NULL, NULL);
    CU_ASSERT_EQUAL(chmod(at("a/b"), 0755), 0);
    CU_ASSERT_EQUAL(chmod(at("a/b/c"), 01777), 0);
    check(at("a/b/c/x.so"), at("a/b/c"), "writable by everybody");
    CU_ASSERT_EQUAL(chmod(at("a/b/c"), 0755), 0);
}

/* As root only: what belongs to somebody else. */
static void test_owners(void)
{
    static const char *const parts[] = {"a", "a/b", "a/b/c", "a/b/c/x.so",
                                        "links", "links/one", "links/two",
                                        "links/x.so"};

    for (size_t i = 0; geteuid() == 0 && i < sizeof parts / sizeof *parts;
         i++) {
        CU_ASSERT_EQUAL(lchown(at(parts[i]), 65534, 65534), 0);
        check(at("links/x.so"), at(parts[i]), "belongs to user 65534");
        CU_ASSERT_EQUAL(lchown(at(parts[i]), 0, 0), 0);
    }
}

/* A folder that was left can be searched without being readable. */
static void test_search_alone(void)
{
    CU_ASSERT_EQUAL(chmod(at("a"), 0711), 0);
    check(at("a/b/c/x.so"), NULL, NULL);
    CU_ASSERT_EQUAL(chmod(at("a"), 0755), 0);
}

static bool replaced_after(void)
{
    struct trusted_file file;
    struct error err;
    bool was, is;

    CU_ASSERT_EQUAL_FATAL(trust_open(at("a/b/c/x.so"), &file, &err), ST_OK);
    was = trust_is_at(&file, at("links/x.so"));
    CU_ASSERT(make_file("a/new"));
    CU_ASSERT_EQUAL(rename(at("a/new"), at("a/b/c/x.so")), 0);
    is = trust_is_at(&file, at("links/x.so"));
    trust_close(&file);
    return was && !is;
}

static void test_replaced(void)
{
    CU_ASSERT(replaced_after());
}

/* Two files of one name, loaded one after the other, often: each is itself,
 * and debuggers see it by its own path. */
static void load_from(const char *folder, const void **desc)
{
    struct plugin_path path = {0};
    struct plugin *plugin;
    struct error err = {0};
    Dl_info info;
    char *file = mem_printf("%s/bump.so", folder);

    CU_ASSERT_EQUAL_FATAL(plugin_load(&path, file, &plugin, &err), ST_OK);
    *desc = plugin->desc.name;
    CU_ASSERT(dladdr(*desc, &info) != 0);
    CU_ASSERT_STRING_EQUAL(info.dli_fname, file);
    plugin_free(plugin);
    free(file);
}

static void copy_plugin(const char *to)
{
    char *command = mem_printf("cp '%s/bump.so' '%s' && chmod 755 '%s'",
                               getenv("TRANSECT_TEST_PLUGINS"), to, to);

    CU_ASSERT_EQUAL_FATAL(system(command), 0);
    free(command);
}

static void test_names(void)
{
    const void *first, *second, *again;

    copy_plugin(at("a/bump.so"));
    copy_plugin(at("a/b/bump.so"));
    load_from(at("a"), &first);
    for (int i = 0; i < 5; i++) {
        load_from(at("a"), &again);
        CU_ASSERT(again == first);
    }
    load_from(at("a/b"), &second);
    CU_ASSERT(second != first);
}

CU_ErrorCode add_plugin_trust_tests(void)
{
    CU_pSuite suite = CU_add_suite("trust", set_up, tear_down);

    CU_add_test(suite, "ways to a file", test_ways);
    CU_add_test(suite, "each part that others can write", test_writable);
    CU_add_test(suite, "sticky folders", test_sticky);
    CU_add_test(suite, "each part that is another user's", test_owners);
    CU_add_test(suite, "folders that cannot be read", test_search_alone);
    CU_add_test(suite, "a file that is replaced", test_replaced);
    CU_add_test(suite, "files of one name", test_names);
    return CU_get_error();
}
