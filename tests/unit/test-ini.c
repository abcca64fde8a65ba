/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-ini.c - INI files: what is read, what is refused, what --set does. */
#include "experiment/ini-file.h"
#include "tests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/transect-ini-XXXXXX";
static char path[64];
static struct ini *ini;
static struct error err;

static int set_up(void)
{
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/a.ini", folder);
    return 0;
}

static int clean_up(void)
{
    unlink(path);
    return rmdir(folder);
}

static int load_bytes(const char *bytes, size_t size)
{
    test_write(path, bytes, size);
    err = (struct error){0};
    return ini_load(path, &ini, &err);
}

static void load(const char *text)
{
    CU_ASSERT_EQUAL_FATAL(load_bytes(text, strlen(text)), ST_OK);
}

static void expect(const char *section, const char *key, const char *value,
                   int line)
{
    struct ini_section *found = ini_find(ini, section);
    struct setting *setting;

    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    setting = ini_find_setting(found, key);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setting);
    CU_ASSERT_STRING_EQUAL(setting->value, value);
    CU_ASSERT_EQUAL(setting->place.line, line);
    CU_ASSERT_STRING_EQUAL(setting->place.file, line ? path
                                                     : setting->place.file);
}

/* The bytes are refused: "PATH:LINE: ...part...". */
static void refuse_bytes(const char *bytes, size_t size, int line,
                         const char *part)
{
    char prefix[100];

    snprintf(prefix, sizeof prefix, "%s:%d: ", path, line);
    CU_ASSERT_EQUAL(load_bytes(bytes, size), ST_USAGE);
    CU_ASSERT_PTR_NULL(ini);
    CU_ASSERT_EQUAL(err.status, ST_USAGE);
    CU_ASSERT_EQUAL(strncmp(err.text, prefix, strlen(prefix)), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, part));
}

static void refuse(const char *text, int line, const char *part)
{
    refuse_bytes(text, strlen(text), line, part);
}

static void plain(void)
{
    load("\xef\xbb\xbf[a]\r\n"
         "; a comment = 1\n"
         "# [another]\n"
         "x = 1 ; trailing\r\n"
         "y=a;b\t \n"
         "  \n"
         "[ plugin   b:c ] # note\n"
         "p:q.r = s:t = u\n"
         "empty =\n"
         "[last]");
    CU_ASSERT_EQUAL(ini->n_sections, 3);
    expect("a", "x", "1", 4);
    expect("a", "y", "a;b", 5);
    expect("plugin b:c", "p:q.r", "s:t = u", 8);
    expect("plugin b:c", "empty", "", 9);
    CU_ASSERT_EQUAL(ini_find(ini, "plugin b:c")->place.line, 7);
    CU_ASSERT_EQUAL(ini_find(ini, "last")->n_settings, 0);
    CU_ASSERT_PTR_NULL(ini_find(ini, "another"));
    ini_free(ini);
}

static void continued(void)
{
    load("  [a]\n"
         "  first = one ; c\n"
         "\ttwo   ; d\n"
         "   ; e\n"
         "\n"
         "   three = 3\t\n"
         "second =\n"
         "  x=1\n"
         "third = [z]\n"
         "  [w] v\n"
         "third2 = 1\n");
    expect("a", "first", "one two three = 3", 2);
    expect("a", "second", "x=1", 7);
    expect("a", "third", "[z] [w] v", 9);
    expect("a", "third2", "1", 11);
    CU_ASSERT_EQUAL(ini_find(ini, "a")->n_settings, 4);
    ini_free(ini);
}

/* Lines and names of just the size that is read whole, and beyond. */
static void long_lines(void)
{
    char text[2000], value[300], name[120];

    memset(value, 'v', sizeof value);
    value[194] = '\0';
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    snprintf(text, sizeof text, "[%s]\n%s = 1\n more\nk = %s", name, name,
             value);
    load(text);
    expect(name, name, "1 more", 2);
    expect(name, "k", value, 4);
    ini_free(ini);
    snprintf(text, sizeof text, "[a]\nk = %sv\n", value);
    refuse(text, 2, "longer than 198 bytes; continue the value");
    snprintf(text, sizeof text, "[a]\n; %sabc\n", value);
    refuse(text, 2, "longer than 198 bytes");
}

static void wrong_lines(void)
{
    refuse("x = 1\n", 1, "before any section");
    refuse("[a]\nx = 1\nnothing\n", 3, "neither a [section] nor a setting");
    refuse("[a]\nx : 1\n", 2, "neither a [section] nor a setting");
    refuse("[a]\nx ; y = 1\n", 2, "neither a [section] nor a setting");
    refuse("[a]\n = 1\n", 2, "no key before '='");
    refuse("[a\nx = 1\n", 1, "no ']'");
    refuse("[a ; b]\n", 1, "no ']'");
    refuse("[a] x = 1\n", 1, "text after the section's ']'");
    refuse("[ ]\n", 1, "without a name");
    refuse("[a]\nx = 1\n  [b]\n", 3, "move the section to the line's start");
}

static void repetitions(void)
{
    refuse("[a]\nx = 1\ny = 2\nx = 3\n", 4, "'x' is set on line 2 already");
    refuse("[a]\n[b]\n\n[ a ]\n", 4, "section [a] stands on line 1 already");
    load("[a]\nx = 1\n[b]\nx = 2\n");
    expect("a", "x", "1", 2);
    expect("b", "x", "2", 4);
    ini_free(ini);
}

static void no_text(void)
{
    char *many = calloc(20001, 1);

    refuse_bytes("[a]\nx = 1\0y\n", 12, 2, "a control character");
    refuse("[a]\nx = \033[31m\n", 2, "a control character");
    refuse("[a]\rx = 1\n", 1, "a control character");
    refuse_bytes("\xff\xfe[\0a\0]\0", 8, 1, "a control character");
    CU_ASSERT_PTR_NOT_NULL_FATAL(many);
    memset(many, '\n', 20000);
    refuse(many, 10001, "more than 10000 lines");
    free(many);
}

static void no_file(void)
{
    char missing[100];

    CU_ASSERT_EQUAL(ini_load(folder, &ini, &err), ST_USAGE);
    CU_ASSERT_PTR_NULL(ini);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "is not a regular file"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, folder));
    snprintf(missing, sizeof missing, "%s/none.ini", folder);
    CU_ASSERT_EQUAL(ini_load(missing, &ini, &err), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "none.ini: cannot open: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, strerror(ENOENT)));
    load("");
    CU_ASSERT_EQUAL(ini->n_sections, 0);
    ini_free(ini);
}

static void set(const char *assignment)
{
    CU_ASSERT_EQUAL_FATAL(ini_set(ini, assignment, &err), ST_OK);
}

static void settings_set(void)
{
    load("[run]\nseed = 1\nbaseline = no\n[variant v1.2]\nq.r = 1\n");
    set("run.seed=2");
    expect("run", "seed", "2", 0);
    CU_ASSERT_STRING_EQUAL(
        ini_find_setting(ini_find(ini, "run"), "seed")->place.file,
        "--set run.seed");
    set("run.baseline=");
    CU_ASSERT_EQUAL(ini_find(ini, "run")->n_settings, 1);
    set("  variant  top.pruner.heads =  L1H1  L2H2 ");
    expect("variant top", "pruner.heads", "L1H1  L2H2", 0);
    set("variant v1.2.q.s=a=b");
    expect("variant v1.2", "q.s", "a=b", 0);
    expect("variant v1.2", "q.r", "1", 5);
    CU_ASSERT_EQUAL(ini->n_sections, 3);
    CU_ASSERT_EQUAL(ini_set(ini, "run.sed=", &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "--set run.sed: no such setting is "
                                     "there to be removed; give a value "
                                     "after '='");
    CU_ASSERT_EQUAL(ini_set(ini, "run.seed", &err), ST_USAGE);
    CU_ASSERT_EQUAL(ini_set(ini, "seed=1", &err), ST_USAGE);
    CU_ASSERT_EQUAL(ini_set(ini, ".seed=1", &err), ST_USAGE);
    CU_ASSERT_EQUAL(ini_set(ini, "run.=1", &err), ST_USAGE);
    CU_ASSERT_EQUAL(ini_set(ini, "", &err), ST_USAGE);
    CU_ASSERT_EQUAL(ini_set(ini, "run.seed=1\n2", &err), ST_USAGE);
    CU_ASSERT_PTR_NULL(strchr(err.text, '\n'));
    expect("run", "seed", "2", 0);
    ini_free(ini);
}

/* Folders and names of plugins may have dots. */
static void plugins_set(void)
{
    load("[plugin /a/b]\nk = 1\n[variant V]\nq.r = 1\n");
    set("plugin /a/b.c/d.so.k=1");
    expect("plugin /a/b.c/d.so", "k", "1", 0);
    set("plugin ../x.y/d.so:label.k=2");
    expect("plugin ../x.y/d.so:label", "k", "2", 0);
    set("plugin /a/b.k=3");
    expect("plugin /a/b", "k", "3", 0);
    set("variant V./x.y/d.so.k=4");
    expect("variant V", "/x.y/d.so.k", "4", 0);
    set("variant W.../x.y/d.so.k=5");
    expect("variant W", "../x.y/d.so.k", "5", 0);
    CU_ASSERT_EQUAL(ini->n_sections, 5);
    CU_ASSERT_EQUAL(ini_set(ini, "plugin /x.y/z=1", &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "--set plugin /x.y/z=1: neither section "
                                     "nor key may be empty; write --set "
                                     "SECTION.KEY=VALUE");
    CU_ASSERT_EQUAL(ini->n_sections, 5);
    ini_free(ini);
}

static void resolve(const char *file, int line, const char *given,
                    const char *expected)
{
    char *resolved = ini_resolve((struct place){file, line}, given);

    CU_ASSERT_STRING_EQUAL(resolved, expected);
    free(resolved);
}

static void paths(void)
{
    resolve("conf/a.ini", 3, "../models/demo", "conf/../models/demo");
    resolve("a.ini", 3, "models/demo", "models/demo");
    resolve("/a.ini", 3, "b", "/b");
    resolve("conf/a.ini", 3, "/models/demo", "/models/demo");
    resolve("--set a/b.c", 0, "models/demo", "models/demo");
}

CU_ErrorCode add_ini_tests(void)
{
    CU_pSuite suite = CU_add_suite("ini", set_up, clean_up);

    if (!suite || !CU_add_test(suite, "sections and settings", plain) ||
        !CU_add_test(suite, "continued values", continued) ||
        !CU_add_test(suite, "long lines", long_lines) ||
        !CU_add_test(suite, "wrong lines", wrong_lines) ||
        !CU_add_test(suite, "repetitions", repetitions) ||
        !CU_add_test(suite, "bytes that are no text", no_text) ||
        !CU_add_test(suite, "no file", no_file) ||
        !CU_add_test(suite, "--set", settings_set) ||
        !CU_add_test(suite, "--set of plugins with dots", plugins_set) ||
        !CU_add_test(suite, "paths", paths))
        return CU_get_error();
    return CUE_SUCCESS;
}
